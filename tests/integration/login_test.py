"""Logins: what is told on the daemon's sockets, and what a service manager hands over."""

import os
import select
import socket
import struct

import harness
import root_eyes

PASSWORD, OTHER = "correct horse", "battery staple"
UNLOCK, UNLOCK_OR_CREATE, CHANGE = 1, 2, 3
UNLOCKED, CREATED, CHANGED, WRONG_PASSWORD, NO_COLLECTION, BUSY, FAILED = range(1, 8)
OK, DENIED, REFUSED = range(3)  # of gnome-keyring


def request(operation, password, new_password=""):
    first, second = password.encode(), new_password.encode()
    return struct.pack("<4sHHII", b"CFLQ", 1, operation, len(first), len(second)) + first + second


def answer_in(reply):
    if not reply:
        return None
    magic, version, result = struct.unpack("<4sHH", reply)
    assert (magic, version) == (b"CFLA", 1)
    return result


class LoginTest(harness.CofferTest):
    @property
    def path(self):
        return f"{self.home.environment['XDG_RUNTIME_DIR']}/coffer/pam.sock"

    def connect(self, path=None):
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(20)
        connection.connect(path or self.path)
        return connection

    def try_to_connect(self):
        try:
            return self.connect()
        except BlockingIOError:  # the queue is full
            return None

    def answer_on(self, connection):
        """What the daemon sent before it closed the connection."""
        try:
            return connection.recv(64)
        except ConnectionResetError:  # it closed without having read everything
            return b""

    def tell(self, *words):
        """The daemon's answer; None when it gave none."""
        connection = harness.wait_for(self.try_to_connect)
        connection.sendall(request(*words))
        return answer_in(self.answer_on(connection))

    def root_tells(self, *words):
        return answer_in(bytes.fromhex(root_eyes.ask(root_eyes.tell, self.path, request(*words).hex())))

    def is_locked(self, name="login"):
        import secretstorage
        return secretstorage.Collection(self.home.connect(), f"/org/freedesktop/secrets/collection/{name}").is_locked()


