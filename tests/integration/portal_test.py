"""Secrets for applications in sandboxes: through the real xdg-desktop-portal, and from its place on the bus."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time

import harness

LOGIN = "/org/freedesktop/secrets/collection/login"
BACKEND = "org.freedesktop.impl.portal.desktop.coffer"
DESKTOP = "/org/freedesktop/portal/desktop"
SECRET = "org.freedesktop.impl.portal.Secret"
REQUEST = "org.freedesktop.impl.portal.Request"
SOURCE = os.path.dirname(os.path.dirname(harness.HERE))
OK, CANCELLED, OTHER = 0, 1, 2
# As many unanswered calls as a session bus allows to one client, which here is the portal.
harness.BUS_CONFIGURATION = harness.BUS_CONFIGURATION.replace(
    "</busconfig>", '<limit name="max_replies_per_connection">50000</limit></busconfig>')


def address(path=DESKTOP, interface=SECRET, name=BACKEND):
    from jeepney import DBusAddress
    return DBusAddress(path, name, interface)


def read_all(fd):
    got = b""
    while more := os.read(fd, 4096):
        got += more
    os.close(fd)
    return got


class PortalTest(harness.CofferTest):
    password = "correct horse"

    def setUp(self):
        super().setUp()
        self.home.start(password=self.password)

    def lock(self, *paths):
        connection = self.home.connect()
        self.addCleanup(connection.close)
        self.call(connection, address("/org/freedesktop/secrets", "org.freedesktop.Secret.Service", "org.freedesktop.secrets"),
                  "Lock", "ao", ([*paths] or [LOGIN],))

    def call(self, connection, to, method, signature=None, body=(), timeout=30):
        """The reply's body, or the name of the D-Bus error."""
        from jeepney import MessageType, new_method_call
        reply = connection.send_and_get_reply(new_method_call(to, method, signature, body), timeout=timeout)
        return reply.header.fields[4] if reply.header.message_type == MessageType.error else reply.body

    def items(self, **attributes):
        import secretstorage
        connection = self.home.connect()
        self.addCleanup(connection.close)
        return list(secretstorage.search_items(connection, attributes))


