"""Prompts, shown by gcr's own system prompter."""

import os

import harness

SERVICE = "/org/freedesktop/secrets"
LOGIN = f"{SERVICE}/collection/login"
INTERNAL = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"


class Prompts(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()
        self.connection = self.home.connect()
        self.addCleanup(self.connection.close)

    def call(self, path, interface, method, signature=None, body=(), connection=None):
        from jeepney import DBusAddress, MessageType, new_method_call
        reply = (connection or self.connection).send_and_get_reply(
            new_method_call(DBusAddress(path, "org.freedesktop.secrets", interface), method, signature, body), timeout=20)
        if reply.header.message_type == MessageType.error:
            raise AssertionError(f"{method}: {reply.header.fields[4]} {reply.body}")
        return reply.body

    def perform(self, path, window=""):
        """Shows a prompt and waits for its end: (dismissed, (signature, value))."""
        from jeepney import MatchRule
        rule = MatchRule(type="signal", interface="org.freedesktop.Secret.Prompt", member="Completed", path=path)
        with self.connection.filter(rule) as queue:
            self.call(path, "org.freedesktop.Secret.Prompt", "Prompt", "s", (window,))
            return self.connection.recv_until_filtered(queue, timeout=20).body

    def service(self, method, signature=None, body=()):
        return self.call(SERVICE, "org.freedesktop.Secret.Service", method, signature, body)

    def locked(self, path=LOGIN):
        return self.call(path, "org.freedesktop.DBus.Properties", "Get", "ss", ("org.freedesktop.Secret.Collection", "Locked"))[0][1]

    def lock_and_ask(self):
        self.service("Lock", "ao", ([LOGIN],))
        return self.service("Unlock", "ao", ([LOGIN],))[1]

    def test_the_right_password_unlocks(self):
        self.person({"password": "correct horse"})
        self.store("swordfish", user="jo")
        prompt = self.lock_and_ask()
        got = self.perform(prompt, "x11:42")
        self.assertEqual(got, (False, ("ao", [LOGIN])))
        self.assertFalse(self.locked())
        question, = self.questions()
        self.assertEqual((question["kind"], question["title"], question["caller-window"]), ("password", "Unlock Keyring", "x11:42"))
        self.assertIn("“prompt_test.py” wants access to the keyring “Login”", question["description"])
        self.assertNotIn("correct horse", self.home.log())

    def test_secret_tool_unlocks_and_finds(self):
        self.person({"password": "correct horse"})
        self.store("swordfish", user="jo")
        self.service("Lock", "ao", ([LOGIN],))
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")
        self.assertIn("“secret-tool” wants access", self.questions()[0]["description"])

    def test_a_wrong_password_is_said_and_asked_again(self):
        self.person({"password": "wrong"}, {"password": ""}, {"password": "correct horse"})
        self.assertEqual(self.perform(self.lock_and_ask()), (False, ("ao", [LOGIN])))
        self.assertEqual([bool(q["warning"]) for q in self.questions()], [False, True, True])

    def test_a_dismissed_prompt_leaves_everything_as_it_was(self):
        self.person({"password": "wrong"}, {"cancel": True})
        self.assertEqual(self.perform(self.lock_and_ask()), (True, ("ao", [])))
        self.assertTrue(self.locked())
        self.assertEqual(len(self.questions()), 2)

    def test_a_collection_is_created(self):
        self.person({"password": "its own"}, {"password": "its own"})
        properties = {"org.freedesktop.Secret.Collection.Label": ("s", "Work & <play>")}
        path, prompt = self.service("CreateCollection", "a{sv}s", (properties, ""))
        self.assertEqual(path, "/")
        dismissed, (signature, made) = self.perform(prompt)
        self.assertEqual((dismissed, signature, made), (False, "o", f"{SERVICE}/collection/Work_20_26_20_3cplay_3e".replace("_20", "_5f").replace("_3c", "_5f").replace("_3e", "_5f")))
        self.assertTrue(self.questions()[0]["password-new"])
        self.service("Lock", "ao", ([made],))
        self.assertEqual(self.perform(self.service("Unlock", "ao", ([made],))[1]), (False, ("ao", [made])))

    def test_a_dismissed_creation_creates_nothing(self):
        self.person({"cancel": True})
        properties = {"org.freedesktop.Secret.Collection.Label": ("s", "Work")}
        prompt = self.service("CreateCollection", "a{sv}s", (properties, ""))[1]
        self.assertEqual(self.perform(prompt), (True, ("o", "/")))
        self.assertFalse(os.path.exists(f"{self.home.data}/Work.coffer"))
        self.assertEqual([name for name in os.listdir(self.home.data + "/collections") if "Work" in name]
                         if os.path.isdir(self.home.data + "/collections") else [], [])

    def test_an_empty_password_is_confirmed_and_opens_without_a_prompt(self):
        self.person({"password": ""}, {"cancel": True}, {"password": ""}, {"confirm": True})
        properties = {"org.freedesktop.Secret.Collection.Label": ("s", "Open")}
        prompt = self.service("CreateCollection", "a{sv}s", (properties, ""))[1]
        dismissed, (_, made) = self.perform(prompt)
        self.assertFalse(dismissed)
        self.assertEqual([q["kind"] for q in self.questions()], ["password", "confirm", "password", "confirm"])
        self.service("Lock", "ao", ([made],))
        self.assertTrue(self.locked(made))
        self.assertEqual(self.service("Unlock", "ao", ([made],)), ([made], "/"))
        self.assertFalse(self.locked(made))

    def test_a_bound_alias_needs_no_prompt(self):
        properties = {"org.freedesktop.Secret.Collection.Label": ("s", "Default keyring")}
        self.assertEqual(self.service("CreateCollection", "a{sv}s", (properties, "default")), (LOGIN, "/"))

    def check_change(self, method, interface):
        self.person({"password": "wrong"}, {"password": "correct horse"}, {"password": "battery"})
        prompt, = self.call(SERVICE, interface, method, "o", (LOGIN,))
        self.assertEqual(self.perform(prompt), (False, ("s", "")))
        self.service("Lock", "ao", ([LOGIN],))
        self.assertEqual(self.unlock(), "org.gnome.keyring.Error.Denied")
        self.assertIsNone(self.unlock("battery"))

    def test_the_password_is_changed(self):
        self.check_change("ChangeWithPrompt", INTERNAL)

    def test_the_password_is_changed_by_change_lock_too(self):
        self.check_change("ChangeLock", "org.freedesktop.Secret.Service")

    def test_the_password_is_changed_without_a_prompt(self):
        self.change("correct horse", "battery")
        self.service("Lock", "ao", ([LOGIN],))
        self.assertIsNone(self.unlock("battery"))

    def change(self, before, after):
        from secretstorage.util import format_secret, open_session
        session = open_session(self.connection)
        secrets = [format_secret(session, text.encode(), "text/plain") for text in (before, after)]
        self.call(SERVICE, INTERNAL, "ChangeWithMasterPassword", "o(oayays)(oayays)", (LOGIN, *secrets))

    def test_deleting_what_holds_items_is_confirmed(self):
        self.person({"cancel": True}, {"confirm": True})
        self.store("swordfish", user="jo")
        for dismissed in (True, False):
            prompt, = self.call(LOGIN, "org.freedesktop.Secret.Collection", "Delete")
            self.assertEqual(self.perform(prompt), (dismissed, ("s", "")))
            collections = self.call(SERVICE, "org.freedesktop.DBus.Properties", "Get", "ss",
                                    ("org.freedesktop.Secret.Service", "Collections"))[0][1]
            self.assertEqual(LOGIN in collections, dismissed)
        self.assertIn("one secret", self.questions()[0]["description"])

    def test_without_a_prompter_it_is_dismissed_at_once(self):
        import time
        begin = time.monotonic()
        self.assertEqual(self.perform(self.lock_and_ask()), (True, ("ao", [])))
        self.assertLess(time.monotonic() - begin, 1)
        self.assertIn("install gcr", self.home.log())

    def test_a_second_prompt_call_is_refused(self):
        from jeepney import DBusAddress, new_method_call
        self.person({"wait": True})
        prompt = self.lock_and_ask()
        self.call(prompt, "org.freedesktop.Secret.Prompt", "Prompt", "s", ("",))
        address = DBusAddress(prompt, "org.freedesktop.secrets", "org.freedesktop.Secret.Prompt")
        reply = self.connection.send_and_get_reply(new_method_call(address, "Prompt", "s", ("",)), timeout=20)
        self.assertEqual(reply.header.fields[4], "org.freedesktop.Secret.Error.AlreadyExists")
        stranger = self.home.connect()
        self.addCleanup(stranger.close)
        for method, signature, body in (("Prompt", "s", ("",)), ("Dismiss", None, ())):
            reply = stranger.send_and_get_reply(new_method_call(address, method, signature, body), timeout=20)
            self.assertEqual(reply.header.fields[4], "org.freedesktop.DBus.Error.AccessDenied")

    def test_one_dialog_at_a_time_in_order_and_a_dismissed_one_makes_room(self):
        self.person({"wait": True}, {"password": "correct horse"})
        first, second = self.lock_and_ask(), self.service("Unlock", "ao", ([LOGIN],))[1]
        self.call(first, "org.freedesktop.Secret.Prompt", "Prompt", "s", ("",))
        self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
        self.call(first, "org.freedesktop.Secret.Prompt", "Dismiss") if False else None
        self.call(second, "org.freedesktop.DBus.Introspectable", "Introspect")
        from jeepney import MatchRule
        rule = MatchRule(type="signal", interface="org.freedesktop.Secret.Prompt", member="Completed")
        with self.connection.filter(rule, bufsize=4) as queue:
            self.call(second, "org.freedesktop.Secret.Prompt", "Prompt", "s", ("",))
            self.assertEqual(len(self.questions()), 1)
            self.call(first, "org.freedesktop.Secret.Prompt", "Dismiss")
            ended = [self.connection.recv_until_filtered(queue, timeout=20) for _ in range(2)]
        self.assertEqual([(m.header.fields[1], m.body) for m in ended],
                         [(first, (True, ("ao", []))), (second, (False, ("ao", [LOGIN])))])

    def test_an_unlock_by_another_road_ends_the_dialog(self):
        self.person({"wait": True})
        prompt = self.lock_and_ask()
        from jeepney import MatchRule
        rule = MatchRule(type="signal", interface="org.freedesktop.Secret.Prompt", member="Completed")
        with self.connection.filter(rule) as queue:
            self.call(prompt, "org.freedesktop.Secret.Prompt", "Prompt", "s", ("",))
            self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
            self.assertIsNone(self.unlock())
            self.assertEqual(self.connection.recv_until_filtered(queue, timeout=20).body, (False, ("ao", [LOGIN])))

    def test_a_client_that_leaves_takes_its_dialog_along(self):
        self.person({"wait": True}, {"password": "correct horse"})
        leaving = self.home.connect()
        self.service("Lock", "ao", ([LOGIN],))
        prompt = self.call(SERVICE, "org.freedesktop.Secret.Service", "Unlock", "ao", ([LOGIN],), leaving)[1]
        self.call(prompt, "org.freedesktop.Secret.Prompt", "Prompt", "s", ("",), leaving)
        self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
        leaving.close()
        self.assertEqual(self.perform(self.service("Unlock", "ao", ([LOGIN],))[1]), (False, ("ao", [LOGIN])))

    def test_a_prompter_that_dies_dismisses(self):
        prompter = self.person({"wait": True})
        prompt = self.lock_and_ask()
        from jeepney import MatchRule
        rule = MatchRule(type="signal", interface="org.freedesktop.Secret.Prompt", member="Completed")
        with self.connection.filter(rule) as queue:
            self.call(prompt, "org.freedesktop.Secret.Prompt", "Prompt", "s", ("",))
            self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
            prompter.kill()
            self.assertEqual(self.connection.recv_until_filtered(queue, timeout=20).body, (True, ("ao", [])))

    def test_only_the_prompter_may_answer(self):
        from jeepney import DBusAddress, new_method_call
        self.person({"wait": True})
        prompt = self.lock_and_ask()
        self.call(prompt, "org.freedesktop.Secret.Prompt", "Prompt", "s", ("",))
        self.assertTrue(harness.wait_for(lambda: len(self.questions()) == 1))
        callback = DBusAddress("/org/gnome/keyring/Prompt/p1", "org.freedesktop.secrets", "org.gnome.keyring.internal.Prompter.Callback")
        for method, signature, body in (("PromptDone", None, ()), ("PromptReady", "sa{sv}s", ("yes", {}, ""))):
            reply = self.connection.send_and_get_reply(new_method_call(callback, method, signature, body), timeout=20)
            self.assertEqual(reply.header.fields[4], "org.freedesktop.DBus.Error.AccessDenied")
        self.assertTrue(self.locked())

    def test_plasmas_prompter_unlocks_after_a_wrong_password(self):
        self.person({"password": "wrong"}, {"password": "correct horse"}, program="kde_prompter.py")
        self.assertEqual(self.perform(self.lock_and_ask(), "7"), (False, ("ao", [LOGIN])))
        self.assertTrue(harness.wait_for(lambda: {"accepted": 0} in self.questions()))
        self.assertEqual([entry for entry in self.questions() if "signal" not in entry],
                         [{"method": "UnlockCollectionPrompt", "window": "7", "name": "Login"}, {"accepted": 1}, {"accepted": 0}])
        self.assertIn({"signal": "Retry", "arguments": ["That password was wrong. Try again."]}, self.questions())

    def test_plasmas_prompter_creates_and_dismisses(self):
        self.person({"reject": True}, {"password": "pw"}, program="kde_prompter.py")
        properties = {"org.freedesktop.Secret.Collection.Label": ("s", "Work")}
        self.assertEqual(self.perform(self.service("CreateCollection", "a{sv}s", (properties, ""))[1]), (True, ("o", "/")))
        self.assertEqual(self.perform(self.service("CreateCollection", "a{sv}s", (properties, ""))[1]),
                         (False, ("o", f"{SERVICE}/collection/Work")))

    def test_only_plasmas_prompter_may_answer_and_a_dismissed_prompt_leaves_its_screen(self):
        from jeepney import DBusAddress, new_method_call
        self.person({"wait": True}, program="kde_prompter.py")
        prompt = self.lock_and_ask()
        self.call(prompt, "org.freedesktop.Secret.Prompt", "Prompt", "s", ("",))
        self.assertTrue(harness.wait_for(self.questions))
        request = DBusAddress("/org/plasma/keyring/Prompt/p1", "org.freedesktop.secrets", "org.kde.secretprompter.request")
        for method in ("Rejected", "Dismissed"):
            reply = self.connection.send_and_get_reply(new_method_call(request, method), timeout=20)
            self.assertEqual(reply.header.fields[4], "org.freedesktop.DBus.Error.AccessDenied")
        self.call(prompt, "org.freedesktop.Secret.Prompt", "Dismiss")
        self.assertTrue(harness.wait_for(lambda: {"signal": "Dismiss", "arguments": []} in self.questions()))


if __name__ == "__main__":
    harness.main()