class Login(LoginTest):
    def setUp(self):
        super().setUp()
        self.home.start(password=None)
        assert harness.wait_for(lambda: os.path.exists(self.path))

    def test_the_first_login_creates_and_later_ones_unlock(self):
        self.assertEqual(self.tell(UNLOCK, PASSWORD), NO_COLLECTION)
        self.assertEqual(self.tell(UNLOCK_OR_CREATE, PASSWORD), CREATED)
        self.store("swordfish", user="jo")
        self.home.stop()
        self.home.start(password=None)
        self.assertTrue(self.is_locked())
        self.assertEqual(self.tell(UNLOCK, PASSWORD), UNLOCKED)
        self.assertEqual(self.tell(UNLOCK_OR_CREATE, PASSWORD), UNLOCKED)
        self.assertEqual(self.home.secret_tool("lookup", "user", "jo").stdout, b"swordfish")

    def test_a_wrong_password_unlocks_and_changes_nothing(self):
        self.tell(UNLOCK_OR_CREATE, PASSWORD)
        self.collection().lock()
        self.assertEqual(self.tell(UNLOCK, OTHER), WRONG_PASSWORD)
        self.assertEqual(self.tell(UNLOCK_OR_CREATE, OTHER), WRONG_PASSWORD)
        self.assertEqual(self.tell(CHANGE, OTHER, "new"), WRONG_PASSWORD)
        self.assertTrue(self.is_locked())
        self.assertEqual(self.tell(UNLOCK, PASSWORD), UNLOCKED)
        self.assertEqual(self.tell(UNLOCK, OTHER), WRONG_PASSWORD)  # told also when it is open
        self.assertFalse(self.is_locked())

    def test_a_changed_password_is_the_only_one_after(self):
        self.tell(UNLOCK_OR_CREATE, PASSWORD)
        self.store("swordfish", user="jo")
        self.collection().lock()
        self.assertEqual(self.tell(CHANGE, PASSWORD, OTHER), CHANGED)
        self.assertTrue(harness.wait_for(self.is_locked))  # as it was
        self.home.kill_all()
        self.home.start(password=None)
        self.assertEqual(self.tell(UNLOCK, PASSWORD), WRONG_PASSWORD)
        self.assertEqual(self.tell(UNLOCK, OTHER), UNLOCKED)
        self.assertEqual(self.home.secret_tool("lookup", "user", "jo").stdout, b"swordfish")

    def test_collections_with_the_same_password_follow(self):
        self.tell(UNLOCK_OR_CREATE, PASSWORD)
        for label, password in (("same", PASSWORD), ("other", "its own")):
            self.assertEqual(harness.create_collection(self.home.connect(), label, password),
                             f"/org/freedesktop/secrets/collection/{label}")
        self.assertEqual(self.tell(CHANGE, PASSWORD, OTHER), CHANGED)
        self.assertTrue(harness.wait_for(lambda: "collection 'same' had the login's password" in self.home.log()))
        self.assertNotIn("collection 'other' had", self.home.log())
        self.home.stop()
        self.home.start(password=None)
        for label, password in (("same", OTHER), ("other", "its own")):
            path = f"/org/freedesktop/secrets/collection/{label}"
            self.assertIsNone(harness.unlock(self.home.connect(), password, path), label)
        self.assertFalse(self.is_locked("same"))

    def test_what_is_no_request_gets_no_answer_and_costs_nobody_anything(self):
        good = request(UNLOCK_OR_CREATE, PASSWORD)
        bad = {"nothing": b"", "rubbish": os.urandom(64), "half a head": good[:9], "half a body": good[:-1],
               "an empty password": request(UNLOCK, ""), "a new one for nothing": request(UNLOCK, PASSWORD, "new"),
               "too long": request(UNLOCK, "x" * 4097), "another version": good[:4] + b"\x02\x00" + good[6:],
               "an unknown operation": good[:6] + b"\x09\x00" + good[8:]}
        for name, data in bad.items():
            with self.subTest(name):
                connection = self.connect()
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                self.assertEqual(self.answer_on(connection), b"")
        self.assertEqual(self.tell(UNLOCK_OR_CREATE, PASSWORD), CREATED)

    def test_who_stalls_is_dropped_and_holds_up_nobody(self):
        self.tell(UNLOCK_OR_CREATE, PASSWORD)
        silent = []

        def is_served_beside_them():
            silent.extend(harness.wait_for(self.try_to_connect) for _ in range(30))
            self.assertEqual(self.tell(UNLOCK, PASSWORD), UNLOCKED)
            return len(select.select(silent, [], [], 0)[0]) < len(silent)  # the others were not closed yet
        self.assertTrue(harness.wait_for(is_served_beside_them))
        self.assertEqual(self.store("swordfish", user="jo").returncode, 0)
        self.assertEqual({self.answer_on(connection) for connection in silent}, {b""})

    def test_a_request_in_single_bytes(self):
        connection = self.connect()
        for byte in request(UNLOCK_OR_CREATE, PASSWORD):
            connection.sendall(bytes([byte]))
        self.assertEqual(answer_in(connection.recv(64)), CREATED)

    def test_who_goes_away_is_served_all_the_same(self):
        connection = self.connect()
        connection.sendall(request(UNLOCK_OR_CREATE, PASSWORD))
        connection.close()
        self.assertTrue(harness.wait_for(lambda: "collection 'login' is made" in self.home.log()))

    def test_a_vault_that_dies_is_waited_for(self):
        self.tell(UNLOCK_OR_CREATE, PASSWORD)
        os.kill(self.home.both_children()["coffer-vault"], 9)
        self.assertTrue(harness.wait_for(lambda: "the vault is gone" in self.home.log()))
        # Waits in the queue until there is one; or is lost with a connection to the one that died.
        self.assertTrue(harness.wait_for(lambda: self.tell(UNLOCK, PASSWORD) == UNLOCKED))

    def test_a_frontend_that_dies_leaves_the_socket_to_the_next(self):
        self.tell(UNLOCK_OR_CREATE, PASSWORD)
        os.kill(self.home.both_children()["coffer-frontend"], 9)
        self.assertEqual(self.tell(UNLOCK, PASSWORD), UNLOCKED)

    def test_another_user_is_turned_away(self):
        if harness.root is None:
            self.skipTest("only root can become another user")
        os.chmod(self.home.top, 0o755)
        os.chmod(self.home.environment["XDG_RUNTIME_DIR"], 0o755)
        os.chmod(os.path.dirname(self.path), 0o755)
        os.chmod(self.path, 0o777)
        self.assertEqual(root_eyes.ask(root_eyes.tell_as_nobody, self.path, request(UNLOCK_OR_CREATE, PASSWORD).hex()), "")
        self.assertIn("another user's process was turned away", self.home.log())
        self.assertEqual(self.tell(UNLOCK, PASSWORD), NO_COLLECTION)