class InThePlaceOfThePortal(PortalTest):
    """Calls of the name's owner, which is believed about who the application is."""

    def setUp(self):
        super().setUp()
        self.portal = self.connect()
        self.own(self.portal)
        self.numbers = iter(range(1, 1_000_000))

    def connect(self):
        from jeepney.io.blocking import open_dbus_connection
        connection = open_dbus_connection(self.home.environment["DBUS_SESSION_BUS_ADDRESS"], enable_fds=True)
        self.addCleanup(connection.close)
        return connection

    def own(self, connection):
        from jeepney import DBusAddress
        bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        self.assertEqual(self.call(connection, bus, "RequestName", "su", ("org.freedesktop.portal.Desktop", 1 | 2 | 4)), (1,))

    def new_handle(self, connection=None):
        sender = (connection or self.portal).unique_name[1:].replace(".", "_")
        return f"{DESKTOP}/request/{sender}/t{next(self.numbers)}"

    def send(self, application, descriptor, handle=None, connection=None):
        from jeepney import new_method_call
        connection = connection or self.portal
        message = new_method_call(address(), "RetrieveSecret", "osha{sv}",
                                  (handle or self.new_handle(), application, descriptor, {"token": ("s", "x")}))
        serial = next(connection.outgoing_serial)
        connection.send(message, serial=serial)
        return serial

    def receive(self, serials, connection=None, timeout=30):
        """serial -> reply, of all of them."""
        connection = connection or self.portal
        found = {}
        end = time.monotonic() + timeout
        while len(found) < len(serials):
            message = connection.receive(timeout=end - time.monotonic())
            if message.header.fields.get(5) in serials:
                found[message.header.fields[5]] = message
        return found

    def answer_to(self, serial, connection=None, timeout=30):
        from jeepney import MessageType
        reply = self.receive([serial], connection, timeout)[serial]
        if reply.header.message_type == MessageType.error:
            return reply.header.fields[4]
        self.assertEqual(reply.body[1], {})
        return reply.body[0]

    def retrieve(self, application, connection=None):
        """The response, and what came through a pipe up to its end, which is there when the response is."""
        read, write = os.pipe()
        serial = self.send(application, write, connection=connection)
        os.close(write)
        response = self.answer_to(serial, connection)
        if response == OK:
            os.set_blocking(read, False)  # the backend has closed its descriptor by now
        return response, read_all(read)

    def check_alive(self):
        response, secret = self.retrieve("org.example.Alive")
        self.assertEqual((response, len(secret)), (OK, 64))
        self.assertNotIn("starting it again", self.home.log())

    def test_each_application_has_its_own_64_bytes_also_after_a_restart(self):
        response, first = self.retrieve("org.example.One")
        self.assertEqual((response, len(first)), (OK, 64))
        self.assertEqual(self.retrieve("org.example.One"), (OK, first))
        response, second = self.retrieve("org.example.Two")
        self.assertEqual((response, len(second)), (OK, 64))
        self.assertNotEqual(first, second)
        self.home.stop()
        self.home.start()
        self.assertEqual(self.retrieve("org.example.One"), (OK, first))
        self.assertEqual(self.retrieve("org.example.Two"), (OK, second))

    def test_what_others_look_for_is_stored(self):
        _, secret = self.retrieve("org.example.One")
        item, = self.items(app_id="org.example.One")
        self.assertEqual(item.get_attributes()["xdg:schema"], "org.freedesktop.portal.Secret")
        self.assertEqual(item.get_secret(), secret)

    def test_what_others_stored_is_found(self):
        for schema, value in (({}, b"of oo7-portal"), ({"xdg:schema": "org.freedesktop.portal.Secret"}, b"of gnome-keyring")):
            self.collection().create_item("any label", {"app_id": "org.example.One"} | schema, value)
            self.assertEqual(self.retrieve("org.example.One"), (OK, value))

    def test_properties_are_answered_to_anybody_and_at_once(self):
        stranger = self.home.connect()
        self.addCleanup(stranger.close)
        properties = address(interface="org.freedesktop.DBus.Properties")
        self.assertEqual(self.call(stranger, properties, "Get", "ss", (SECRET, "version")), (("u", 1),))
        self.assertEqual(self.call(stranger, properties, "GetAll", "s", (SECRET,)), ({"version": ("u", 1)},))
        self.assertEqual(self.call(stranger, properties, "Get", "ss", (SECRET, "other")), "org.freedesktop.DBus.Error.UnknownProperty")
        xml, = self.call(stranger, address(interface="org.freedesktop.DBus.Introspectable"), "Introspect")
        self.assertIn('<method name="RetrieveSecret">', xml)

    def test_the_connection_is_another_than_the_secret_services(self):
        from jeepney import DBusAddress
        bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        owners = [self.call(self.portal, bus, "GetNameOwner", "s", (name,))[0] for name in (BACKEND, "org.freedesktop.secrets")]
        self.assertNotEqual(*owners)

    def test_nobody_else_may_ask(self):
        _, secret = self.retrieve("org.example.One")
        stranger = self.connect()
        denied = "org.freedesktop.DBus.Error.AccessDenied"
        self.assertEqual(self.retrieve("org.example.One", stranger), (denied, b""))
        self.assertEqual(self.call(stranger, address(f"{DESKTOP}/request/1_1/t", REQUEST), "Close"), denied)
        # Who has the name next is believed from then on, and the one before no longer.
        self.own(stranger)
        self.assertEqual(self.retrieve("org.example.One", stranger), (OK, secret))
        self.assertEqual(self.retrieve("org.example.One"), (denied, b""))

    def test_a_program_without_an_id_gets_none(self):
        for application in ("", "not an id", "host:program", "x" * 300):
            self.assertEqual(self.retrieve(application), (OTHER, b""))
        self.assertEqual(self.items(), [])

    def test_malformed_calls_are_refused(self):
        from jeepney import MessageType, new_method_call
        self.assertEqual(self.call(self.portal, address(), "RetrieveSecret", "s", ("x",)), "org.freedesktop.DBus.Error.InvalidArgs")
        self.assertEqual(self.call(self.portal, address(), "Other"), "org.freedesktop.DBus.Error.UnknownMethod")
        # A descriptor's number without a descriptor: only bytes can say that.
        message = new_method_call(address(), "RetrieveSecret", "osua{sv}", (self.new_handle(), "org.example.One", 7, {}))
        serial = next(self.portal.outgoing_serial)
        raw = message.serialise(serial).replace(b"osua{sv}", b"osha{sv}")
        self.portal.sock.sendall(raw)
        with contextlib.suppress(Exception):  # a bus may refuse to pass it on
            self.assertEqual(self.answer_to(serial, timeout=3), OTHER)
        self.portal = self.connect()
        self.own(self.portal)
        self.check_alive()

    def test_a_wrong_index_is_refused(self):
        from jeepney import new_method_call
        read, write = os.pipe()
        message = new_method_call(address(), "RetrieveSecret", "osha{sv}", (self.new_handle(), "org.example.One", write, {}))
        serial, fds = next(self.portal.outgoing_serial), __import__("array").array("i")
        raw = bytearray(message.serialise(serial, fds=fds))
        body = len(raw) - int.from_bytes(raw[4:8], "little")
        at = raw.index((0).to_bytes(4, "little"), raw.index(b"org.example.One", body) + 15)
        at += -(at - body) % 4
        raw[at:at + 4] = (9).to_bytes(4, "little")
        socket.send_fds(self.portal.sock, [bytes(raw)], fds)
        os.close(write)
        self.assertEqual(self.answer_to(serial), OTHER)
        self.assertEqual(read_all(read), b"")

    def test_a_request_can_be_asked_for_once_only(self):
        self.person({"wait": True})
        self.lock()
        pipes = [os.pipe() for _ in range(2)]
        handle = self.new_handle()
        first = self.send("org.example.One", pipes[0][1], handle)
        second = self.send("org.example.One", pipes[1][1], handle)
        self.assertEqual(self.answer_to(second), "org.freedesktop.Secret.Error.AlreadyExists")
        self.assertEqual(self.call(self.portal, address(handle, REQUEST), "Close"), ())
        del first

    def test_a_locked_collection_is_unlocked_by_one_prompt_for_all(self):
        _, secret = self.retrieve("org.example.One")
        self.lock()
        self.person({"password": "correct horse"})
        pipes = [os.pipe() for _ in range(20)]
        serials = [self.send("org.example.One", write) for _, write in pipes]
        for _, write in pipes:
            os.close(write)
        replies = self.receive(serials)
        self.assertEqual([replies[serial].body for serial in serials], [(OK, {})] * 20)
        self.assertEqual({read_all(read) for read, _ in pipes}, {secret})
        question, = self.questions()
        self.assertIn("“org.example.One” wants access to the keyring “Login”", question["description"])

    def test_a_cancelled_prompt_is_a_cancelled_request_and_nothing_is_made(self):
        self.lock()
        self.person({"cancel": True})
        self.assertEqual(self.retrieve("org.example.One"), (CANCELLED, b""))
        self.assertEqual(self.items(app_id="org.example.One"), [])

    def test_without_anybody_to_ask_it_fails(self):
        self.lock()
        self.assertEqual(self.retrieve("org.example.One"), (OTHER, b""))

    def test_close_ends_the_request_and_takes_the_dialog_along(self):
        self.lock()
        self.person({"wait": True}, {"password": "correct horse"})
        handle = self.new_handle()
        read, write = os.pipe()
        serial = self.send("org.example.One", write, handle)
        os.close(write)
        self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
        from jeepney import new_method_call
        closing = next(self.portal.outgoing_serial)
        self.portal.send(new_method_call(address(handle, REQUEST), "Close"), serial=closing)
        replies = self.receive([serial, closing])
        self.assertEqual((replies[closing].body, replies[serial].body), ((), (CANCELLED, {})))
        self.assertEqual(read_all(read), b"")
        self.assertEqual(self.call(self.portal, address(handle, REQUEST), "Close"), "org.freedesktop.DBus.Error.UnknownMethod")
        # The dialog is gone: the next one has its own.
        response, secret = self.retrieve("org.example.One")
        self.assertEqual((response, len(secret)), (OK, 64))
        self.assertEqual(len(self.questions()), 2)

    def test_one_that_closes_leaves_the_dialog_to_the_others(self):
        self.lock()
        self.person({"password": "correct horse", "delay": 3})
        handles, pipes = [self.new_handle() for _ in range(2)], [os.pipe() for _ in range(2)]
        serials = [self.send("org.example.One", write, handle) for (_, write), handle in zip(pipes, handles)]
        for _, write in pipes:
            os.close(write)
        self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
        from jeepney import new_method_call
        self.portal.send(new_method_call(address(handles[0], REQUEST), "Close"))
        replies = self.receive(serials)
        self.assertEqual([replies[serial].body[0] for serial in serials], [CANCELLED, OK])
        self.assertEqual([len(read_all(read)) for read, _ in pipes], [0, 64])
        self.assertEqual(len(self.questions()), 1)

    def test_a_portal_that_ends_takes_its_requests_along(self):
        self.lock()
        self.person({"wait": True}, {"password": "correct horse"})
        read, write = os.pipe()
        self.send("org.example.One", write)
        os.close(write)
        self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
        self.portal.close()
        self.assertEqual(read_all(read), b"")
        self.portal = self.connect()
        self.own(self.portal)
        self.assertEqual(self.retrieve("org.example.One")[0], OK)

    def test_a_hundred_at_once(self):
        pipes = [os.pipe() for _ in range(100)]
        begun = time.monotonic()
        serials = [self.send(f"org.example.Number{i % 10}", write) for i, (_, write) in enumerate(pipes)]
        for _, write in pipes:
            os.close(write)
        replies = self.receive(serials)
        self.assertEqual([replies[serial].body for serial in serials], [(OK, {})] * 100)
        print(f"100 requests in {1000 * (time.monotonic() - begun):.0f} ms", end=" ", flush=True)
        secrets = [read_all(read) for read, _ in pipes]
        self.assertEqual({len(secret) for secret in secrets}, {64})
        self.assertEqual(len(set(secrets)), 10)
        self.assertEqual(len(self.items(**{"xdg:schema": "org.freedesktop.portal.Secret"})), 10)

    def test_more_than_can_wait_are_refused_and_the_service_lives(self):
        self.lock()
        self.person({"wait": True}, {"password": "correct horse"})
        read, write = os.pipe()
        serials = [self.send("org.example.One", write) for _ in range(400)]
        os.close(write)
        # 128 wait for the dialog.
        replies = self.receive(serials[128:])
        self.assertEqual({replies[serial].body[0] for serial in serials[128:]}, {OTHER})
        self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
        self.portal.close()
        self.assertEqual(read_all(read), b"")
        self.portal = self.connect()
        self.own(self.portal)
        self.check_alive()

    def test_messages_full_of_descriptors_harm_nobody(self):
        # As many as one message can carry, to both of our names, from anybody.
        from jeepney import DBusAddress, new_method_call
        stranger = self.connect()
        null = os.open("/dev/null", os.O_RDWR)
        for name in (BACKEND, "org.freedesktop.secrets"):
            message = new_method_call(DBusAddress("/", name, "x.y"), "Z", "ah", ([null] * 200,))
            for _ in range(20):
                with contextlib.suppress(OSError):
                    stranger.send(message)
        os.close(null)
        self.check_alive()
        self.assertIsNone(self.home.daemon.poll())
        self.assertEqual(self.store("swordfish", user="jo").returncode, 0)

    def test_a_socket_will_do(self):
        ours, theirs = socket.socketpair()
        serial = self.send("org.example.One", theirs.fileno())
        theirs.close()
        self.assertEqual(self.answer_to(serial), OK)
        self.assertEqual(len(ours.recv(4096)), 64)
        self.assertEqual(ours.recv(4096), b"")
        ours.close()

    def test_descriptors_that_cannot_be_written_to_are_survived(self):
        read, write = os.pipe()
        self.assertEqual(self.answer_to(self.send("org.example.One", read)), OTHER, "read-only")
        os.close(read)
        self.assertEqual(self.answer_to(self.send("org.example.One", write)), OTHER, "nobody reads")
        os.close(write)
        ours, theirs = socket.socketpair()
        ours.close()
        self.assertEqual(self.answer_to(self.send("org.example.One", theirs.fileno())), OTHER, "nobody reads the socket")
        listening = socket.socket(socket.AF_UNIX)
        self.assertEqual(self.answer_to(self.send("org.example.One", listening.fileno())), OTHER, "not connected")
        for made in (theirs, listening):
            made.close()
        with tempfile.TemporaryFile() as file:
            self.assertEqual(self.answer_to(self.send("org.example.One", file.fileno())), OTHER, "a file")
            self.assertEqual(os.fstat(file.fileno()).st_size, 0)
        for path, flags in (("/dev/null", os.O_RDWR), ("/dev/ptmx", os.O_RDWR | os.O_NOCTTY), ("/", os.O_PATH)):
            opened = os.open(path, flags)
            self.assertEqual(self.answer_to(self.send("org.example.One", opened)), OTHER, path)
            os.close(opened)
        self.check_alive()

    def test_a_full_pipe_holds_up_nobody(self):
        read, write = os.pipe()
        os.set_blocking(write, False)
        with contextlib.suppress(BlockingIOError):
            while os.write(write, b"x" * 4096):
                pass
        os.set_blocking(write, True)
        begun = time.monotonic()
        full = self.send("org.example.One", write)
        os.close(write)
        self.check_alive()
        self.assertEqual(self.store("swordfish", user="jo").returncode, 0)
        self.assertLess(time.monotonic() - begun, 3)
        self.assertEqual(self.answer_to(full, timeout=10), OTHER)
        self.assertEqual(set(read_all(read)), {ord("x")})

    def test_a_vault_that_dies_fails_the_request(self):
        import signal
        read, write = os.pipe()
        os.set_blocking(write, False)
        with contextlib.suppress(BlockingIOError):
            while os.write(write, b"x" * 4096):
                pass
        serial = self.send("org.example.One", write)
        os.close(write)
        vault = self.home.both_children()["coffer-vault"]
        os.kill(vault, signal.SIGKILL)
        self.assertEqual(self.answer_to(serial), OTHER)
        self.home.both_children(except_pids=[vault])
        self.person({"password": "correct horse"})
        self.assertEqual(self.retrieve("org.example.One")[0], OK)
        os.close(read)


