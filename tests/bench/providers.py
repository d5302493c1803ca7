"""The Secret Services that are compared, each on a private bus of its own, and the collections that they start with."""

import contextlib
import glob
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
import harness  # noqa: E402

PASSWORD = "bench"
NAME = "org.freedesktop.secrets"
SERVICE = "/org/freedesktop/secrets"
LOGIN = f"{SERVICE}/collection/login"


class NotThere(Exception):
    """This provider cannot be measured here; says why."""


class Collections:
    """The same items for everyone: Coffer makes them once for each size, and exports them into the others' formats."""

    def __init__(self, binaries, folder):
        self.binaries, self.folder = binaries, folder

    def of(self, items, form="coffer"):
        """A data directory of Coffer's, or the file in the format v0 or v1."""
        made = f"{self.folder}/{items}.{form}"
        if os.path.exists(made):
            return made
        home = harness.Home(self.binaries, "")
        try:
            if form != "coffer":
                shutil.copytree(self.of(items), home.data)
            home.start(password=PASSWORD)
            if form == "coffer":
                home.run(f"{self.binaries}/coffer-bench", "fill", LOGIN, str(items), check=True, timeout=3600)
                home.stop()
                shutil.copytree(home.data, made)
            else:
                home.run(f"{self.binaries}/coffer", "export", "--format", form, made, "login",
                         input=f"{PASSWORD}\n".encode(), check=True, timeout=3600)
        finally:
            home.close()
        return made


class Provider:
    """One running provider, or one between two runs, with a collection of `items` items."""

    name = ""
    password = PASSWORD
    can_unlock = True  # by UnlockWithMasterPassword

    def __init__(self, options, collections, items):
        self.items = items
        self.home = harness.Home(options.bin, "")
        self.process = None
        try:
            self.prepare(collections)
            self.start(self.password)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def program(options):
        """What to run; None where it is not installed."""

    def prepare(self, collections):
        """Puts the collection where the provider looks for it."""

    def command(self, password):
        raise NotImplementedError

    def start(self, password=None):
        """Starts it. The seconds until it owned its name, and, with the password, until it served its last item."""
        from jeepney import DBusAddress, MatchRule, new_method_call
        with self.home.connect() as bus:
            daemon = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
            rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
            bus.send_and_get_reply(new_method_call(daemon, "AddMatch", "s", (rule.serialise(),)))
            with bus.filter(rule, bufsize=100) as signals:
                begin = time.monotonic()
                self.process = self.launch(password)
                try:
                    while bus.recv_until_filtered(signals, timeout=60).body[0] != NAME:
                        pass
                except TimeoutError:
                    raise NotThere(f"{self.name} did not take its name") from None
                owned = time.monotonic() - begin
        if password is not None and not harness.wait_for(self.serves, 120):
            raise NotThere(f"{self.name} does not serve its {self.items} items")
        return owned, time.monotonic() - begin

    def launch(self, password):
        process = subprocess.Popen(self.command(password), env=self.home.environment, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        process.stdin.write((password or "").encode())
        process.stdin.close()
        return process

    def serves(self):
        try:
            with self.home.connect() as bus:
                return self.is_filled(bus)
        except NotThere:
            return False

    def is_filled(self, bus):
        """Whether the last item is found, and is unlocked."""
        return bool(self.call(bus, SERVICE, "org.freedesktop.Secret.Service", "SearchItems", "a{ss}",
                              ({"number": str(self.items - 1)},))[0])

    def collection(self):
        with self.home.connect() as bus:
            path = self.call(bus, SERVICE, "org.freedesktop.Secret.Service", "ReadAlias", "s", ("default",))[0]
        return LOGIN if path == "/" else path

    @staticmethod
    def call(bus, path, interface, method, signature, body):
        """The answer's values; NotThere when it is an error."""
        from jeepney import DBusAddress, MessageType, new_method_call
        message = new_method_call(DBusAddress(path, NAME, interface), method, signature, body)
        reply = bus.send_and_get_reply(message, timeout=600)
        if reply.header.message_type == MessageType.error:
            raise NotThere(f"{method}: {reply.body}")
        return reply.body

    def unlock(self):
        """Seconds that the collection's password takes to unlock it."""
        collection = self.collection()
        with self.home.connect() as bus:
            session = self.call(bus, SERVICE, "org.freedesktop.Secret.Service", "OpenSession", "sv",
                                ("plain", ("s", "")))[1]
            begin = time.monotonic()
            self.call(bus, SERVICE, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface",
                      "UnlockWithMasterPassword", "o(oayays)",
                      (collection, (session, b"", self.password.encode(), "text/plain")))
            return time.monotonic() - begin

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def close(self):
        self.stop()
        self.home.close()

    def processes(self):
        """Everything that was started for it."""
        parents = {int(entry): harness.parent_of(entry) for entry in os.listdir("/proc") if entry.isdigit()}
        found = {self.process.pid}
        while True:
            more = {child for child, parent in parents.items() if parent in found} - found
            if not more:
                return found
            found |= more

    def pss(self):
        """Proportional memory of all its processes, in KiB; None when they may not be looked into."""
        total = 0
        for pid in self.processes():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as file:
                    total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
            except OSError:
                return None
        return total

    def switches(self):
        """thread -> how often it went to sleep or was put aside, so far."""
        found = {}
        for pid in self.processes():
            for path in glob.glob(f"/proc/{pid}/task/*/status"):
                with contextlib.suppress(OSError), open(path) as file:
                    found[path] = sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)
        return found


