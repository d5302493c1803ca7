"""The first login takes in the login keyring of gnome-keyring or oo7: real keyrings, real logins."""

import os
import shutil
import signal
import stat
import struct
import subprocess
import unittest

import harness
import root_eyes
from login_test import CREATED, OTHER, UNLOCKED, UNLOCK_OR_CREATE, LoginTest
from move_test import GnomeKeyring, everything

FOREIGN_PASSWORD = "correct horse"  # of GnomeKeyring and of write_foreign_files
ITEMS = {"Mail": b"swordfish", "Two lines": b"line one\nC:\\line two\n", "Long": b"s" * 70000}


class LoginImport(LoginTest):
    def setUp(self):
        super().setUp()
        self.keyrings = f"{self.home.environment['XDG_DATA_HOME']}/keyrings"
        os.makedirs(self.keyrings, mode=0o700)

    def coffer(self, *arguments, secret=b""):
        return self.home.run(f"{self.home.binaries}/coffer", *arguments, input=secret)

    def items(self):
        return everything(self.coffer, "login")

    def gnome_keyring(self, items=ITEMS):
        """A keyring that gnome-keyring wrote, in its place; what is in it."""
        if not shutil.which("gnome-keyring-daemon"):
            self.skipTest("gnome-keyring is not installed")
        keyring = GnomeKeyring(self).start()
        for label, secret in items.items():
            keyring.store(label, secret, f"label={label}", "server=mail.example")
        self.times = [(item.get_created(), item.get_modified()) for item in
                      self.collection_of(keyring.home).get_all_items()]
        content = keyring.items()
        keyring.stop()
        self.put("login.keyring", self.content(f"{keyring.keyrings}/login.keyring"))
        return content

    def collection_of(self, home):
        import secretstorage
        connection = home.connect()
        self.addCleanup(connection.close)
        return secretstorage.Collection(connection, "/org/freedesktop/secrets/collection/login")

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def put(self, name, data):
        path = f"{self.keyrings}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def foreign(self):
        """The keyrings of write_foreign_files, by format: four items, and one with an attribute that is too long."""
        folder = f"{self.home.top}/foreign"
        os.makedirs(folder)
        subprocess.run([os.environ["COFFER_FOREIGN_FILES"], folder], check=True)
        return {name: self.content(f"{folder}/{name}.keyring") for name in ("login", "libsecret")}

    def start(self):
        self.home.start(password=None)
        assert harness.wait_for(lambda: os.path.exists(self.path))

    def restart(self):
        self.home.stop()
        self.start()

    def log_in(self, password=FOREIGN_PASSWORD):
        return self.tell(UNLOCK_OR_CREATE, password)

    def wait_for(self, words):
        self.assertTrue(harness.wait_for(lambda: words in self.home.log()), self.home.log())

    def status(self):
        return self.coffer("status").stdout.decode()


