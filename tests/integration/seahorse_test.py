"""Seahorse and gcr's own prompter on a display without a screen, worked as a person would, through accessibility."""

import os
import subprocess
import sys

import harness

LOGIN = "/org/freedesktop/secrets/collection/login"
SERVICES = "<standard_session_servicedirs/><servicedir>/usr/share/dbus-1/services</servicedir><auth>"


class Desktop:
    """What is on the screen, as assistive technology sees it."""

    def __init__(self):
        import gi
        gi.require_version("Atspi", "2.0")
        from gi.repository import Atspi
        self.atspi = Atspi
        Atspi.init()

    def everything(self):
        waiting = [self.atspi.get_desktop(0)]
        while waiting:
            node = waiting.pop()
            try:
                if node is None:
                    continue
                yield node
                waiting.extend(node.get_child_at_index(i) for i in range(node.get_child_count()))
            except Exception:  # it went away while we looked
                continue

    def find(self, role, name=None):
        for node in self.everything():
            try:
                states = node.get_state_set()
                shown = states.contains(self.atspi.StateType.SHOWING) and states.contains(self.atspi.StateType.SENSITIVE)
                if node.get_role_name() == role and (name is None or node.get_name() == name) and shown:
                    return node
            except Exception:
                continue
        return None

    def wait(self, role, name=None):
        found = harness.wait_for(lambda: self.find(role, name), 30)
        assert found, f"there is no {role} '{name}' on the screen; there are: " + \
            ", ".join(sorted({f"{n.get_role_name()} '{n.get_name()}'" for n in self.everything() if n.get_name()}))
        return found

    def press(self, role, name):
        self.wait(role, name).get_action_iface().do_action(0)

    def type(self, text, entry=0):
        """Types into the nth password field that is shown."""
        fields = harness.wait_for(lambda: self.password_fields(entry + 1), 30)
        assert fields, "there is no password field on the screen"
        fields[entry].get_editable_text_iface().set_text_contents(text)

    def password_fields(self, count):
        found = [node for node in self.everything() if node.get_role_name() == "password text"
                 and node.get_state_set().contains(self.atspi.StateType.SHOWING)]
        found.sort(key=lambda node: node.get_component_iface().get_extents(self.atspi.CoordType.SCREEN).y)
        return found if len(found) >= count else None


class Seahorse(harness.CofferTest):
    def setUp(self):
        plain, harness.BUS_CONFIGURATION = harness.BUS_CONFIGURATION, harness.BUS_CONFIGURATION.replace("<auth>", SERVICES)
        try:
            os.environ["DISPLAY"] = self.screen()  # for everything that the bus starts, too
            super().setUp()
        finally:
            harness.BUS_CONFIGURATION = plain
        # Said outright: on the display's root window the address of an earlier run may still be found.
        address = harness.wait_for(lambda: self.home.run("dbus-send", "--print-reply=literal", "--dest=org.a11y.Bus", "/org/a11y/bus",
                                                         "org.a11y.Bus.GetAddress", text=True).stdout.strip(), 30)
        self.assertTrue(address, "there is no accessibility bus")
        self.home.environment["AT_SPI_BUS_ADDRESS"] = address
        self.home.run("dbus-update-activation-environment", f"AT_SPI_BUS_ADDRESS={address}")
        os.environ.update(self.home.environment)
        self.home.start()
        self.store("swordfish", host="example.org")

    def test_a_person_lists_locks_unlocks_and_changes_the_password(self):
        try:
            self.work()
        except AssertionError as failure:
            self.fail(f"{failure}\nCoffer said:\n{self.home.log()}")

    def work(self):
        desktop = Desktop()  # first: a program that starts before there is somebody to tell stays unseen
        list(desktop.everything())
        words = open(f"{self.home.top}/seahorse", "w+")
        self.addCleanup(words.close)
        seahorse = subprocess.Popen(["seahorse"], env=self.home.environment, stdout=words, stderr=words)
        self.addCleanup(seahorse.wait)
        self.addCleanup(seahorse.kill)
        if not harness.wait_for(lambda: desktop.find("label", "a label"), 5):
            self.click(desktop, "Login", "1")  # Seahorse does not always begin with a keyring
        try:
            desktop.wait("label", "a label")
        except AssertionError as failure:
            words.seek(0)
            self.fail(f"{failure}\nSeahorse (exit status {seahorse.poll()}) said:\n{words.read()}")
        collection = self.collection()

        collection.lock()
        desktop.press("push button", "Unlock")
        desktop.wait("label", "“seahorse” wants access to the keyring “Login”, which is locked.")
        desktop.type("wrong")
        self.press_in_prompt(desktop, "Unlock")
        desktop.wait("label", "That password was wrong. Try again.")
        desktop.type("correct horse")
        self.press_in_prompt(desktop, "Unlock")
        self.assertTrue(harness.wait_for(lambda: not collection.is_locked()))
        desktop.wait("label", "a label")

        self.change_password(desktop)
        self.assertTrue(harness.wait_for(lambda: "has a new password" in self.home.log()), self.home.log())
        collection.lock()
        self.assertEqual(self.unlock(), "org.gnome.keyring.Error.Denied")
        self.assertIsNone(self.unlock("battery"))

    def press_in_prompt(self, desktop, name):
        """The prompter's button, not Seahorse's of the same name."""
        for node in desktop.everything():
            if node.get_role_name() == "application" and "prompter" in (node.get_name() or ""):
                buttons = [n for n in walk(node) if n.get_role_name() == "push button" and n.get_name() == name]
                return buttons[0].get_action_iface().do_action(0)
        self.fail("there is no prompter on the screen")

    def click(self, desktop, row, button):
        """A row of the list of keyrings."""
        if desktop.find("push button", "Back"):  # a narrow window shows one half at a time
            desktop.press("push button", "Back")
        place = desktop.wait("label", row).get_component_iface().get_extents(desktop.atspi.CoordType.SCREEN)
        subprocess.run(["xdotool", "mousemove", str(place.x + 5), str(place.y + 5), "click", button], check=True)

    def change_password(self, desktop):
        for _ in range(5):  # the list may still be sliding in
            self.click(desktop, "Login", "3")
            if harness.wait_for(lambda: desktop.find("menu item", "Change Password"), 3):
                break
        desktop.press("menu item", "Change Password")
        desktop.wait("label", "Type the old password of the keyring “Login”")
        desktop.type("correct horse")
        self.press_in_prompt(desktop, "Continue")
        desktop.wait("label", "Choose a new password for the keyring “Login”")
        desktop.type("battery", 0)
        desktop.type("battery", 1)
        self.press_in_prompt(desktop, "Continue")


def walk(node):
    yield node
    for i in range(node.get_child_count()):
        child = node.get_child_at_index(i)
        if child is not None:
            yield from walk(child)


if __name__ == "__main__":
    sys.exit(harness.main())
