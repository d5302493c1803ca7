"""Coffer beside other Secret Services, on equal terms: the same load generator, a private bus each.

Secrets cross plain sessions, 32 bytes each. All providers and sizes take turns in short slices, and in a slice
all operations do, so that each sees the same machine. Every time is also given as a ratio to Ping, which is what
any answer through the bus costs at least. Memory is measured with one provider running alone."""

import argparse
import contextlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
import harness  # noqa: E402

OPERATIONS = ("Ping", "OpenSession-plain", "OpenSession-dh", "SearchItems", "GetSecret", "CreateItem", "Replace")
SLICE = 10  # rounds in one turn
MEMORY_ITEMS = 100
LOGIN = "/org/freedesktop/secrets/collection/login"


def descendants(pid):
    parents = {int(entry): harness.parent_of(entry) for entry in os.listdir("/proc") if entry.isdigit()}
    found = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def pss_of(pid):
    """Proportional memory of a process and its descendants, in KiB; None when they may not be looked into."""
    total = 0
    for each in descendants(pid):
        try:
            with open(f"/proc/{each}/smaps_rollup") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            return None
    return total


@contextlib.contextmanager
def running(name, command, binaries):
    """A provider on a private bus, with its login collection unlocked."""
    home = harness.Home(binaries, "")
    try:
        if command is None:
            home.start(password="bench")
            process = home.daemon
        else:
            process = subprocess.Popen(command, env=home.environment, stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            process.stdin.write(b"bench")
            process.stdin.close()
            owned = lambda: home.run("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", LOGIN,
                                     "org.freedesktop.DBus.Peer.Ping").returncode == 0
            if not harness.wait_for(owned, 10):
                raise RuntimeError(f"{name} does not answer")
        yield home, process
        if command is not None:
            process.kill()
            process.wait()
    finally:
        home.close()


class Load:
    """A load generator, which has filled the provider's collection and waits for its turn."""

    def __init__(self, home, options, name, items):
        self.name, self.items = name, items
        self.process = subprocess.Popen([f"{options.bin}/coffer-bench", LOGIN, str(items)], env=home.environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.wait()

    def wait(self):
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit(f"{self.name} with {self.items} items: the load generator failed")

    def turn(self, rounds):
        self.process.stdin.write(f"{rounds}\n")
        self.process.stdin.flush()
        self.wait()

    def finish(self):
        """operation -> [p50, p95] in microseconds."""
        lines = self.process.communicate()[0].splitlines()
        return {line.split()[0]: [float(value) for value in line.split()[1:]] for line in lines}


def progress(text):
    print(text, file=sys.stderr, flush=True)


def times_of(providers, options):
    sizes = [int(size) for size in options.items.split(",")]
    with contextlib.ExitStack() as stack:
        loads = []
        for items in sizes:
            for name, command in providers.items():
                if command is not None and items > options.others_up_to:
                    continue
                progress(f"filling {name} with {items} items")
                home, _ = stack.enter_context(running(name, command, options.bin))
                loads.append(Load(home, options, name, items))
        progress(f"measuring, {options.rounds} rounds")
        for _ in range(0, options.rounds, SLICE):
            for load in loads:
                load.turn(SLICE)
        return [{"provider": load.name, "items": load.items, "microseconds": load.finish()} for load in loads]


def memory_of(providers, options):
    """provider -> PSS in KiB with MEMORY_ITEMS items, after some use."""
    found = {}
    for name, command in providers.items():
        with running(name, command, options.bin) as (home, process):
            load = Load(home, options, name, MEMORY_ITEMS)
            load.turn(SLICE)
            found[name] = pss_of(process.pid)
            load.finish()
    return found


def table(results):
    by = {(r["provider"], r["items"]): r for r in results}
    providers = list(dict.fromkeys(r["provider"] for r in results))
    print(f"{'operation':<18} {'items':>6}  " + "  ".join(f"{name:>34}" for name in providers))
    print(f"{'':<18} {'':>6}  " + "  ".join([f"{'p50 µs':>11} {'p95 µs':>11} {'× Ping':>10}"] * len(providers)))
    for operation in OPERATIONS:
        for items in sorted({r["items"] for r in results}):
            cells = []
            for provider in providers:
                result = by.get((provider, items))
                if result is None:
                    cells.append(f"{'–':>11} {'–':>11} {'–':>10}")
                    continue
                median, late = result["microseconds"][operation]
                cells.append(f"{median:>11.0f} {late:>11.0f} {median / result['microseconds']['Ping'][0]:>10.2f}")
            print(f"{operation:<18} {items:>6}  " + "  ".join(cells))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--items", default="10,100,1000,10000", help="sizes of the collection (%(default)s)")
    parser.add_argument("--rounds", type=int, default=300, help="measurements of each operation (%(default)s)")
    parser.add_argument("--others-up-to", type=int, default=1000,
                        help="largest collection for the other providers, which get slow (%(default)s)")
    parser.add_argument("--provider", action="append", default=[], metavar="NAME=COMMAND",
                        help="one more provider; it gets the login password on standard input")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    providers = {"Coffer": None}
    if os.path.exists("/usr/bin/gnome-keyring-daemon"):
        providers["gnome-keyring"] = ["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"]
    for extra in options.provider:
        name, _, command = extra.partition("=")
        providers[name] = command.split()
    memory = memory_of(providers, options)
    results = times_of(providers, options)
    table(results)
    for name, size in memory.items():
        print(f"memory (PSS) of {name} with {MEMORY_ITEMS} items: " + (f"{size} KiB" if size else "root sees it"))
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"pss_kib": memory, "times": results}, file, indent=1)


if __name__ == "__main__":
    main()
