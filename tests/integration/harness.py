"""A private session bus, a throw-away home, and Coffer in it: for tests and for the demonstration."""

import atexit
import contextlib
import json
import os
import pty
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

BUS_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""
HERE = os.path.dirname(os.path.abspath(__file__))
CHEAP_KEYS = "[kdf]\npasses = 1\nmemory-kib = 8192\n"
root = None
CHILDREN = ("coffer-vault", "coffer-frontend")


def wait_for(condition, seconds=20):
    """Polls until `condition` gives something true, and returns it; None when time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    return None


def name_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            text = stat.read()
    except OSError:
        return None
    state = text[text.rindex(")") + 2]
    return None if state in "ZX" else text[text.index("(") + 1:text.rindex(")")]


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            text = stat.read()
    except OSError:
        return None
    return int(text[text.rindex(")") + 2:].split()[1])


def listens(path):
    """A socket's name is there before it takes connections."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(path) == 0


def start_bus(program, configuration, path, environment):
    """dbus-daemon, or dbus-broker-launch, which takes its socket as systemd passes one, and logs to the journal."""
    if program == "dbus-daemon":
        return subprocess.Popen([program, f"--config-file={configuration}", "--nofork"], env=environment,
                                stderr=subprocess.DEVNULL)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        return subprocess.Popen(
            ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" --scope user --config-file "$1"', program, configuration],
            env=environment, stderr=subprocess.DEVNULL, pass_fds=(3,), preexec_fn=lambda: os.dup2(listening.fileno(), 3))


