"""What root finds in the memory of Coffer's processes, at each stage of a secret's life; and, for comparison, in
gnome-keyring's."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

import harness
import root_eyes

PASSWORD = "canary-master-password-7391"
SECOND_PASSWORD = "canary-second-password-5520"
WRONG_PASSWORD = "canary-wrong-password-8154"
SECRET = "canary-secret-value-2046"
LABEL = "canary-label-text-6618"
ATTRIBUTE = "canary-attribute-value-9073"
KEY = b"canary-collection-key-0123456789"


def subkey(number):
    """crypto_kdf_derive_from_key of libsodium: what the vault derives from the collection's key."""
    return hashlib.blake2b(b"", digest_size=32, key=KEY, salt=number.to_bytes(16, "little"),
                           person=b"coffer01".ljust(16, b"\0")).digest()


KEYS = {"collection key": KEY, "item key": subkey(1), "index key": subkey(2), "manifest key": subkey(3)}
PASSWORDS = {"password": PASSWORD.encode(), "second password": SECOND_PASSWORD.encode(), "wrong password": WRONG_PASSWORD.encode()}
CONTENT = {"label": LABEL.encode(), "attribute": ATTRIBUTE.encode()}
CANARIES = KEYS | PASSWORDS | CONTENT | {"secret": SECRET.encode()}


def ask_root(pids):
    return root_eyes.ask(root_eyes.scan, pids, {name: value.hex() for name, value in CANARIES.items()})


