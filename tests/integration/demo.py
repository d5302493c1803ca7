"""A secret's whole road, shown to a person: what `./dev run` does."""

import argparse
import os
import pwd
import secrets
import subprocess
import sys

import harness

TOUCHES = {
    "cofferd": "its data directory; starts the other two",
    "coffer-vault": "nothing: the descriptors it was born with",
    "coffer-frontend": "the session bus it is connected to",
}
COLOURS = sys.stdout.isatty()


def paint(text, code):
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


def step(what, detail=""):
    print(f"  {paint('✓', 32)} {what}" + (f"  {paint(detail, 2)}" if detail else ""), flush=True)


def expect(condition, what):
    if not condition:
        print(f"  {paint('✗', 31)} {what}", flush=True)
        sys.exit(1)


class Here(harness.Home):
    """The user's own bus and home."""

    def __init__(self, binaries):
        self.binaries = binaries
        self.environment = dict(os.environ)
        self.top = None
        self.bus = None
        self.daemon = None
        runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
        self.environment.setdefault("DBUS_SESSION_BUS_ADDRESS", f"unix:path={runtime}/bus")
        self.log_path = f"{runtime}/coffer-run.log"

    def close(self):
        self.stop()
        if os.path.exists(self.log_path):
            os.unlink(self.log_path)


def status_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def kind_of_lock(pid):
    """How the kernel says memory is locked; the mappings of these processes are root's to see."""
    try:
        with open(f"/proc/{pid}/smaps") as file:
            return "memfd_secret" if "secretmem" in file.read() else "mlock"
    except OSError:
        return None


def process_table(home, log):
    rows = [("process", "pid", "seccomp", "privileges", "capabilities", "locked memory", "may touch")]
    for name, pid in [("cofferd", home.daemon.pid), *sorted(home.both_children().items())]:
        status = status_of(pid)
        locked = status.get("VmLck", "0 kB").strip()
        kind = kind_of_lock(pid) or ("memfd_secret" if "memfd_secret" in log else "mlock")
        rows.append((name, str(pid), {"0": "none", "1": "strict", "2": "filter, kills"}[status["Seccomp"].strip()],
                     "none to gain" if status["NoNewPrivs"].strip() == "1" else "can gain",
                     "none" if int(status["CapEff"], 16) == 0 else status["CapEff"].strip(),
                     f"{locked} ({kind})" if not locked.startswith("0 ") else "none", TOUCHES[name]))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    print()
    for number, row in enumerate(rows):
        line = "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        print(paint(line, 1) if number == 0 else line)
    print()


def show(home, here):
    attributes = ("application", "coffer-demonstration")
    password = secrets.token_urlsafe(16)
    if here:
        import getpass
        password = getpass.getpass("Password of your login collection (a new one is made when there is none): ")
    secret = secrets.token_urlsafe(12)

    home.start(password=password)
    step("cofferd started, the login collection is unlocked", "password on standard input, read by the vault alone")
    try:
        result = home.secret_tool("store", "--label=Demonstration", *attributes, secret=secret)
        expect(result.returncode == 0, f"secret-tool store failed: {result.stderr.decode()}")
        step("secret-tool stored a secret", f"{' '.join(attributes)}")
        found = home.secret_tool("search", "--all", *attributes)
        expect(secret.encode() in found.stdout, "secret-tool search did not find it")
        step("secret-tool found it", (found.stdout + found.stderr).decode().split("\n")[0])

        home.secret_tool("lock", "--collection=login")
        looked = home.secret_tool("lookup", *attributes)
        expect(secret.encode() not in looked.stdout, "a locked secret was read")
        step("secret-tool locked the collection; the secret is out of reach")
        denied = harness.unlock(home.connect(), password + "x")
        expect(denied == "org.gnome.keyring.Error.Denied", f"a wrong password was answered with {denied}")
        step("a wrong password was refused")
        expect(harness.unlock(home.connect(), password) is None, "the right password was refused")
        step("the right one unlocked it", "sent encrypted to the vault, through the frontend")

        expect(home.stop() == 0, "cofferd did not end cleanly")
        step("cofferd ended")
        home.start(password=password)
        step("cofferd started again")
        looked = home.secret_tool("lookup", *attributes)
        expect(looked.stdout == secret.encode(), "the secret did not come back")
        step("secret-tool read the secret back", "it was durable before it was acknowledged")
        process_table(home, home.log())
    finally:
        if home.daemon and home.daemon.poll() is None:
            home.secret_tool("clear", *attributes)


def main():
    parser = argparse.ArgumentParser(prog="./dev run", description=__doc__)
    parser.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--here", action="store_true", help="on your own session bus and in your own home")
    options = parser.parse_args()
    if os.geteuid() == 0 and not options.here:
        nobody = pwd.getpwnam("nobody")  # an ordinary user that is always there
        options.bin = harness.reachable(options.bin, nobody)
        harness.become(nobody)
    where = "on your own bus and home" if options.here else "on a private bus, in a throw-away home"
    print(f"\nCoffer, {where}, as user {pwd.getpwuid(os.geteuid()).pw_name}:\n", flush=True)
    home = Here(options.bin) if options.here else harness.Home(options.bin, "")
    try:
        show(home, options.here)
    except AssertionError as error:
        expect(False, str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        home.close()
    print("  Everything was stopped" + ("." if options.here else ", and nothing is left behind.") + "\n")


if __name__ == "__main__":
    main()
