"""The real Flatpak: what it writes when it installs, updates and renames applications, and what the portal makes of
it. Repositories are on this machine; nothing is downloaded."""

import os
import shutil
import unittest

import harness
import portal_test
from portal_test import CANCELLED, OK

ARCH = os.uname().machine


@unittest.skipUnless(shutil.which("flatpak") and shutil.which("gpg"), "there is no flatpak, or no gpg, here")
class Flatpak(portal_test.InThePlaceOfThePortal):
    def setUp(self):
        super().setUp()
        self.export("org.example.Platform", "[Runtime]\nname=org.example.Platform\n", "1", runtime=True)
        self.add_remote("hub")

    def run_tool(self, *command):
        # Flatpak asks on the system's bus whether parents forbid it; here nobody answers.
        system = self.home.environment["DBUS_SESSION_BUS_ADDRESS"]
        done = self.home.run("env", f"DBUS_SYSTEM_BUS_ADDRESS={system}", *command)
        if done.returncode != 0:  # its own affair: containers without user namespaces, for one
            self.skipTest(f"{command[0]} does not work here: {done.stderr.decode()}")
        return done.stdout.decode()

    def flatpak(self, *words):
        return self.run_tool("flatpak", *words)

    def export(self, name, metadata, branch, runtime=False, repository="repo", options=()):
        tree = f"{self.home.top}/tree-{name}"
        for folder in ("files/bin", "usr/bin", "export"):
            os.makedirs(f"{tree}/{folder}", exist_ok=True)
        with open(f"{tree}/metadata", "w") as file:
            file.write(metadata)
        self.flatpak("build-export", *(["--runtime"] if runtime else []), *options, f"{self.home.top}/{repository}", tree, branch)

    def publish(self, name="org.example.One", repository="repo", options=()):
        self.export(name, f"[Application]\nname={name}\nruntime=org.example.Platform/{ARCH}/1\ncommand=true\n", "stable",
                    repository=repository, options=options)

    def add_remote(self, name, repository="repo", options=("--no-gpg-verify",)):
        self.flatpak("remote-add", "--user", *options, name, f"file://{self.home.top}/{repository}")

    def install(self, name="org.example.One", remote="hub"):
        self.flatpak("install", "--user", "-y", "--noninteractive", remote, name)

    def uninstall(self, name="org.example.One"):
        self.flatpak("uninstall", "--user", "-y", "--noninteractive", name)

    def attributes(self, name="org.example.One"):
        item, = self.items(app_id=name)
        return item.get_attributes()

    def make_key(self, name):
        """A new signing key; the words that have Flatpak sign with it, and the file of its public part."""
        folder = f"{self.home.top}/gpg-{name}"
        os.mkdir(folder, 0o700)
        self.run_tool("gpg", "--homedir", folder, "--batch", "--passphrase", "", "--quick-generate-key",
                      f"{name}@example.org", "ed25519", "sign")
        self.addCleanup(self.home.run, "gpgconf", "--homedir", folder, "--kill", "all")
        self.run_tool("gpg", "--homedir", folder, "--output", f"{folder}/public", "--export")
        return (f"--gpg-sign={name}@example.org", f"--gpg-homedir={folder}"), f"{folder}/public"

    def test_what_it_installs_is_recorded_and_updates_ask_nothing(self):
        self.publish()
        self.install()
        response, secret = self.retrieve("org.example.One")
        self.assertEqual((response, len(secret)), (OK, 64))
        attributes = self.attributes()
        self.assertEqual((attributes["coffer:installation"], attributes["coffer:source"]),
                         ("user", f"file://{self.home.top}/repo"))
        self.publish(options=("--subject=another",))
        self.flatpak("update", "--user", "-y", "--noninteractive")
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))

    def test_another_remotes_application_of_that_name_asks(self):
        self.publish()
        self.install()
        _, secret = self.retrieve("org.example.One")
        self.uninstall()
        self.publish(repository="other")
        self.add_remote("other", "other")
        self.install(remote="other")
        self.person({"confirm": True})
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))
        question, = self.questions()
        self.assertIn(f"file://{self.home.top}/other", question["description"])

    def test_the_same_remote_with_other_keys_asks(self):
        for name in ("first", "second"):
            sign, public = self.make_key(name)
            shutil.rmtree(f"{self.home.top}/signed", ignore_errors=True)
            self.publish(repository="signed", options=sign)
            self.add_remote("signed", "signed", (f"--gpg-import={public}",))
            self.install(remote="signed")
            if name == "first":
                _, secret = self.retrieve("org.example.One")
                self.assertRegex(self.attributes()["coffer:keys"], "^[0-9a-f]{32}$")
                self.uninstall()
                self.flatpak("remote-delete", "--user", "--force", "signed")
        self.person({"cancel": True}, {"cancel": True}, {"confirm": True})
        self.assertEqual(self.retrieve("org.example.One"), (CANCELLED, b""))
        self.assertIn("other signing keys", self.questions()[0]["description"])
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))


for name in dir(portal_test.InThePlaceOfThePortal):
    if name.startswith("test_"):
        setattr(Flatpak, name, None)

if __name__ == "__main__":
    harness.main()
