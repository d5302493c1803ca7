"""pam_coffer.so in the real libpam, against daemons that behave and daemons that do not.

Runs in mount namespaces of its own, with a /run and an /etc/passwd for the test: as root with a login of another user,
or, where the tests' user is an ordinary one, with that user's screen locker alone.
"""

import contextlib
import ctypes
import json
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import harness

USER = "coffer-pam"
CANARY = "correct-horse-battery-7381"
HASHED = ("$6$saltsalt$NUSjXyCKJibFE7HgVFPQ7ZMBWN7UTGaxkHUkQmhS2XOo7RNF"
          "UcIO9wS8TzQ/IbrPsZggakQ5qONMJu2eaPzeL1")
UNLOCK, UNLOCK_OR_CREATE, CHANGE = 1, 2, 3
UNLOCKED, CREATED, CHANGED, WRONG_PASSWORD, NO_COLLECTION, BUSY, FAILED = range(1, 8)
SKIPPED = 77
SANITIZED = os.environ.get("COFFER_SANITIZE")
SEARCH = () if SANITIZED else (f"search:{CANARY[::-1]}",)  # sanitizers have memory that cannot be searched
AS_ROOT = os.geteuid() == 0 and os.environ.get("COFFER_PAM_ISOLATED") == "root"


def isolate():
    """Runs this file again in a mount namespace, in which /run is ours."""
    if "COFFER_PAM_ISOLATED" in os.environ:
        return
    root = os.geteuid() == 0
    unshare = ["unshare", "--mount", "--propagation", "private"] if root else [
        "unshare", "--user", "--map-current-user", "--keep-caps", "--mount"]
    if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("skipped: this system allows no mount namespaces", file=sys.stderr)
        sys.exit(SKIPPED)
    os.environ["COFFER_PAM_ISOLATED"] = "root" if root else "user"
    os.execvp(unshare[0], [*unshare, sys.executable, "-B", *sys.argv])