class First(LoginImport):
    def test_everything_comes_once(self):
        content = self.gnome_keyring()
        path = f"{self.keyrings}/login.keyring"
        with open(path, "rb") as file:
            before = (file.read(), os.stat(path))
        self.start()
        self.assertEqual(self.log_in(), CREATED)
        self.wait_for(f"login: {path}: 3 items imported\n")
        self.assertTrue(harness.wait_for(lambda: len(self.items()) == 3))
        self.assertEqual(self.items(), content)
        schemas = {item.get_attributes()["xdg:schema"] for item in self.collection().get_all_items()}
        self.assertEqual(schemas, {"org.freedesktop.Secret.Generic"})
        times = [(item.get_created(), item.get_modified()) for item in self.collection().get_all_items()]
        self.assertEqual(sorted(times), sorted(self.times))
        self.assertIn("3 items imported", self.status())
        for label in ITEMS:
            self.assertNotIn(label, self.home.log())
        # The second login, also after a restart and after items were deleted here.
        for item in self.collection().get_all_items():
            if item.get_label() == "Mail":
                item.delete()
        self.restart()
        self.assertEqual(self.log_in(), UNLOCKED)
        self.assertEqual(self.store("mine", user="jo").returncode, 0)
        self.assertNotIn("imported", self.home.log())
        self.assertEqual(len(self.items()), 3)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before[0])
        self.assertEqual(os.stat(path).st_mtime_ns, before[1].st_mtime_ns)

    def test_clients_are_told_of_each_item(self):
        self.put("login.keyring", self.foreign()["login"])
        self.start()
        monitor = subprocess.Popen(["dbus-monitor", "--address", self.home.environment["DBUS_SESSION_BUS_ADDRESS"],
                                    "interface='org.freedesktop.Secret.Collection',member='ItemCreated'"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(monitor.stdout.close)
        self.addCleanup(monitor.wait)
        self.addCleanup(monitor.kill)
        for line in monitor.stdout:  # it listens now
            if "NameAcquired" in line or "NameLost" in line:
                break
        self.log_in()
        seen = 0
        while seen < 4:
            line = monitor.stdout.readline()
            self.assertTrue(line)
            seen += "member=ItemCreated" in line

    def test_an_oo7_keyring(self):
        self.put("v1/login.keyring", self.foreign()["libsecret"])
        self.start()
        self.log_in()
        self.wait_for(f"login: {self.keyrings}/v1/login.keyring: 4 items imported; 1 other could not")
        self.assertEqual(self.coffer("lookup", "server=mail.example").stdout, b"swordfish")

    def test_both_files_make_one_collection_and_a_moved_one_is_left_alone(self):
        files = self.foreign()
        self.put("login.keyring", files["login"])
        self.put("v1/login.keyring", files["libsecret"])
        self.start()
        self.log_in()
        self.wait_for("v1/login.keyring: 4 items imported (0 of them now)")
        self.assertEqual(len(self.items()), 4)
        self.home.stop()
        shutil.rmtree(self.home.data)
        self.put("login.keyring.migrated", b"")
        self.start()
        self.log_in()
        self.wait_for("v1/login.keyring: 4 items imported; 1 other could not")
        self.assertNotIn("keyrings/login.keyring", self.home.log())

    def test_a_password_on_standard_input_is_a_login_too(self):
        self.put("login.keyring", self.foreign()["login"])
        self.home.start(password=FOREIGN_PASSWORD)
        self.wait_for("4 items imported")

    def test_nothing_where_there_is_nothing(self):
        self.start()
        self.assertEqual(self.log_in(), CREATED)
        self.assertEqual(self.store("mine", user="jo").returncode, 0)
        self.assertFalse(os.path.exists(f"{self.home.data}/login-import"))
        self.restart()
        self.put("login.keyring", self.foreign()["login"])
        self.restart()
        self.log_in()
        self.assertEqual(self.lookup(user="jo").stdout, b"mine")
        self.assertEqual(len(self.items()), 1)


class Refused(LoginImport):
    def setUp(self):
        super().setUp()
        self.put("login.keyring", self.foreign()["login"])

    def test_another_password_imports_nothing_and_says_so_once(self):
        self.start()
        self.assertEqual(self.log_in(OTHER), CREATED)
        self.wait_for("the login's password does not open it: coffer import reads it")
        self.assertEqual(self.items(), [])
        self.assertIn("does not open it", self.status())
        self.restart()
        self.assertEqual(self.log_in(OTHER), UNLOCKED)
        self.assertEqual(self.store("mine", user="jo").returncode, 0)
        self.assertNotIn("does not open it", self.home.log())

    def test_a_damaged_file_is_told(self):
        with open(f"{self.keyrings}/login.keyring", "rb") as file:
            whole = file.read()
        for name, data in {"cut in its head": whole[:40], "rubbish": os.urandom(500), "empty": b"",
                           "no keyring": b"title,password\na,b\n"}.items():
            with self.subTest(name):
                shutil.rmtree(self.home.data, ignore_errors=True)
                self.put("login.keyring", data)
                self.start()
                self.assertEqual(self.log_in(), CREATED)
                self.wait_for("not imported, it is damaged or not locked with a password")
                self.assertEqual(self.items(), [])
                self.home.stop()

    def test_what_can_be_read_of_a_damaged_one_comes(self):
        with open(f"{self.keyrings}/login.keyring", "rb") as file:
            whole = file.read()
        self.put("login.keyring", whole[:-40000])
        self.start()
        self.log_in()
        self.wait_for("could not be imported")
        self.assertEqual(self.lookup(server="mail.example").stdout, b"swordfish")

    def test_off_by_configuration(self):
        self.home.configure(self.configuration + "[import]\nlogin = false\n")
        self.start()
        self.assertEqual(self.log_in(), CREATED)
        self.assertEqual(self.store("mine", user="jo").returncode, 0)
        self.assertFalse(os.path.exists(f"{self.home.data}/login-import"))
        self.assertEqual(len(self.items()), 1)

    def test_only_a_regular_file_of_the_users_own(self):
        path = f"{self.keyrings}/login.keyring"
        os.rename(path, f"{self.keyrings}/elsewhere")

        def link():
            os.symlink("elsewhere", path)

        def big():
            with open(path, "wb") as file:
                file.truncate((64 << 20) + 1)
        for make, why in ((link, "it is a symbolic link"), (lambda: os.mkfifo(path), "it is not a regular file"),
                          (big, "it is larger than 64 MiB"), (lambda: os.mkdir(path), "it is not a regular file")):
            with self.subTest(why):
                make()
                self.start()
                self.assertIn(f"{path} is not imported: {why}", self.home.log())
                self.home.stop()
                os.rmdir(path) if stat.S_ISDIR(os.lstat(path).st_mode) else os.unlink(path)


class Helper(LoginImport):
    """What coffer-formats does costs no more than the import."""

    def setUp(self):
        super().setUp()
        binaries = f"{self.home.top}/bin"
        os.makedirs(binaries)
        for name in ("cofferd", "coffer-vault", "coffer-frontend", "coffer-formats", "coffer"):
            os.symlink(f"{self.home.binaries}/{name}", f"{binaries}/{name}")
        os.unlink(f"{binaries}/cofferd")  # it looks beside itself
        shutil.copy(f"{self.home.binaries}/cofferd", binaries)
        self.home.binaries = binaries
        self.put("login.keyring", self.foreign()["login"])

    def make_it_busy(self):
        """The keyring takes seconds to open, with a key that is not its own; how it was."""
        with open(f"{self.keyrings}/login.keyring", "rb") as file:
            whole = file.read()
        rounds = 20 + 4 + len("Login") + 24
        self.put("login.keyring", whole[:rounds] + struct.pack(">I", 10_000_000) + whole[rounds + 4:])
        return whole

    def helper(self):
        pid = harness.wait_for(lambda: self.home.offspring().get("coffer-formats"))
        self.assertTrue(pid, self.home.log())
        return pid

    def stopped_helper(self):
        """The helper, which does nothing any more."""
        pid = self.helper()
        os.kill(pid, signal.SIGSTOP)
        return pid

    def test_one_that_hangs_holds_up_nobody_and_ends_with_the_daemon(self):
        self.make_it_busy()
        self.start()
        self.assertEqual(self.log_in(), CREATED)
        helper = self.stopped_helper()
        self.assertEqual(self.store("mine", user="jo").returncode, 0)
        self.assertEqual(self.log_in(), UNLOCKED)
        self.assertIn("is due", self.status())
        self.assertEqual(self.home.stop(), 0)
        self.assertTrue(harness.wait_for(lambda: harness.name_of(helper) is None))

    def test_the_password_is_in_no_process_but_the_vault(self):
        if harness.root is None:
            self.skipTest("only root can read the memory of the processes")
        if os.environ.get("COFFER_SANITIZE"):
            self.skipTest("a sanitizer's memory is too large to search")
        self.home.configure(self.configuration + "[memory]\nsecretmem = false\n")  # which root sees
        whole = self.make_it_busy()
        self.start()
        self.log_in()
        looked_for = {"file": whole[-64:].hex(), "password": FOREIGN_PASSWORD.encode().hex()}

        def found():
            pids = {**self.home.offspring(), "cofferd": self.home.daemon.pid}
            found = root_eyes.ask(root_eyes.scan, pids, looked_for)
            return {name: {hit[0] for hit in hits} for name, (hits, _) in found.items()}
        # What it was told it has read before the file.
        self.assertTrue(harness.wait_for(lambda: "file" in found().get("coffer-formats", ())), self.home.log())
        self.stopped_helper()
        where = found()
        self.assertEqual(where.pop("coffer-formats"), {"file"})
        self.assertIn("password", where.pop("coffer-vault"))
        self.assertNotIn("password", set().union(*where.values()))

    def test_one_that_dies_costs_one_attempt(self):
        self.make_it_busy()
        self.start()
        self.log_in()
        os.kill(self.stopped_helper(), signal.SIGKILL)
        self.wait_for("the next login repeats the import")
        self.assertEqual(self.store("mine", user="jo").returncode, 0)

    def test_one_that_always_dies_is_given_up(self):
        os.unlink(f"{self.home.binaries}/coffer-formats")
        shutil.copy("/bin/false", f"{self.home.binaries}/coffer-formats")
        for attempt in range(3):
            self.start()
            self.assertIn(self.log_in(), (CREATED, UNLOCKED))
            self.wait_for("the import is given up" if attempt == 2 else "the next login repeats the import")
            self.home.stop()
        self.start()
        self.log_in()
        self.assertEqual(self.store("mine", user="jo").returncode, 0)
        self.assertNotIn("import", self.home.log())

    def test_a_daemon_that_is_killed_meanwhile_imports_at_the_next_login(self):
        whole = self.make_it_busy()
        self.start()
        self.log_in()
        self.helper()
        self.home.kill_all()
        self.put("login.keyring", whole)
        self.start()
        self.assertEqual(self.log_in(), UNLOCKED)
        self.wait_for("4 items imported")
        self.assertTrue(harness.wait_for(lambda: len(self.items()) == 4))


@unittest.skipUnless(shutil.which("gnome-keyring-daemon"), "gnome-keyring is not installed")
class Killed(LoginImport):
    def test_at_any_moment_nothing_is_lost_or_doubled(self):
        items = {f"Item {i}": b"secret %d" % i for i in range(60)}
        content = self.gnome_keyring(items)
        self.start()
        self.log_in()
        for stored in (1, 20):
            harness.wait_for(lambda: self.stored() >= stored or "imported" in self.home.log())
            self.home.kill_all()
            self.start()
            self.assertIn(self.log_in(), (CREATED, UNLOCKED))
        self.assertTrue(harness.wait_for(lambda: len(self.items()) >= len(items)))
        self.restart()
        self.log_in()
        self.assertEqual(self.items(), content)

    def stored(self):
        log = f"{self.home.data}/collections/login.coffer-wal"
        return os.path.getsize(log) // 8192 if os.path.exists(log) else 0


if __name__ == "__main__":
    harness.main(with_root=root_eyes.serve)
