"""Coffer beside other Secret Services, on equal terms: the same items, the same load generator, a private bus each.

All providers and sizes take turns, operation by operation, so that each sees the same machine. A ratio is made within a
turn, and the median over the turns is shown: it holds where the machine has other things to do too. Floors, measured
in the same turns, say what the parts of an operation cost whoever does it. Memory is measured with one provider running
alone. Install gnome-keyring, oo7-daemon (cargo) or kwalletd5 to have them compared; what is not there is left out."""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time

import plot
from providers import ALL, PASSWORD, Coffer, Collections, NotThere, harness

# name: (times in one turn, at every size or at one alone)
OPERATIONS = {
    "Ping": (100, True), "OpenSession-plain": (20, False), "OpenSession-dh": (20, False), "SearchItems": (100, True),
    "GetSecret": (100, True), "GetSecret-dh": (100, True), "Lookup": (50, True), "secret_tool": (2, True),
    "GetSecrets": (2, True), "GetAll": (1, True), "CreateItem": (10, True), "Replace": (10, True),
    "Delete": (10, True), "GetSecret-4096": (5, False), "GetSecret-65536": (5, False), "GetSecret-1048576": (3, False),
    "CreateItem-4096": (3, False), "CreateItem-65536": (3, False), "CreateItem-1048576": (2, False),
    "Clients-8": (1, False), "Clients-64": (1, False), "Writers-1": (1, False), "Writers-64": (1, False),
}
MEANINGS = {
    "GetSecret": "one secret of 32 bytes, plain; -dh: encrypted; -SIZE: that many bytes",
    "Lookup": "SearchItems and GetSecrets, as libsecret does, on a connection with an encrypted session",
    "secret_tool": "the process `secret-tool lookup`, from its start to its end",
    "GetSecrets": "100 secrets in one call",
    "GetAll": "all properties of up to 1000 items, asked for without waiting: the time for each item",
    "Clients-N": "N clients read secrets at once: the time per secret (throughput's inverse); p99: of a client's call",
    "Writers-N": "N clients replace items at once, each its own: likewise",
    "Start": "from the start of the process to its owning the name",
    "Login": "from the start of the process with the password to its serving an item, key derivation included",
    "Unlock": "the first unlock with the password (UnlockWithMasterPassword), key derivation included",
}
STARTS = ("Start", "Login", "Unlock")
FLOORS = {"Ping": 100, "fdatasync": 20, "socketpair": 100, "modexp": 10}
# operation: what it is made of at least, which is measured right before it
PARTS = {"GetSecret": ("Ping",), "SearchItems": ("Ping",), "CreateItem": ("Ping", "fdatasync"),
         "OpenSession-dh": ("Ping", "modexp")}
PATIENCE = 3.0  # seconds for one operation of one provider in one turn
MIDDLE = 1000   # the size of the collection where what depends on it little is measured


def progress(text):
    print(text, file=sys.stderr, flush=True)


class Generator:
    """A load generator, which waits for its turn."""

    def __init__(self, binaries, environment, *arguments):
        self.process = subprocess.Popen([f"{binaries}/coffer-bench", *arguments], env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if not self.process.stdout.readline().startswith("ready"):
            raise NotThere("the load generator failed")
        self.turns, self.too_slow = {}, set()

    def turn(self, operation, count):
        """Times it `count` times, or less often where it takes too long."""
        if operation in self.too_slow:
            return
        known = self.turns.get(operation)
        if known:
            count = max(1, min(count, int(PATIENCE * 1e6 / max(statistics.median(known[-1]), 1))))
        self.process.stdin.write(f"{operation} {1 if not known else count}\n")
        self.process.stdin.flush()
        begin = time.monotonic()
        words = self.process.stdout.readline().split()
        if not words or words[0] == "error":
            progress(f"  {operation}: {' '.join(words[1:]) or 'the load generator failed'}")
            self.too_slow.add(operation)
            return
        self.turns.setdefault(operation, []).append([float(word) for word in words])
        if time.monotonic() - begin > 10 * PATIENCE:
            progress(f"  {operation}: too slow, not measured again")
            self.too_slow.add(operation)

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@contextlib.contextmanager
def floor(options):
    """What an answer through the bus costs at least, and the parts of what a provider does."""
    home = harness.Home(options.bin, "")
    echo = subprocess.Popen([f"{options.bin}/coffer-bench", "echo"], env=home.environment)
    try:
        ping = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/",
                "org.freedesktop.DBus.Peer.Ping"]
        if not harness.wait_for(lambda: home.run(*ping).returncode == 0):
            raise SystemExit("the floor's process does not answer")
        yield Generator(options.bin, home.environment, "floor", home.top)
    finally:
        echo.kill()
        echo.wait()
        home.close()