class Reinstalled(InThePlaceOfThePortal):
    """Applications that are removed, and installed again from somewhere else: files as Flatpak writes them."""

    def install(self, application, remote="hub", url="https://hub.example/repo", collection="", keys=b"hub's keys",
                commit="1", previous=()):
        from gi.repository import GLib
        root = f"{self.home.environment['XDG_DATA_HOME']}/flatpak"
        shutil.rmtree(f"{root}/app/{application}", ignore_errors=True)
        branch = f"{root}/app/{application}/x86_64/stable"
        os.makedirs(f"{branch}/{commit}")
        os.makedirs(f"{root}/repo", exist_ok=True)
        os.symlink("x86_64/stable", f"{root}/app/{application}/current")
        os.symlink(commit, f"{branch}/active")
        settings = {"deploy-version": GLib.Variant("i", 4), "runtime": GLib.Variant("s", "org.example.Platform/x86_64/1"),
                    "timestamp": GLib.Variant("t", 1234)}
        if previous:
            settings["previous-ids"] = GLib.Variant("as", previous)
        record = GLib.Variant("(ssasta{sv})", (remote, commit * 64, [], 1 << 40, settings))
        with open(f"{branch}/{commit}/deploy", "wb") as file:
            file.write(record.get_data_as_bytes().get_data())
        with open(f"{root}/repo/config", "w") as file:
            file.write(f'[core]\nrepo_version=1\n\n[remote "{remote}"]\nurl={url}\ncollection-id={collection}\n')
        with open(f"{root}/repo/{remote}.trustedkeys.gpg", "wb") as file:
            file.write(keys)

    def test_an_update_and_another_name_of_the_remote_ask_nothing(self):
        self.install("org.example.One")
        response, secret = self.retrieve("org.example.One")
        self.assertEqual((response, len(secret)), (OK, 64))
        item, = self.items(app_id="org.example.One")
        self.assertEqual(item.get_attributes()["coffer:source"], "https://hub.example/repo")
        self.install("org.example.One", commit="2", remote="another-name")
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))

    def test_a_renamed_application_keeps_its_secret(self):
        self.install("org.example.One")
        _, secret = self.retrieve("org.example.One")
        self.install("org.example.New", previous=["org.example.Older", "org.example.One"])
        self.assertEqual(self.retrieve("org.example.New"), (OK, secret))
        self.assertEqual(len(self.items(**{"xdg:schema": "org.freedesktop.portal.Secret"})), 1)

    def test_missing_data_asks_nothing(self):
        _, secret = self.retrieve("org.example.One")
        self.install("org.example.One")
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))
        shutil.rmtree(f"{self.home.environment['XDG_DATA_HOME']}/flatpak")
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))

    def change_publisher(self, **other):
        self.install("org.example.One")
        _, secret = self.retrieve("org.example.One")
        self.install("org.example.One", **other)
        return secret

    def test_the_user_says_that_it_is_the_same(self):
        secret = self.change_publisher(url="https://other.example/")
        self.person({"confirm": True})
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))
        question, = self.questions()  # once
        self.assertEqual(question["kind"], "confirm")
        for word in ("https://hub.example/repo", "https://other.example/"):
            self.assertIn(word, question["description"])

    def test_the_user_wants_a_new_one_and_each_publisher_has_its_own_from_then_on(self):
        secret = self.change_publisher(keys=b"other keys")
        self.person({"cancel": True}, {"confirm": True})
        response, other = self.retrieve("org.example.One")
        self.assertEqual((response, len(other)), (OK, 64))
        self.assertNotEqual(other, secret)
        self.assertEqual(self.retrieve("org.example.One"), (OK, other))
        self.install("org.example.One")
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))
        question, _ = self.questions()
        self.assertIn("other signing keys", question["description"])

    def test_another_installation_of_the_same_asks(self):
        _, secret = self.publish_into_another_installation()
        self.person({"confirm": True})
        self.assertEqual(self.retrieve("org.example.One"), (OK, secret))
        self.assertIn("another installation", self.questions()[0]["description"])
        self.assertEqual(self.items(app_id="org.example.One")[0].get_attributes()["coffer:installation"], "extra")

    def publish_into_another_installation(self):
        """From the user's installation into one of installations.d: the same remote, with the same keys."""
        self.install("org.example.One")
        made = self.retrieve("org.example.One")
        user, extra = f"{self.home.environment['XDG_DATA_HOME']}/flatpak", f"{self.home.top}/extra"
        os.rename(user, extra)
        os.makedirs(f"{self.home.top}/flatpak-etc/installations.d")
        with open(f"{self.home.top}/flatpak-etc/installations.d/extra.conf", "w") as file:
            file.write(f'[Installation "extra"]\nPath={extra}\nDisplayName=One more\n')
        return made

    def test_the_user_does_not_say(self):
        self.change_publisher(collection="org.other.Repo")
        self.person({"cancel": True}, {"cancel": True})
        self.assertEqual(self.retrieve("org.example.One"), (CANCELLED, b""))
        self.assertEqual(len(self.items(app_id="org.example.One")), 1)

    def test_nobody_can_be_asked(self):
        self.change_publisher(collection="org.other.Repo")
        self.assertEqual(self.retrieve("org.example.One"), (OTHER, b""))

    def test_damaged_records_ask_nothing(self):
        secret = self.change_publisher(url="https://other.example/")
        path = f"{self.home.environment['XDG_DATA_HOME']}/flatpak/app/org.example.One/current/active/deploy"
        with open(path, "rb") as file:
            record = file.read()
        for damaged in (b"", b"\xff" * 64, record[1:], b"x" * 2_000_000):
            with open(path, "wb") as file:
                file.write(damaged)
            self.assertEqual(self.retrieve("org.example.One"), (OK, secret), damaged[:16])


