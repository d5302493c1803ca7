"""The Secret Service as a specification: every method with good input, every error by its name, every signal once.

Names of chapters are those of the Secret Service specification; where it is silent, what gnome-keyring does."""

import threading

import harness

BUS = "org.freedesktop.secrets"
ROOT = "/org/freedesktop/secrets"
LOGIN = f"{ROOT}/collection/login"
SESSION = f"{ROOT}/collection/session"
SECRET = "org.freedesktop.Secret"
SERVICE, COLLECTION, ITEM = f"{SECRET}.Service", f"{SECRET}.Collection", f"{SECRET}.Item"
PROPERTIES = "org.freedesktop.DBus.Properties"
INTERNAL = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
DH = "dh-ietf1024-sha256-aes128-cbc-pkcs7"

INVALID, UNKNOWN, NOT_SUPPORTED = (f"org.freedesktop.DBus.Error.{name}" for name in ("InvalidArgs", "UnknownMethod", "NotSupported"))
LOCKED, NO_SESSION, NO_OBJECT = (f"{SECRET}.Error.{name}" for name in ("IsLocked", "NoSession", "NoSuchObject"))
DENIED = "org.gnome.keyring.Error.Denied"


class Refused(Exception):
    pass


class Client:
    """One connection, with a plain session."""

    def __init__(self, home):
        self.connection = home.connect()
        self.session = self.call(ROOT, SERVICE, "OpenSession", "sv", ("plain", ("s", "")))[1]

    def call(self, path, interface, method, signature=None, body=()):
        from jeepney import DBusAddress, MessageType, new_method_call
        message = new_method_call(DBusAddress(path, BUS, interface), method, signature, body)
        reply = self.connection.send_and_get_reply(message, timeout=30)
        if reply.header.message_type == MessageType.error:
            raise Refused(reply.header.fields[4])
        return reply.body

    def get(self, path, interface, name):
        return self.call(path, PROPERTIES, "Get", "ss", (interface, name))[0][1]

    def set(self, path, interface, name, signature, value):
        self.call(path, PROPERTIES, "Set", "ssv", (interface, name, (signature, value)))

    def secret(self, value=b"swordfish", kind="text/plain", session=None):
        return (session or self.session, b"", value, kind)

    def create(self, label="a label", attributes=None, value=b"swordfish", replace=False, into=LOGIN, **more):
        properties = {f"{ITEM}.Label": ("s", label), f"{ITEM}.Attributes": ("a{ss}", attributes or {})}
        return self.call(into, COLLECTION, "CreateItem", "a{sv}(oayays)b", (properties, self.secret(value, **more), replace))[0]

    def read(self, item):
        return bytes(self.call(item, ITEM, "GetSecret", "o", (self.session,))[0][2])

    def search(self, attributes, at=ROOT):
        interface = SERVICE if at == ROOT else COLLECTION
        return self.call(at, interface, "SearchItems", "a{ss}", (attributes,))

    def lock(self):
        self.call(ROOT, SERVICE, "Lock", "ao", ([LOGIN],))


