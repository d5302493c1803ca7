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

TESTS = os.path.dirname(HERE)  # where the ordinary user can read them
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
        self.prompter = subprocess.Popen([SESSION_FREE, "-B", f"{TESTS}/integration/prompter.py", script, f"{self.home.top}/shown"],
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


# Not run: prompt needs prompt objects that only libsecret's own service has; attributes, value and file-* need no
# service.
# Fail here as they must: their service refuses encrypted sessions; it has items whose names are words; they give an item
# a collection's properties; they set aliases that no real service lets them set.
LIBSECRET_EXPLAINED = {
    "/session/ensure-plain", "/session/ensure-async-plain", "/session/ensure-async-twice",
    "/service/delete-for-path", "/service/delete-for-path-with-prompt",
    "/service/create-item-sync", "/service/create-item-async",
    "/service/set-alias-path", "/service/set-alias-sync",
}
LIBSECRET_TESTS = ("session", "paths", "service", "methods", "password", "item", "collection")


def libsecret_source(folder):
    """Debian's source of the libsecret that is installed, built; its services replaced by Coffer."""
    version = subprocess.check_output(["dpkg-query", "-W", "-f", "${source:Version}", "libsecret-1-0"], text=True)
    if not os.path.isdir(f"{folder}/libsecret"):
        sources = f"{folder}/sources.list"
        with open(sources, "w") as file:
            file.write("".join(deb_src_lines()))
        options = ["-o", f"Dir::Etc::SourceList={sources}", "-o", "Dir::Etc::SourceParts=-", "-o", f"Dir::State::Lists={folder}/lists",
                   "-o", f"Dir::Cache={folder}/cache"]
        os.makedirs(f"{folder}/lists/partial", exist_ok=True)
        os.makedirs(f"{folder}/cache/archives/partial", exist_ok=True)
        subprocess.run(["apt-get", "-qq", *options, "update"], check=True)
        subprocess.run(["apt-get", "-qq", *options, "source", "--download-only", f"libsecret={version}"], cwd=folder, check=True)
        archive = next(name for name in os.listdir(folder) if re.fullmatch(r"libsecret_.*\.orig\.tar\.\w+", name))
        with tarfile.open(f"{folder}/{archive}") as file:
            file.extractall(folder)
        os.rename(next(f"{folder}/{name}" for name in os.listdir(folder) if re.fullmatch(r"libsecret-[\d.]+", name)),
                  f"{folder}/libsecret")
    return f"{folder}/libsecret"


def deb_src_lines():
    """apt's own sources, of source packages."""
    printed = subprocess.check_output(["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages"],
                                      text=True)
    for line in dict.fromkeys(printed.splitlines()):
        yield f"deb-src {line}\n"


def libsecret(provider, folder):
    """Each test in a process of its own, because the first failed assertion ends one."""
    if provider.name != "coffer":
        return subprocess.CompletedProcess([], 0, "it has no fixed names for items, which these tests need: no result", "")
    provider.home.stop()
    source = f"{folder}/libsecret"
    for name in ("normal", "delete", "lock", "empty", "only-plain"):
        script = f"mock-service-{name}.py"
        with open(f"{source}/libsecret/{script}", "w") as file:
            file.write(f"import sys\nsys.path.insert(0, {TESTS + '/interop'!r})\nsys.argv = [sys.argv[0], {script!r}]\n"
                       "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
                       "import libsecret_service\nlibsecret_service.main()\n")
    build = f"{source}/build-tests"
    os.environ["CCACHE_DISABLE"] = "1"  # it has no home here
    if not os.path.isdir(build):
        subprocess.run(["meson", "setup", build, source, "-Dintrospection=false", "-Dvapi=false", "-Dgtk_doc=false", "-Dmanpage=false",
                        "-Dbash_completion=disabled"], check=True, capture_output=True)
    subprocess.run(["ninja", "-C", build, *(f"libsecret/test-{name}" for name in LIBSECRET_TESTS)], check=True, capture_output=True)
    provider.home.environment.update(COFFER_BIN=os.environ["COFFER_BIN"], COFFER_TESTS=f"{TESTS}/integration",
                                     PATH="/usr/bin:/bin")
    passed, explained, failed = 0, 0, []
    for name in LIBSECRET_TESTS:
        program = f"{build}/libsecret/test-{name}"
        for path in provider.home.run(program, "-l", text=True).stdout.split():
            result = provider.home.run(program, "-p", path, timeout=60, text=True)
            if result.returncode == 0:
                passed += 1
            elif path in LIBSECRET_EXPLAINED:
                explained += 1
            else:
                words = [line for line in result.stderr.splitlines() + result.stdout.splitlines() if "ERROR" in line or "CRITICAL" in line]
                failed.append(f"  {path}: {words[0] if words else result.returncode}")
    text = f"{passed} passed, {len(failed)} failed, {explained} that only libsecret's own service can pass\n" + "\n".join(failed)
    return subprocess.CompletedProcess([], 1 if failed else 0, text, "")


SUITES = {"SecretStorage": secretstorage, "keyring": keyring, "libsecret": libsecret}


def summary(text):
    """The suite's own last word: counts of tests."""
    found = re.findall(r"^(Ran \d+ tests?.*|OK.*|FAILED.*|.*\b\d+ (?:passed|failed).*|.*: no result)$", text, re.MULTILINE)
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
    libsecret_source(folder)
    os.environ["COFFER_BIN"] = os.path.abspath(options.bin)
    user_folder = readable_copy(folder)
    global TESTS
    TESTS = f"{user_folder}/coffer-tests"
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
    """Sources and our tests, where the ordinary user can read them, and write."""
    import atexit
    import tempfile
    copy = tempfile.mkdtemp(prefix="coffer-suites-")
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(folder, f"{copy}/sources", symlinks=True, ignore=shutil.ignore_patterns("lists", "cache"))
    for part in ("integration", "interop"):
        shutil.copytree(f"{os.path.dirname(HERE)}/{part}", f"{copy}/sources/coffer-tests/{part}")
    subprocess.run(["chmod", "-R", "a+rwX", copy], check=True)
    return f"{copy}/sources"


if __name__ == "__main__":
    sys.exit(main())