def set_up_system():
    """A /run of our own, and users that this system need not have."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"], check=True)
    os.mkdir("/run/user", 0o755)
    os.mkdir("/run/test", 0o755)
    uid = 60001 if AS_ROOT else os.geteuid()
    gid = 60001 if AS_ROOT else os.getegid()
    os.mkdir("/run/test/home", 0o700)
    if AS_ROOT:
        os.chown("/run/test/home", uid, gid)
    lines = {"passwd": [f"{USER}:x:{uid}:{gid}::/run/test/home:/bin/sh", "coffer-other:x:60002:60002::/:/bin/sh"],
             "group": [f"{USER}:x:60001:", f"coffer-extra:x:60003:{USER}"]}
    if AS_ROOT:
        lines["shadow"] = [f"{USER}:*:19000:0:99999:7:::"]
    for name, more in lines.items():
        with open(f"/etc/{name}") as file:
            text = file.read()
        with open(f"/run/test/{name}", "w") as file:
            file.write("\n".join(more) + "\n" + text)
        os.chmod(f"/run/test/{name}", 0o600 if name == "shadow" else 0o644)
        subprocess.run(["mount", "--bind", f"/run/test/{name}", f"/etc/{name}"], check=True)


@contextlib.contextmanager
def acting_as(uid):
    """For the owner of what is made, and the credentials of what listens."""
    if AS_ROOT:
        os.seteuid(uid)
    try:
        yield
    finally:
        if AS_ROOT:
            os.seteuid(0)


def answer(result, version=1):
    return b"CFLA" + struct.pack("<HH", version, result)


def receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            return None
        data += more
    return data


class Daemon:
    """Listens where the daemon does. `replies` are results, or functions that get the connection."""

    def __init__(self, path, replies, owner, backlog=5, listener=None):
        self.replies, self.requests = list(replies), []
        self.socket = socket.socket(socket.AF_UNIX)
        with acting_as(owner):
            self.socket.bind(path)
        with acting_as(listener if listener is not None else owner):
            self.socket.listen(backlog)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for reply in self.replies:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                if callable(reply):
                    reply(connection)
                    continue
                header = receive(connection, 16)
                if header is None:
                    self.requests.append(None)  # connected, and said nothing
                    continue
                magic, version, operation, first, second = struct.unpack("<4sHHII", header)
                assert (magic, version) == (b"CFLQ", 1)
                self.requests.append((operation, receive(connection, first).decode(), receive(connection, second).decode()))
                connection.sendall(answer(reply))

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes who accepts, as closing does not
        self.socket.close()


class Login:
    """What the driver did: results, milliseconds, log lines, changes, and finds, by step."""

    def __init__(self, text):
        self.steps, self.log, self.changes, self.found = {}, [], [], []
        for line in text.splitlines():
            word, _, rest = line.partition(" ")
            if word == "log":
                if "pam_coffer(" in rest:
                    self.log.append(rest)
            elif word == "changed":
                self.changes.append(rest)
            elif word == "found":
                self.found.append(rest)
            else:
                result, milliseconds = rest.split()
                self.steps[word] = (int(result), int(milliseconds))


class PamTest(unittest.TestCase):
    def setUp(self):
        self.user = pwd.getpwnam(USER)
        self.runtime = f"/run/user/{self.user.pw_uid}"
        self.directory = f"{self.runtime}/coffer"
        self.path = f"{self.directory}/pam.sock"
        with acting_as(0):
            os.mkdir(self.runtime, 0o700)
            if AS_ROOT:
                os.chown(self.runtime, self.user.pw_uid, self.user.pw_gid)
        with acting_as(self.user.pw_uid):
            os.mkdir(self.directory, 0o700)
        self.addCleanup(shutil.rmtree, self.runtime)
        self.configuration = tempfile.mkdtemp(dir="/run/test")
        os.chmod(self.configuration, 0o755)
        self.addCleanup(shutil.rmtree, self.configuration)

    def daemon(self, *replies, path=None, owner=None, **options):
        daemon = Daemon(path or self.path, replies, self.user.pw_uid if owner is None else owner, **options)
        self.addCleanup(daemon.close)
        return daemon

    def write_service(self, service, arguments="", first=os.environ.get("COFFER_PAM_FAKE"), reset="", folder=None):
        module = os.environ["COFFER_PAM_MODULE"]
        with open(f"{folder or self.configuration}/{service}", "w") as file:
            file.write(f"auth required {first}\nauth optional {module} {arguments}\naccount required pam_permit.so\n"
                       f"session required pam_permit.so\nsession optional {module} {arguments}\n"
                       f"password required {first} {reset}\npassword optional {module} {arguments}\n")

    def login(self, *steps, service="login", arguments="", passwords=(CANARY,), user=USER, as_user=not AS_ROOT, reset="", wrapper=()):
        self.write_service(service, arguments, reset=reset)
        command = [os.environ["COFFER_PAM_DRIVER"], self.configuration, service, user, *steps]
        if AS_ROOT and as_user:
            command = ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups", *command]
        done = subprocess.run([*wrapper, *command], input="".join(p + "\n" for p in passwords).encode(), stdout=subprocess.PIPE,
                              timeout=20)
        output = done.stdout.decode(errors="replace")
        self.assertEqual(done.returncode, 0, output)
        for password in passwords:
            self.assertNotIn(password, output)  # never in the log
        login = Login(output)
        self.assertEqual(login.changes, [])
        for step in steps:
            if not step.startswith(("search:", "fork", "thread")):
                result, milliseconds = login.steps[step]
                self.assertEqual(result, 0, step)  # the other module's success: ours never counts
                self.assertLess(milliseconds, 5000, step)
        self.assertLessEqual(len(login.log), len(steps))
        return login

    def assert_forgotten(self, login):
        if SEARCH:
            self.assertEqual(login.steps["search"][0], 0, login.found)

    def assert_logged(self, login, text):
        self.assertEqual(len([line for line in login.log if text in line]), 1, login.log)


class Delivery(PamTest):
    """To a daemon that behaves: by whoever runs the test."""

    def test_a_screen_locker_unlocks_when_it_authenticates(self):
        daemon = self.daemon(UNLOCKED)
        self.login("authenticate", "reinitialize", service="swaylock")
        self.assertEqual(daemon.requests, [(UNLOCK, CANARY, "")])

    def test_a_session_unlocks_when_it_opens(self):
        daemon = self.daemon(NO_COLLECTION, NO_COLLECTION, CREATED)
        login = self.login("authenticate", "establish", "open", "close")
        # Nothing is created before the user is in.
        self.assertEqual([operation for operation, _, _ in daemon.requests], [UNLOCK, UNLOCK, UNLOCK_OR_CREATE])
        self.assert_logged(login, "created")

    def test_what_was_unlocked_once_is_not_sent_again(self):
        daemon = self.daemon(UNLOCKED, UNLOCKED)
        self.login("authenticate", "establish", "open", "close")
        self.assertEqual(len(daemon.requests), 1)

    def test_a_session_opens_in_a_child(self):
        daemon = self.daemon(NO_COLLECTION, UNLOCKED)
        self.login("authenticate", "fork", "open")
        self.assertEqual(daemon.requests[1], (UNLOCK_OR_CREATE, CANARY, ""))

    def test_every_result_leaves_the_login_alone(self):
        for result in (UNLOCKED, CREATED, CHANGED, WRONG_PASSWORD, NO_COLLECTION, BUSY, FAILED):
            with self.subTest(result=result):
                daemon = self.daemon(result, result)
                self.login("authenticate", "open", "close")
                self.assertIn(len(daemon.requests), (1, 2))
                daemon.close()
                os.unlink(self.path)

    def test_a_wrong_password_is_told_once(self):
        daemon = self.daemon(WRONG_PASSWORD, WRONG_PASSWORD)
        login = self.login("authenticate", "open")
        self.assert_logged(login, "another password")
        self.assertEqual(len(daemon.requests), 1)

    def test_a_change_carries_both_passwords(self):
        daemon = self.daemon(CHANGED)
        login = self.login("chauthtok", service="passwd", passwords=("old one", CANARY))
        self.assertEqual(daemon.requests, [(CHANGE, "old one", CANARY)])
        self.assert_logged(login, "new password")

    def test_a_reset_by_root_has_no_old_password_and_changes_nothing(self):
        daemon = self.daemon(CHANGED)
        login = self.login("chauthtok", service="passwd", reset="reset")
        self.assertEqual(daemon.requests, [])
        self.assert_logged(login, "without the old one")

    def test_an_expired_password_is_changed_and_then_unlocks(self):
        daemon = self.daemon(WRONG_PASSWORD, CHANGED, UNLOCKED)
        self.login("authenticate", "chauthtok", "open", passwords=("old one", CANARY, CANARY))
        self.assertEqual(daemon.requests[0], (UNLOCK, "old one", ""))
        self.assertEqual(daemon.requests[1][0], CHANGE)

    def test_long_passwords_arrive_and_longer_ones_do_not(self):
        # libpam itself cuts what is typed at 511 bytes.
        daemon = self.daemon(UNLOCKED)
        self.login("authenticate", passwords=("x" * 511,))
        self.assertEqual(daemon.requests, [(UNLOCK, "x" * 511, "")])

    def test_an_empty_password_is_not_sent(self):
        daemon = self.daemon(UNLOCKED)
        login = self.login("authenticate", "open", passwords=(), arguments="debug")
        self.assertEqual(daemon.requests, [])
        self.assert_logged(login, "no password")

    def test_services_that_are_left_out_send_nothing(self):
        daemon = self.daemon(UNLOCKED)
        for service, arguments in (("su", ""), ("sudo", ""), ("cron", ""), ("systemd-user", ""), ("polkit-1", ""),
                                   ("login", "only_if=gdm-password,passwd"), ("login", "skip=kde,login")):
            self.login("authenticate", "open", service=service, arguments=arguments)
        self.assertEqual(daemon.requests, [])
        self.login("authenticate", service="su", arguments="only_if=su")
        self.assertEqual(len(daemon.requests), 1)

    def test_a_mistaken_argument_is_named_and_the_rest_holds(self):
        daemon = self.daemon(UNLOCKED)
        login = self.login("authenticate", arguments="autostart")
        self.assert_logged(login, "autostart")
        self.assertEqual(len(daemon.requests), 1)

    @unittest.skipIf(SANITIZED, "sanitizers have memory that cannot be searched")
    def test_the_password_is_locked_while_it_waits_and_gone_after_the_session(self):
        self.daemon(NO_COLLECTION, UNLOCKED)
        login = self.login("authenticate", *SEARCH, passwords=(CANARY,))
        self.assertEqual(login.steps["search"][0], 1)
        flags = login.found[0].split()
        self.assertIn("lo", flags)
        self.assertIn("dd", flags)
        login = self.login("authenticate", "open", *SEARCH)
        self.assert_forgotten(login)

    def test_the_password_is_gone_after_an_unlock_by_a_locker_and_after_a_change(self):
        self.daemon(UNLOCKED, CHANGED)
        login = self.login("authenticate", *SEARCH, service="swaylock")
        self.assert_forgotten(login)
        login = self.login("chauthtok", *SEARCH, service="passwd", passwords=("old one", CANARY))
        self.assert_forgotten(login)

    def test_without_a_daemon_nothing_happens(self):
        login = self.login("authenticate", "establish", "open", *SEARCH)
        self.assert_logged(login, "socket")
        self.assert_forgotten(login)
        login = self.login("chauthtok", service="passwd", passwords=("old one", CANARY))
        self.assert_logged(login, "socket")

    def test_without_a_runtime_directory_nothing_happens(self):
        os.rename(self.runtime, "/run/user/moved")
        self.addCleanup(os.rename, "/run/user/moved", self.runtime)
        login = self.login("authenticate", "open", arguments="auto_start")
        self.assert_logged(login, "runtime directory")

    def test_an_unknown_user_and_one_without_a_name_are_ignored(self):
        self.login("authenticate", "open", user="nobody-of-this-name")


class HostileDaemon(PamTest):
    """What a daemon may do to whoever logs in: nothing but keep them waiting for two seconds."""

    def assert_bounded(self, *replies, arguments="timeout=300", steps=("authenticate", "establish", "open"), **options):
        daemon = self.daemon(*replies, **options)
        login = self.login(*steps, *SEARCH, arguments=arguments)
        self.assert_forgotten(login)
        return daemon, login

    def test_that_stalls(self):
        end = threading.Event()
        self.addCleanup(end.set)
        _, login = self.assert_bounded(*[lambda c: end.wait(20)] * 3)
        self.assert_logged(login, "in time")
        self.assertLess(sum(milliseconds for _, milliseconds in login.steps.values()), 2000)

    def test_that_stalls_for_the_usual_time_at_most(self):
        end = threading.Event()
        self.addCleanup(end.set)
        _, login = self.assert_bounded(*[lambda c: end.wait(20)] * 3, arguments="")
        self.assertGreater(login.steps["authenticate"][1], 1500)
        self.assertLess(login.steps["open"][1], 1000)  # the two seconds are for the whole login

    def test_that_accepts_nobody(self):
        # The queue is full before we come.
        listener = socket.socket(socket.AF_UNIX)
        with acting_as(self.user.pw_uid):
            listener.bind(self.path)
            listener.listen(0)
        waiting = socket.socket(socket.AF_UNIX)
        waiting.connect(self.path)
        self.addCleanup(listener.close)
        self.addCleanup(waiting.close)
        login = self.login("authenticate", "open", arguments="timeout=300")
        self.assert_logged(login, "takes no connection")

    def test_that_closes_at_once(self):
        _, login = self.assert_bounded(*[lambda c: None] * 3)
        self.assertTrue(any("without an answer" in line or "cannot" in line for line in login.log), login.log)

    def test_that_closes_after_half_an_answer(self):
        _, login = self.assert_bounded(*[lambda c: (c.recv(8192), c.sendall(answer(UNLOCKED)[:5]))] * 3)
        self.assertTrue(any("without an answer" in line for line in login.log), login.log)

    def test_that_answers_drop_by_drop(self):
        def drip(connection):
            for byte in answer(UNLOCKED):
                time.sleep(0.1)
                connection.sendall(bytes([byte]))
        _, login = self.assert_bounded(*[drip] * 3)
        self.assert_logged(login, "in time")

    def test_that_sends_rubbish(self):
        for rubbish in (b"\0" * 8, b"HTTP/1.1 400", answer(0), answer(8), answer(UNLOCKED, version=2), b"CFLQ" + answer(1)):
            with self.subTest(rubbish=rubbish):
                daemon, login = self.assert_bounded(*[lambda c: (c.recv(8192), c.sendall(rubbish))] * 3)
                self.assertTrue(all("makes no sense" in line for line in login.log), login.log)
                daemon.close()
                os.unlink(self.path)

    def test_that_floods(self):
        def flood(connection):
            connection.sendall(answer(UNLOCKED) + b"x" * (1 << 24))
        self.assert_bounded(flood, flood, flood)

    def test_that_reads_nothing_and_floods_before_it_is_asked(self):
        self.assert_bounded(*[lambda c: c.sendall(b"\xff" * (1 << 24))] * 3)


class Distrust(PamTest):
    """Where something is not as it should be, not a byte is sent."""

    def refused(self, text, daemon=None):
        login = self.login("authenticate", "open")
        self.assertTrue(login.log and all(text in line for line in login.log), login.log)
        if daemon:
            self.assertEqual([r for r in daemon.requests if r is not None], [])

    def test_of_a_directory_that_is_open_to_others(self):
        daemon = self.daemon(UNLOCKED, UNLOCKED)
        for path in (self.runtime, self.directory):
            for mode in (0o755, 0o770, 0o701, 0o1700):
                os.chmod(path, mode)
                self.refused("open to others", daemon)
            os.chmod(path, 0o700)

    def test_of_a_directory_that_is_a_link(self):
        daemon = self.daemon(UNLOCKED, UNLOCKED)
        os.rename(self.directory, f"{self.runtime}/elsewhere")
        with acting_as(self.user.pw_uid):
            os.symlink("elsewhere", self.directory)
        self.refused("cannot open the daemon's directory", daemon)

    def test_of_a_runtime_directory_that_is_a_link(self):
        daemon = self.daemon(UNLOCKED, UNLOCKED)
        os.rename(self.runtime, "/run/user/elsewhere")
        os.symlink("elsewhere", self.runtime)
        self.refused("runtime directory", daemon)
        os.unlink(self.runtime)
        os.rename("/run/user/elsewhere", self.runtime)

    def test_of_a_socket_that_is_a_link(self):
        daemon = self.daemon(UNLOCKED, UNLOCKED, path=f"{self.directory}/real.sock")
        os.symlink("real.sock", self.path)
        self.refused("socket", daemon)

    def test_of_a_fifo_a_file_a_directory_or_a_device(self):
        makers = [lambda: os.mkfifo(self.path), lambda: open(self.path, "w").close(), lambda: os.mkdir(self.path)]
        if AS_ROOT:
            makers.append(lambda: os.mknod(self.path, 0o666 | stat.S_IFCHR, os.makedev(1, 3)))
        for make in makers:
            make()
            self.refused("is no socket")
            os.rmdir(self.path) if os.path.isdir(self.path) else os.unlink(self.path)

    @unittest.skipUnless(AS_ROOT, "another file system needs root")
    def test_of_another_file_system_in_the_directory_s_place(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=700,uid={self.user.pw_uid}", "tmpfs", self.directory], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.directory], check=True)
        self.refused("cannot open the daemon's directory", self.daemon(UNLOCKED, UNLOCKED))

    @unittest.skipUnless(AS_ROOT, "other owners need root")
    def test_of_what_belongs_to_someone_else(self):
        for owner in (0, 60002):
            os.chown(self.directory, owner, owner)
            self.refused("belongs to someone else")
            os.chown(self.directory, self.user.pw_uid, self.user.pw_gid)
            daemon = self.daemon(UNLOCKED, UNLOCKED, owner=0)
            os.chown(self.path, owner, owner)
            self.refused("belongs to someone else", daemon)
            daemon.close()
            os.unlink(self.path)
        os.chown(self.runtime, 60002, 60002)
        self.refused("belongs to someone else")

    @unittest.skipUnless(AS_ROOT, "other owners need root")
    def test_of_a_socket_on_which_someone_else_listens(self):
        for listener in (0, 60002):
            daemon = self.daemon(UNLOCKED, UNLOCKED, listener=listener)
            self.refused("someone else listens", daemon)
            daemon.close()
            os.unlink(self.path)


REPORTER = """#!/usr/bin/python3 -I
import json, os, signal, sys
standard_input = sys.stdin.buffer.read()
report = {
    "arguments": sys.argv[1:], "input": standard_input.decode(), "environment": dict(os.environ), "ids": os.getresuid() + os.getresgid(),
    "groups": sorted(os.getgroups()), "folder": os.getcwd(), "umask": os.umask(0o77), "parent": os.getppid(),
    "descriptors": sorted(os.listdir("/proc/self/fd"), key=int), "targets": [os.readlink(f"/proc/self/fd/{n}") for n in (1, 2)],
    "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, [])), "leader": os.getsid(0) == os.getpid(),
    "ignored": [line.split()[1] for line in open("/proc/self/status") if line.startswith("SigIgn")][0],
}
with open("@OUT@.new", "w") as file:
    json.dump(report, file)
