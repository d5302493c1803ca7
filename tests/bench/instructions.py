"""What an operation costs each of Coffer's processes in instructions and in system calls: counts, not times, so that a
regression is seen on a busy machine too.

The real programs run on a private bus with a real store, without their sandboxes (valgrind makes system calls of its own;
the programs are linked for this with tests/bench/open_sandbox.cc, and are never installed). An operation's cost is the
difference between a run that does it many times and one that does not, divided by the number of times. Counts repeat
within about 1 %. They depend on the compiler, on the versions of libdbus, libsodium, SQLite, GMP and the C library, and
on the processor's vector instructions, which the libraries choose their code by: the baseline says what it was made
with."""

import argparse
import collections
import contextlib
import glob
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from providers import LOGIN, PASSWORD, harness

BASELINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.json")
PROCESSES = {"coffer-frontend": "frontend", "coffer-vault": "vault", "cofferd": "broker"}
# name: the load generator's operation, how often it is done in a run, and for how many items each time
OPERATIONS = {
    "Ping": ("Ping", 200, 1),
    "OpenSession (DH), Close": ("OpenSession-dh", 100, 1),
    "SearchItems": ("SearchItems", 200, 1),
    "GetSecret": ("GetSecret", 200, 1),
    "GetSecret (DH)": ("GetSecret-dh", 200, 1),
    "GetSecrets, each of 100": ("GetSecrets", 5, 100),
    "GetAll, each of 100": ("GetAll", 5, 100),
    "CreateItem, Delete": ("CreateItem", 100, 1),
    "Replace": ("Replace", 100, 1),
}
ITEMS = 100
LIBRARIES = ("gcc", "libc6", "libstdc++6", "libdbus-1-3", "libsodium23", "libsqlite3-0", "libgmp10", "valgrind")


def children_of(parent):
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit() and harness.parent_of(entry) == parent]


class Counter:
    """Runs Coffer under a tool, and reads what the tool counted."""

    def __init__(self, options, data):
        self.options, self.data = options, data

    def run(self, tool, operation, count):
        """process -> what `tool` counted in one run."""
        home = harness.Home(f"{self.options.bin}/counted")
        folder = f"{home.top}/counts"
        os.mkdir(folder)
        try:
            shutil.copytree(self.data, home.data)
            # Unlocked when all is ready: a login may come before or after the frontend, which tells the bus or not.
            home.start(password=None, wrapper=tool.command(folder))
            with home.connect() as bus:
                if why := harness.unlock(bus, PASSWORD):
                    raise SystemExit(f"the collection is not unlocked: {why}")
            with subprocess.Popen([f"{self.options.bin}/coffer-bench", "load", LOGIN], env=home.environment,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
                answer = load.communicate(f"{operation} {count}\n")[0].splitlines()
            if len(answer) != 2 or answer[1].startswith("error"):
                raise SystemExit(f"{operation}: {answer}")
            tool.stop(home)
            if self.options.keep:
                shutil.copytree(folder, f"{self.options.keep}/{tool.name}/{operation}-{count}")
            return tool.read(folder)
        finally:
            home.close()


class Instructions:
    name = "instructions"

    @staticmethod
    def command(folder):
        return ["valgrind", "--tool=callgrind", "--trace-children=yes", "-q", f"--callgrind-out-file={folder}/%p"]

    @staticmethod
    def stop(home):
        """Ends the broker by a signal that it leaves alone: told to end, it would give the others too little time to
        write their counts, and they end by themselves when it is gone."""
        others = children_of(home.daemon.pid)
        home.daemon.send_signal(signal.SIGUSR1)
        home.daemon.wait()
        home.daemon = None
        if not harness.wait_for(lambda: not any(harness.name_of(pid) for pid in others), 60):
            raise SystemExit("Coffer does not end")

    @staticmethod
    def read(folder):
        counts = collections.Counter()
        for path in glob.glob(f"{folder}/*"):
            with open(path) as file:
                text = file.read()
            command = re.search(r"^cmd: +(\S+)", text, re.M)
            total = re.search(r"^totals: (\d+)", text, re.M)
            if not command or not total:
                continue  # of a helper of the broker's that was not done writing
            process = PROCESSES[os.path.basename(command.group(1))]
            # These helpers are forks of the broker, and have no part in the operations.
            counts[process] = max(counts[process], int(total.group(1)))
        if len(counts) != len(PROCESSES):
            raise SystemExit(f"only {', '.join(counts)} left counts behind")
        return counts


class SystemCalls:
    name = "system calls"

    @staticmethod
    def command(folder):
        return ["strace", "-qq", "-ff", "-o", f"{folder}/trace"]

    @staticmethod
    def stop(home):
        for pid in children_of(home.daemon.pid):  # strace itself does not listen
            os.kill(pid, signal.SIGTERM)
        home.daemon.wait()
        home.daemon = None

    @staticmethod
    def read(folder):
        counts = collections.Counter()
        for path in glob.glob(f"{folder}/trace.*"):
            with open(path, errors="replace") as file:
                lines = file.readlines()
            started = [line for line in lines if line.startswith("execve(") and line.rstrip().endswith("= 0")]
            if started:
                program = os.path.basename(re.search(r'execve\("([^"]+)"', started[-1]).group(1))
                counts[PROCESSES[program]] += len(lines)
        return counts


def count_all(options):
    """operation -> process -> {"instructions": n, "system calls": n}, for one operation."""
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(tempfile.TemporaryDirectory(prefix="coffer-counts-"))
        home = harness.Home(f"{options.bin}/counted")
        stack.callback(home.close)
        home.start(password=PASSWORD)
        home.run(f"{options.bin}/coffer-bench", "fill", LOGIN, str(ITEMS), check=True)
        home.stop()
        shutil.copytree(home.data, f"{made}/data")
        counter = Counter(options, f"{made}/data")
        found = collections.defaultdict(lambda: collections.defaultdict(dict))
        for tool in (Instructions, SystemCalls):
            print(f"counting {tool.name}", file=sys.stderr, flush=True)
            before = counter.run(tool, "Ping", 0)
            for name, (operation, count, items) in OPERATIONS.items():
                after = counter.run(tool, operation, count)
                for process in PROCESSES.values():
                    each = max(after[process] - before[process], 0) / count / items
                    found[name][process][tool.name] = round(each, 2) if tool is SystemCalls else round(each)
    return found


def surroundings():
    """What the counts depend on, beside Coffer."""
    query = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *LIBRARIES], capture_output=True,
                           text=True)
    with open("/proc/cpuinfo") as file:
        flags = next((line for line in file if line.startswith("flags")), "").split()
    vectors = [flag for flag in ("ssse3", "avx2") if flag in flags]
    return sorted(query.stdout.split("\n")[:-1]) + [f"{platform.machine()} {' '.join(vectors)}".strip()]


