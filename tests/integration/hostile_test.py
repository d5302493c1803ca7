"""A frontend that was taken over, in the real one's place, against the real vault and broker."""

import os
import shutil
import subprocess

import harness


class Hostile(harness.CofferTest):
    def test_a_frontend_that_was_taken_over_gets_nothing_and_the_vault_goes_on(self):
        self.home.start()
        self.store("swordfish-canary", user="jo")
        self.home.stop()
        folder = f"{self.home.top}/hostile"
        shutil.copytree(f"{self.home.binaries}/hostile_frontend", folder)
        for name in ("cofferd", "coffer-vault"):
            shutil.copy(f"{self.home.binaries}/{name}", folder)
        self.home.forget_log()
        with open(self.home.log_path, "ab") as log:
            daemon = subprocess.Popen([f"{folder}/cofferd"], env=self.home.environment, stdin=subprocess.DEVNULL, stderr=log)
        self.home.daemon = daemon
        self.assertTrue(harness.wait_for(lambda: "hostile: done" in self.home.log() or daemon.poll() is not None, 100), self.home.log())
        said = [line for line in self.home.log().splitlines() if line.startswith("hostile: ")]
        self.assertEqual([line for line in said if not line.endswith((": stood", ": done"))], [], self.home.log())
        self.assertGreaterEqual(len(said), 20)
        self.assertNotIn("starting it again", self.home.log())
        vault = self.home.offspring()["coffer-vault"]
        self.assertNotIn("swordfish-canary", self.home.log())
        with open(f"/proc/{vault}/status") as status:
            peak = next(line for line in status if line.startswith("VmHWM:"))
        self.assertLess(int(peak.split()[1]), 200 * 1024)  # KiB; Argon2 alone takes 8192 here
        self.assertEqual(self.home.stop(), 0)
        self.home.start()
        self.assertEqual(self.home.secret_tool("lookup", "user", "jo").stdout, b"swordfish-canary")


if __name__ == "__main__":
    harness.main()
