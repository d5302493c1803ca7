"""Damaged files and a real daemon: what `cofferd --check` says of them, and what is served afterwards."""

import glob
import json
import os

import harness


class Damage(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()
        self.store("swordfish", user="jo")
        self.file = f"{self.home.data}/collections/login.coffer"

    def check(self, expected):
        checked = self.home.run(f"{self.home.binaries}/cofferd", "--check", "--json")
        self.assertEqual(checked.returncode, expected, checked)
        self.assertEqual(glob.glob("/tmp/cofferd-check-*"), [])
        return json.loads(checked.stdout)

    def files(self):
        return {os.path.basename(path): open(path, "rb").read() for path in glob.glob(f"{self.home.data}/**/*", recursive=True)
                if os.path.isfile(path)}

    def damage(self, change):
        with open(self.file, "rb") as file:
            damaged = change(file.read())
        with open(self.file, "wb") as file:
            file.write(damaged)
        return damaged

    def test_a_check_while_a_daemon_writes_disturbs_nothing(self):
        before = self.files()
        report = self.check(0)
        self.assertEqual(report["used_by"], self.home.daemon.pid)
        self.assertEqual(self.files(), before)
        self.store("sardine", user="eve")
        self.assertIn("2 items", next(file["summary"] for file in self.check(0)["files"] if file["path"].endswith("login.coffer")))

    def test_a_damaged_file_is_replaced_and_kept(self):
        self.home.stop()
        damaged = self.damage(lambda whole: b"X" * 100 + whole[100:])
        before = self.files()
        problem, = next(file["problems"] for file in self.check(1)["files"] if file["path"].endswith("login.coffer"))
        self.assertIn("1 items can still be read", problem["what"])
        self.assertEqual(self.files(), before)
        self.home.start()
        self.assertIn(f"the damaged file is kept as {self.file}.damaged-1", self.home.log())
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")
        self.store("sardine", user="eve")
        with open(self.file + ".damaged-1", "rb") as kept:
            self.assertEqual(kept.read(), damaged)
        self.assertEqual(os.stat(self.file + ".damaged-1").st_mode & 0o777, 0o600)
        report = self.check(0)
        self.assertEqual([file["path"] for file in report["files"] if file["notes"]], ["collections/login.coffer.damaged-1"])

    def test_a_file_that_cannot_be_read_at_all_is_left_and_the_rest_is_served(self):
        self.home.stop()
        with open(f"{self.home.data}/collections/hopeless.coffer", "wb") as file:
            file.write(b"SQLite format 3\0" + b"\xff" * 20_000)
        before = self.files()["hopeless.coffer"]
        os.chmod(f"{self.home.data}/collections/hopeless.coffer", 0o600)
        self.check(1)
        self.home.start()
        self.assertIn("the collection hopeless is skipped", self.home.log())
        self.assertEqual(self.lookup(user="jo").stdout, b"swordfish")
        self.assertEqual(self.files()["hopeless.coffer"], before)


if __name__ == "__main__":
    harness.main()