class BehindItsBack(LoginTest):
    """The login's password was changed where the keyring could not see it."""

    def setUp(self):
        if harness.root is None:
            self.skipTest("only root can vouch for a login")
        super().setUp()
        self.home.start(password=None)
        self.assertEqual(self.root_tells(UNLOCK_OR_CREATE, PASSWORD), CREATED)
        self.collection().lock()

    def test_the_old_password_is_asked_for_once(self):
        self.assertEqual(self.root_tells(UNLOCK_OR_CREATE, OTHER), WRONG_PASSWORD)
        self.assertTrue(self.is_locked())
        self.assertIsNone(self.unlock(PASSWORD))
        self.assertTrue(harness.wait_for(lambda: "collection 'login' has a new password" in self.home.log()))
        self.collection().lock()
        self.assertEqual(self.root_tells(UNLOCK_OR_CREATE, PASSWORD), WRONG_PASSWORD)
        self.assertEqual(self.root_tells(UNLOCK_OR_CREATE, OTHER), UNLOCKED)

    def test_the_prompt_says_why(self):
        self.root_tells(UNLOCK_OR_CREATE, OTHER)
        self.person({"password": PASSWORD})
        result = self.home.secret_tool("search", "--unlock", "--all", "no", "such")
        self.store("swordfish", user="jo")
        self.assertIn("type the old one", self.questions()[0]["description"], result)

    def test_only_root_can_vouch(self):
        self.assertEqual(self.tell(UNLOCK_OR_CREATE, OTHER), WRONG_PASSWORD)
        self.assertIsNone(self.unlock(PASSWORD))
        self.tell(UNLOCK, PASSWORD)  # served after what the unlocking brought about
        self.collection().lock()
        self.assertEqual(self.tell(UNLOCK, OTHER), WRONG_PASSWORD)
        self.assertEqual(self.tell(UNLOCK, PASSWORD), UNLOCKED)
        self.assertNotIn("has a new password", self.home.log())

    def test_a_right_login_forgets_a_wrong_one(self):
        self.root_tells(UNLOCK_OR_CREATE, OTHER)
        self.root_tells(UNLOCK_OR_CREATE, PASSWORD)
        self.collection().lock()
        self.assertIsNone(self.unlock(PASSWORD))
        self.collection().lock()
        self.assertEqual(self.tell(UNLOCK, PASSWORD), UNLOCKED)


class GnomeKeyringModule(LoginTest):
    """An unmodified pam_gnome_keyring speaks to its own daemon's control socket."""

    configuration = harness.CHEAP_KEYS + "[pam]\ngnome-keyring-socket = true\n"

    def say(self, operation, *passwords):
        body = b"".join(struct.pack(">I", len(p)) + p.encode() for p in passwords)
        connection = self.connect(f"{self.home.environment['XDG_RUNTIME_DIR']}/keyring/control")
        connection.sendall(b"\0")
        connection.sendall(struct.pack(">II", 8 + len(body), operation) + body)
        reply = self.answer_on(connection)
        return struct.unpack(">II", reply)[1] if reply else None

    def test_it_creates_unlocks_and_changes(self):
        self.home.start(password=None)
        self.assertEqual(self.say(1, PASSWORD), OK)
        self.assertEqual(self.say(1, OTHER), DENIED)
        self.assertEqual(self.say(2, PASSWORD, OTHER), OK)
        self.assertEqual(self.say(1, OTHER), OK)
        self.assertEqual(self.say(2, PASSWORD, OTHER), DENIED)
        self.assertIsNone(self.say(1))
        self.assertIsNone(self.say(3))
        self.assertIsNone(self.say(1, "x" * 5000))


