"""coffer against providers that no one should run: what it must insist on whoever serves."""

import json
import threading

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

import harness

ITEM = "/org/freedesktop/secrets/collection/login/1"
PROMPT = "/org/freedesktop/secrets/prompt/p1"
SESSION = "/org/freedesktop/secrets/session/s1"
NOT_SUPPORTED = "org.freedesktop.DBus.Error.NotSupported"


class Provider:
    """One item with the secret "swordfish", behind the sessions and the prompt that a test wants."""

    def __init__(self, address):
        self.connection = open_dbus_connection(address)
        self.connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.secrets"))
        self.encrypted_error = NOT_SUPPORTED
        self.public_key = None  # answered to encrypted sessions, instead of the error
        self.locked = False
        self.on_prompt = lambda: self.complete(dismissed=False)
        self.calls = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                call = self.connection.receive()
            except (OSError, EOFError, ValueError):  # the bus or this connection is gone
                return
            if call.header.message_type == MessageType.method_call:
                member = call.header.fields[HeaderFields.member]
                self.calls.append(member)
                self.connection.send(getattr(self, member)(call))
                if member == "Prompt":
                    self.client = call.header.fields[HeaderFields.sender]
                    self.on_prompt()

    def OpenSession(self, call):
        if call.body[0] == "plain":
            return new_method_return(call, "vo", (("s", ""), SESSION))
        if self.public_key is not None:
            return new_method_return(call, "vo", (("ay", self.public_key), SESSION))
        return new_error(call, self.encrypted_error, "s", ("words \x1b[31m",))

    def SearchItems(self, call):
        return new_method_return(call, "aoao", ([], [ITEM]) if self.locked else ([ITEM], []))

    def GetAll(self, call):
        return new_method_return(call, "a{sv}", ({"Label": ("s", "a label"), "Locked": ("b", self.locked),
                                                  "Attributes": ("a{ss}", {"user": "jo"}), "Strange": ("ai", [1])},))

    def GetSecret(self, call):
        return new_method_return(call, "(oayays)", ((SESSION, b"", b"swordfish", "text/plain"),))

    def Unlock(self, call):
        return new_method_return(call, "aoo", ([], PROMPT))

    def Prompt(self, call):
        return new_method_return(call)

    def complete(self, dismissed, connection=None):
        self.locked = dismissed
        signal = new_signal(DBusAddress(PROMPT, interface="org.freedesktop.Secret.Prompt"), "Completed", "bv",
                            (dismissed, ("ao", [] if dismissed else [ITEM])))
        (connection or self.connection).send(signal)


