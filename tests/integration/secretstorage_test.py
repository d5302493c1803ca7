"""python3-secretstorage, and the specification as it sees it."""

import harness


class SecretStorage(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()
        self.connection = self.home.connect()
        self.login = self.collection(self.connection)

    def error(self, path, interface, method, signature=None, body=(), connection=None):
        """The name of the error that a call is answered with."""
        from jeepney import DBusAddress, MessageType, new_method_call
        address = DBusAddress(path, "org.freedesktop.secrets", interface)
        reply = (connection or self.connection).send_and_get_reply(new_method_call(address, method, signature, body), timeout=20)
        return reply.header.fields[4] if reply.header.message_type == MessageType.error else None

    def test_an_item_has_what_it_was_given(self):
        item = self.login.create_item("a label", {"user": "jo", "host": "é"}, b"\x00binary\xff", content_type="application/x")
        self.assertEqual(item.get_label(), "a label")
        self.assertEqual(item.get_attributes(), {"user": "jo", "host": "é"})
        self.assertEqual(item.get_secret(), b"\x00binary\xff")
        self.assertEqual(item.get_secret_content_type(), "application/x")
        self.assertGreater(item.get_created(), 1_600_000_000)
        self.assertFalse(item.is_locked())

    def test_label_attributes_and_secret_can_be_changed(self):
        item = self.login.create_item("a", {"k": "1"}, b"one")
        item.set_label("b")
        item.set_attributes({"k": "2", "l": "3"})
        item.set_secret(b"two")
        self.assertEqual((item.get_label(), item.get_attributes(), item.get_secret()), ("b", {"k": "2", "l": "3"}, b"two"))
        self.assertEqual(list(self.login.search_items({"k": "1"})), [])
        self.assertEqual([i.item_path for i in self.login.search_items({"k": "2"})], [item.item_path])

    def test_search_is_by_subset_and_replace_by_equality(self):
        wide = self.login.create_item("w", {"k": "1", "l": "2"}, b"wide")
        exact = self.login.create_item("e", {"k": "1"}, b"exact", replace=True)
        self.assertNotEqual(wide.item_path, exact.item_path)
        again = self.login.create_item("e", {"k": "1"}, b"again", replace=True)
        self.assertEqual(again.item_path, exact.item_path)
        self.assertEqual(exact.get_secret(), b"again")
        self.assertEqual(wide.get_secret(), b"wide")
        self.assertEqual(len(list(self.login.search_items({"k": "1"}))), 2)

    def test_a_deleted_item_is_an_unknown_path(self):
        item = self.login.create_item("a", {}, b"one")
        item.delete()
        self.assertEqual(self.error(item.item_path, "org.freedesktop.Secret.Item", "Delete"),
                         "org.freedesktop.DBus.Error.UnknownMethod")

    def test_a_locked_collection_says_so_and_its_prompt_is_dismissed(self):
        import secretstorage
        item = self.login.create_item("a", {"k": "1"}, b"one")
        self.login.lock()
        self.assertTrue(self.login.is_locked())
        self.assertTrue(item.is_locked())
        self.assertEqual(item.get_label(), "")
        self.assertEqual(item.get_attributes(), {})
        with self.assertRaises(secretstorage.exceptions.LockedException):
            item.get_secret()
        self.assertTrue(self.login.unlock(), "dismissed")
        self.assertTrue(self.login.is_locked())
        self.assertEqual([i.item_path for i in self.login.search_items({"k": "1"})], [item.item_path])
        self.assertIsNone(self.unlock())
        self.assertEqual(item.get_secret(), b"one")

    def test_a_wrong_password_is_denied(self):
        self.login.lock()
        self.assertEqual(self.unlock("wrong"), "org.gnome.keyring.Error.Denied")
        self.assertTrue(self.login.is_locked())

    def test_one_mebibyte_is_kept_and_more_is_refused(self):
        secret = bytes(range(256)) * 4096
        item = self.login.create_item("large", {}, secret)
        self.assertEqual(item.get_secret(), secret)
        from jeepney import DBusErrorResponse
        with self.assertRaises(DBusErrorResponse) as raised:
            self.login.create_item("larger", {}, secret + b"x")
        self.assertEqual(raised.exception.name, "org.freedesktop.DBus.Error.LimitsExceeded")

    def test_another_clients_session_is_no_session(self):
        from secretstorage.util import open_session
        item = self.login.create_item("a", {}, b"one")
        other = self.home.connect()
        self.addCleanup(other.close)
        theirs = open_session(other).object_path
        self.assertEqual(self.error(item.item_path, "org.freedesktop.Secret.Item", "GetSecret", "o", (theirs,)),
                         "org.freedesktop.Secret.Error.NoSession")
        self.assertEqual(self.error(theirs, "org.freedesktop.Secret.Session", "Close"),
                         "org.freedesktop.DBus.Error.AccessDenied")

    def test_errors_have_their_names(self):
        service, path = "org.freedesktop.Secret.Service", "/org/freedesktop/secrets"
        cases = [
            ("OpenSession", "sv", ("rot13", ("s", "")), "org.freedesktop.DBus.Error.NotSupported"),
            ("OpenSession", "sv", ("plain", ("s", "x")), "org.freedesktop.DBus.Error.InvalidArgs"),
            ("OpenSession", "sv", ("dh-ietf1024-sha256-aes128-cbc-pkcs7", ("ay", b"\x01")), "org.freedesktop.DBus.Error.InvalidArgs"),
            ("SetAlias", "so", ("default", "/org/freedesktop/secrets/collection/none"), "org.freedesktop.Secret.Error.NoSuchObject"),
            ("SetAlias", "so", ("mine", self.login.collection_path), "org.freedesktop.DBus.Error.NotSupported"),
            ("GetSecrets", "aoo", ([], "/org/freedesktop/secrets/session/s99"), "org.freedesktop.Secret.Error.NoSession"),
            ("SearchItems", "s", ("x",), "org.freedesktop.DBus.Error.InvalidArgs"),
            ("Nothing", None, (), "org.freedesktop.DBus.Error.UnknownMethod"),
        ]
        for method, signature, body, expected in cases:
            self.assertEqual(self.error(path, service, method, signature, body), expected, method)
        self.assertEqual(self.error("/org/freedesktop/secrets/collection/none", "org.freedesktop.Secret.Collection", "Delete"),
                         "org.freedesktop.DBus.Error.UnknownMethod")

    def test_alias_paths_reach_the_collection(self):
        import secretstorage
        collection = secretstorage.Collection(self.connection, "/org/freedesktop/secrets/aliases/default")
        item = collection.create_item("a", {"k": "v"}, b"x")
        self.assertTrue(item.item_path.startswith("/org/freedesktop/secrets/collection/login/"))

    def test_signals_are_sent_once_for_each_change_before_the_answer(self):
        from jeepney import MatchRule, message_bus
        listener = self.home.connect()
        self.addCleanup(listener.close)
        rule = MatchRule(type="signal", sender="org.freedesktop.secrets")
        listener.send_and_get_reply(message_bus.AddMatch(rule))
        def collect():
            out = []
            try:
                while True:
                    message = listener.receive(timeout=0.5)
                    fields = message.header.fields
                    if fields.get(2, "").startswith("org.freedesktop.") and fields.get(1, "").startswith("/org/freedesktop/secrets"):
                        out.append((fields[3], message.body[0] if fields[3] == "PropertiesChanged" else None))
            except TimeoutError:
                return out

        item = self.login.create_item("a", {"k": "v"}, b"x")
        self.assertEqual(collect(), [("ItemCreated", None), ("PropertiesChanged", "org.freedesktop.Secret.Collection")])
        item.set_label("b")
        self.assertEqual(collect(), [("ItemChanged", None), ("PropertiesChanged", "org.freedesktop.Secret.Item")])
        self.login.lock()
        self.assertEqual(collect(), [("CollectionChanged", None), ("PropertiesChanged", "org.freedesktop.Secret.Collection"),
                                     ("ItemChanged", None), ("PropertiesChanged", "org.freedesktop.Secret.Item")])
        self.unlock()
        self.assertEqual(len(collect()), 4)
        item.delete()
        self.assertEqual(collect(), [("ItemDeleted", None), ("PropertiesChanged", "org.freedesktop.Secret.Collection")])

    def test_sessions_end_with_their_client(self):
        from secretstorage.util import open_session
        for _ in range(3):
            other = self.home.connect()
            for _ in range(200):
                open_session(other)
            other.close()
        self.assertEqual(self.login.create_item("a", {}, b"still served").get_secret(), b"still served")

    def test_a_label_cannot_escape_the_files_or_the_bus(self):
        item = self.login.create_item("\n'; DROP TABLE items; --/../", {"": "", "a=b": "\n"}, b"x")
        self.assertEqual(item.get_label(), "\n'; DROP TABLE items; --/../")
        self.assertEqual(item.get_attributes(), {"": "", "a=b": "\n"})


if __name__ == "__main__":
    harness.main()