class Sockets(LoginTest):
    def mode(self, path):
        return os.stat(path).st_mode & 0o7777

    def test_the_directory_is_its_users_alone(self):
        folder = os.path.dirname(self.path)
        os.makedirs(folder, mode=0o755)
        os.chmod(folder, 0o755)
        self.home.start(password=None)
        self.assertEqual(self.mode(folder), 0o700)
        self.assertEqual(self.mode(self.path) & 0o077, 0)

    def test_a_socket_that_was_left_behind_is_replaced(self):
        for _ in range(2):
            self.home.start(password=None)
            self.tell(UNLOCK_OR_CREATE, PASSWORD)
            self.home.kill_all()
        self.home.start(password=None)
        self.assertEqual(self.tell(UNLOCK, PASSWORD), UNLOCKED)

    def test_one_on_which_somebody_listens_is_left_alone(self):
        os.makedirs(os.path.dirname(self.path), mode=0o700)
        with socket.socket(socket.AF_UNIX) as theirs:
            theirs.bind(self.path)
            theirs.listen()
            self.home.start()
            self.assertIn("somebody listens on", self.home.log())
            self.assertEqual(self.store("swordfish", user="jo").returncode, 0)

    def test_none_when_it_is_not_wanted(self):
        self.home.configure(self.configuration + "[pam]\nsocket = false\n")
        self.home.start()
        self.assertFalse(os.path.exists(self.path))


class ServiceManager(LoginTest):
    def environment(self, **more):
        return {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "coffer-pam"} | more

    def test_it_hands_over_the_socket(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{self.home.top}/handed-over")
            listener.listen()
            waiting = self.connect(f"{self.home.top}/handed-over")
            waiting.sendall(request(UNLOCK_OR_CREATE, PASSWORD))
            # LISTEN_PID is the daemon's own, which a shell knows before it becomes the daemon.
            self.home.start(password=None, wrapper=("bash", "-c", f'exec 3<&{listener.fileno()}; LISTEN_PID=$$ exec "$0" "$@"'),
                            extra=self.environment(), pass_fds=[listener.fileno()])
            self.assertEqual(answer_in(waiting.recv(64)), CREATED)
        self.assertFalse(os.path.exists(self.path))

    def test_it_is_told_of_readiness_and_of_the_end_and_hears_from_us(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(f"{self.home.top}/notify")
            notify.settimeout(20)
            self.home.start(extra={"NOTIFY_SOCKET": f"{self.home.top}/notify", "WATCHDOG_USEC": "200000"})
            self.home.stop()
            notify.setblocking(False)
            said = []
            try:
                while True:
                    said.append(notify.recv(4096).decode())
            except BlockingIOError:
                pass
        self.assertEqual(len([text for text in said if text.startswith("READY=1\nSTATUS=")]), 1, said)
        self.assertIn("WATCHDOG=1", said)
        self.assertEqual([text for text in said if text != "WATCHDOG=1"][-1], "STOPPING=1")

    def test_a_credential_unlocks(self):
        for name in ("coffer.keyring-encryption-password", "oo7.keyring-encryption-password"):
            with self.subTest(name):
                folder = f"{self.home.top}/{name}"
                os.makedirs(folder)
                with open(f"{folder}/{name}", "w") as file:
                    file.write(PASSWORD)
                self.home.start(password=None, extra={"CREDENTIALS_DIRECTORY": folder})
                self.assertTrue(harness.wait_for(lambda: "login: collection 'login' is" in self.home.log()))
                self.assertFalse(self.is_locked())
                self.home.stop()


if __name__ == "__main__":
    harness.main(with_root=root_eyes.serve)
