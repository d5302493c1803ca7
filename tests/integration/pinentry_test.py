"""Prompts through the real pinentry-tty, on a terminal of the test's own."""

import os
import pty
import select
import shutil
import termios
import time
import unittest

import harness
import root_eyes
from conformance_test import COLLECTION, INTERNAL, LOGIN, ROOT, SECRET, SERVICE, Client

PROMPT = f"{SECRET}.Prompt"


class Pinentry(harness.CofferTest):
    configuration = harness.CHEAP_KEYS + '[prompt]\npinentry = "/usr/bin/pinentry-tty"\n'

    def setUp(self):
        if not shutil.which("pinentry-tty"):
            raise unittest.SkipTest("pinentry-tty is not installed")
        super().setUp()
        self.terminal, other = pty.openpty()
        self.addCleanup(os.close, self.terminal)
        self.addCleanup(os.close, other)
        attributes = termios.tcgetattr(other)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(other, termios.TCSANOW, attributes)
        self.home.start(extra={"GPG_TTY": os.ttyname(other), "TERM": "dumb"})
        self.client = Client(self.home)
        self.addCleanup(self.client.connection.close)
        self.seen = ""

    def expect(self, text, seconds=20):
        """Waits until the terminal shows it."""
        end = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.seen += os.read(self.terminal, 4096).decode(errors="replace")
        self.assertIn(text, self.seen)
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def type(self, text):
        time.sleep(0.1)  # pinentry throws away what was typed before its question
        os.write(self.terminal, text.encode())

    def begin(self, prompt):
        from jeepney import MatchRule
        self.queue = self.client.connection.filter(MatchRule(type="signal", interface=PROMPT, member="Completed", path=prompt))
        waiting = self.queue.__enter__()
        self.client.call(prompt, PROMPT, "Prompt", "s", ("",))
        return lambda: self.client.connection.recv_until_filtered(waiting, timeout=20).body

    def unlock_prompt(self):
        self.client.lock()
        return self.client.call(ROOT, SERVICE, "Unlock", "ao", ([LOGIN],))[1]

    def test_a_wrong_and_then_the_right_password_unlock(self):
        end = self.begin(self.unlock_prompt())
        self.expect("wants access to the keyring “Login”")
        self.expect("Password:")
        self.type("wrong\n")
        self.expect("That password was wrong")
        self.expect("Password:")
        self.type("correct horse\n")
        self.assertEqual(end(), (False, ("ao", [LOGIN])))

    def test_special_characters_come_through(self):
        awkward = "50% of a+b D OK é"
        before = self.client.secret(b"correct horse")
        self.client.call(ROOT, INTERNAL, "ChangeWithMasterPassword", "o(oayays)(oayays)",
                         (LOGIN, before, self.client.secret(awkward.encode())))
        end = self.begin(self.unlock_prompt())
        self.expect("Password:")
        self.type(awkward + "\n")
        self.assertEqual(end(), (False, ("ao", [LOGIN])))

    def test_deleting_is_confirmed(self):
        self.client.create()
        prompt, = self.client.call(LOGIN, COLLECTION, "Delete")
        end = self.begin(prompt)
        self.expect("Delete the keyring “Login”?")
        self.expect("ancel")  # its first letter is underlined
        self.type("c")
        self.assertEqual(end(), (True, ("s", "")))
        self.assertIn(LOGIN, self.client.get(ROOT, SERVICE, "Collections"))

    def test_a_dismissed_prompt_ends_pinentry(self):
        prompt = self.unlock_prompt()
        end = self.begin(prompt)
        self.expect("Password:")
        self.client.call(prompt, PROMPT, "Dismiss")
        self.assertEqual(end(), (True, ("ao", [])))
        self.assertTrue(harness.wait_for(lambda: not self.pinentries()))

    def test_a_pinentry_that_dies_dismisses(self):
        end = self.begin(self.unlock_prompt())
        self.expect("Password:")
        for pid in self.pinentries():
            os.kill(pid, 9)
        self.assertEqual(end(), (True, ("ao", [])))

    def test_the_launcher_has_nothing_and_ends_with_the_daemon(self):
        launcher = self.home.offspring()["coffer-pinentry"]
        with open(f"/proc/{launcher}/status") as status:
            self.assertIn("NoNewPrivs:\t1", status.read())
        if harness.root:
            self.assertLessEqual(set(root_eyes.ask(root_eyes.links, launcher, "fd")), {"0", "1", "2", "3"})
        self.home.kill_all()
        self.assertTrue(harness.wait_for(lambda: harness.name_of(launcher) is None))

    def pinentries(self):
        return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and (harness.name_of(pid) or "").startswith("pinentry")
                and os.stat(f"/proc/{pid}").st_uid == os.geteuid()]


if __name__ == "__main__":
    harness.main(with_root=root_eyes.serve)