class OddProviders(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.provider = Provider(self.home.environment["DBUS_SESSION_BUS_ADDRESS"])
        self.addCleanup(self.provider.connection.close)

    def lookup_with_coffer(self):
        return self.home.run(f"{self.home.binaries}/coffer", "lookup", "user=jo")

    def test_a_provider_without_encryption_is_used_all_the_same(self):
        self.assertEqual(self.lookup_with_coffer().stdout, b"swordfish")

    def test_any_other_failure_is_no_reason_to_go_without_encryption(self):
        for name in ("org.freedesktop.DBus.Error.Failed", "org.freedesktop.DBus.Error.InvalidArgs"):
            self.provider.encrypted_error = name
            result = self.lookup_with_coffer()
            self.assertEqual((result.returncode, result.stdout), (5, b""))
            self.assertNotIn(b"\x1b", result.stderr)
        self.assertEqual(self.provider.calls.count("OpenSession"), 2)

    def test_a_public_key_that_gives_the_secret_away_is_refused(self):
        for key in (b"", b"\x00" * 128, b"\x01", b"\xff" * 128):
            self.provider.public_key = key
            self.assertEqual(self.lookup_with_coffer().returncode, 5)
        self.assertNotIn("GetSecret", self.provider.calls)

    def test_a_secret_that_was_not_sealed_is_refused(self):
        self.provider.public_key = b"\x05" * 128
        result = self.lookup_with_coffer()
        self.assertEqual((result.returncode, result.stdout), (5, b""))
        self.assertIn(b"intact", result.stderr)

    def test_a_prompt_is_shown_and_waited_for(self):
        self.provider.locked = True
        self.provider.on_prompt = lambda: threading.Timer(0.3, lambda: self.provider.complete(dismissed=False)).start()
        self.assertEqual(self.lookup_with_coffer().stdout, b"swordfish")

    def test_a_dismissed_prompt_ends_the_command(self):
        self.provider.locked = True
        self.provider.on_prompt = lambda: self.provider.complete(dismissed=True)
        result = self.lookup_with_coffer()
        self.assertEqual((result.returncode, result.stdout), (3, b""))

    def test_nobody_but_the_provider_completes_its_prompt(self):
        self.provider.locked = True
        stranger = self.home.connect()
        self.addCleanup(stranger.close)

        def completes_twice():
            self.provider.complete(dismissed=True, connection=stranger)
            threading.Timer(0.3, lambda: self.provider.complete(dismissed=False)).start()
        self.provider.on_prompt = completes_twice
        self.assertEqual(self.lookup_with_coffer().stdout, b"swordfish")

    def test_a_provider_that_dies_while_it_asks_is_not_waited_for(self):
        self.provider.locked = True
        self.provider.on_prompt = self.provider.connection.close
        result = self.lookup_with_coffer()
        self.assertEqual(result.returncode, 4)
        self.assertIn(b"stopped", result.stderr)


class Forgetful(Provider):
    """Takes any item, and always has the same one."""

    def ReadAlias(self, call):
        return new_method_return(call, "o", ("/org/freedesktop/secrets/collection/login",))

    def Unlock(self, call):
        return new_method_return(call, "aoo", (call.body[0], "/"))

    def GetAll(self, call):
        if call.body[0].endswith(".Collection"):
            return new_method_return(call, "a{sv}", ({"Items": ("ao", [])},))
        return super().GetAll(call)

    def CreateItem(self, call):
        return new_method_return(call, "oo", (ITEM, "/"))

    def Describe(self, call):
        return new_error(call, "org.freedesktop.DBus.Error.UnknownMethod", "s", ("nobody knows",))


class Forgetting(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.provider = Forgetful(self.home.environment["DBUS_SESSION_BUS_ADDRESS"])
        self.addCleanup(self.provider.connection.close)

    def test_an_import_notices_what_was_not_stored_as_it_was(self):
        self.check(({}, None), ({"secret": "other"}, "another secret"), ({"label": "other"}, "another label"),
                   ({"attributes": {"user": "ann"}}, "other attributes"))

    def test_a_content_type_counts_where_the_provider_is_coffer(self):
        self.check(({"content-type": "application/json"}, None))  # gnome-keyring has one for everything
        self.provider.Describe = lambda call: new_method_return(call, "a{ss}", ({"vault": "runs"},))
        self.check(({}, None), ({"content-type": "application/json"}, "another content type"))

    def check(self, *changes):
        for change, word in changes:
            item = {"label": "a label", "attributes": {"user": "jo"}, "created": 0, "modified": 0,
                    "content-type": "text/plain", "secret": "swordfish"} | change
            path = f"{self.home.top}/items.json"
            with open(path, "w") as file:
                json.dump({"coffer-export": 1, "label": "", "created": 0, "modified": 0, "items": [item]}, file)
            result = self.home.run(f"{self.home.binaries}/coffer", "import", "--json", path, input=b"")
            report, = json.loads(result.stdout)["sources"]
            self.assertEqual((result.returncode, report["added"], len(report["failures"])), (5, 0, 1) if word else (0, 1, 0))
            if word:
                self.assertIn(word, report["failures"][0]["why"])


if __name__ == "__main__":
    harness.main()
