"""Full and failing disks."""

import os

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
        # A limit on file sizes stands for the disk's end: it needs no privilege, and fails the same write.
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