def measure_turns(running, generators, below, options, sizes):
    """Every operation of every provider, interleaved. (operation, items) -> its parts' time in each turn."""
    middle = max((size for size in sizes if size <= MIDDLE), default=min(sizes))
    parts = {}
    for turn in range(options.turns):
        progress(f"turn {turn + 1} of {options.turns}")
        for name, count in FLOORS.items():
            below.turn(name, count)
        order = list(running)
        order = order[turn % len(order):] + order[:turn % len(order)]
        for operation, (count, everywhere) in OPERATIONS.items():
            for key in order:
                if not everywhere and key[1] != middle:
                    continue
                if key[0] == Coffer.name and operation in PARTS:
                    for name in PARTS[operation]:
                        below.turn(name, FLOORS[name])
                    parts.setdefault((operation, key[1]), []).append(
                        sum(statistics.median(below.turns[name][-1]) for name in PARTS[operation]))
                generators[key].turn(operation, count)
    return parts


def measure_starts(running, options):
    """(provider, items) -> {"Start": [...], "Login": [...], "Unlock": [...]} in microseconds, turn by turn."""
    found = {key: {name: [] for name in STARTS} for key in running}
    for turn in range(options.starts):
        progress(f"starting each anew, {turn + 1} of {options.starts}")
        for key, provider in running.items():
            times = found[key]
            try:
                provider.stop()
                times["Login"].append([provider.start(PASSWORD)[1] * 1e6])
                provider.stop()
                times["Start"].append([provider.start()[0] * 1e6])
                if provider.can_unlock:
                    times["Unlock"].append([provider.unlock() * 1e6])
            except NotThere as why:
                progress(f"  {why}")
                provider.can_unlock = False
    return found


def measure_idleness(running, seconds):
    """provider -> context switches of all its threads while nobody asks for anything, each at its largest size."""
    largest = {provider.name: provider for provider in running.values()}
    time.sleep(3)
    progress(f"watching them idle for {seconds} s")
    before = {name: provider.switches() for name, provider in largest.items()}
    time.sleep(seconds)
    found = {}
    for name, provider in largest.items():
        after = provider.switches()  # a thread that has ended meanwhile is not in it
        found[name] = sum(count - before[name].get(thread, 0) for thread, count in after.items())
    return found


def measure_memory(kinds, collections, options):
    """provider -> PSS in KiB of all its processes after some use, running alone."""
    found = {}
    for kind in kinds:
        progress(f"memory of {kind.name} with {options.memory_items} items")
        try:
            provider = kind(options, collections, options.memory_items)
        except (NotThere, subprocess.SubprocessError) as why:
            progress(f"  left out: {why}")
            continue
        with contextlib.closing(provider):
            use = Generator(options.bin, provider.home.environment, "load", provider.collection())
            for operation in ("SearchItems", "GetSecret", "CreateItem"):
                use.turn(operation, 20)
            use.end()
            found[provider.name] = provider.pss()
    return found


def start_all(stack, kinds, collections, sizes, options):
    running, generators = {}, {}
    for items in sizes:
        for kind in kinds:
            if kind is not Coffer and items > options.others_up_to:
                continue
            progress(f"{kind.name} with {items} items")
            try:
                provider = kind(options, collections, items)
                stack.callback(provider.close)
                generators[provider.name, items] = Generator(options.bin, provider.home.environment, "load",
                                                             provider.collection())
                running[provider.name, items] = provider
            except (NotThere, subprocess.SubprocessError) as why:
                progress(f"  left out: {why}")
    return running, generators


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))]