class Conformance(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()
        self.client = Client(self.home)
        self.addCleanup(self.client.connection.close)

    def refused(self, name, call, *arguments, **more):
        with self.assertRaises(Refused) as caught:
            call(*arguments, **more)
        self.assertEqual(str(caught.exception), name)

    # --- Objects and introspection ------------------------------------------------------------------------------------

    def test_every_object_describes_itself(self):
        item = self.client.create()
        expected = {ROOT: (SERVICE, INTERNAL), LOGIN: (COLLECTION,), item: (ITEM,), self.client.session: (f"{SECRET}.Session",)}
        for path, interfaces in expected.items():
            xml, = self.client.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")
            for interface in (*interfaces, PROPERTIES):
                self.assertIn(f'<interface name="{interface}">', xml)
        for method in ("ChangeLock", "LockService", "ChangeWithPrompt", "ChangeWithMasterPassword"):
            self.assertIn(f'<method name="{method}">', self.client.call(ROOT, "org.freedesktop.DBus.Introspectable", "Introspect")[0])

    def test_paths_that_do_not_exist_are_unknown_methods(self):
        item = self.client.create()
        self.client.call(item, ITEM, "Delete")
        for path in (item, f"{ROOT}/collection/nothing", f"{LOGIN}/999", f"{ROOT}/session/s999", f"{ROOT}/aliases/nothing", "/nowhere"):
            self.refused(UNKNOWN, self.client.call, path, ITEM, "Delete")
            self.refused(UNKNOWN, self.client.call, path, PROPERTIES, "GetAll", "s", ("",))

    def test_unknown_methods_interfaces_and_signatures(self):
        self.refused(UNKNOWN, self.client.call, ROOT, SERVICE, "Nothing")
        self.refused(UNKNOWN, self.client.call, ROOT, COLLECTION, "Delete")
        self.refused(INVALID, self.client.call, ROOT, SERVICE, "SearchItems", "s", ("x",))
        self.refused(INVALID, self.client.call, ROOT, SERVICE, "ReadAlias")

    # --- Properties ---------------------------------------------------------------------------------------------------

    def test_get_all_has_every_property(self):
        item = self.client.create(attributes={"k": "v"})
        for path, interface, names in (
                (ROOT, SERVICE, {"Collections"}),
                (LOGIN, COLLECTION, {"Items", "Label", "Locked", "Created", "Modified"}),
                (item, ITEM, {"Locked", "Attributes", "Label", "Type", "Created", "Modified"})):
            found = self.client.call(path, PROPERTIES, "GetAll", "s", (interface,))[0]
            self.assertEqual(set(found), names)
            for name, value in found.items():
                self.assertEqual(self.client.get(path, interface, name), value[1])

    def test_unknown_read_only_and_mistyped_properties(self):
        item = self.client.create()
        self.refused(INVALID, self.client.get, item, ITEM, "Nothing")
        self.refused(INVALID, self.client.set, item, ITEM, "Locked", "b", False)
        self.refused(INVALID, self.client.set, item, ITEM, "Created", "t", 5)
        self.refused(INVALID, self.client.set, item, ITEM, "Label", "u", 5)
        self.refused(INVALID, self.client.set, LOGIN, COLLECTION, "Items", "ao", [])

    def test_the_type_is_the_schema(self):
        item = self.client.create(attributes={"k": "v", "xdg:schema": "org.example.Schema"})
        self.assertEqual(self.client.get(item, ITEM, "Type"), "org.example.Schema")
        self.client.set(item, ITEM, "Type", "s", "org.example.Other")
        self.assertEqual(self.client.get(item, ITEM, "Attributes"), {"k": "v", "xdg:schema": "org.example.Other"})

    # --- Sessions -----------------------------------------------------------------------------------------------------

    def test_sessions(self):
        open_session = lambda *input: self.client.call(ROOT, SERVICE, "OpenSession", "sv", input)  # noqa: E731
        self.refused(NOT_SUPPORTED, open_session, "rot13", ("s", ""))
        self.refused(INVALID, open_session, "plain", ("s", "something"))
        self.refused(INVALID, open_session, "plain", ("ay", b""))
        self.refused(INVALID, open_session, DH, ("s", ""))
        for degenerate in (b"", b"\x00", b"\x01", b"\xff" * 128, b"\x02" * 129):
            self.refused(INVALID, open_session, DH, ("ay", degenerate))
        (signature, output), path = open_session(DH, ("ay", b"\x05" * 128))
        self.assertEqual((signature, len(output)), ("ay", 128))
        self.client.call(path, f"{SECRET}.Session", "Close")
        self.refused(UNKNOWN, self.client.call, path, f"{SECRET}.Session", "Close")

    def test_a_session_belongs_to_its_client(self):
        item = self.client.create()
        other = Client(self.home)
        self.addCleanup(other.connection.close)
        self.refused(NO_SESSION, other.call, item, ITEM, "GetSecret", "o", (self.client.session,))
        self.refused(NO_SESSION, other.call, item, ITEM, "SetSecret", "(oayays)", (self.client.secret(),))
        self.refused(NO_SESSION, other.call, ROOT, SERVICE, "GetSecrets", "aoo", ([item], self.client.session))
        self.refused(NO_SESSION, other.create, session=self.client.session)

    def test_secrets_that_were_not_encrypted_for_the_session(self):
        item = self.client.create()
        self.refused(INVALID, self.client.call, item, ITEM, "SetSecret", "(oayays)", ((self.client.session, b"iv", b"x", "text/plain"),))
        self.assertEqual(self.client.read(item), b"swordfish")

    # --- Items --------------------------------------------------------------------------------------------------------

    def test_secrets_of_every_size_and_byte_with_their_content_type(self):
        for value in (b"", bytes(range(256)), b"line\nline\n", b"x" * 65537, b"y" * 1024 * 1024):
            item = self.client.create(attributes={"size": str(len(value))}, value=value, kind="application/x-thing; charset=binary")
            self.assertEqual(self.client.read(item), value)
            secret, = self.client.call(item, ITEM, "GetSecret", "o", (self.client.session,))
            self.assertEqual(secret[3], "application/x-thing; charset=binary")
        self.refused("org.freedesktop.DBus.Error.LimitsExceeded", self.client.create, value=b"z" * (1024 * 1024 + 1))

    def test_any_utf8_in_labels_and_attributes(self):
        text = "é 漢字 \U0001f511 \u202e \t\n \\ \" ' <&> " + "long" * 500
        item = self.client.create(text, {text: text, "": "empty name", "empty value": ""})
        self.assertEqual(self.client.get(item, ITEM, "Label"), text)
        self.assertEqual(self.client.get(item, ITEM, "Attributes"), {text: text, "": "empty name", "empty value": ""})
        self.assertEqual(self.client.search({text: text})[0], [item])

    def test_malformed_properties_of_a_new_item(self):
        for properties in ({"Label": ("s", "not qualified")}, {f"{ITEM}.Label": ("u", 5)}, {f"{ITEM}.Attributes": ("s", "x")},
                           {f"{ITEM}.Nothing": ("s", "x")}):
            self.refused(INVALID, self.client.call, LOGIN, COLLECTION, "CreateItem", "a{sv}(oayays)b", (properties, self.client.secret(), False))

    def test_search_is_by_subset_and_finds_the_newest_first(self):
        one = self.client.create(attributes={"a": "1", "b": "2"})
        two = self.client.create(attributes={"a": "1"})
        self.assertEqual(self.client.search({"a": "1"}), ([two, one], []))
        self.assertEqual(self.client.search({"a": "1", "b": "2"}), ([one], []))
        self.assertEqual(self.client.search({"a": "2"}), ([], []))
        self.assertEqual(self.client.search({}), ([two, one], []))
        self.assertEqual(self.client.search({"b": "2"}, LOGIN), ([one],))

    def test_replace_is_by_equality_and_keeps_path_and_creation(self):
        wide = self.client.create(attributes={"a": "1", "b": "2"}, value=b"wide")
        first = self.client.create(attributes={"a": "1"}, value=b"first", replace=True)
        created = self.client.get(first, ITEM, "Created")
        again = self.client.create("new label", {"a": "1"}, b"again", replace=True)
        self.assertEqual((again, self.client.read(again), self.client.read(wide)), (first, b"again", b"wide"))
        self.assertEqual((self.client.get(again, ITEM, "Label"), self.client.get(again, ITEM, "Created")), ("new label", created))
        # Without attributes there is nothing to be equal to; without replace nothing is replaced.
        self.assertNotEqual(self.client.create(replace=True), self.client.create(replace=True))
        self.assertNotEqual(self.client.create(attributes={"a": "1"}), first)

    def test_get_secrets_leaves_out_what_is_missing_or_locked(self):
        one, two = self.client.create(), self.client.create(into=SESSION)
        get = lambda *items: self.client.call(ROOT, SERVICE, "GetSecrets", "aoo", (list(items), self.client.session))[0]  # noqa: E731
        self.assertEqual(set(get(one, two, f"{LOGIN}/999")), {one, two})
        self.client.lock()
        self.assertEqual(set(get(one, two)), {two})
        self.refused(NO_SESSION, self.client.call, ROOT, SERVICE, "GetSecrets", "aoo", ([one], f"{ROOT}/session/s0"))

    # --- Locking ------------------------------------------------------------------------------------------------------

    def test_what_is_locked_says_so_and_shows_nothing(self):
        item = self.client.create("a label", {"a": "1"})
        self.client.lock()
        self.refused(LOCKED, self.client.call, item, ITEM, "GetSecret", "o", (self.client.session,))
        self.refused(LOCKED, self.client.call, item, ITEM, "SetSecret", "(oayays)", (self.client.secret(),))
        self.refused(LOCKED, self.client.call, item, ITEM, "Delete")
        self.refused(LOCKED, self.client.set, item, ITEM, "Label", "s", "x")
        self.refused(LOCKED, self.client.set, item, ITEM, "Attributes", "a{ss}", {})
        self.refused(LOCKED, self.client.set, LOGIN, COLLECTION, "Label", "s", "x")
        self.refused(LOCKED, self.client.create)
        self.assertEqual(self.client.call(item, PROPERTIES, "GetAll", "s", (ITEM,))[0],
                         {"Locked": ("b", True), "Label": ("s", ""), "Attributes": ("a{ss}", {}), "Type": ("s", ""),
                          "Created": ("t", 0), "Modified": ("t", 0)})

    def test_locked_items_are_found_with_their_schema_after_a_restart_too(self):
        item = self.client.create(attributes={"a": "1", "xdg:schema": "org.example.Schema"})
        self.home.stop()
        self.home.start(password=None)
        client = Client(self.home)
        self.addCleanup(client.connection.close)
        self.assertEqual(client.search({"xdg:schema": "org.example.Schema", "a": "1"}), ([], [item]))
        self.assertEqual(client.search({"a": "2"}), ([], []))

    def test_lock_and_unlock_echo_what_they_were_given(self):
        item = self.client.create()
        alias = f"{ROOT}/aliases/default"
        self.assertEqual(self.client.call(ROOT, SERVICE, "Unlock", "ao", ([item, alias, f"{LOGIN}/999"],)), ([item, alias], "/"))
        self.assertEqual(self.client.call(ROOT, SERVICE, "Lock", "ao", ([item],)), ([item], "/"))
        self.assertTrue(self.client.get(LOGIN, COLLECTION, "Locked"))
        unlocked, prompt = self.client.call(ROOT, SERVICE, "Unlock", "ao", ([alias, SESSION],))
        self.assertEqual(unlocked, [SESSION])
        self.assertTrue(prompt.startswith(f"{ROOT}/prompt/"))

    def test_master_passwords(self):
        master = lambda text: self.client.secret(text)  # noqa: E731
        self.client.lock()
        self.refused(DENIED, self.client.call, ROOT, INTERNAL, "UnlockWithMasterPassword", "o(oayays)", (LOGIN, master(b"wrong")))
        self.refused(NO_OBJECT, self.client.call, ROOT, INTERNAL, "UnlockWithMasterPassword", "o(oayays)", (f"{ROOT}/collection/x", master(b"w")))
        self.refused(NO_SESSION, self.client.call, ROOT, INTERNAL, "UnlockWithMasterPassword", "o(oayays)", (LOGIN, (LOGIN, b"", b"w", "")))
        self.client.call(ROOT, INTERNAL, "UnlockWithMasterPassword", "o(oayays)", (LOGIN, master(b"correct horse")))
        self.refused(DENIED, self.client.call, ROOT, INTERNAL, "ChangeWithMasterPassword", "o(oayays)(oayays)", (LOGIN, master(b"x"), master(b"y")))
        self.refused(NO_OBJECT, self.client.call, ROOT, INTERNAL, "ChangeWithPrompt", "o", (f"{ROOT}/collection/x",))
        label = {f"{COLLECTION}.Label": ("s", "Mine")}
        made, = self.client.call(ROOT, INTERNAL, "CreateWithMasterPassword", "a{sv}(oayays)", (label, master(b"pw")))
        self.assertEqual(self.client.get(made, COLLECTION, "Label"), "Mine")

    # --- Collections and aliases --------------------------------------------------------------------------------------

    def make(self, label="Mine"):
        properties = {f"{COLLECTION}.Label": ("s", label)}
        return self.client.call(ROOT, INTERNAL, "CreateWithMasterPassword", "a{sv}(oayays)", (properties, self.client.secret(b"pw")))[0]

    def test_aliases(self):
        read = lambda name: self.client.call(ROOT, SERVICE, "ReadAlias", "s", (name,))[0]  # noqa: E731
        self.assertEqual([read(name) for name in ("default", "login", "session", "nothing")], [LOGIN, LOGIN, SESSION, "/"])
        made = self.make()
        self.client.call(ROOT, SERVICE, "SetAlias", "so", ("default", made))
        item = self.client.create(into=f"{ROOT}/aliases/default")
        self.assertTrue(item.startswith(made + "/"))
        self.home.stop()
        self.home.start()
        client = Client(self.home)
        self.addCleanup(client.connection.close)
        self.assertEqual(client.call(ROOT, SERVICE, "ReadAlias", "s", ("default",)), (made,))
        self.refused(NOT_SUPPORTED, client.call, ROOT, SERVICE, "SetAlias", "so", ("mine", made))
        self.refused(NO_OBJECT, client.call, ROOT, SERVICE, "SetAlias", "so", ("default", f"{ROOT}/collection/x"))
        self.refused(INVALID, client.call, ROOT, SERVICE, "SetAlias", "so", ("default", "/somewhere/else"))
        client.call(ROOT, SERVICE, "SetAlias", "so", ("default", "/"))
        # Without a choice it is the login keyring, so that there always is one.
        self.assertEqual(client.call(ROOT, SERVICE, "ReadAlias", "s", ("default",)), (LOGIN,))

    def test_creating_collections(self):
        create = lambda properties, alias: self.client.call(ROOT, SERVICE, "CreateCollection", "a{sv}s", (properties, alias))  # noqa: E731
        self.assertEqual(create({}, "default"), (LOGIN, "/"))
        collection, prompt = create({f"{COLLECTION}.Label": ("s", "x")}, "")
        self.assertEqual(collection, "/")
        self.client.call(prompt, f"{SECRET}.Prompt", "Dismiss")
        self.refused(NOT_SUPPORTED, create, {}, "mine")
        self.refused(INVALID, create, {f"{COLLECTION}.Nothing": ("s", "x")}, "")

    def test_deleting_collections(self):
        made = self.make()
        self.assertEqual(self.client.call(made, COLLECTION, "Delete"), ("/",))
        self.assertNotIn(made, self.client.get(ROOT, SERVICE, "Collections"))
        self.client.create()
        self.assertNotEqual(self.client.call(LOGIN, COLLECTION, "Delete"), ("/",))
        self.refused(NOT_SUPPORTED, self.client.call, SESSION, COLLECTION, "Delete")

    def test_the_session_collection_is_never_locked_or_kept(self):
        item = self.client.create(into=SESSION, attributes={"a": "1"})
        self.client.call(ROOT, SERVICE, "Lock", "ao", ([SESSION],))
        self.assertEqual(self.client.read(item), b"swordfish")
        self.home.stop()
        self.home.start()
        self.assertEqual(Client(self.home).search({"a": "1"}), ([], []))

    def test_times(self):
        import time
        now = int(time.time())
        item = self.client.create()
        # The service's clock, time(2), may be a tick behind ours.
        self.assertIn(self.client.get(item, ITEM, "Created"), range(now - 1, now + 3))
        created = self.client.get(item, ITEM, "Created")
        time.sleep(1.1)
        self.client.call(item, ITEM, "SetSecret", "(oayays)", (self.client.secret(b"new"),))
        self.assertGreater(self.client.get(item, ITEM, "Modified"), created)
        self.assertEqual(self.client.get(item, ITEM, "Created"), created)

    # --- Signals ------------------------------------------------------------------------------------------------------

    def signals_of(self, action):
        """What is sent because of `action`, as (path, member, first argument or property names)."""
        from jeepney import MatchRule, message_bus
        listener = self.home.connect()
        self.addCleanup(listener.close)
        listener.send_and_get_reply(message_bus.AddMatch(MatchRule(type="signal", sender=BUS)))
        with listener.filter(MatchRule(type="signal", path_namespace=ROOT), bufsize=5000) as queue:
            action()
            listener.send_and_get_reply(message_bus.GetNameOwner(BUS))
            self.client.call(ROOT, "org.freedesktop.DBus.Peer", "Ping")
            import time
            time.sleep(0.2)
            while True:
                try:
                    listener.recv_messages(timeout=0.05)
                except TimeoutError:
                    break
            got = []
            for message in queue:
                fields = message.header.fields
                body = message.body
                detail = tuple(sorted(body[1])) + tuple(body[2]) if fields[3] == "PropertiesChanged" else body[0]
                got.append((fields[1], fields[3], detail))
        return got

    def test_each_change_is_told_once(self):
        made = []
        self.assertCountEqual(self.signals_of(lambda: made.append(self.client.create(attributes={"a": "1"}))),
                              [(LOGIN, "ItemCreated", f"{LOGIN}/1"), (LOGIN, "PropertiesChanged", ("Items",))])
        item, = made
        self.assertCountEqual(self.signals_of(lambda: self.client.create(attributes={"a": "1"}, replace=True)),
                              [(LOGIN, "ItemChanged", item), (item, "PropertiesChanged", ("Attributes", "Label", "Modified"))])
        self.assertCountEqual(self.signals_of(lambda: self.client.set(item, ITEM, "Label", "s", "x")),
                              [(LOGIN, "ItemChanged", item), (item, "PropertiesChanged", ("Label", "Modified"))])
        self.assertCountEqual(self.signals_of(lambda: self.client.call(item, ITEM, "SetSecret", "(oayays)", (self.client.secret(),))),
                              [(LOGIN, "ItemChanged", item), (item, "PropertiesChanged", ("Modified",))])
        self.assertCountEqual(self.signals_of(self.client.lock),
                              [(ROOT, "CollectionChanged", LOGIN), (LOGIN, "PropertiesChanged", ("Locked",)),
                               (LOGIN, "ItemChanged", item), (item, "PropertiesChanged", ("Locked",))])
        self.assertEqual(self.signals_of(self.client.lock), [])
        self.assertCountEqual(self.signals_of(lambda: self.assertIsNone(self.unlock())),
                              [(ROOT, "CollectionChanged", LOGIN), (LOGIN, "PropertiesChanged", ("Locked",)),
                               (LOGIN, "ItemChanged", item), (item, "PropertiesChanged", ("Locked",))])
        self.assertCountEqual(self.signals_of(lambda: self.client.set(LOGIN, COLLECTION, "Label", "s", "Mine")),
                              [(ROOT, "CollectionChanged", LOGIN), (LOGIN, "PropertiesChanged", ("Label",))])
        self.assertCountEqual(self.signals_of(lambda: self.client.call(item, ITEM, "Delete")),
                              [(LOGIN, "ItemDeleted", item), (LOGIN, "PropertiesChanged", ("Items",))])
        self.assertCountEqual(self.signals_of(lambda: self.make("New")),
                              [(ROOT, "CollectionCreated", f"{ROOT}/collection/New"), (ROOT, "PropertiesChanged", ("Collections",))])
        self.assertCountEqual(self.signals_of(lambda: self.client.call(f"{ROOT}/collection/New", COLLECTION, "Delete")),
                              [(ROOT, "CollectionDeleted", f"{ROOT}/collection/New"), (ROOT, "PropertiesChanged", ("Collections",))])

    def test_every_item_of_a_large_collection_is_told_of_a_lock_once(self):
        items = [self.client.create() for _ in range(600)]
        told = self.signals_of(self.client.lock)
        self.assertCountEqual([signal for signal in told if signal[1] == "ItemChanged"], [(LOGIN, "ItemChanged", item) for item in items])
        self.assertCountEqual([path for path, member, names in told if member == "PropertiesChanged" and names == ("Locked",)],
                              [LOGIN, *items])

    def test_lock_service_tells_too(self):
        self.assertCountEqual(self.signals_of(lambda: self.client.call(ROOT, SERVICE, "LockService")),
                              [(ROOT, "CollectionChanged", LOGIN), (LOGIN, "PropertiesChanged", ("Locked",))])

    # --- Ways of use --------------------------------------------------------------------------------------------------

    def test_two_clients_that_replace_the_same_attributes_leave_one_item(self):
        def write(number):
            client = Client(self.home)
            for turn in range(25):
                client.create(attributes={"account": "the same"}, value=f"{number} {turn}".encode(), replace=True)
            client.connection.close()
        writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        self.assertEqual(len(self.client.search({"account": "the same"})[0]), 1)

    def test_chromium_keeps_its_key(self):
        """As Chromium's os_crypt does: a schema, one attribute; searched for while locked, created once."""
        wanted = {"application": "chromium", "xdg:schema": "chrome_libsecret_os_crypt_password_v2"}
        self.assertEqual(self.client.search(wanted), ([], []))
        item = self.client.create("Chromium Safe Storage", wanted, b"c2VjcmV0LWtleS1mb3ItdjEx", replace=True)
        dummy = self.client.create("Chrome Safe Storage Control", {"explanation": "Because of quirks in the gnome libsecret API, ...",
                                                                   "xdg:schema": "_chrome_dummy_schema_for_unlocking"})
        self.home.stop()
        self.home.start(password=None)
        client = Client(self.home)
        self.addCleanup(client.connection.close)
        self.assertEqual(client.search(wanted), ([], [item]))
        self.assertIsNone(self.unlock())
        self.assertEqual(client.search(wanted), ([item], []))
        self.assertEqual(client.read(item), b"c2VjcmV0LWtleS1mb3ItdjEx")
        self.assertEqual(client.search({"xdg:schema": "_chrome_dummy_schema_for_unlocking"})[0], [dummy])


if __name__ == "__main__":
    harness.main()
