"""org.coffer.Passwords1: passwords by descriptor, sound and hostile ones."""

import contextlib
import os
import re
import socket
import time

import harness

SERVICE = "/org/freedesktop/secrets"
LOGIN = SERVICE + "/collection/login"
DENIED, INVALID = "org.gnome.keyring.Error.Denied", "org.freedesktop.DBus.Error.InvalidArgs"
LIMITS, FAILED = "org.freedesktop.DBus.Error.LimitsExceeded", "org.freedesktop.DBus.Error.Failed"
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../data")
with open(f"{DATA}/dbus/org.coffer.Passwords1.xml") as described:
    DESCRIBED = described.read()


def pipe_with(password):
    read, write = os.pipe()
    os.write(write, password.encode())
    os.close(write)
    return read


def is_unread(pipe):
    try:
        os.write(pipe, b"x")
    except BrokenPipeError:
        return True
    return False


class Passwords(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()
        self.connection = self.connect()

    def connect(self):
        from jeepney.io.blocking import open_dbus_connection
        connection = open_dbus_connection(self.home.environment["DBUS_SESSION_BUS_ADDRESS"], enable_fds=True)
        self.addCleanup(connection.close)
        return connection

    def message(self, method, signature, *body, interface="org.coffer.Passwords1"):
        from jeepney import DBusAddress, new_method_call
        return new_method_call(DBusAddress(SERVICE, "org.freedesktop.secrets", interface), method, signature, body)

    def call(self, method, signature, *body, connection=None, **more):
        """The reply's body, or the name of the D-Bus error; closes the descriptors."""
        from jeepney import MessageType
        reply = (connection or self.connection).send_and_get_reply(
            self.message(method, signature, *body, **more), timeout=60)
        for kind, value in zip(signature, body):
            if kind == "h":
                os.close(value)
        return reply.header.fields[4] if reply.header.message_type == MessageType.error else reply.body

    def send(self, method, signature, *body):
        """The call's number; its answer is not waited for."""
        serial = next(self.connection.outgoing_serial)
        self.connection.send(self.message(method, signature, *body), serial=serial)
        return serial

    def lock(self):
        self.call("Lock", "ao", [LOGIN], interface="org.freedesktop.Secret.Service")

    def unlocks(self, password):
        self.lock()
        return self.call("Unlock", "oh", LOGIN, pipe_with(password)) == ()

    def check_alive(self):
        self.assertTrue(self.unlocks("correct horse"))
        self.assertNotIn("starting it again", self.home.log())

    def test_unlocks_creates_and_changes(self):
        self.lock()
        self.assertEqual(self.call("Unlock", "oh", LOGIN, pipe_with("wrong")), DENIED)
        self.assertEqual(self.call("Unlock", "oh", LOGIN, pipe_with("correct horse\n")), ())
        path, = self.call("Create", "sh", "Work things", pipe_with("of work"))
        self.assertEqual(self.call("Unlock", "oh", path, pipe_with("of work")), ())
        self.assertEqual(self.call("Change", "ohh", LOGIN, pipe_with("wrong"), pipe_with("new")), DENIED)
        self.assertTrue(self.unlocks("correct horse"))
        self.assertEqual(self.call("Change", "ohh", LOGIN, pipe_with("correct horse"), pipe_with("new")), ())
        self.assertTrue(self.unlocks("new"))
        self.assertFalse(self.unlocks("correct horse"))

    def test_the_passwords_of_a_change_keep_their_order(self):
        ours, theirs = socket.socketpair()
        late = self.send("Change", "ohh", LOGIN, theirs.fileno(), new := pipe_with("new"))
        theirs.close()
        os.close(new)
        self.assertEqual(self.call("Unlock", "oh", LOGIN, pipe_with("correct horse"), connection=self.connect()), ())
        ours.send(b"correct horse")
        ours.close()
        from jeepney import MessageType
        while (reply := self.connection.receive(timeout=30)).header.fields.get(5) != late:
            pass
        self.assertEqual(reply.header.message_type, MessageType.method_return)
        self.assertTrue(self.unlocks("new"))

    def test_is_described_as_it_is(self):
        xml, = self.call("Introspect", "", interface="org.freedesktop.DBus.Introspectable")

        def shape(text):
            body = re.search(r'<interface name="org.coffer.Passwords1">(.*?)</interface>', text, re.DOTALL).group(1)
            return re.findall(r'method name="(\w+)"|type="(\w+)" direction="(\w+)"', body)
        self.assertEqual(shape(xml), shape(DESCRIBED))

    def test_what_does_not_exist_is_told(self):
        self.assertEqual(self.call("Unlock", "oh", LOGIN + "x", pipe_with("x")),
                         "org.freedesktop.Secret.Error.NoSuchObject")
        self.assertEqual(self.call("Unlock", "o", LOGIN), INVALID)
        self.assertEqual(self.call("Create", "sh", "x" * 9000, pipe_with("x")), LIMITS)
        self.check_alive()

    def test_wrong_ones_cost_time_wherever_they_come_from(self):
        self.lock()
        for _ in range(3):
            self.assertEqual(self.call("Unlock", "oh", LOGIN, pipe_with("wrong")), DENIED)
        begun = time.monotonic()
        self.assertEqual(self.call("Unlock", "oh", LOGIN, pipe_with("wrong")), DENIED)
        self.assertGreater(time.monotonic() - begun, 0.9)
        begun = time.monotonic()  # and the session's way waits for what was guessed through descriptors
        self.assertIsNone(self.unlock())
        self.assertGreater(time.monotonic() - begun, 0.9)

    def test_descriptors_of_other_kinds_are_refused(self):
        def refused(descriptor, expect=INVALID):
            self.assertEqual(self.call("Unlock", "oh", LOGIN, descriptor), expect)
        read, write = os.pipe()
        refused(write)
        os.close(read)
        for path, flags in (("/etc/passwd", os.O_RDONLY), ("/dev/zero", os.O_RDONLY), ("/dev/null", os.O_RDWR), ("/", os.O_PATH),
                            ("/dev/ptmx", os.O_RDWR | os.O_NOCTTY), ("/proc/self/stat", os.O_RDONLY)):
            refused(os.open(path, flags))
        listening = socket.socket(socket.AF_UNIX)
        refused(listening.detach())
        refused(socket.socket(socket.AF_INET, socket.SOCK_STREAM).detach())
        memory = os.memfd_create("password")
        os.write(memory, b"correct horse")
        os.lseek(memory, 0, os.SEEK_SET)
        self.lock()
        self.assertEqual(self.call("Unlock", "oh", LOGIN, memory), ())
        self.check_alive()

    def test_too_long_ones_are_refused(self):
        self.assertEqual(self.call("Unlock", "oh", LOGIN, pipe_with("x" * 5000)), LIMITS)
        memory = os.memfd_create("password")
        os.truncate(memory, 1 << 40)
        self.assertEqual(self.call("Unlock", "oh", LOGIN, memory), LIMITS)
        self.check_alive()

    def test_those_that_never_come_hold_up_nobody_and_end(self):
        waiting, calls = [], []
        for _ in range(20):
            read, write = os.pipe()
            waiting.append(write)
            calls.append(self.send("Change", "ohh", LOGIN, read, read))
            os.close(read)
        with contextlib.closing(self.connect()) as honest:
            for _ in range(3):
                self.assertEqual(self.call("Unlock", "oh", LOGIN, pipe_with("correct horse"), connection=honest), ())
        self.assertEqual(self.store("swordfish", user="jo").returncode, 0)
        answers = {}
        while len(answers) < len(calls):
            reply = self.connection.receive(timeout=60)
            if reply.header.fields.get(5) in calls:
                answers[reply.header.fields[5]] = reply.header.fields[4]
        self.assertLessEqual(set(answers.values()), {LIMITS, FAILED})
        for write in waiting:  # nobody is left who would read, once the answered calls are gone too
            self.assertTrue(harness.wait_for(lambda write=write: is_unread(write)))
            os.close(write)
        self.check_alive()

    def test_whoever_leaves_takes_nothing_along(self):
        read, write = os.pipe()
        with contextlib.closing(self.connect()) as leaving:
            leaving.send(self.message("Unlock", "oh", LOGIN, read))
        os.close(read)
        self.check_alive()
        os.close(write)
        self.check_alive()

    def test_a_vault_that_dies_fails_the_call(self):
        read, write = os.pipe()
        vault = self.home.both_children()["coffer-vault"]
        serial = self.send("Unlock", "oh", LOGIN, read)
        os.close(read)
        os.kill(vault, 9)
        while (reply := self.connection.receive(timeout=30)).header.fields.get(5) != serial:
            pass
        self.assertEqual(reply.header.fields[4], FAILED)
        os.close(write)
        self.home.both_children(except_pids=[vault])
        self.assertTrue(harness.wait_for(lambda: self.unlocks("correct horse")))


if __name__ == "__main__":
    harness.main()