def summary(operation, turns):
    """What a table shows of one operation: the first turn of several is the warm-up."""
    turns = turns[1:] or turns
    if operation.startswith(("Clients", "Writers")):
        return {"p50": statistics.median(turn[0] for turn in turns),
                "p99": statistics.median(percentile(turn[1:], 0.99) for turn in turns),
                "turns": [turn[0] for turn in turns]}
    every = [value for turn in turns for value in turn]
    return {"p50": statistics.median(every), "p99": percentile(every, 0.99), "p10": percentile(every, 0.1),
            "turns": [statistics.median(turn) for turn in turns]}


def ratio(ours, theirs):
    """How many times as long the other takes: the median over the turns."""
    pairs = [other / own for own, other in zip(ours["turns"], theirs["turns"]) if own > 0]
    return statistics.median(pairs) if pairs else None


def collect(generators, starts, below):
    """[{provider, items, operation, p50, p99, turns, ratio}], in microseconds."""
    rows = []
    for (provider, items), generator in generators.items():
        for operation, turns in {**generator.turns, **starts.get((provider, items), {})}.items():
            if turns:
                rows.append({"provider": provider, "items": items, "operation": operation,
                             **summary(operation, turns)})
    ours = {(row["operation"], row["items"]): row for row in rows if row["provider"] == Coffer.name}
    for row in rows:
        own = ours.get((row["operation"], row["items"]))
        row["ratio"] = ratio(own, row) if own else None
    floors = {name: summary(name, turns) for name, turns in below.turns.items()}
    return rows, floors


def print_table(rows, floors, names):
    def number(value):
        return f"{value:>10.1f}" if value < 1000 else f"{value:>10.0f}"

    print("Times in microseconds, and how many times as long as Coffer (median over the turns).\n")
    print(f"{'operation':<19}{'items':>7}  " + "  ".join(f"{name:^29}" for name in names))
    print(f"{'':<26}  " + "  ".join([f"{'p50':>10}{'p99':>10}{'× Coffer':>9}"] * len(names)))
    by = {(row["operation"], row["items"], row["provider"]): row for row in rows}
    for operation in [*OPERATIONS, *STARTS]:
        for items in sorted({row["items"] for row in rows if row["operation"] == operation}):
            cells = []
            for name in names:
                row = by.get((operation, items, name))
                cells.append(f"{'–':>10}{'–':>10}{'–':>9}" if row is None else
                             number(row["p50"]) + number(row["p99"]) +
                             (f"{row['ratio']:>9.2f}" if row["ratio"] is not None else f"{'–':>9}"))
            print(f"{operation:<19}{items:>7}  " + "  ".join(cells))
    print("\nFloors: " + ", ".join(f"{name} {row['p50']:.1f} µs" for name, row in floors.items()))
    for name, meaning in MEANINGS.items():
        print(f"  {name}: {meaning}")


