"""Runs what proves each of the promises of SECURITY.md, and prints one table of what was found.

promises.py BUILD-FOLDER. Ends with 1 when a promise does not hold, or when nothing was there to prove it."""

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

TESTS = r"Ran (\d+) tests? in", "tests"      # of a Python program
UNITS = r"^\[       OK \] {}", "unit tests"  # of a C++ program; {} is a part of their names
INPUTS = r"(\d+) inputs replayed", "inputs, and each of them cut off"

# promise: (ctest entries, what they do, (pattern, unit)). The numbers that a pattern finds are added up;
# when it has no group for them, what it finds is counted.
PROMISES = {
    "1 Passwords, keys and secrets exist in the vault alone, in locked memory that is never dumped": [
        ("forensic_test", "root searches the memory of all processes", (r"(\d+) searches for canaries", "searches")),
        ("unit_vault", "the arena: locked, not dumped, wiped", (UNITS[0].format(r".*Arena"), UNITS[1])),
        ("sandbox_test", "the processes as the kernel shows them", TESTS)],
    "2 After a lock, no plaintext and no key of the collection is left": [
        ("forensic_test", "the same, after each lock", (r"(\d+) of them after a lock", "searches")),
        ("unit_vault", "the whole arena is searched", (UNITS[0].format(r".*(?:AfterALock|IsGoneFromTheArena)"), UNITS[1]))],
    "3 A system call that is not on a process's list kills it": [
        ("probe_test", "taken-over processes try what they may not", (r"(\d+) attempts were stopped", "attempts")),
        ("unit_seccomp", "each forbidden call in each sandbox", (UNITS[0].format(""), UNITS[1]))],
    "4 What was acknowledged is durable, and the store opens": [
        ("power_cut", "the power is cut at every turn of a session", (r"(\d+) cut points|(\d+) more during", "cut points")),
        ("crash_test", "kill -9 of each process", (r"(\d+) acknowledged items", "items, all there")),
        ("disk_test", "full and failing disks", TESTS)],
    "5 What comes from storage is authenticated; bad records are named, the rest is served": [
        ("damaged_store_cut", "a file that ends at every length", (r"(\d+) files", "files")),
        ("damaged_store_flip", "a file altered in every byte", (r"(\d+) files", "files")),
        ("damaged_store_log", "a write-ahead log altered anywhere", (r"(\d+) files", "files")),
        ("unit_vault", "a broker that was taken over, a keyring that others reach", (UNITS[0].format("Hostile(?:Store|Keyring)"), UNITS[1])),
        ("damage_test", "damaged files and a real daemon", TESTS)],
    "6 A malformed frame ends its connection and nothing else": [
        ("fuzz_(vault|store|control|login)_protocol_corpus", "the decoders of each protocol", INPUTS),
        ("fuzz_live_vault_corpus", "a live vault", INPUTS),
        ("fuzz_formats_corpus", "readers of foreign files", INPUTS),
        ("hostile_test", "a frontend that was taken over", TESTS),
        ("unit_ipc", "frames, fields and channels", (UNITS[0].format(""), UNITS[1]))],
    "7 Bad input gets a clear error; nothing is lost": [
        ("conformance_test", "D-Bus", TESTS), ("cli_test", "the command line", TESTS),
        ("formats_test", "files of others", TESTS), ("pam_module_test", "the login's module", TESTS), ("login_test", "the login's socket", TESTS),
        ("portal_test", "the portal", TESTS)],
    "8 A refused or dismissed prompt leaves everything as it was": [
        ("prompt_test", "GNOME's and Plasma's prompters", TESTS), ("pinentry_test", "pinentry", TESTS),
        ("seahorse_test", "Seahorse", TESTS)],
}


def run_tests(build):
    """{ctest entry: (passed, output)} of everything named above."""
    names = "|".join(sorted({entry for evidence in PROMISES.values() for entry, _, _ in evidence}))
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        subprocess.run(["ctest", "--test-dir", build, "-R", f"^({names})$", "--output-junit", report.name,
                        "--test-output-size-passed", "1000000", "--test-output-size-failed", "1000000"], check=False)
        cases = xml.etree.ElementTree.parse(report.name).iter("testcase")
        return {case.get("name"): (case.get("status") == "run", case.findtext("system-out") or "") for case in cases}


def figure_of(pattern, output):
    """What the output says, as one number."""
    found = list(re.finditer(pattern, output, re.MULTILINE))
    if not re.compile(pattern).groups:
        return len(found)
    return sum(int(number) for match in found for number in match.groups() if number)


def judge(entry, pattern, results):
    """(figure, result) of one piece of evidence."""
    mine = [result for name, result in results.items() if re.fullmatch(entry, name)]
    figure = sum(figure_of(pattern, output) for _, output in mine)
    if not all(passed for passed, _ in mine):
        return figure, "BROKEN"
    if not mine or figure == 0:
        return figure, "NOT SHOWN"
    skipped = sum(int(number) for _, output in mine for number in re.findall(r"skipped=(\d+)", output))
    return figure, f"holds, {skipped} skipped" if skipped else "holds"


def main():
    results = run_tests(sys.argv[1])
    rows = []
    for promise, evidence in PROMISES.items():
        rows.append((promise,))
        for entry, how, (pattern, unit) in evidence:
            figure, result = judge(entry, pattern, results)
            rows.append((how, entry.replace("(vault|store|control|login)", "*"), f"{figure:,} {unit}", result))
    widths = [max(len(row[i]) for row in rows if len(row) > 1) for i in range(4)]
    print()
    for row in rows:
        print(row[0] if len(row) == 1 else
              "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    broken = [row for row in rows if len(row) > 1 and not row[3].startswith("holds")]
    print(f"\n{len(PROMISES)} promises: " + (f"{len(broken)} proofs are missing" if broken else "all hold"))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
