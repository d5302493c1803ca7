"""What can be seen from outside of each process's sandbox, and of the files."""

import ctypes
import errno
import os
import resource
import shutil
import signal
import stat
import subprocess

import harness
import root_eyes

CAP_IPC_LOCK = 1 << 14
PROCESSES = ("cofferd", *harness.CHILDREN, "coffer-identify")
ALL_NAMESPACES = ("user", "net", "pid", "ipc", "mnt", "uts", "cgroup")
NO_NAMESPACES = ("unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c",
                 'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --inh-caps=-all --bounding-set=-all "$0" "$@"')


def needs_root(test):
    """Only root can see into the processes."""
    def run(self):
        if harness.root is None:
            self.skipTest("the test was not started by root")
        test(self)
    return run


def status_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


class Sandbox(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()
        self.store("swordfish-secret", user="canary-attribute")
        self.home.both_children()
        self.pids = {"cofferd": self.home.daemon.pid, **self.home.offspring()}
        self.assertGreaterEqual(set(self.pids), set(PROCESSES))

    def status(self, name):
        return status_of(self.pids[name])

    def test_each_process_is_filtered_and_can_gain_nothing(self):
        for name in PROCESSES:
            status = self.status(name)
            self.assertEqual(status["Seccomp"], "2", name)
            self.assertEqual(status["NoNewPrivs"], "1", name)
            for held in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(status[held], 16), 0, f"{name} {held}")

    def test_the_log_says_how_far_the_kernel_went_along(self):
        self.assertRegex(self.home.log(), r"sandboxes are closed with Landlock \(version \d+\); the vault has namespaces of its "
                                          "own, and an empty root directory")

    @needs_root
    def test_the_vault_has_namespaces_and_an_empty_root_of_its_own(self):
        ours = root_eyes.ask(root_eyes.links, os.getpid(), "ns")
        vault = root_eyes.ask(root_eyes.links, self.pids["coffer-vault"], "ns")
        for namespace in ALL_NAMESPACES:
            self.assertNotEqual(vault[namespace], ours[namespace], namespace)
        self.assertEqual(root_eyes.ask(root_eyes.root_entries, self.pids["coffer-vault"]), [])
        self.assertEqual(self.status("coffer-vault")["NSpid"].split()[1:], ["1"])
        for name in ("cofferd", "coffer-identify"):  # which have to see the clients
            self.assertEqual(root_eyes.ask(root_eyes.links, self.pids[name], "ns")["user"], ours["user"], name)

    @needs_root
    def test_the_vault_holds_nothing_but_sockets_and_events(self):
        for name, target in root_eyes.ask(root_eyes.links, self.pids["coffer-vault"], "fd").items():
            self.assertRegex(target, r"^(socket:\[|anon_inode:\[event(fd|poll)\]|pipe:\[|/dev/null$)|secretmem|/log$", f"descriptor {name}")

    @needs_root
    def test_only_the_broker_has_files_open(self):
        for process in ("coffer-vault", "coffer-frontend", "coffer-identify"):
            for target in root_eyes.ask(root_eyes.links, self.pids[process], "fd").values():
                self.assertFalse(target.startswith("/") and target != "/dev/null" and not target.startswith("/proc/")
                                 and target != self.home.log_path and "secretmem" not in target, f"{process}: {target}")

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


class Attack(harness.CofferTest):
    """What another program of the same user tries."""

    def setUp(self):
        super().setUp()
        self.home.start()
        self.home.both_children()
        self.pids = {"cofferd": self.home.daemon.pid, **self.home.offspring()}

    def test_gdb_and_ptrace(self):
        libc = ctypes.CDLL(None, use_errno=True)
        for name, pid in self.pids.items():
            for request in (16, 0x4206):  # PTRACE_ATTACH, PTRACE_SEIZE
                self.assertEqual(libc.ptrace(request, pid, None, None), -1, name)
                self.assertEqual(ctypes.get_errno(), errno.EPERM, name)
        if shutil.which("gdb"):
            for name, pid in self.pids.items():
                output = subprocess.run(["gdb", "--nx", "--batch", "-p", str(pid), "-ex", "info proc mappings"], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
                self.assertIn("Operation not permitted", output, name)

    def test_reading_and_writing_memory(self):
        libc = ctypes.CDLL(None, use_errno=True)
        buffer = ctypes.create_string_buffer(64)
        ours, theirs = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 64), (ctypes.c_size_t * 2)(0x400000, 64)
        for name, pid in self.pids.items():
            for call in (libc.process_vm_readv, libc.process_vm_writev):
                self.assertEqual(call(pid, ours, 1, theirs, 1, 0), -1, name)
                self.assertEqual(ctypes.get_errno(), errno.EPERM, name)
            for flags in (os.O_RDONLY, os.O_WRONLY):
                with self.assertRaises(PermissionError, msg=name):
                    os.close(os.open(f"/proc/{pid}/mem", flags))

    def test_taking_a_descriptor(self):
        libc = ctypes.CDLL(None, use_errno=True)
        for name, pid in self.pids.items():
            with self.assertRaises(PermissionError, msg=name):
                os.listdir(f"/proc/{pid}/fd")
            process = os.pidfd_open(pid)
            for descriptor in range(16):
                self.assertEqual(libc.syscall(438, process, descriptor, 0), -1, name)  # pidfd_getfd
                self.assertIn(ctypes.get_errno(), (errno.EPERM, errno.EBADF), name)
            os.close(process)

    def test_a_preloaded_library_reaches_the_broker_alone(self):
        """The user starts cofferd, so the user chooses its environment; what it starts gets an environment of its own."""
        source = f"{self.home.top}/preload.c"
        with open(source, "w") as file:
            file.write('#include <stdio.h>\n#include <stdlib.h>\n#include <sys/prctl.h>\n__attribute__((constructor)) static void '
                       'loaded(void) { char name[16]; prctl(PR_GET_NAME, name); fprintf(stderr, "preloaded into %s\\n", name); }\n')
        library = f"{self.home.top}/preload.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        self.home.stop()
        self.home.start(extra={"LD_PRELOAD": library})
        self.assertEqual([line for line in self.home.log().splitlines() if "preloaded into" in line], ["preloaded into cofferd"])

    def test_signals_end_a_process_and_give_nothing_away(self):
        before = self.home.both_children()
        os.kill(before["coffer-vault"], signal.SIGKILL)
        self.assertNotEqual(self.home.both_children(except_pids=[before["coffer-vault"]]), before)