def against_parts(rows, parts):
    """What Coffer's operations cost beside their parts, in words and as medians of the turns' ratios."""
    ours = {(row["operation"], row["items"]): row["turns"] for row in rows if row["provider"] == Coffer.name}
    sizes = sorted({items for _, items in ours})

    def median_ratio(over, under):
        return statistics.median(top / bottom for top, bottom in zip(over, under))

    for (operation, items), times in parts.items():
        turns = ours.get((operation, items), [])
        if turns:  # without the warm-up, as these are
            yield (f"{operation} / ({' + '.join(PARTS[operation])}), {items} items",
                   median_ratio(turns, times[-len(turns):]))
    first, last = (ours.get(("CreateItem", items)) for items in (sizes[0], sizes[-1]))
    if first and last:
        yield f"CreateItem, {sizes[-1]} items / {sizes[0]} items", median_ratio(last, first)
    for items in sizes:
        if one := ours.get(("Writers-1", items)):
            yield "Writers-1 / Writers-64 (throughput)", median_ratio(one, ours[("Writers-64", items)])


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--bin", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--items", help="sizes of the collection (10,100,1000,10000,100000)")
    parser.add_argument("--others-up-to", type=int,
                        help="largest collection for the other providers, some of which get very slow (10000)")
    parser.add_argument("--turns", type=int, help="how often every operation has its turn (12)")
    parser.add_argument("--starts", type=int, help="how often each provider is started anew (5)")
    parser.add_argument("--idle", type=int, metavar="SECONDS", help="how long they are watched doing nothing (60)")
    parser.add_argument("--memory-items", type=int, help="items in the collection whose memory is measured (10000)")
    parser.add_argument("--quick", action="store_true", help="a few minutes: less of all of that")
    parser.add_argument("--runs", type=int, default=1, help="how often all of it is done, everything anew (1)")
    parser.add_argument("--bus", choices=("dbus-daemon", "dbus-broker-launch"), default="dbus-daemon",
                        help="what carries the messages (dbus-daemon)")
    parser.add_argument("--only", default="", help="providers, of " + ", ".join(kind.name for kind in ALL))
    parser.add_argument("--oo7", metavar="FILE", help="the program oo7-daemon, where it is not in the PATH")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--plot", metavar="FILE", help="draw cost against items there, as SVG")
    options = parser.parse_args()
    quick = dict(items="10,1000", others_up_to=1000, turns=4, starts=2, idle=5, memory_items=1000)
    whole = dict(items="10,100,1000,10000,100000", others_up_to=10000, turns=12, starts=5, idle=60,
                 memory_items=10000)
    for name, value in (quick if options.quick else whole).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def measure(kinds, sizes, options):
    """One run: everything is started anew."""
    with contextlib.ExitStack() as stack:
        collections = Collections(options.bin, stack.enter_context(tempfile.TemporaryDirectory(prefix="coffer-bench-")))
        memory = measure_memory(kinds, collections, options)
        below = stack.enter_context(floor(options))
        running, generators = start_all(stack, kinds, collections, sizes, options)
        parts = measure_turns(running, generators, below, options, sizes)
        idle = measure_idleness(running, options.idle)
        for generator in (*generators.values(), below):
            generator.end()
        starts = measure_starts(running, options)
        rows, floors = collect(generators, starts, below)
    return {"rows": rows, "floors": floors, "beside_parts": dict(against_parts(rows, parts)), "pss_kib": memory,
            "memory_items": options.memory_items, "idle_switches": idle, "idle_seconds": options.idle}


def show(run, names, options):
    print_table(run["rows"], run["floors"], names)
    for name, size in run["pss_kib"].items():
        print(f"Memory (PSS) of {name} with {options.memory_items} items: {f'{size} KiB' if size else 'root sees it'}")
    for name, count in run["idle_switches"].items():
        print(f"Wake-ups of {name} in {options.idle} idle seconds: {count}")


def show_ratios(runs):
    print("\nCoffer beside what its operations are made of: the median of the runs, and what each run's turns had as theirs")
    for words in runs[0]["beside_parts"]:
        values = [run["beside_parts"][words] for run in runs if words in run["beside_parts"]]
        print(f"  {words:<50}{statistics.median(values):>8.2f}   " + " ".join(f"{value:.2f}" for value in values))


def main():
    options = arguments()
    harness.Home.bus_program = options.bus
    wanted = [name for name in options.only.split(",") if name]
    kinds = [kind for kind in ALL if not wanted or kind.name in wanted]
    for kind in kinds:
        if kind.program(options) is None:
            progress(f"{kind.name} is not installed: left out")
    kinds = [kind for kind in kinds if kind.program(options) is not None]
    sizes = sorted(int(size) for size in options.items.split(","))
    runs = []
    for number in range(options.runs):
        progress(f"run {number + 1} of {options.runs}")
        runs.append(measure(kinds, sizes, options))
        names = [kind.name for kind in kinds if any(row["provider"] == kind.name for row in runs[-1]["rows"])]
        show(runs[-1], names, options)
    show_ratios(runs)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(runs, file, indent=1)
    if options.plot:
        with open(options.plot, "w") as file:
            file.write(plot.draw(runs[-1]["rows"], names, [*OPERATIONS, *STARTS]))


if __name__ == "__main__":
    main()