class Home:
    """A home directory and a bus of its own. What was started is stopped, what was made is removed."""
    bus_program = "dbus-daemon"

    def __init__(self, binaries, configuration=CHEAP_KEYS):
        self.binaries = binaries
        self.top = tempfile.mkdtemp(prefix="coffer-")
        self.environment = {
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": f"{self.top}/home",
            "XDG_RUNTIME_DIR": f"{self.top}/run", "XDG_DATA_HOME": f"{self.top}/home/data",
            "XDG_CONFIG_HOME": f"{self.top}/home/config",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.top}/run/bus", "FLATPAK_CONFIG_DIR": f"{self.top}/flatpak-etc",
        }
        for key in ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            os.makedirs(self.environment[key], mode=0o700)
        self.data = f"{self.environment['XDG_DATA_HOME']}/coffer"
        if "DISPLAY" in os.environ:
            self.environment["DISPLAY"] = os.environ["DISPLAY"]
        self.configure(configuration)
        configuration_file = f"{self.top}/bus.conf"
        with open(configuration_file, "w") as file:
            file.write(BUS_CONFIGURATION.format(socket=f"{self.top}/run/bus"))
        self.bus = start_bus(self.bus_program, configuration_file, f"{self.top}/run/bus", self.environment)
        self.log_path = f"{self.top}/log"
        self.daemon = None
        assert wait_for(lambda: listens(f"{self.top}/run/bus")), "no bus"

    def configure(self, text):
        os.makedirs(f"{self.environment['XDG_CONFIG_HOME']}/coffer", exist_ok=True)
        with open(f"{self.environment['XDG_CONFIG_HOME']}/coffer/coffer.toml", "w") as file:
            file.write(text)

    def launch(self, *arguments, password=None, extra=None, wrapper=(), before=None, pass_fds=()):
        """Starts cofferd without waiting for it; `wrapper` is a command that ends in running it in its own process,
        `before` is called in that process first."""
        command = [*wrapper, f"{self.binaries}/cofferd", *arguments] + (["--login"] if password is not None else [])
        with open(self.log_path, "ab") as log:
            daemon = subprocess.Popen(command, env=self.environment | (extra or {}), stdin=subprocess.PIPE, stderr=log,
                                      preexec_fn=before, pass_fds=pass_fds)
        with contextlib.suppress(BrokenPipeError):
            daemon.stdin.write((password or "").encode())
            daemon.stdin.close()
        return daemon

    def start(self, *arguments, password="correct horse", **more):
        """Starts cofferd, and waits until it serves and, with a password, the login was tried."""
        self.forget_log()
        self.daemon = self.launch(*arguments, password=password, **more)
        wanted = "ready: serving" if password is None else "login:"
        found = wait_for(lambda: (wanted in self.log() and "ready: serving" in self.log()) or self.daemon.poll() is not None)
        assert found and self.daemon.poll() is None, f"cofferd did not start:\n{self.log()}"
        return self

    def stop(self):
        """Ends cofferd with SIGTERM; its exit status."""
        daemon, self.daemon = self.daemon, None
        if daemon is None:
            return None
        daemon.terminate()
        return daemon.wait(10)

    def kill_all(self):
        """Kills cofferd and waits until what it started is gone too."""
        if self.daemon:
            self.daemon.send_signal(signal.SIGSTOP)  # it starts nobody any more
            started = self.started()
            self.daemon.kill()
            self.daemon.wait()
            self.daemon = None
            assert wait_for(lambda: all(name_of(pid) is None for pid in started)), "children live on"

    def close(self):
        with contextlib.suppress(Exception):
            self.stop()
        if self.daemon:
            self.daemon.kill()
        self.bus.terminate()
        self.bus.wait()
        shutil.rmtree(self.top, ignore_errors=True)

    def log(self):
        try:
            with open(self.log_path, errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def forget_log(self):
        open(self.log_path, "w").close()

    def offspring(self):
        """name -> pid of all that cofferd started and that lives."""
        found = {name_of(pid): pid for pid in self.started()}
        found.pop(None, None)
        return found

    def started(self):
        """Processes that cofferd started, and did not wait for yet."""
        pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
        return [pid for pid in pids if self.daemon and parent_of(pid) == self.daemon.pid]

    def children(self):
        """Of these, the vault and the frontend."""
        return {name: pid for name, pid in self.offspring().items() if name in CHILDREN}

    def both_children(self, except_pids=()):
        """Waits until both children live, and neither is one of `except_pids`."""
        def ready():
            found = self.children()
            return found if len(found) == 2 and not set(found.values()) & set(except_pids) else None
        found = wait_for(ready)
        assert found, f"the children are not there:\n{self.log()}"
        return found

    def run(self, *command, **options):
        options.setdefault("capture_output", True)
        options.setdefault("timeout", 60)
        return subprocess.run(command, env=self.environment, **options)

    def run_on_terminal(self, program, *arguments, typed=()):
        """Runs a program on a terminal of its own, and types each second word when the one before it was shown; its
        exit status and all that was shown."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(program, [program, *arguments], self.environment | {"TERM": "xterm"})
        shown, seen = b"", 0
        try:
            for awaited, answer in zip(typed[::2], typed[1::2]):
                while awaited.encode() not in shown[seen:]:
                    shown += os.read(terminal, 1024)
                seen = len(shown)
                os.write(terminal, answer.encode())
            while chunk := os.read(terminal, 1024):
                shown += chunk
        except OSError:  # the other side is closed
            pass
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def secret_tool(self, *arguments, secret=None):
        """Runs secret-tool; `secret` is its standard input."""
        data = secret.encode() if isinstance(secret, str) else secret
        return self.run("secret-tool", *arguments, input=data)

    def connect(self):
        from jeepney.io.blocking import open_dbus_connection
        return open_dbus_connection(self.environment["DBUS_SESSION_BUS_ADDRESS"])


class CofferTest(unittest.TestCase):
    """One home for each test."""

    configuration = CHEAP_KEYS

    def setUp(self):
        self.home = Home(os.environ["COFFER_BIN"], self.configuration)
        self.addCleanup(self.home.close)
        self.script, self.shown = f"{self.home.top}/script", f"{self.home.top}/shown"

    def store(self, secret, **attributes):
        words = [word for pair in attributes.items() for word in pair]
        return self.home.secret_tool("store", "--label=a label", *words, secret=secret)

    def lookup(self, **attributes):
        words = [word for pair in attributes.items() for word in pair]
        return self.home.secret_tool("lookup", *words)

    def collection(self, connection=None):
        import secretstorage
        connection = connection or self.home.connect()
        self.addCleanup(connection.close)
        return secretstorage.Collection(connection, "/org/freedesktop/secrets/collection/login")

    def person(self, *answers, program="prompter.py"):
        """Starts a prompter whose person gives these answers."""
        with open(self.script, "w") as file:
            file.writelines(json.dumps(answer) + "\n" for answer in answers)
        prompter = subprocess.Popen(["/usr/bin/python3", "-B", f"{HERE}/{program}", self.script, self.shown],
                                    env=self.home.environment, stdout=subprocess.PIPE, text=True)
        self.addCleanup(prompter.wait)
        self.addCleanup(prompter.stdout.close)
        self.addCleanup(prompter.kill)
        self.assertEqual(prompter.stdout.readline(), "ready\n")
        return prompter

    def questions(self):
        """What the person was asked."""
        if not os.path.exists(self.shown):
            return []
        with open(self.shown) as file:
            return [json.loads(line) for line in file]

    def screen(self):
        """Starts an X server without a screen; its display."""
        read, write = os.pipe()
        server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1200x800x24"],
                                  pass_fds=[write], stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        os.close(write)
        with os.fdopen(read) as display:
            return f":{display.readline().strip()}"

    def unlock(self, password="correct horse"):
        """Unlocks `login` through an encrypted session; the D-Bus error's name when it is refused."""
        return unlock(self.home.connect(), password)


def create_collection(connection, label, password):
    """Creates a collection through an encrypted session; its path."""
    from jeepney import DBusAddress, new_method_call
    from secretstorage.util import format_secret, open_session
    internal = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets",
                           "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")
    properties = {"org.freedesktop.Secret.Collection.Label": ("s", label)}
    secret = format_secret(open_session(connection), password.encode(), "text/plain")
    reply = connection.send_and_get_reply(
        new_method_call(internal, "CreateWithMasterPassword", "a{sv}(oayays)", (properties, secret)), timeout=60)
    return reply.body[0]


