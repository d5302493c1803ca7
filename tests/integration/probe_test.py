"""From inside of each sandbox: a program in the place of the vault or the frontend, started by the
real cofferd, closes its sandbox as the real one does, and then tries what it may not."""

import os
import shutil
import socket
import subprocess
import unittest

import harness


def attempts():
    """(index, names of the processes that are killed for it, the system call)."""
    lines = subprocess.run([f"{os.environ['COFFER_BIN']}/list_attempts"], capture_output=True, text=True, check=True).stdout
    return [(index, *line.split()) for index, line in enumerate(lines.splitlines())]


class Probe(unittest.TestCase):
    def setUp(self):
        self.home = harness.Home(os.environ["COFFER_BIN"])
        self.addCleanup(self.home.close)

    def binaries_with(self, probe):
        """cofferd and the other program, and the probe in the place of its own."""
        folder = f"{self.home.top}/{probe}"
        shutil.copytree(f"{self.home.binaries}/{probe}", folder)
        for name in ("cofferd", *harness.CHILDREN):
            if not os.path.exists(f"{folder}/{name}"):
                shutil.copy(f"{self.home.binaries}/{name}", folder)
        return folder

    def fate_of(self, folder, index):
        """What the log says after the probe made the attempt; its standard error is the other end of `ours`."""
        ours, theirs = socket.socketpair()
        ours.settimeout(20)
        daemon = subprocess.Popen([f"{folder}/cofferd"], env=self.home.environment, stdin=subprocess.DEVNULL, stderr=theirs)
        theirs.close()
        said = b""

        def read_until(*words):
            nonlocal said
            while not any(word in said for word in words):
                more = ours.recv(4096)
                self.assertTrue(more, f"cofferd ended:\n{said.decode()}")
                said += more
        try:
            read_until(b"probe: ready")
            ours.sendall(str(index).encode())
            read_until(b"probe: survived", b"stopped by its sandbox")
            read_until(b"starting it again", b"probe: survived")
        finally:
            ours.close()  # on which the probe ends
            daemon.terminate()
            daemon.wait(10)
        return said.decode()

    def check(self, probe, name):
        folder = self.binaries_with(probe)
        tried = 0
        for index, forbidden_to, call in attempts():
            if name not in forbidden_to:
                continue
            said = self.fate_of(folder, index)
            # The one call that ends the process at once leaves no words.
            wanted = f"tried the system call {call}" if call != "ptrace" else "made a forbidden system call"
            self.assertIn(f"{name} was stopped by its sandbox: it {wanted}", said)
            tried += 1
        self.assertGreaterEqual(tried, 40)
        print(f"{tried} attempts were stopped in {name}", flush=True)

    def test_the_vault_is_killed_for_each_forbidden_thing_and_the_broker_says_which(self):
        self.check("vault_probe", "coffer-vault")

    def test_the_frontend_is_killed_for_each_forbidden_thing_and_the_broker_says_which(self):
        self.check("frontend_probe", "coffer-frontend")


if __name__ == "__main__":
    harness.main()