class LesserKernel(harness.CofferTest):
    """Kernels, and containers, that do not give everything."""

    WITHOUT_LANDLOCK = ("/usr/bin/python3", "-B", f"{os.path.dirname(os.path.abspath(__file__))}/without_landlock.py")

    def works(self):
        self.store("swordfish", user="jo")
        self.assertEqual(self.home.secret_tool("lookup", "user", "jo").stdout, b"swordfish")
        self.assertEqual(status_of(self.home.both_children()["coffer-vault"])["Seccomp"], "2")

    def refuses(self, wrapper, words):
        self.home.configure(self.configuration + "[sandbox]\nrequire = true\n")
        daemon = self.home.launch(password="correct horse", wrapper=wrapper)
        self.assertEqual(daemon.wait(20), 1)
        self.assertRegex(self.home.log(), words)

    def test_without_namespaces(self):
        self.home.start(wrapper=NO_NAMESPACES)
        self.works()
        self.assertIn("no namespaces", self.home.log())

    def test_without_namespaces_when_they_are_required(self):
        self.refuses(NO_NAMESPACES, "sandbox.require asks for more than this kernel gives: .*namespaces")

    def test_without_landlock(self):
        self.home.start(wrapper=self.WITHOUT_LANDLOCK)
        self.works()
        self.assertIn("closed without Landlock", self.home.log())

    def test_without_landlock_when_it_is_required(self):
        self.refuses(self.WITHOUT_LANDLOCK, "sandbox.require asks for more than this kernel gives: .*Landlock")

    def test_when_all_is_there_and_required(self):
        self.home.configure(self.configuration + "[sandbox]\nrequire = true\n")
        self.home.start()
        self.works()


class Memory(harness.CofferTest):
    """Locked memory, with little of it, and with CAP_IPC_LOCK."""

    REQUIRED = "[memory]\nrequire-locked = true\nsecretmem = false\n"

    def no_locking(self):
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))

    def locked(self):
        return int(status_of(self.home.both_children()["coffer-vault"])["VmLck"].split()[0]) * 1024

    def test_the_default_limit_is_enough(self):
        self.home.configure(self.configuration + self.REQUIRED)
        self.home.start(before=lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (8 << 20, 8 << 20)))
        self.assertGreater(self.locked(), 1 << 20)
        self.assertLessEqual(self.locked(), 8 << 20)

    def test_without_any_it_goes_on_and_says_so(self):
        self.home.configure(self.configuration + "[memory]\nsecretmem = false\n")
        self.home.start(before=self.no_locking)
        self.assertEqual(self.locked(), 0)
        self.assertIn("may be swapped to disk", self.home.log())

    def test_without_any_it_refuses_when_it_is_required(self):
        self.home.configure(self.configuration + self.REQUIRED)
        daemon = self.home.launch(password="correct horse", before=self.no_locking)
        self.assertEqual(daemon.wait(20), 1)
        self.assertIn("memory.require-locked asks for it", self.home.log())

    def test_with_the_capability_the_limit_does_not_bind_and_only_the_vault_keeps_it(self):
        if harness.root is None:
            self.skipTest("only root can grant a capability")
        for flags in ("ep", "p"):
            with self.subTest(flags):
                self.check_capability(flags)

    def check_capability(self, flags):
        self.home.binaries = root_eyes.ask(root_eyes.grant_lock_memory, os.environ["COFFER_BIN"], self.home.top, flags)
        self.home.configure(self.configuration + self.REQUIRED)
        self.home.start(before=self.no_locking)
        self.store("swordfish", user="jo")
        status = status_of(self.home.both_children()["coffer-vault"])
        self.assertGreater(int(status["VmLck"].split()[0]), int(status["VmRSS"].split()[0]))
        for name, pid in {"cofferd": self.home.daemon.pid, **self.home.offspring()}.items():
            status = status_of(pid)
            self.assertEqual(status["NoNewPrivs"], "1", name)
            # The bounding set can be lowered with CAP_SETPCAP alone, and bounds nothing under NoNewPrivs.
            for held in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                kept = CAP_IPC_LOCK if name == "coffer-vault" and held in ("CapPrm", "CapEff") else 0
                self.assertEqual(int(status[held], 16), kept, f"{name} {held}")
        self.home.stop()


if __name__ == "__main__":
    harness.main(with_root=root_eyes.serve)