def compare(found, baseline, limit):
    """Prints both; what grew."""
    grown = []
    print(f"{'operation':<25}{'process':<10}{'instructions':>14}{'before':>12}{'':>9}{'calls':>9}{'before':>9}")
    for operation, processes in found.items():
        for process, now in processes.items():
            then = baseline.get(operation, {}).get(process)
            if then is None:
                print(f"{operation:<25}{process:<10}{now['instructions']:>14,}{'–':>12}{'':>9}{now['system calls']:>9}")
                continue
            change = 100 * (now["instructions"] - then["instructions"]) / max(then["instructions"], 1000)
            print(f"{operation:<25}{process:<10}{now['instructions']:>14,}{then['instructions']:>12,}{change:>+8.1f}%"
                  f"{now['system calls']:>9}{then['system calls']:>9}")
            # A process with no part in an operation does a little of something else now and then.
            if change > limit and now["instructions"] - then["instructions"] > 2000:
                grown.append(f"{operation}: {change:.1f} % more instructions in the {process}")
            # Answers that come together are read together, so that busy machines give fractions.
            if now["system calls"] > then["system calls"] + 0.75:
                grown.append(f"{operation}: {now['system calls']} system calls in the {process}, not "
                             f"{then['system calls']}")
    return grown


def main():
    parser = argparse.ArgumentParser(prog="./dev instructions", description=__doc__)
    parser.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=float, default=5, metavar="PERCENT",
                        help="how much more an operation may cost than in the baseline (%(default)s)")
    parser.add_argument("--write", action="store_true", help="make this the baseline")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the tools' files there (see callgrind_annotate)")
    options = parser.parse_args()
    found, made_with = count_all(options), surroundings()
    baseline = {"made with": made_with, "operations": {}}
    if os.path.exists(BASELINE):
        with open(BASELINE) as file:
            baseline = json.load(file)
    grown = compare(found, baseline["operations"], options.limit)
    if options.write:
        with open(BASELINE, "w") as file:
            json.dump({"made with": made_with, "operations": found}, file, indent=1)
            file.write("\n")
        return 0
    other = set(made_with) ^ set(baseline["made with"])
    if other:
        print("The baseline was made with other tools, which alone may change the counts: "
              f"{', '.join(sorted(set(baseline['made with']) - set(made_with)))}")
    print("\n".join(grown) or "nothing costs more than before")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
