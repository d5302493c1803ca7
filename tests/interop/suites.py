"""Other projects' own test-suites against Coffer and gnome-keyring, side by side.

They are fetched when needed, and run by an ordinary user on a private bus, with a prompter that gives the right
password. Libsecret's tests bring a service of their own, in place of which the provider is started, filled with what
that service would have."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "integration"))
import harness  # noqa: E402

PASSWORD = "correct horse"
SESSION_FREE = "/usr/bin/python3"


def fetch(folder, requirement):
    """The unpacked source of a Python package."""
    name = requirement.replace("==", "-")
    if not os.path.isdir(f"{folder}/{name}"):
        subprocess.run([SESSION_FREE, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:",
                        "--no-build-isolation", "-d", folder, requirement], check=True)
        with tarfile.open(f"{folder}/{name}.tar.gz") as archive:
            archive.extractall(folder)
    return f"{folder}/{name}"


class Provider:
    """One provider on a bus of its own, with an open login keyring and somebody who answers prompts."""

    def __init__(self, name, binaries):
        self.name = name
        self.home = harness.Home(binaries)
        script = f"{self.home.top}/script"
        with open(script, "w") as file:
            file.writelines(json.dumps({"password": PASSWORD, "confirm": True}) + "\n" for _ in range(500))
        self.prompter = subprocess.Popen([SESSION_FREE, "-B", f"{HERE}/../integration/prompter.py", script, f"{self.home.top}/shown"],
                                         env=self.home.environment, stdout=subprocess.PIPE)
        self.prompter.stdout.readline()
        if name == "coffer":
            self.home.start(password=PASSWORD)
            self.process = None
        else:
            self.process = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                                            env=self.home.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL)
            self.process.stdin.write(PASSWORD.encode())
            self.process.stdin.close()
            owned = harness.wait_for(lambda: self.home.run("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets",
                                                           "/org/freedesktop/secrets", "org.freedesktop.DBus.Peer.Ping").returncode == 0)
            assert owned, "gnome-keyring did not start"

    def close(self):
        for process in (self.prompter, self.process):
            if process:
                process.kill()
                process.wait()
        self.home.close()


def secretstorage(provider, folder):
    source = fetch(folder, "SecretStorage==3.3.3")
    return provider.home.run(SESSION_FREE, "-B", "tests/run_tests.py", cwd=source, timeout=300, text=True)


def keyring(provider, folder):
    source = fetch(folder, "keyring==23.9.3")
    return provider.home.run(SESSION_FREE, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                             "tests/backends/test_SecretService.py", "tests/backends/test_libsecret.py",
                             cwd=source, timeout=300, text=True)


SUITES = {"SecretStorage": secretstorage, "keyring": keyring}


def summary(text):
    """The suite's own last word: counts of tests."""
    found = re.findall(r"^(Ran \d+ tests?.*|OK.*|FAILED.*|.*\b\d+ (?:passed|failed).*)$", text, re.MULTILINE)
    return "; ".join(line.strip("= ") for line in found) or "no result"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="where the built programs are")
    parser.add_argument("--sources", required=True, help="where fetched sources are kept")
    parser.add_argument("--verbose", action="store_true", help="show what the suites print")
    parser.add_argument("suite", nargs="*", choices=[[], *SUITES], help="these only")
    options = parser.parse_args()
    folder = os.path.abspath(options.sources)
    os.makedirs(folder, exist_ok=True)
    for requirement in ("SecretStorage==3.3.3", "keyring==23.9.3"):
        fetch(folder, requirement)
    os.environ["COFFER_BIN"] = os.path.abspath(options.bin)
    user_folder = readable_copy(folder)
    harness.drop_to_ordinary_user()
    failed = False
    for suite in options.suite or SUITES:
        for name in ("coffer", "gnome-keyring"):
            provider = Provider(name, os.environ["COFFER_BIN"])
            try:
                result = SUITES[suite](provider, user_folder)
            finally:
                provider.close()
            print(f"{suite:<14} {name:<14} {summary(result.stdout + result.stderr)}", flush=True)
            if options.verbose or (name == "coffer" and result.returncode != 0):
                print(result.stdout + result.stderr)
            failed = failed or (name == "coffer" and result.returncode != 0)
    return 1 if failed else 0


def readable_copy(folder):
    """Where the ordinary user can read and write it."""
    if os.geteuid() != 0:
        return folder
    import atexit
    import tempfile
    copy = tempfile.mkdtemp(prefix="coffer-suites-")
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(folder, f"{copy}/sources")
    for top, _, _ in os.walk(copy):
        os.chmod(top, 0o777)
    return f"{copy}/sources"


if __name__ == "__main__":
    sys.exit(main())
