"""The files we write, read by the programs whose formats they are."""

import os
import shutil
import subprocess
import tempfile
import unittest

import harness

PASSWORD = "correct horse"
SECRETS = {"mail.example": b"swordfish", "notes.example": b"line one\nC:\\line two\n"}


class ForeignFiles(unittest.TestCase):
    def setUp(self):
        self.home = harness.Home(os.environ["COFFER_BIN"])
        self.addCleanup(self.home.close)
        self.keyrings = f"{self.home.environment['XDG_DATA_HOME']}/keyrings"
        os.mkdir(self.keyrings, mode=0o700)
        subprocess.run([os.environ["COFFER_FOREIGN_FILES"], self.keyrings], check=True)

    def lookup(self, *attributes):
        return self.home.secret_tool("lookup", *attributes).stdout

    def check_every_secret(self):
        for server, secret in SECRETS.items():
            self.assertEqual(self.lookup("user", "jo", "server", server), secret)
        self.assertEqual(self.lookup("user", "renée"), "pâss wörd €".encode())
        self.assertEqual(self.lookup("user", "long", "note", "n" * 70000), b"s" * 70000)
        found = self.home.secret_tool("search", "--all", "user", "jo")
        self.assertIn(b"label = Two lines", found.stdout)
        self.assertIn(b"created = 2023-11-14", found.stdout)

    @unittest.skipUnless(shutil.which("gnome-keyring-daemon"), "gnome-keyring is not installed")
    def test_gnome_keyring_opens_its_format_and_keeps_what_is_in_it(self):
        for secret in b"another", b"a third":
            daemon = self.start_gnome_keyring()
            self.check_every_secret()
            self.home.secret_tool("store", "--label=new", "user", "new", secret=secret)
            self.assertEqual(self.lookup("user", "new"), secret)
            daemon.terminate()
            daemon.wait(10)

    def start_gnome_keyring(self):
        control = tempfile.mkdtemp(dir=self.home.top)
        daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets", f"--control-directory={control}"],
            env=self.home.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(daemon.wait, 10)
        self.addCleanup(daemon.kill)
        daemon.stdin.write(PASSWORD.encode())
        daemon.stdin.close()
        self.assertTrue(harness.wait_for(lambda: self.lookup("user", "jo", "server", "mail.example")), "not unlocked")
        return daemon

    def test_libsecret_opens_its_format_and_keeps_what_is_in_it(self):
        self.home.environment |= {
            "SECRET_BACKEND": "file", "SECRET_FILE_TEST_PASSWORD": PASSWORD,
            "SECRET_FILE_TEST_PATH": f"{self.keyrings}/libsecret.keyring"}
        self.check_every_secret()
        self.home.secret_tool("store", "--label=new", "user", "new", secret=b"another")
        self.assertEqual(self.lookup("user", "new"), b"another")
        self.check_every_secret()
        # Libsecret replaces what has these attributes and no others.
        self.home.secret_tool("store", "--label=Mail", "user", "jo", "server", "mail.example", "xdg:schema",
                              "org.freedesktop.Secret.Generic", secret=b"in its place")
        found = self.home.secret_tool("search", "--all", "user", "jo", "server", "mail.example").stdout
        self.assertEqual(found.count(b"secret = "), 1)
        self.assertIn(b"in its place", found)


if __name__ == "__main__":
    harness.main()
