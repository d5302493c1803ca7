"""Full and failing disks."""

import os
import subprocess

import harness


class Disk(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.flag = f"{self.home.top}/failing"

    def error_of_store(self, size=10):
        from jeepney import DBusErrorResponse
        try:
            self.collection().create_item("x", {"new": "item"}, b"x" * size)
        except DBusErrorResponse as error:
            return error.name
        return None

    def check_nothing_lost(self):
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")
        self.assertEqual(list(self.collection().search_items({"new": "item"})), [])
        self.assertIsNone(self.error_of_store())
        self.home.stop()
        self.home.start()
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")
        self.assertEqual(len(list(self.collection().search_items({"new": "item"}))), 1)
        self.assertNotIn("missing", self.home.log())

    def test_a_failing_fsync_is_told_and_loses_nothing(self):
        self.home.start(extra={"LD_PRELOAD": os.environ["COFFER_FAULTS"], "COFFER_TEST_FAILING_DISK": self.flag})
        self.store("swordfish", user="jo")
        open(self.flag, "w").close()
        self.assertEqual(self.error_of_store(), "org.freedesktop.DBus.Error.IOError")
        os.unlink(self.flag)
        self.check_nothing_lost()

    def test_a_full_disk_is_told_and_loses_nothing(self):
        # The daemon gets a small file system of its own, in a mount namespace.
        if subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("user namespaces are not allowed here")
        os.makedirs(self.home.data, mode=0o700)
        script = (f"mount -t tmpfs -o size=1m,mode=0700 tmpfs {self.home.data} && "
                  f"exec unshare --user --map-user={os.geteuid()} --map-group={os.getegid()} \"$@\"")
        self.home.start(wrapper=("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", script, "sh"))
        self.store("swordfish", user="jo")
        self.assertEqual(self.error_of_store(1_000_000), "org.freedesktop.DBus.Error.DiskFull")
        stored = 0
        while self.error_of_store(20_000) is None:
            stored += 1
        self.assertGreater(stored, 2)
        self.assertEqual(self.error_of_store(20_000), "org.freedesktop.DBus.Error.DiskFull")
        # Reading works on, and what was acknowledged can be made room for.
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")
        self.assertEqual(len(list(self.collection().search_items({"new": "item"}))), stored)

    def test_a_file_at_its_largest_size_is_told_and_loses_nothing(self):
        import resource
        self.home.start()
        self.store("swordfish", user="jo")
        pid = self.home.daemon.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
        self.assertIn(self.error_of_store(900_000), ("org.freedesktop.DBus.Error.DiskFull", "org.freedesktop.DBus.Error.IOError"))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        self.check_nothing_lost()


if __name__ == "__main__":
    harness.main()