class Coffer(Provider):
    name = "Coffer"

    @staticmethod
    def program(options):
        return f"{options.bin}/cofferd"

    def prepare(self, collections):
        shutil.copytree(collections.of(self.items), self.home.data)

    def command(self, password):
        return [f"{self.home.binaries}/cofferd"] + (["--login"] if password is not None else [])


class GnomeKeyring(Provider):
    name = "gnome-keyring"

    @staticmethod
    def program(options):
        return shutil.which("gnome-keyring-daemon")

    def prepare(self, collections):
        folder = f"{self.home.environment['XDG_DATA_HOME']}/keyrings"
        os.makedirs(folder, mode=0o700)
        shutil.copy(collections.of(self.items, "v0"), f"{folder}/login.keyring")
        with open(f"{folder}/default", "w") as file:
            file.write("login")

    def command(self, password):
        return ["gnome-keyring-daemon", "--foreground", "--components=secrets"] + (
            ["--unlock"] if password is not None else [])


class Oo7(Provider):
    name = "oo7"
    path = None

    @staticmethod
    def program(options):
        Oo7.path = options.oo7 or shutil.which("oo7-daemon") or shutil.which("/usr/libexec/oo7-daemon")
        return Oo7.path

    def prepare(self, collections):
        folder = f"{self.home.environment['XDG_DATA_HOME']}/keyrings/v1"
        os.makedirs(folder, mode=0o700)
        shutil.copy(collections.of(self.items, "v1"), f"{folder}/login.keyring")

    def command(self, password):
        # It gives up root's capabilities in one thread and not in the other, and falls over that.
        as_root = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
        return [*as_root, self.path] + (["--login"] if password is not None else [])


class KWallet(Provider):
    """As PAM starts it: with the key of the wallet on a pipe, and the environment on a socket."""

    name = "KWallet"
    salt = b"s" * 56
    can_unlock = False

    @staticmethod
    def program(options):
        return shutil.which("kwalletd5")

    def prepare(self, collections):
        self.make_wallet()
        self.start(self.password)
        self.home.run(f"{self.home.binaries}/coffer-bench", "fill", self.collection(), str(self.items), check=True,
                      timeout=120)
        self.stop()

    def make_wallet(self):
        """An empty one, whose programs may all do what they want."""
        environment = self.home.environment
        environment |= {"QT_QPA_PLATFORM": "offscreen", "PAM_KWALLET5_LOGIN": "yes"}
        with open(f"{environment['XDG_CONFIG_HOME']}/kwalletrc", "w") as file:
            file.write("[Wallet]\nFirst Use=false\nEnabled=true\nUse One Wallet=true\nDefault Wallet=kdewallet\n"
                       "Prompt on Open=false\n[Auto Allow]\nkdewallet=coffer-bench,org.freedesktop.secrets,python3\n"
                       "[org.freedesktop.secrets]\napiEnabled=true\n")
        folder = f"{environment['XDG_DATA_HOME']}/kwalletd"
        os.makedirs(folder, mode=0o700)
        with open(f"{folder}/kdewallet.salt", "wb") as file:
            file.write(self.salt)
        self.start()  # makes the wallet, which is shown from the next start on
        if not harness.wait_for(lambda: any(os.path.getsize(file) for file in glob.glob(f"{folder}/*.kwl"))):
            raise NotThere("KWallet makes no wallet")
        self.stop()

    def launch(self, password):
        key = hashlib.pbkdf2_hmac("sha512", self.password.encode(), self.salt, 50_000, 56)
        read, write = os.pipe()
        os.write(write, key)
        os.close(write)
        path = f"{self.home.top}/kwallet-socket"
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
            listener.bind(path)
            listener.listen()
            process = subprocess.Popen(["kwalletd5", "--pam-login", str(read), str(listener.fileno())],
                                       env=self.home.environment, pass_fds=[read, listener.fileno()],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            client.connect(path)
            for key, value in self.home.environment.items():
                client.sendall(f"{key}={value}\n".encode())
        os.close(read)
        os.unlink(path)
        return process

    def is_filled(self, bus):
        """Whether the wallet is there, and open: as it is for PAM, once somebody has asked for it."""
        prompt = self.call(bus, SERVICE, "org.freedesktop.Secret.Service", "Unlock", "ao", ([self.collection()],))[1]
        if prompt != "/":
            self.call(bus, prompt, "org.freedesktop.Secret.Prompt", "Prompt", "s", ("",))
        return self.call(bus, self.collection(), "org.freedesktop.DBus.Properties", "Get", "ss",
                         ("org.freedesktop.Secret.Collection", "Locked"))[0] == ("b", False)

    def collection(self):
        return f"{SERVICE}/collection/kdewallet"


ALL = (Coffer, GnomeKeyring, Oo7, KWallet)