class Forensic(harness.CofferTest):
    configuration = harness.CHEAP_KEYS + "[memory]\nsecretmem = false\n"

    def setUp(self):
        if harness.root is None:
            self.skipTest("only root can read the memory of the processes")
        super().setUp()
        self.searches = {}
        os.makedirs(f"{self.home.data}/collections", mode=0o700)
        os.chmod(self.home.data, 0o700)
        subprocess.run([os.environ["COFFER_KNOWN"], f"{self.home.data}/collections", "login", PASSWORD, KEY], check=True)

    def hits(self):
        """{process: {canary: [[mapping, locked, undumped], ...]}}"""
        found = ask_root({"cofferd": self.home.daemon.pid, **self.home.both_children()})
        return {process: {name: [hit[1:4] for hit in hits if hit[0] == name] for name in {hit[0] for hit in hits}}
                for process, (hits, _) in found.items()}

    def expect(self, stage, vault=(), frontend=()):
        """Nothing anywhere, but in the vault and the frontend what is named; keys only in locked, undumpable memory.
        After a lock, the frontend's libdbus is cleared a moment after the answer."""
        hits = self.hits()
        if hits["coffer-frontend"]:
            time.sleep(0.2)
            hits = self.hits()
        self.assertEqual(hits["cofferd"], {}, stage)
        self.searches[stage] = len(hits) * len(CANARIES)
        self.assertLessEqual(set(hits["coffer-frontend"]), set(frontend), f"{stage}: {hits}")
        self.assertLessEqual(set(hits["coffer-vault"]), set(vault), f"{stage}: {hits}")
        for name, places in hits["coffer-vault"].items():
            if name in KEYS:
                for mapping, locked, undumped in places:
                    self.assertTrue(locked and undumped, f"{stage}: {name} in {mapping}")
        return hits

    def test_nothing_is_found_where_it_should_not_be(self):
        self.home.start(password=PASSWORD)
        found = self.expect("unlocked at login", vault=KEYS)
        # The scan finds what is there: without this, the rest would prove nothing.
        self.assertEqual(set(found["coffer-vault"]), set(KEYS))

        self.assertEqual(self.home.secret_tool("store", f"--label={LABEL}", "canary", ATTRIBUTE, secret=SECRET).returncode, 0)
        self.expect("stored, client gone", vault=KEYS, frontend=CONTENT)
        self.assertEqual(self.home.secret_tool("lookup", "canary", ATTRIBUTE).stdout, SECRET.encode())
        self.expect("looked up, client gone", vault=KEYS, frontend=CONTENT)

        connection = self.home.connect()
        collection = self.collection(connection)
        item = next(collection.search_items({"canary": ATTRIBUTE}))
        self.assertEqual((item.get_label(), item.get_secret()), (LABEL, SECRET.encode()))
        self.assertEqual(item.get_attributes()["canary"], ATTRIBUTE)
        self.expect("looked up, client there", vault=KEYS, frontend=CONTENT)
        collection.lock()
        self.expect("locked")
        self.assertIsNotNone(self.unlock(WRONG_PASSWORD))
        self.expect("wrong password")
        self.assertIsNone(self.unlock(PASSWORD))
        self.expect("unlocked again", vault=KEYS)
        collection.lock()
        self.assertNotEqual(self.coffer_unlock(WRONG_PASSWORD), 0)
        self.expect("wrong password by descriptor")
        self.assertEqual(self.coffer_unlock(PASSWORD), 0)
        self.expect("unlocked by descriptor", vault=KEYS)
        self.change_password(PASSWORD, SECOND_PASSWORD)
        self.expect("password changed", vault=KEYS)
        collection.lock()
        connection.close()
        self.expect("locked again")
        self.assertIsNone(self.unlock(SECOND_PASSWORD))
        self.assertEqual(self.home.secret_tool("lookup", "canary", ATTRIBUTE).stdout, SECRET.encode())
        # Its exit code tells nothing: libsecret 0.20.5 frees a list twice after the reply.
        self.home.secret_tool("lock", "--collection=login")
        self.expect("at the end")
        locked = sum(number for stage, number in self.searches.items() if stage.startswith(("locked", "at the end")))
        print(f"{sum(self.searches.values())} searches for canaries, {locked} of them after a lock", flush=True)

    def coffer_unlock(self, password):
        return self.home.run(f"{self.home.binaries}/coffer", "unlock", "login", "--stdin", input=password.encode()).returncode

    def change_password(self, old, new):
        from jeepney import DBusAddress, MessageType, new_method_call
        from secretstorage.util import format_secret, open_session
        connection = self.home.connect()
        self.addCleanup(connection.close)
        session = open_session(connection)
        internal = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets",
                               "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")
        words = [format_secret(session, word.encode(), "text/plain") for word in (old, new)]
        reply = connection.send_and_get_reply(new_method_call(
            internal, "ChangeWithMasterPassword", "o(oayays)(oayays)", ("/org/freedesktop/secrets/collection/login", *words)))
        self.assertNotEqual(reply.header.message_type, MessageType.error, reply.body)

    def test_a_crash_leaves_no_core_file(self):
        self.home.start(password=PASSWORD, wrapper=("prlimit", "--core=unlimited"))
        children = self.home.both_children()
        os.kill(children["coffer-frontend"], signal.SIGSEGV)
        self.assertTrue(harness.wait_for(lambda: "coffer-frontend ended by signal 11" in self.home.log()), self.home.log())
        # The first process of a namespace cannot be ended from outside in this way, which is just as well.
        os.kill(children["coffer-vault"], signal.SIGSEGV)
        self.home.both_children()
        os.kill(self.home.daemon.pid, signal.SIGSEGV)
        self.assertEqual(self.home.daemon.wait(10), -signal.SIGSEGV)
        for folder in (self.home.top, "/", "/tmp", "/var/lib/systemd/coredump", "/var/crash"):
            if os.path.isdir(folder) and os.access(folder, os.R_OK):
                self.assertEqual([name for name in os.listdir(folder) if name.startswith("core") and not name.startswith("coffer")], [])

    def test_gnome_keyring_for_comparison(self):
        """Asserts nothing of another project: prints what the same scan finds there."""
        if not shutil.which("gnome-keyring-daemon"):
            self.skipTest("gnome-keyring is not installed")
        environment = {**self.home.environment}
        daemon = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"],
                                  env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        daemon.stdin.write(PASSWORD.encode())
        daemon.stdin.close()
        stored = harness.wait_for(lambda: self.home.secret_tool(
            "store", f"--label={LABEL}", "canary", ATTRIBUTE, secret=SECRET).returncode == 0)
        self.assertTrue(stored)

        def show(stage):
            hits, _ = ask_root({"gnome-keyring": daemon.pid})["gnome-keyring"]
            counts = {name: sum(1 for hit in hits if hit[0] == name) for name in CANARIES}
            unlocked = {name: sum(1 for hit in hits if hit[0] == name and not hit[2]) for name in CANARIES}
            words = [f"{name} {counts[name]} ({unlocked[name]} swappable)" for name in CANARIES if counts[name]]
            print(f"gnome-keyring, {stage}: {', '.join(words) or 'nothing'}", file=sys.stderr)
        show("stored")
        self.home.secret_tool("lookup", "canary", ATTRIBUTE)
        show("looked up")
        self.home.secret_tool("lock", "--collection=login")
        show("locked")


if __name__ == "__main__":
    harness.main(with_root=root_eyes.serve)
