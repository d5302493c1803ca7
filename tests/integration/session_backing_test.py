"""session.backing = "kernel": session items survive a restart of the daemon, and vanish at logout."""

import ctypes
import os
import platform
import struct

import harness

KEYRINGS = {"x86_64": (248, 250), "aarch64": (217, 219), "riscv64": (217, 219)}  # add_key, keyctl
GET_KEYRING_ID, JOIN_SESSION, REVOKE, DESCRIBE, READ = 0, 1, 3, 6, 11
OF_THE_SESSION = -3
CANARY = "a canary in the coal mine"
libc = ctypes.CDLL(None, use_errno=True)


def keyctl(operation, *arguments):
    """-1 when the kernel refuses."""
    words = [word if isinstance(word, (bytes, ctypes.Array)) else ctypes.c_long(word) for word in arguments]
    return libc.syscall(ctypes.c_long(KEYRINGS[platform.machine()][1]), ctypes.c_long(operation), *words)


def contents(operation, key):
    """A key's description or payload; nothing when it cannot be read."""
    buffer = ctypes.create_string_buffer(1 << 21)
    size = keyctl(operation, key, buffer, len(buffer))
    return buffer.raw[:size] if size > 0 else b""


def bytes_used():
    """What the kernel charges this user for keys."""
    with open("/proc/key-users") as users:
        lines = [line.split() for line in users]
    return sum(int(line[4].split("/")[0]) for line in lines if line[0] == f"{os.getuid()}:")


def all_keys(keyring=None, seen=None):
    """{serial: (description, payload)} of all that this session possesses."""
    seen = {} if seen is None else seen
    keyring = keyring or keyctl(GET_KEYRING_ID, OF_THE_SESSION, 0)
    payload = contents(READ, keyring)
    for (serial,) in struct.iter_unpack("i", payload[:len(payload) // 4 * 4]):
        if serial not in seen:
            description = contents(DESCRIBE, serial)
            is_keyring = description.startswith(b"keyring;")
            seen[serial] = (description, b"" if is_keyring else contents(READ, serial))
            if is_keyring:
                all_keys(serial, seen)
    return seen


class SessionBacking(harness.CofferTest):
    configuration = harness.CHEAP_KEYS + '[session]\nbacking = "kernel"\n'

    def setUp(self):
        self.log_in()
        self.addCleanup(keyctl, REVOKE, OF_THE_SESSION)
        super().setUp()

    def log_in(self):
        """What a login finds: a session keyring of its own. A logout revokes it; see pam_keyinit(8)."""
        if platform.machine() not in KEYRINGS or keyctl(JOIN_SESSION, 0) < 0:
            self.skipTest("the kernel, or a filter around this test, gives no session keyring")
        # The kernel counts what is gone for a while.
        self.assertTrue(harness.wait_for(lambda: bytes_used() < 5000), "this user's quota of keys is used up")

    def keep(self, secret, **attributes):
        words = [word for pair in attributes.items() for word in pair]
        stored = self.home.secret_tool("store", "--collection=session", f"--label={CANARY}", *words, secret=secret)
        self.assertEqual(stored.returncode, 0, stored.stderr)

    def found(self, **attributes):
        return self.lookup(**attributes).stdout.decode()

    def kept_keys(self):
        return [key for key, _ in all_keys().values() if not key.startswith(b"keyring;")]

    def await_kept(self, number):
        """Waits until so many rows are in the keyring: the items', and the one with their key."""
        self.assertTrue(harness.wait_for(lambda: len(self.kept_keys()) == number), self.kept_keys())

    def test_items_come_back_after_a_restart_when_login_is_unlocked(self):
        self.home.start()
        self.keep("one", n="1")
        self.keep("two", n="2")
        self.keep("two again", n="2")
        self.await_kept(3)
        self.home.stop()
        self.home.start(password=None)
        self.assertEqual((self.found(n="1"), self.found(n="2")), ("", ""))
        self.assertIsNone(self.unlock())
        self.assertEqual((self.found(n="1"), self.found(n="2")), ("one", "two again"))
        self.assertEqual(self.home.secret_tool("clear", "n", "1").returncode, 0)
        self.await_kept(2)
        self.home.stop()
        self.home.start()
        self.assertEqual((self.found(n="1"), self.found(n="2")), ("", "two again"))

    def test_they_survive_the_vault_and_the_broker_being_killed(self):
        self.home.start()
        self.keep("one", n="1")
        self.await_kept(2)
        self.home.kill_all()
        self.home.start()
        self.assertEqual(self.found(n="1"), "one")
        children = self.home.children()
        os.kill(children["coffer-vault"], 9)
        self.home.both_children(except_pids=[children["coffer-vault"]])
        self.assertTrue(harness.wait_for(lambda: self.unlock() is None))
        self.assertEqual(self.found(n="1"), "one")

    def test_what_is_stored_before_the_unlock_stays_where_it_is(self):
        import secretstorage
        self.home.start()
        self.keep("one", n="1")
        self.await_kept(2)
        self.home.stop()
        self.home.start(password=None)
        connection = self.home.connect()
        self.addCleanup(connection.close)
        session = secretstorage.Collection(connection, "/org/freedesktop/secrets/collection/session")
        between = session.create_item("between", {"n": "2"}, b"between")
        self.assertIsNone(self.unlock())
        self.assertEqual(between.get_secret(), b"between")
        self.assertEqual({item.get_label(): item.get_secret() for item in session.get_all_items()},
                         {CANARY: b"one", "between": b"between"})
        self.await_kept(3)

    def test_they_vanish_at_logout(self):
        self.home.start()
        self.keep("one", n="1")
        self.await_kept(2)
        self.home.stop()
        self.assertEqual(len(self.kept_keys()), 2)
        keyctl(REVOKE, OF_THE_SESSION)
        self.log_in()
        self.assertEqual(all_keys(), {})
        self.home.start()
        self.assertEqual(self.found(n="1"), "")

    def test_nothing_in_the_keyring_tells_anything(self):
        self.home.start()
        self.keep(CANARY, canary="song")
        self.await_kept(2)
        with open("/proc/keys") as visible:
            everything = [visible.read().encode()]
        for description, payload in all_keys().values():
            everything += [description, payload]
        for words in (CANARY, "song", "correct horse"):
            self.assertFalse(any(words.encode() in each for each in everything), words)

    def test_a_full_keyring_refuses_no_item(self):
        import secretstorage
        self.home.start()
        connection = self.home.connect()
        self.addCleanup(connection.close)
        session = secretstorage.Collection(connection, "/org/freedesktop/secrets/collection/session")
        secrets = [b"%d" % n * size for n, size in enumerate([1500] * 20 + [50_000, 500_000])]
        items = [session.create_item("large", {}, secret) for secret in secrets]
        self.assertEqual([item.get_secret() for item in items], secrets)
        self.assertLessEqual(self.home.log().count("quota of keys"), 1)
        self.assertLessEqual(self.home.log().count("larger than"), 1)

    def test_by_default_nothing_is_kept(self):
        self.home.configure(harness.CHEAP_KEYS)
        self.home.start()
        self.keep("one", n="1")
        self.assertEqual(all_keys(), {})
        self.home.stop()
        self.home.start()
        self.assertEqual(self.found(n="1"), "")

    def test_status_says_where_they_are(self):
        self.home.start()
        shown = self.home.run(f"{self.home.binaries}/coffer", "status").stdout.decode()
        self.assertIn("kernel keyring until logout", shown)


if __name__ == "__main__":
    harness.main()