def unlock(connection, password, collection="/org/freedesktop/secrets/collection/login"):
    from jeepney import DBusAddress, MessageType, new_method_call
    from secretstorage.util import format_secret, open_session
    internal = DBusAddress("/org/freedesktop/secrets", "org.freedesktop.secrets",
                           "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")
    secret = format_secret(open_session(connection), password.encode(), "text/plain")
    reply = connection.send_and_get_reply(
        new_method_call(internal, "UnlockWithMasterPassword", "o(oayays)", (collection, secret)), timeout=60)
    if reply.header.message_type == MessageType.error:
        return reply.header.fields[4]
    return None


def reachable(path, user):
    """`path`, or, where the user cannot reach it (a checkout in root's home), a copy that they can; run as root."""
    can = subprocess.run(["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "test", "-r", path])
    if can.returncode == 0:
        return path
    copy = tempfile.mkdtemp(prefix="coffer-bin-")
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    os.chown(copy, user.pw_uid, user.pw_gid)
    if os.path.isdir(path):
        return shutil.copytree(path, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("unit_*", "fuzz_*"))
    return shutil.copy(path, copy)


def become(user):
    """Gives up root for good."""
    os.setgroups([user.pw_gid])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.chdir("/")


def drop_to_ordinary_user():
    """root runs the tests as an ordinary user, made for them, because that is who uses Coffer."""
    if os.geteuid() != 0:
        return
    try:
        user = pwd.getpwnam("coffer-test")
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "coffer-test"],
                       check=True, stdout=subprocess.DEVNULL)
        user = pwd.getpwnam("coffer-test")
    for variable in ("COFFER_BIN", "COFFER_FAULTS", "COFFER_FOREIGN_FILES", "COFFER_KNOWN", "COFFER_CARGO"):
        if variable in os.environ:
            os.environ[variable] = reachable(os.environ[variable], user)
    become(user)
    os.environ["HOME"] = "/nonexistent"


def main(with_root=None):
    """Runs the tests; `with_root`: what a part of the test that stays root does, given one end of a socket. The other
    end is harness.root; None when the tests were not started by root."""
    global root
    if with_root and os.geteuid() == 0:
        root, theirs = socket.socketpair()
        if os.fork() == 0:
            root.close()
            with_root(theirs)
            os._exit(0)
        theirs.close()
    drop_to_ordinary_user()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    unittest.main(verbosity=2)