os.rename("@OUT@.new", "@OUT@")
"""


class AutoStart(PamTest):
    def setUp(self):
        super().setUp()
        self.reports = tempfile.mkdtemp(dir="/run/test")
        self.addCleanup(shutil.rmtree, self.reports)
        if AS_ROOT:
            os.chown(self.reports, self.user.pw_uid, self.user.pw_gid)
        self.program = f"{self.configuration}/cofferd"
        with open(self.program, "w") as file:
            file.write(REPORTER.replace("@OUT@", f"{self.reports}/report"))
        os.chmod(self.program, 0o755)
        self.arguments = f"auto_start daemon={self.program}"

    def listen_as_bus(self):
        bus = socket.socket(socket.AF_UNIX)
        with acting_as(self.user.pw_uid):
            bus.bind(f"{self.runtime}/bus")
            bus.listen()
        self.addCleanup(bus.close)

    def report(self):
        path = f"{self.reports}/report"
        self.assertTrue(harness.wait_for(lambda: os.path.exists(path)), "the daemon was not started")
        with open(path) as file:
            return json.load(file)

    def check(self, *before, **options):
        self.listen_as_bus()
        login = self.login(*before, "authenticate", "establish", "open", *SEARCH, arguments=self.arguments, **options)
        self.assert_logged(login, "was started")
        self.assert_forgotten(login)
        report = self.report()
        self.assertEqual(report["arguments"], ["--login"])
        self.assertEqual(report["input"], CANARY + "\n")
        uid, gid = self.user.pw_uid, self.user.pw_gid
        self.assertEqual(report["ids"], [uid] * 3 + [gid] * 3)
        for variable, value in {"HOME": "/run/test/home", "USER": USER, "LOGNAME": USER, "XDG_RUNTIME_DIR": self.runtime,
                                "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.runtime}/bus",
                                "PATH": "/usr/local/bin:/usr/bin:/bin"}.items():
            self.assertEqual(report["environment"].pop(variable), value)
        self.assertLessEqual(set(report["environment"]), {"LC_CTYPE"})  # which Python itself sets
        self.assertEqual((report["folder"], report["umask"], report["leader"], report["blocked"]), ("/", 0o77, True, 0))
        self.assertEqual(int(report["ignored"], 16) & 0xfff, 0)  # the next one, SIGPIPE, is Python's own doing
        self.assertEqual(report["targets"], ["/dev/null", "/dev/null"])
        self.assertEqual(report["descriptors"], ["0", "1", "2", "3"])  # the last is the listing itself
        return report

    def test_starts_the_daemon_as_the_user_with_nothing_of_ours(self):
        report = self.check()
        if AS_ROOT:
            self.assertEqual(report["groups"], [60001, 60003])

    def test_starts_the_daemon_from_a_program_without_standard_descriptors(self):
        self.listen_as_bus()
        self.write_service("login", self.arguments)
        driver = f"'{os.environ['COFFER_PAM_DRIVER']}' {self.configuration} login {USER} authenticate open"
        subprocess.run(["/bin/sh", "-c", f"echo {CANARY} | {driver} >&- 2>&-"], timeout=20)
        report = self.report()
        self.assertEqual(report["input"], CANARY + "\n")
        self.assertEqual(report["targets"], ["/dev/null", "/dev/null"])

    def test_starts_the_daemon_where_children_are_ignored_and_signals_blocked(self):
        self.check(wrapper=("env", "--ignore-signal=SIGUSR1", "--block-signal=SIGUSR2,SIGTERM"))

    def test_starts_the_daemon_from_a_program_with_threads(self):
        self.check("thread")

    @unittest.skipUnless(AS_ROOT, "root can be the user too")
    def test_starts_the_daemon_from_a_program_of_the_user(self):
        self.assertNotIn(60003, self.check(as_user=True)["groups"])

    def test_starts_nothing_when_the_socket_is_there(self):
        self.listen_as_bus()
        daemon = self.daemon(NO_COLLECTION, UNLOCKED)
        self.login("authenticate", "open", arguments=self.arguments)
        self.assertEqual(len(daemon.requests), 2)
        self.assertFalse(os.path.exists(f"{self.reports}/report"))

    def test_starts_the_daemon_again_when_its_socket_is_an_old_one(self):
        self.daemon().close()
        self.assertTrue(stat.S_ISSOCK(os.stat(self.path).st_mode))
        self.check()

    def test_starts_nothing_in_the_place_of_what_is_not_trusted(self):
        self.listen_as_bus()
        os.mkfifo(self.path)
        self.login("authenticate", "open", arguments=self.arguments)
        self.assertFalse(os.path.exists(f"{self.reports}/report"))

    def test_starts_nothing_without_a_session_bus(self):
        login = self.login("authenticate", "open", arguments=self.arguments)
        self.assert_logged(login, "no session bus")

    def test_starts_nothing_before_the_session_or_for_a_change(self):
        self.listen_as_bus()
        self.login("authenticate", "establish", arguments=self.arguments)
        self.login("chauthtok", arguments=self.arguments, passwords=("old one", CANARY))
        self.assertFalse(os.path.exists(f"{self.reports}/report"))

    def test_says_why_it_starts_nothing(self):
        self.listen_as_bus()
        for program, reason in (("/nonexistent/cofferd", "No such file"), ("/etc/passwd", "Permission denied")):
            login = self.login("authenticate", "open", arguments=f"auto_start daemon={program}")
            self.assert_logged(login, reason)

    def test_an_expired_password_is_told_to_the_daemon_that_it_starts(self):
        self.listen_as_bus()
        told = []

        def listen_later():
            self.report()
            told.append(self.daemon(CHANGED))
        thread = threading.Thread(target=listen_later)
        thread.start()
        login = self.login("authenticate", "chauthtok", "open", arguments=self.arguments, passwords=("old one", "old one", CANARY))
        thread.join()
        self.assertEqual(self.report()["input"], "old one\n")
        self.assertEqual(told[0].requests, [(CHANGE, "old one", CANARY)])
        self.assert_logged(login, "new password")

    def test_the_real_daemon_creates_and_opens_the_login_collection(self):
        binaries = os.environ["COFFER_BIN"]
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/run/test/home", "XDG_RUNTIME_DIR": self.runtime,
                       "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.runtime}/bus"}
        become = ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups"] if AS_ROOT else []
        bus_configuration = f"{self.configuration}/bus.conf"
        with open(bus_configuration, "w") as file:
            file.write(harness.BUS_CONFIGURATION.format(socket=f"{self.runtime}/bus"))
        bus = subprocess.Popen([*become, "dbus-daemon", f"--config-file={bus_configuration}", "--nofork"], env=environment)
        self.addCleanup(bus.wait)
        self.addCleanup(bus.terminate)
        self.assertTrue(harness.wait_for(lambda: os.path.exists(f"{self.runtime}/bus")))
        self.login("authenticate", "open", arguments=f"auto_start daemon={binaries}/cofferd")

        def bus_call(method, name="org.freedesktop.secrets"):
            done = subprocess.run([*become, "dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/",
                                   f"org.freedesktop.DBus.{method}", f"string:{name}"], env=environment, capture_output=True)
            return done.stdout.decode().split() if done.returncode == 0 else None
        self.assertTrue(harness.wait_for(lambda: bus_call("GetConnectionUnixProcessID")), "nobody serves")
        frontend = int(bus_call("GetConnectionUnixProcessID")[-1])
        cofferd = harness.parent_of(frontend)
        self.assertEqual(os.stat(f"/proc/{cofferd}").st_uid, self.user.pw_uid)

        def tool(*arguments, **options):
            return subprocess.run([*become, "secret-tool", *arguments], env=environment, capture_output=True, timeout=30, **options)
        self.assertTrue(harness.wait_for(lambda: tool("store", "--label=a", "user", "jo", input=b"swordfish").returncode == 0))
        self.assertEqual(tool("lookup", "user", "jo").stdout, b"swordfish")
        os.kill(cofferd, 15)
        self.assertTrue(harness.wait_for(lambda: harness.name_of(cofferd) is None))


@unittest.skipUnless(AS_ROOT, "only root logs in another user")
class AsRoot(PamTest):
    def test_root_s_own_login_is_left_alone(self):
        os.mkdir("/run/user/0", 0o700)
        os.mkdir("/run/user/0/coffer", 0o700)
        self.addCleanup(shutil.rmtree, "/run/user/0")
        daemon = self.daemon(UNLOCKED, path="/run/user/0/coffer/pam.sock", owner=0)
        self.login("authenticate", "open", user="root", arguments="auto_start")
        self.assertEqual(daemon.requests, [])

    def test_a_program_of_another_user_sends_nothing(self):
        daemon = self.daemon(UNLOCKED)
        login = self.login("authenticate", "open", wrapper=("setpriv", "--reuid=60002", "--regid=60002", "--clear-groups"))
        self.assertEqual((daemon.requests, login.log), ([], []))

    def test_a_screen_locker_of_the_user_unlocks(self):
        daemon = self.daemon(UNLOCKED)
        self.login("authenticate", "reinitialize", as_user=True)
        self.assertEqual(daemon.requests, [(UNLOCK, CANARY, "")])

    def with_service(self, service, **options):
        """The service where every program finds it: /etc/pam.d, with ours alone in it."""
        self.write_service(service, folder=self.configuration, **options)
        subprocess.run(["mount", "--bind", self.configuration, "/etc/pam.d"], check=True)
        self.addCleanup(subprocess.run, ["umount", "/etc/pam.d"], check=True)

    def pamtester(self, *operations, service="login", text=""):
        return subprocess.run(["pamtester", service, USER, *operations], input=text.encode(), capture_output=True, timeout=30)

    @unittest.skipIf(SANITIZED, "other programs cannot load what sanitizers made")
    def test_another_program_and_pam_unix_unlock(self):
        self.with_service("login", first="pam_unix.so")
        with open("/run/test/shadow") as file:
            text = file.read()
        with open("/run/test/shadow", "w") as file:
            file.write(re.sub(f"^{USER}:[^:]*:", f"{USER}:{HASHED}:", text, flags=re.M))
        daemon = self.daemon(NO_COLLECTION, CREATED, WRONG_PASSWORD)
        done = self.pamtester("authenticate", "open_session", text=CANARY + "\n")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(daemon.requests, [(UNLOCK, CANARY, ""), (UNLOCK_OR_CREATE, CANARY, "")])
        done = self.pamtester("authenticate", "open_session", text="not it\n")
        self.assertNotEqual(done.returncode, 0)
        # A stack whose pam_unix is not "requisite" comes to us all the same, and creates nothing.
        self.assertLessEqual({operation for operation, _, _ in daemon.requests[2:]}, {UNLOCK})


def derivation_milliseconds():
    """How long the default key derivation takes here, by itself."""
    sodium = ctypes.CDLL("libsodium.so.23")
    sodium.sodium_init()
    key, begun = ctypes.create_string_buffer(32), time.monotonic()
    passes, memory, argon2id = ctypes.c_ulonglong(3), ctypes.c_size_t(64 << 20), 2
    assert sodium.crypto_pwhash(key, ctypes.c_ulonglong(32), b"password", ctypes.c_ulonglong(8), bytes(16), passes, memory, argon2id) == 0
    return (time.monotonic() - begun) * 1000


@unittest.skipUnless(AS_ROOT and not SANITIZED, "a login is root's work")
class WithTheRealDaemon(PamTest):
    def setUp(self):
        super().setUp()
        self.as_user = ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups"]
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": self.user.pw_dir, "XDG_RUNTIME_DIR": self.runtime,
                            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.runtime}/bus"}
        self.run_as_user("dbus-daemon", "--session", "--nofork", f"--address=unix:path={self.runtime}/bus")
        self.addCleanup(shutil.rmtree, f"{self.user.pw_dir}/.local", ignore_errors=True)
        self.assertTrue(harness.wait_for(lambda: os.path.exists(f"{self.runtime}/bus")))
        self.start()

    def run_as_user(self, *command):
        process = subprocess.Popen([*self.as_user, *command], env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process

    def start(self):
        self.cofferd = self.run_as_user(f"{os.environ['COFFER_BIN']}/cofferd")
        self.assertTrue(harness.wait_for(lambda: os.path.exists(self.path)))

    def restart(self):
        self.cofferd.terminate()
        self.cofferd.wait()
        os.unlink(self.path)
        self.start()

    def log_in(self, password=CANARY):
        return self.login("authenticate", "establish", "open", *SEARCH, passwords=(password,))

    def test_logins_create_unlock_and_change(self):
        self.assert_logged(self.log_in(), "was created")
        self.restart()
        login = self.login("authenticate", "establish", "open", *SEARCH, arguments="debug", passwords=(CANARY,))
        self.assert_logged(login, "is unlocked")
        took = sum(login.steps[step][1] for step in ("authenticate", "establish", "open"))
        print(f"login {took} ms, key derivation alone {derivation_milliseconds():.0f} ms", file=sys.stderr)
        self.assert_logged(self.log_in("another one"), "has another password")
        changed = self.login("chauthtok", service="passwd", passwords=(CANARY, "a new one"))
        self.assert_logged(changed, "has the new password")
        self.restart()
        self.assert_logged(self.log_in(), "has another password")
        login = self.login("authenticate", "open", arguments="debug", passwords=("a new one",))
        self.assert_logged(login, "is unlocked")

    def test_a_locker_of_the_user_unlocks(self):
        self.log_in()
        self.restart()
        login = self.login("authenticate", service="swaylock", arguments="debug", as_user=True)
        self.assert_logged(login, "is unlocked")

    def test_who_cannot_be_reached_holds_up_nobody(self):
        self.log_in()
        os.kill(self.cofferd.pid, signal.SIGSTOP)
        for name in ("coffer-vault", "coffer-frontend"):
            subprocess.run(["pkill", "-STOP", "-P", str(self.cofferd.pid), name], check=True)
        login = self.log_in()
        self.assertLess(sum(step[1] for step in login.steps.values()), 3000)
        for name in ("coffer-vault", "coffer-frontend"):
            subprocess.run(["pkill", "-CONT", "-P", str(self.cofferd.pid), name], check=True)
        os.kill(self.cofferd.pid, signal.SIGCONT)


class Module(unittest.TestCase):
    """The file itself."""

    def readelf(self, *options):
        return subprocess.run(["readelf", "--wide", *options, os.environ["COFFER_PAM_MODULE"]], capture_output=True, check=True).stdout.decode()

    @unittest.skipIf(SANITIZED, "sanitizers bring their libraries")
    def test_links_libpam_and_libc_alone(self):
        needed = re.findall(r"\(NEEDED\).*\[(.*?)\.so", self.readelf("--dynamic"))
        self.assertLessEqual(set(needed), {"libpam", "libc", "ld-linux-x86-64", "ld-linux-aarch64"})

    @unittest.skipIf(SANITIZED, "sanitizers export names of theirs")
    def test_exports_what_pam_calls_alone(self):
        exported = [line.split()[7] for line in self.readelf("--dyn-syms").splitlines()
                    if re.match(r"\s+\d+:", line) and " UND " not in line]
        self.assertEqual(sorted(exported), ["pam_sm_authenticate", "pam_sm_chauthtok", "pam_sm_close_session",
                                            "pam_sm_open_session", "pam_sm_setcred"])

    @unittest.skipIf(SANITIZED, "sanitizers keep a state")
    def test_keeps_no_state_of_its_own(self):
        sections = dict(re.findall(r"\] (\.\S+)\s+\S+\s+[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)", self.readelf("--sections")))
        # What the compiler's start-up files have, and pointers into ourselves.
        for name in (".data", ".bss", ".tdata", ".tbss"):
            self.assertLessEqual(int(sections.get(name, "0"), 16), 8, name)

    def test_protocol_is_declared_without_anything_of_ours(self):
        with open(os.environ["COFFER_PAM_PROTOCOL"]) as file:
            self.assertEqual(re.findall(r'#include "(.*)"', file.read()), [])


def copy_for_user():
    """Where the user can reach them: a checkout may be in root's home."""
    top = tempfile.mkdtemp(dir="/run/test")
    os.chmod(top, 0o755)
    for variable in ("COFFER_PAM_MODULE", "COFFER_PAM_DRIVER", "COFFER_PAM_FAKE"):
        os.environ[variable] = shutil.copy(os.environ[variable], top)
    for name in ("cofferd", "coffer-vault", "coffer-frontend"):
        shutil.copy(f"{os.environ['COFFER_BIN']}/{name}", top)
    os.environ["COFFER_BIN"] = top


if __name__ == "__main__":
    isolate()
    set_up_system()
    copy_for_user()
    unittest.main(verbosity=2)
