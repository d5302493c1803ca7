"""How the three processes live and die together."""

import os
import signal

import harness
from harness import name_of, wait_for


class Supervision(harness.CofferTest):
    def restart_after_kill(self, name):
        before = self.home.both_children()
        os.kill(before[name], signal.SIGKILL)
        self.home.both_children(except_pids=[before[name]])
        return before

    def readable(self, secret=b"swordfish"):
        return wait_for(lambda: self.lookup(user="jo").stdout == secret)

    def test_a_killed_frontend_comes_back_with_nothing_locked(self):
        self.home.start()
        self.store("swordfish", user="jo")
        vault = self.restart_after_kill("coffer-frontend")["coffer-vault"]
        self.assertTrue(self.readable())
        self.assertEqual(self.home.children()["coffer-vault"], vault)

    def test_a_killed_vault_comes_back_with_everything_locked(self):
        self.home.start()
        self.store("swordfish", user="jo")
        self.restart_after_kill("coffer-vault")
        self.assertTrue(wait_for(lambda: self.collection().is_locked()))
        self.assertNotEqual(self.lookup(user="jo").stdout, b"swordfish")
        self.assertIsNone(self.unlock())
        self.assertTrue(self.readable())

    def place(self, name):
        return os.sched_getaffinity(self.home.children()[name])

    def together(self):
        """Whether requests that follow each other bring frontend and vault to one place."""
        with self.home.connect() as bus:
            for _ in range(40):
                list(self.collection(bus).search_items({"user": "jo"}))
            return len(self.place("coffer-vault")) == 1 and self.place("coffer-vault") == self.place("coffer-frontend")

    def test_frontend_and_vault_work_side_by_side_for_a_while(self):
        anywhere = os.sched_getaffinity(0)
        self.home.start()
        self.store("swordfish", user="jo")
        self.assertTrue(wait_for(self.together))
        self.assertTrue(wait_for(lambda: self.place("coffer-vault") == self.place("coffer-frontend") == anywhere))
        self.restart_after_kill("coffer-vault")
        self.assertIsNone(self.unlock())
        self.assertTrue(wait_for(self.together))

    def test_a_vaults_death_is_signalled(self):
        from jeepney import MatchRule, message_bus
        self.home.start()
        self.store("swordfish", user="jo")
        listener = self.home.connect()
        self.addCleanup(listener.close)
        listener.send_and_get_reply(message_bus.AddMatch(MatchRule(type="signal", interface="org.freedesktop.Secret.Service")))
        self.restart_after_kill("coffer-vault")
        member = None
        while member != "CollectionChanged":
            member = listener.receive(timeout=10).header.fields.get(3)
        self.assertTrue(self.collection().is_locked())

    def test_five_deaths_in_ten_seconds_end_the_daemon(self):
        self.home.start()
        killed = []
        while self.home.daemon.poll() is None and len(killed) < 6:
            found = wait_for(lambda: self.home.daemon.poll() is not None or
                             {self.home.children().get("coffer-frontend")} - {None, *killed})
            if found and found is not True:
                killed.append(found.pop())
                os.kill(killed[-1], signal.SIGKILL)
        self.assertEqual(self.home.daemon.wait(10), 1)
        self.assertEqual(len(killed), 5)
        self.assertIn("5 times within 10 seconds", self.home.log())

    def test_sigterm_ends_all_three(self):
        self.home.start()
        children = self.home.both_children()
        self.assertEqual(self.home.stop(), 0)
        self.assertEqual([name_of(pid) for pid in children.values()], [None, None])

    def test_a_killed_broker_takes_the_others_with_it(self):
        self.home.start()
        self.home.both_children()
        self.home.kill_all()

    def test_a_wrong_login_password_leaves_it_running_and_locked(self):
        self.home.start()
        self.store("swordfish", user="jo")
        self.home.stop()
        self.home.start(password="wrong")
        self.assertIn("wrong password", self.home.log())
        self.assertTrue(self.collection().is_locked())
        self.assertIsNone(self.unlock())
        self.assertTrue(self.readable())

    def test_one_newline_at_the_end_of_the_login_password_is_dropped(self):
        self.home.start(password="correct horse\n")
        self.home.stop()
        self.home.start(password="correct horse")
        self.assertFalse(self.collection().is_locked())

    def test_a_second_daemon_on_the_same_data_is_refused(self):
        self.home.start()
        self.home.forget_log()
        self.assertNotEqual(self.home.launch().wait(20), 0)
        self.assertIn(f"pid {self.home.daemon.pid}", self.home.log())

    def test_a_taken_name_names_its_owner(self):
        self.home.start()
        self.home.forget_log()
        second = self.home.launch("--data-dir", f"{self.home.top}/other")
        self.assertNotEqual(second.wait(20), 0)
        self.assertIn("org.freedesktop.secrets", self.home.log())
        self.assertIn("coffer-frontend", self.home.log())
        self.assertIsNone(self.home.daemon.poll())

    def test_replace_takes_over_from_a_running_one(self):
        self.home.start()
        self.store("swordfish", user="jo")
        old = self.home.daemon
        self.home.start("--replace")
        self.assertEqual(old.wait(20), 0)
        self.assertTrue(self.readable())

    def test_key_derivation_holds_up_nobody_else(self):
        self.home.configure("[kdf]\npasses = 8\nmemory-kib = 262144\n")
        self.home.start()
        self.store("swordfish", user="jo")
        self.collection().lock()
        from jeepney import DBusAddress, new_method_call
        from secretstorage.util import format_secret, open_session
        slow, quick = self.home.connect(), self.home.connect()
        self.addCleanup(slow.close)
        self.addCleanup(quick.close)
        secret = format_secret(open_session(slow), b"correct horse", "text/plain")
        internal = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets",
                               "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")
        slow.send(new_method_call(internal, "UnlockWithMasterPassword", "o(oayays)",
                                  ("/org/freedesktop/secrets/collection/login", secret)))
        self.assertEqual(len(list(self.collection(quick).search_items({"user": "jo"}))), 1)
        self.assertTrue(self.collection(quick).is_locked(), "the search was answered before the unlock")
        self.assertTrue(wait_for(lambda: not self.collection(quick).is_locked(), 60))


if __name__ == "__main__":
    harness.main()