class WithoutACollection(InThePlaceOfThePortal):
    password = None

    def test_nothing_is_handed_out_without_a_place_to_keep_it(self):
        self.assertEqual(self.retrieve("org.example.One"), (OTHER, b""))


for name in dir(InThePlaceOfThePortal):
    if name.startswith("test_"):
        setattr(WithoutACollection, name, None)
        setattr(Reinstalled, name, None)


class ThroughThePortal(PortalTest):
    """xdg-desktop-portal, and applications in bubblewrap that carry what Flatpak puts into a sandbox."""

    def setUp(self):
        super().setUp()
        self.start_portal()

    def start_portal(self):
        portals = f"{self.home.top}/portals"
        os.makedirs(portals, exist_ok=True)
        shutil.copy(f"{SOURCE}/data/portal/coffer.portal", portals)
        environment = self.home.environment | {"XDG_DESKTOP_PORTAL_DIR": portals, "XDG_CURRENT_DESKTOP": "sway"}
        for program, name in (("xdg-permission-store", "org.freedesktop.impl.portal.PermissionStore"),
                              ("xdg-desktop-portal", "org.freedesktop.portal.Desktop")):
            started = subprocess.Popen([f"/usr/libexec/{program}"], env=environment, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            self.addCleanup(started.wait)
            self.addCleanup(started.kill)
            self.assertTrue(harness.wait_for(lambda name=name: self.has_owner(name)), f"{program} does not start")

    def has_owner(self, name):
        from jeepney import DBusAddress
        connection = self.home.connect()
        with contextlib.closing(connection):
            bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
            return self.call(connection, bus, "NameHasOwner", "s", (name,))[0]

    def start_application(self, application, *arguments):
        """In a sandbox; with no id, outside of one."""
        command = ["/usr/bin/python3", "-B", f"{harness.HERE}/portal_client.py", *arguments]
        if application is None:
            return self.popen(command, ())
        read, write = os.pipe()
        os.write(write, f"[Application]\nname={application}\n[Instance]\ninstance-id=1\n".encode())
        os.close(write)
        data = f"{self.home.top}/{application}"
        os.makedirs(data, exist_ok=True)
        sandbox = ["bwrap", "--die-with-parent", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib",
                   "--symlink", "usr/lib64", "/lib64", "--symlink", "usr/bin", "/bin", "--ro-bind", "/etc", "/etc", "--proc", "/proc", "--dev", "/dev",
                   "--bind", self.home.top, self.home.top, "--ro-bind", harness.HERE, harness.HERE, "--setenv", "XDG_DATA_HOME", data,
                   "--ro-bind-data", str(read), "/.flatpak-info", "--"]
        started = self.popen([*sandbox, *command], [read])
        os.close(read)
        return started

    def popen(self, command, pass_fds):
        started = subprocess.Popen(command, env=self.home.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   text=True, pass_fds=pass_fds)
        for clean in (started.wait, started.stdout.close, started.stdin.close, started.kill):
            self.addCleanup(clean)
        return started

    def retrieve(self, application):
        """The response and the secret, in hexadecimal."""
        started = self.start_application(application)
        response, _, secret = started.stdout.readline().strip().partition(" ")
        self.assertEqual(started.wait(10), 0)
        return response, secret

    def test_each_application_gets_its_own_also_after_a_restart(self):
        response, first = self.retrieve("org.example.One")
        self.assertEqual((response, len(first)), ("0", 128))
        self.assertEqual(self.retrieve("org.example.One"), ("0", first))
        response, second = self.retrieve("org.example.Two")
        self.assertEqual((response, len(second)), ("0", 128))
        self.assertNotEqual(first, second)
        self.home.stop()
        self.home.start()
        self.assertEqual(self.retrieve("org.example.One"), ("0", first))
        self.assertEqual(self.items(app_id="org.example.Two")[0].get_secret().hex(), second)

    def test_libsecret_keeps_its_own_keyring_with_it(self):
        def application(*lines):
            started = self.start_application("org.example.Keyring", "keyring")
            said = started.communicate("".join(line + "\n" for line in lines), timeout=15)[0].split()
            self.assertEqual(started.returncode, 0)
            return said

        def patiently(*lines):
            # libsecret 0.20 waits for ever when the portal's answer comes before it listens for it.
            for _ in range(3):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return application(*lines)
            self.fail("the application gets no answer")
        self.assertEqual(patiently("store swordfish", "lookup"), ["stored", "swordfish"])
        self.assertTrue(os.path.exists(f"{self.home.top}/org.example.Keyring/keyrings/default.keyring"))
        self.assertEqual(self.items(user="jo"), [])  # Coffer has the key alone
        self.assertEqual(patiently("lookup"), ["swordfish"])
        self.home.stop()
        self.home.start()
        self.assertEqual(patiently("lookup"), ["swordfish"])

    def test_a_locked_collection_is_unlocked_by_a_prompt(self):
        _, secret = self.retrieve("org.example.One")
        self.lock()
        self.person({"cancel": True}, {"password": "correct horse"})
        self.assertEqual(self.retrieve("org.example.One"), ("1", ""))
        self.assertEqual(self.retrieve("org.example.One"), ("0", secret))

    def test_a_request_that_is_withdrawn_or_whose_application_dies_takes_its_dialog_along(self):
        self.lock()
        self.person({"wait": True}, {"wait": True}, {"password": "correct horse"})
        closing = self.start_application("org.example.One", "close")
        self.assertEqual(closing.stdout.readline(), "asked\n")
        self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
        closing.stdin.write("\n")
        closing.stdin.flush()
        self.assertEqual(closing.stdout.readline().strip(), "closed")
        dying = self.start_application("org.example.Two", "close")
        self.assertEqual(dying.stdout.readline(), "asked\n")
        self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 2))
        dying.kill()
        self.assertEqual(self.retrieve("org.example.One")[0], "0")
        self.assertEqual(len(self.questions()), 3)

    def test_a_program_outside_of_a_sandbox_gets_none(self):
        self.assertEqual(self.retrieve(None), ("2", ""))
        self.assertEqual(self.items(), [])


class HostPrograms(ThroughThePortal):
    configuration = harness.CHEAP_KEYS + '[portal]\nhost-apps = "allow"\n'

    def test_each_program_gets_its_own(self):
        response, secret = self.retrieve(None)
        self.assertEqual((response, len(secret)), ("0", 128))
        self.assertEqual(self.retrieve(None), ("0", secret))
        item, = self.items(app_id="host:portal_client.py")
        self.assertEqual(item.get_secret().hex(), secret)
        self.assertNotEqual(self.retrieve("org.example.One"), ("0", secret))


for name in dir(ThroughThePortal):
    if name.startswith("test_"):
        setattr(HostPrograms, name, None)


if __name__ == "__main__":
    harness.main()
