"""What can be seen from outside of each process's sandbox, and of the files."""

import os
import stat

import harness


class Sandbox(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()
        self.store("swordfish-secret", user="canary-attribute")
        self.pids = {"cofferd": self.home.daemon.pid, **self.home.both_children()}

    def status(self, name):
        with open(f"/proc/{self.pids[name]}/status") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

    def test_each_process_is_filtered_and_can_gain_nothing(self):
        for name in self.pids:
            status = self.status(name)
            self.assertEqual(status["Seccomp"], "2", name)
            self.assertEqual(status["NoNewPrivs"], "1", name)
            self.assertEqual(int(status["CapEff"], 16), 0, name)

    def test_no_process_can_be_looked_into_by_its_own_user(self):
        for name, pid in self.pids.items():
            for inside in ("environ", "mem", "maps", "fd", "exe"):
                path = f"/proc/{pid}/{inside}"
                with self.assertRaises(PermissionError, msg=f"{name} {inside}"):
                    if inside == "fd":
                        os.listdir(path)
                    elif inside == "exe":
                        os.readlink(path)
                    else:
                        open(path, "rb").close()

    def test_no_process_may_dump_core(self):
        for name, pid in self.pids.items():
            with open(f"/proc/{pid}/limits") as file:
                core = next(line for line in file if line.startswith("Max core file size"))
            self.assertEqual(core.split()[4:6], ["0", "0"], name)

    def test_the_vault_has_locked_memory(self):
        self.assertGreater(int(self.status("coffer-vault")["VmLck"].split()[0]), 1024)

    def test_files_are_for_their_owner_alone(self):
        for folder, _, files in os.walk(self.home.data):
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700, folder)
            for file in files:
                self.assertEqual(stat.S_IMODE(os.stat(f"{folder}/{file}").st_mode), 0o600, file)

    def test_no_file_shows_what_was_stored(self):
        self.home.stop()
        for folder, _, files in os.walk(self.home.data):
            for file in files:
                with open(f"{folder}/{file}", "rb") as opened:
                    content = opened.read()
                for canary in (b"swordfish-secret", b"canary-attribute", b"a label", b"correct horse"):
                    self.assertNotIn(canary, content, file)


if __name__ == "__main__":
    harness.main()
