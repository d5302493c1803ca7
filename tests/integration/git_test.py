"""git's own credential helper for libsecret, built from the source that git's package carries."""

import os
import shlex
import subprocess
import unittest

import harness

SOURCE = "/usr/share/doc/git/contrib/credential/libsecret/git-credential-libsecret.c"


class GitCredential(harness.CofferTest):
    def setUp(self):
        if not os.path.exists(SOURCE):
            raise unittest.SkipTest("git's documentation, which has the helper's source, is not installed")
        super().setUp()
        self.helper = f"{self.home.top}/git-credential-libsecret"
        flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", "libsecret-1"], text=True)
        subprocess.run(["cc", SOURCE, "-o", self.helper, *shlex.split(flags)], check=True)

    def git(self, action, *lines):
        result = self.home.run("git", "-c", "credential.helper=", "-c", f"credential.helper={self.helper}", "credential",
                               action, input="".join(f"{line}\n" for line in lines).encode())
        return result.stdout.decode().splitlines()

    def test_a_token_is_approved_filled_in_and_rejected(self):
        self.home.environment["GIT_TERMINAL_PROMPT"] = "0"
        self.home.start()
        host = ("protocol=https", "host=git.example.org")
        self.assertNotIn("password=t0ken", self.git("fill", *host))
        self.git("approve", *host, "username=jo", "password=t0ken")
        self.assertIn("password=t0ken", self.git("fill", *host))
        self.assertIn("username=jo", self.git("fill", *host))
        self.assertEqual(self.git("fill", "protocol=https", "host=other.example.org"), [])
        self.git("approve", *host, "username=jo", "password=newer")
        self.assertIn("password=newer", self.git("fill", *host))
        self.assertEqual(len(list(self.collection().search_items({"server": "git.example.org"}))), 1)
        self.git("reject", *host, "username=jo", "password=newer")
        self.assertEqual(self.git("fill", *host), [])


if __name__ == "__main__":
    harness.main()
