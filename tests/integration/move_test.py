"""Moving in and out: coffer import and coffer export, with the real gnome-keyring and its files."""

import ctypes
import errno
import glob
import json
import os
import shutil
import signal
import stat
import subprocess
import time
import unittest

import harness

DONE, NOT_FOUND, USAGE, LOCKED, NO_SERVICE, FAILED = range(6)
PASSWORD = "correct horse"
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unit/formats/fixtures")


def content(name):
    with open(f"{FIXTURES}/{name}", "rb") as file:
        return file.read()


# Read while this is still who may read the checkout.
KNOWN = {name: content(name) for name in ("encrypted.keyring", "plain.keyring", "libsecret.keyring",
                                          "kdewallet.kwl", "kdewallet.salt", "oo7.keyring", "kwallet.kwl", "kwallet.salt",
                                          "kwallet_attributes.json")}


class GnomeKeyring:
    """A home where gnome-keyring serves; its keyrings are in `keyrings`."""

    def __init__(self, test, password=PASSWORD):
        self.home = harness.Home(os.environ["COFFER_BIN"])
        test.addCleanup(self.home.close)
        test.addCleanup(self.end)
        self.keyrings = f"{self.home.environment['XDG_DATA_HOME']}/keyrings"
        self.password = password
        self.daemon = None

    def start(self):
        self.daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets",
             f"--control-directory={self.home.top}/run/control"],
            env=self.home.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.daemon.stdin.write(self.password.encode())
        self.daemon.stdin.close()
        assert harness.wait_for(lambda: self.coffer("list", "login").returncode == DONE), "gnome-keyring does not serve"
        return self

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait(10)
        return self

    def end(self):
        if self.daemon:
            self.stop()

    def coffer(self, *arguments, secret=b""):
        return self.home.run(f"{self.home.binaries}/coffer", *arguments, input=secret)

    def store(self, label, secret, *attributes, collection="login"):
        result = self.coffer("store", label, "-c", collection, "--keep", *attributes, secret=secret)
        assert result.returncode == DONE, result.stderr

    def items(self, collection="login"):
        return everything(self.coffer, collection)


def everything(coffer, collection):
    """(label, attributes without the generic schema, secret) of all items, in order."""
    paths = [item["path"] for item in json.loads(coffer("list", collection, "--json").stdout)]
    items = []
    for path in paths:
        item = json.loads(coffer("show", "--secrets", "--json", path).stdout)
        attributes = {key: value for key, value in item["attributes"].items()
                      if (key, value) != ("xdg:schema", "org.freedesktop.Secret.Generic")}
        items.append((item["label"], tuple(sorted(attributes.items())), item["secret"]))
    return sorted(items)


class Moving(harness.CofferTest):
    configuration = harness.CHEAP_KEYS + '[prompt]\npinentry = "none"\n'

    def setUp(self):
        super().setUp()
        self.home.start()

    def coffer(self, *arguments, secret=b"", expect=DONE, **options):
        data = secret.encode() if isinstance(secret, str) else secret
        result = self.home.run(f"{self.home.binaries}/coffer", *arguments, input=data, **options)
        if expect is not None:
            self.assertEqual(result.returncode, expect, (arguments, result.stdout, result.stderr))
        return result

    def imported(self, *arguments, secret=PASSWORD, expect=DONE, **options):
        """The reports on the sources, in their order."""
        return json.loads(self.coffer("import", "--json", *arguments, secret=secret, expect=expect, **options).stdout)["sources"]

    def items(self, collection="login"):
        return everything(lambda *arguments: self.coffer(*arguments), collection)

    def file(self, name, data):
        path = f"{self.home.top}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return path

    def csv(self, name="logins.csv", entries=(("One", "jo", "https://a.example", "swordfish"),)):
        rows = ["title,username,url,password", *(",".join(entry) for entry in entries)]
        return self.file(name, "\n".join(rows) + "\n")

    def counts(self, report):
        return tuple(report[key] for key in ("items", "added", "duplicates", "conflicts"))


@unittest.skipUnless(shutil.which("gnome-keyring-daemon"), "gnome-keyring is not installed")
class FromGnomeKeyring(Moving):
    SECRETS = {"Mail": b"swordfish", "Two lines": b"line one\nC:\\line two\n", "Caf\u00e9": "p\u00e2ss \u20ac".encode(),
               "Empty": b"", "Long": b"s" * 70000}

    def filled(self):
        keyring = GnomeKeyring(self).start()
        for label, secret in self.SECRETS.items():
            keyring.store(label, secret, f"label={label}", "server=mail.example")
        return keyring

    def test_every_item_of_a_keyring_arrives_and_a_second_time_adds_nothing(self):
        keyring = self.filled()
        before = keyring.items()
        path = f"{keyring.stop().keyrings}/login.keyring"
        first, = self.imported(path)
        self.assertEqual((first["format"], self.counts(first)), ("gnome-keyring", (5, 5, 0, 0)))
        self.assertEqual(self.items(), before)
        again, = self.imported(path)
        self.assertEqual(self.counts(again), (5, 0, 5, 0))
        self.assertEqual(self.items(), before)

    def test_a_dry_run_tells_what_a_real_one_does_and_stores_nothing(self):
        path = f"{self.filled().stop().keyrings}/login.keyring"
        self.coffer("store", "Mail", "label=Mail", "server=mail.example", secret=b"another")
        before = self.items()
        dry, = self.imported(path, "--dry-run")
        self.assertEqual(self.items(), before)
        self.assertEqual({each["label"]: each["action"] for each in dry["plan"]},
                         {label: "add-beside" if label == "Mail" else "add" for label in self.SECRETS})
        real, = self.imported(path)
        self.assertEqual(self.counts(real), self.counts(dry))
        self.assertIn(b"WOULD ADD", self.coffer("import", path, "-n", secret=PASSWORD).stdout)

    def test_finds_keyrings_by_itself_and_opens_others_with_passwords_of_the_login_keyring(self):
        keyring = GnomeKeyring(self).start()
        keyring.coffer("create", "a_work", "--stdin", secret=b"other password\n")
        keyring.store("Work", b"inner", "user=work", collection="a_work")
        name, = (os.path.basename(path) for path in glob.glob(f"{keyring.keyrings}/*work*.keyring"))
        keyring.store(f"Unlock password for: {name}", b"other password", f"keyring=LOCAL:/keyrings/{name}")
        shutil.copytree(keyring.stop().keyrings, f"{self.home.environment['XDG_DATA_HOME']}/keyrings")
        for report in self.imported("--dry-run"):  # after which nothing is there to ask for the password
            self.assertEqual(report["error"], None)
        login, work = self.imported()
        self.assertEqual([os.path.basename(each["source"]) for each in (login, work)], ["login.keyring", name])
        self.assertEqual((login["error"], work["error"]), (None, None))
        self.assertEqual(self.coffer("lookup", "user=work").stdout, b"inner")
        # Also when the login keyring was imported before.
        again, = self.imported(work["source"], secret="")
        self.assertEqual((again["error"], self.counts(again)), (None, (1, 0, 1, 0)))

    def test_the_text_format_of_a_keyring_without_a_password(self):
        keyring = GnomeKeyring(self, password="\n").start()
        keyring.coffer("create", "open", "--stdin", secret=b"\n")
        keyring.store("Plain", b"swordfish", "user=plain", collection="open")
        path, = glob.glob(f"{keyring.stop().keyrings}/open*.keyring")
        report, = self.imported(path, secret="")
        self.assertEqual((report["format"], report["error"]), ("gnome-keyring-text", None))
        self.assertEqual(self.coffer("lookup", "user=plain").stdout, b"swordfish")

    def test_a_wrong_password_is_told_from_damage_and_changes_nothing(self):
        path = f"{self.filled().stop().keyrings}/login.keyring"
        result = self.coffer("import", path, secret="wrong\nalso wrong\n", expect=LOCKED)
        self.assertIn(b"password", result.stderr)
        self.assertEqual(self.items(), [])

    def test_a_damaged_file_gives_what_can_be_read_and_stays_untouched(self):
        path = f"{self.filled().stop().keyrings}/login.keyring"
        with open(path, "rb") as file:
            whole = bytearray(file.read())
        whole[-35000] ^= 0xff  # within the long secret, the last
        damaged = self.file("damaged.keyring", bytes(whole))
        report, = self.imported(damaged, expect=FAILED)
        self.assertGreaterEqual(report["added"], 4)
        self.assertTrue(report["losses"])
        self.assertEqual(self.coffer("lookup", "label=Mail").stdout, b"swordfish")
        cut = self.file("cut.keyring", bytes(whole[:-40000]))
        report, = self.imported(cut, expect=FAILED)
        self.assertEqual((report["error"], bool(report["losses"])), (None, True))
        with open(damaged, "rb") as file:
            self.assertEqual(file.read(), bytes(whole))

    def test_a_running_provider_is_imported_over_its_bus(self):
        keyring = self.filled()
        keyring.store("Passing", b"until the end of the session", "user=passing", collection="session")
        address = keyring.home.environment["DBUS_SESSION_BUS_ADDRESS"]
        report, = self.imported(f"bus:{address}", secret="")
        self.assertEqual((report["format"], self.counts(report)), ("provider", (5, 5, 0, 0)))
        self.assertEqual(self.items(), keyring.items())
        self.imported("provider:org.freedesktop.secrets", expect=USAGE)
        self.imported("provider:org.nobody", expect=NO_SERVICE)

    def test_content_types_that_oo7_shows_as_attributes_do_not_become_any(self):
        keyring = GnomeKeyring(self).start()
        keyring.store("Of oo7", b"swordfish", "user=oo7", "xdg:content-type=text/plain")
        self.imported(f"bus:{keyring.home.environment['DBUS_SESSION_BUS_ADDRESS']}", secret="")
        found, = json.loads(self.coffer("search", "--json", "user=oo7").stdout)
        self.assertEqual(set(found["attributes"]) - {"xdg:schema"}, {"user"})

    def test_a_killed_import_loses_and_doubles_nothing_when_repeated(self):
        entries = [(f"Item {i}", "jo", f"https://{i}.example", f"secret {i}") for i in range(600)]
        path = self.csv("many.csv", entries)
        program = [f"{self.home.binaries}/coffer", "import", path]
        partly = 0
        for goal in (50, 300):
            process = subprocess.Popen(program, env=self.home.environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL)
            self.assertTrue(harness.wait_for(lambda: process.poll() is not None or self.number_of_items() >= goal))
            process.kill()
            partly += process.wait() == -signal.SIGKILL and 0 < self.number_of_items() < 600
        self.assertTrue(partly, "the import was never interrupted in the middle")
        report, = self.imported(path)
        self.assertEqual(report["duplicates"] + report["added"], 600)
        listed = self.coffer("list", "--json").stdout
        self.assertEqual(sorted(item["label"] for item in json.loads(listed)), sorted(entry[0] for entry in entries))
        self.assertEqual(self.coffer("lookup", "url=https://599.example").stdout, b"secret 599")

    def number_of_items(self):
        collections = json.loads(self.coffer("collections", "--json").stdout)
        return next(each["items"] for each in collections if each["path"].endswith("/login"))


class FromFiles(Moving):
    def test_the_known_files_of_every_program(self):
        for name, format in (("encrypted.keyring", "gnome-keyring"), ("plain.keyring", "gnome-keyring-text"),
                             ("libsecret.keyring", "libsecret"), ("kdewallet.kwl", "kwallet")):
            with self.subTest(name):
                self.file("known/kdewallet.salt", KNOWN["kdewallet.salt"])
                report, = self.imported(self.file(f"known/{name}", KNOWN[name]))
                self.assertEqual((report["format"], report["error"], report["losses"]), (format, None, []))
                self.assertGreater(report["items"], 0)
                self.assertEqual(report["added"] + report["duplicates"], report["items"])

    def test_a_wallet_is_found_and_keeps_content_types(self):
        for name in ("kdewallet.kwl", "kdewallet.salt"):
            self.file(f"home/data/kwalletd/{name}", KNOWN[name])
        report, = self.imported()
        self.assertEqual(report["format"], "kwallet")
        found = json.loads(self.coffer("search", "--all", "--secrets", "--json", "type=map").stdout)
        self.assertEqual({item["content_type"] for item in found}, {"application/json"})

    def test_conflicts_are_kept_both_and_duplicates_once(self):
        path = self.csv(entries=[("One", "jo", "a", "first"), ("One", "jo", "a", "first"), ("One", "jo", "a", "second"),
                                 ("Two", "ann", "a", "first")])
        report, = self.imported(path)
        self.assertEqual(self.counts(report), (4, 3, 1, 1))
        self.assertEqual([secret for _, _, secret in self.items()], ["first", "second", "first"])

    def test_an_item_that_is_there_is_a_duplicate_whatever_its_label(self):
        self.coffer("store", "Mine", "username=jo", "url=https://a.example", secret=b"swordfish")
        report, = self.imported(self.csv())
        self.assertEqual(self.counts(report), (1, 0, 1, 0))
        self.assertEqual([label for label, _, _ in self.items()], ["Mine"])

    def test_content_types_are_kept_and_make_no_second_item(self):
        def export(types):
            items = [{"label": label, "attributes": {"user": label}, "created": 0, "modified": 0, "content-type": each,
                      "secret": "{}"} for label, each in types.items()]
            return self.file("items.json", json.dumps({"coffer-export": 1, "label": "", "created": 0, "modified": 0, "items": items}))
        first = {"a": "text/plain", "b": "text/plain; charset=utf8", "c": "application/octet-stream", "d": "application/json"}
        self.assertEqual(self.imported(export(first))[0]["added"], 4)
        again, = self.imported(export(dict(zip(first, ("text/plain;charset=UTF-8", "application/octet-stream", "text/plain", "x/y")))))
        self.assertEqual(self.counts(again), (4, 0, 4, 0))
        for label, each in first.items():
            self.assertEqual(json.loads(self.coffer("lookup", "--json", f"user={label}").stdout)["content_type"], each)

    def test_what_oo7_and_kwallet_wrote_for_applications_is_found_by_their_attributes(self):
        os.makedirs(f"{self.home.top}/home/data/keyrings/v1")
        for name, path in (("oo7.keyring", "keyrings/v1/login.keyring"), ("kwallet.kwl", "kwalletd/kdewallet.kwl"),
                           ("kwallet.salt", "kwalletd/kdewallet.salt"),
                           ("kwallet_attributes.json", "kwalletd/kdewallet_attributes.json")):
            self.file(f"home/data/{path}", KNOWN[name])
        oo7, kwallet = self.imported()
        self.assertEqual((oo7["format"], self.counts(oo7)), ("libsecret", (12, 12, 0, 0)))
        self.assertEqual((kwallet["format"], self.counts(kwallet)), ("kwallet", (22, 10, 12, 0)))
        self.assertEqual(self.coffer("lookup", "user=jo", "server=mail.example").stdout, b"swordfish")
        found, = json.loads(self.coffer("search", "--all", "--secrets", "--json", "user=called").stdout)
        self.assertEqual((found["attributes"], found["content_type"]), ({"user": "called"}, "application/octet-stream"))

    def test_a_wallet_whose_attributes_are_broken_says_so(self):
        for name in "kwallet.kwl", "kwallet.salt":
            self.file(name, KNOWN[name])
        self.file("kwallet_attributes.json", "{")
        report, = self.imported(f"{self.home.top}/kwallet.kwl", expect=FAILED)
        self.assertEqual((report["added"], [loss["what"] for loss in report["losses"]]), (22, ["the attributes beside the wallet"]))

    def test_json_of_bitwarden_and_of_coffer(self):
        bitwarden = self.file("bitwarden.json", json.dumps({"encrypted": False, "items": [
            {"type": 1, "name": "Shop", "login": {"username": "jo", "password": "swordfish",
                                                  "uris": [{"uri": "https://shop.example"}]}}]}))
        self.assertEqual(self.imported(bitwarden)[0]["added"], 1)
        self.assertEqual(self.coffer("lookup", "url=https://shop.example").stdout, b"swordfish")

    def test_one_bad_source_does_not_keep_the_others_out(self):
        bad, good = self.file("bad.keyring", b"\0\1\2"), self.csv()
        reports = self.imported(bad, f"{self.home.top}/not-there", good, expect=FAILED)
        self.assertEqual([each["error"] is None for each in reports], [False, False, True])
        self.assertEqual(len(self.items()), 1)

    def test_what_is_no_file_is_refused_without_waiting(self):
        os.mkfifo(f"{self.home.top}/pipe")
        for path in (f"{self.home.top}/pipe", self.home.top, "/dev/zero"):
            self.assertIn("no file", self.imported(path, expect=USAGE, timeout=10)[0]["error"])

    def test_passwords_come_from_the_named_descriptor_in_any_order(self):
        wallet = self.file("kdewallet.kwl", KNOWN["kdewallet.kwl"])
        self.file("kdewallet.salt", KNOWN["kdewallet.salt"])
        passwords = self.file("passwords", f"not this\n{PASSWORD}\n")
        with open(passwords) as file:
            report, = self.imported(wallet, "--password-fd", str(file.fileno()), secret="", pass_fds=[file.fileno()])
        self.assertEqual(report["error"], None)

    def test_what_is_too_much_for_the_provider_is_reported_and_the_rest_is_there(self):
        path = self.csv(entries=[("Big", "jo", "a", "x" * (2 << 20)), ("Small", "jo", "b", "swordfish")])
        report, = self.imported(path, expect=FAILED)
        self.assertEqual(([each["label"] for each in report["failures"]], report["added"]), (["Big"], 1))

    def test_nothing_to_import_is_said(self):
        self.assertIn(b"nothing to import", self.coffer("import", expect=NOT_FOUND).stderr)

    def test_labels_and_sources_bring_no_control_characters_to_the_terminal(self):
        path = self.csv("evil\x1b]0;.csv", [("evil \x1b[31m", "jo", "a", "x" * (2 << 20))])
        shown = self.coffer("import", path, expect=FAILED)
        self.assertNotIn(b"\x1b", shown.stdout + shown.stderr)

    def test_no_secret_is_in_any_output(self):
        path = self.csv()
        for options in ([], ["--dry-run"], ["--json"], ["--json", "--dry-run"]):
            result = self.coffer("import", path, *options)
            self.assertNotIn(b"swordfish", result.stdout + result.stderr)


    def test_two_entries_that_differ_in_their_titles_alone_are_two(self):
        path = self.csv(entries=[("Router", "admin", "", "swordfish"), ("Printer", "admin", "", "swordfish")])
        for added in 2, 0:
            self.assertEqual(self.imported(path)[0]["added"], added)
        self.assertEqual([label for label, _, _ in self.items()], ["Printer", "Router"])


class OnATerminal(Moving):
    def on_terminal(self, *arguments, typed, expect=DONE):
        status, shown = self.home.run_on_terminal(f"{self.home.binaries}/coffer", *arguments, typed=typed)
        self.assertEqual(status, expect, shown)
        return shown

    def test_a_password_is_asked_for_without_being_shown_and_again_when_it_was_wrong(self):
        path = self.file("encrypted.keyring", KNOWN["encrypted.keyring"])
        shown = self.on_terminal("import", path, typed=("Password of", "typed wrong\n", "That was wrong", f"{PASSWORD}\n"))
        self.assertNotIn("typed", shown)
        self.assertNotIn(PASSWORD, shown)
        self.assertTrue(self.items())

    def test_three_wrong_passwords_are_enough(self):
        path = self.file("encrypted.keyring", KNOWN["encrypted.keyring"])
        self.on_terminal("import", path, typed=("Password of", "a\n", "wrong", "b\n", "wrong", "c\n"), expect=LOCKED)

    def test_a_password_serves_all_files_that_it_opens(self):
        paths = [self.file(f"{i}.keyring", KNOWN["encrypted.keyring"]) for i in range(2)]
        self.on_terminal("import", *paths, typed=("Password of", f"{PASSWORD}\n"))

    def test_what_was_found_is_shown_before_it_is_imported(self):
        path = self.file("home/data/keyrings/plain.keyring", KNOWN["plain.keyring"])
        self.assertIn(path, self.on_terminal("import", typed=("[y/N]", "n\n"), expect=LOCKED))
        self.assertEqual(self.items(), [])
        self.on_terminal("import", typed=("[y/N]", "y\n"))
        self.assertTrue(self.items())

    def test_an_exports_password_is_asked_for_twice(self):
        path = f"{self.home.top}/exported"
        self.on_terminal("export", "--format", "v1", path, typed=("file:", "one\n", "again:", "two\n"), expect=USAGE)
        self.assertFalse(os.path.exists(path))
        self.on_terminal("export", "--format", "v1", path, typed=("file:", "one\n", "again:", "one\n"))
        self.assertEqual(self.imported(path, secret="one")[0]["error"], None)

    def test_an_unencrypted_export_is_asked_about(self):
        path = f"{self.home.top}/exported"
        self.on_terminal("export", "--format", "json", path, typed=("unencrypted", "n\n"), expect=LOCKED)
        self.assertFalse(os.path.exists(path))
        self.on_terminal("export", "--format", "json", path, typed=("unencrypted", "y\n"))
        self.assertTrue(os.path.exists(path))


class FromPass(Moving):
    @unittest.skipUnless(shutil.which("gpg"), "gpg is not installed")
    def test_a_store_is_decrypted_by_gpg(self):
        home = self.home.environment["HOME"]
        os.mkdir(f"{home}/.gnupg", mode=0o700)
        self.addCleanup(self.home.run, "gpgconf", "--kill", "all")
        made = self.home.run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", "jo@example.org", "default",
                             "default", "never")
        self.assertEqual(made.returncode, 0, made.stderr)
        for name, text in (("mail/jo", b"swordfish\nuser: jo\nurl: a\n"), ("pin", b"1234")):
            os.makedirs(os.path.dirname(f"{home}/.password-store/{name}"), exist_ok=True)
            self.home.run("gpg", "--batch", "--trust-model", "always", "-r", "jo@example.org", "-o",
                          f"{home}/.password-store/{name}.gpg", "-e", input=text)
        self.file("home/.password-store/.git/hidden.gpg", b"no entry")
        self.file("home/.password-store/torn.gpg", b"not gpg's")
        report, = self.imported("pass", expect=FAILED)
        self.assertEqual([each["what"] for each in report["losses"]], ["torn"])
        self.assertEqual(self.items(), [("mail/jo", (("path", "mail/jo"),), "swordfish"),
                                        ("mail/jo (notes)", (("field", "notes"), ("path", "mail/jo")), "user: jo\nurl: a\n"),
                                        ("pin", (("path", "pin"),), "1234")])


class FromTheKernel(Moving):
    def test_keys_of_python_keyring_keyutils(self):
        libc = ctypes.CDLL(None, use_errno=True)
        add_key, keyctl = 248, 250
        session = -3

        def add(kind, name, payload, keyring):
            return libc.syscall(add_key, kind, name, payload, len(payload or b""), keyring)
        if os.uname().machine != "x86_64" or libc.syscall(keyctl, 1, None) < 0:  # a session keyring of our own
            self.skipTest(f"no kernel keyrings here: {os.strerror(ctypes.get_errno())}")
        keyring = add(b"keyring", b"python-keyring-keyutils", None, session)
        self.assertGreater(keyring, 0)
        add(b"user", b"https://a.example:443:jo", b"swordfish", keyring)
        add(b"user", b"no colon", b"not ours", keyring)
        report, = self.imported("kernel")
        self.assertEqual((report["format"], self.counts(report)), ("kernel", (1, 1, 0, 0)))
        attributes = (("application", "Python keyring library"), ("service", "https://a.example:443"), ("username", "jo"))
        self.assertEqual(self.items(), [("Password for 'jo' on 'https://a.example:443'", attributes, "swordfish")])


class Export(Moving):
    def fill(self):
        for i, secret in enumerate((b"swordfish", b"two\nlines\\n", b"\xff\0binary", b"", b"s" * 70000)):
            self.coffer("store", f"Item {i} \u20ac", f"number={i}", "xdg:schema=org.example.Own", secret=secret)

    def path(self, name="exported"):
        return f"{self.home.top}/{name}"

    @unittest.skipUnless(shutil.which("gnome-keyring-daemon"), "gnome-keyring is not installed")
    def test_gnome_keyring_opens_a_v0_file(self):
        self.fill()
        keyring = GnomeKeyring(self)
        os.mkdir(keyring.keyrings, mode=0o700)
        exported = f"{keyring.keyrings}/login.keyring"
        self.coffer("export", "--format", "v0", exported, secret=PASSWORD + "\n")
        self.assertEqual(stat.S_IMODE(os.stat(exported).st_mode), 0o600)
        self.assertEqual(keyring.start().items(), self.items())

    def test_libsecret_opens_a_v1_file(self):
        self.fill()
        self.coffer("export", "--format", "v1", self.path("file.keyring"), secret=PASSWORD + "\n")
        self.home.environment |= {"SECRET_BACKEND": "file", "SECRET_FILE_TEST_PASSWORD": PASSWORD,
                                  "SECRET_FILE_TEST_PATH": self.path("file.keyring")}
        self.assertEqual(self.lookup(number="0").stdout, b"swordfish")

    def test_every_format_comes_back_as_it_was(self):
        self.fill()
        before = self.items()
        for format in ("v0", "v1", "oo7", "json"):
            path = self.path(f"file.{format}")
            self.coffer("export", "--format", format, "--yes", path, secret=PASSWORD + "\n")
            with open(path, "rb") as file:
                self.assertEqual(b"swordfish" in file.read(), format == "json")
            self.coffer("create", format, "--stdin", secret="p\n")
            report, = self.imported(path, "-c", format)
            self.assertEqual(self.counts(report), (5, 5, 0, 0))
            self.assertEqual(self.items(format), before)
            self.assertEqual(self.counts(self.imported(path)[0]), (5, 0, 5, 0))

    def test_json_keeps_times_and_content_types(self):
        self.coffer("store", "a label", "user=jo", "--content-type", "application/json", secret=b"{}")
        self.coffer("export", "--format", "json", "--yes", self.path())
        with open(self.path()) as file:
            item, = json.load(file)["items"]
        self.assertEqual(item["content-type"], "application/json")
        self.assertLess(abs(item["created"] - time.time()), 600)

    def test_never_replaces_a_file_unless_told_to(self):
        path = self.file("exported", "precious")
        self.coffer("export", "--format", "v1", path, secret=PASSWORD + "\n", expect=FAILED)
        with open(path) as file:
            self.assertEqual(file.read(), "precious")
        self.coffer("export", "--format", "v1", path, "--force", secret=PASSWORD + "\n")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(self.imported(path)[0]["error"], None)

    def test_a_failure_leaves_nothing_behind(self):
        folder = f"{self.home.top}/folder"
        os.mkdir(folder)
        self.coffer("export", "--format", "v1", f"{folder}/file", secret="\n", expect=USAGE)
        self.coffer("export", "--format", "v1", f"{folder}/none/file", secret=PASSWORD + "\n", expect=FAILED)
        os.mkdir(f"{folder}/directory")
        self.coffer("export", "--format", "v1", f"{folder}/directory", "--force", secret=PASSWORD + "\n", expect=FAILED)
        self.assertEqual(os.listdir(folder), ["directory"])

    def test_unencrypted_secrets_are_written_only_when_told_twice(self):
        self.coffer("export", "--format", "json", self.path(), expect=USAGE)
        self.assertFalse(os.path.exists(self.path()))
        self.coffer("export", self.path(), expect=USAGE)
        self.coffer("export", "--format", "v7", self.path(), expect=USAGE)

    def test_ten_thousand_items_both_ways(self):
        entries = [(f"Item {i}", "jo", f"https://{i}.example", f"secret {i}") for i in range(10000)]
        self.assertEqual(self.imported(self.csv("many.csv", entries))[0]["added"], 10000)
        self.coffer("export", "--format", "v0", self.path(), secret=PASSWORD + "\n")
        self.coffer("create", "other", "--stdin", secret="p\n")
        self.assertEqual(self.imported(self.path(), "-c", "other")[0]["added"], 10000)


@unittest.skipIf(os.environ.get("COFFER_SANITIZE"), "sanitizers leave the sandbox out")
class Helper(Moving):
    """The process that parses foreign files, held still while it reads one from a pipe."""

    def setUp(self):
        super().setUp()
        self.input, self.theirs = os.pipe(), os.pipe()
        for end in (*self.input, *self.theirs):
            self.addCleanup(os.close, end)

        def give_request():
            os.dup2(self.theirs[0], 3)
            os.set_inheritable(3, True)
        self.process = subprocess.Popen(
            [f"{self.home.binaries}/coffer-formats"], env=self.home.environment, stdin=self.input[0],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=give_request)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.addCleanup(self.process.stdout.close)
        self.assertTrue(harness.wait_for(lambda: self.status().get("Seccomp") == "2"))

    def status(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

    def test_is_closed_before_the_first_byte_and_can_gain_nothing(self):
        status = self.status()
        self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"))
        for held in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[held], 16), 0, held)

    def test_cannot_be_looked_into_or_dump_core(self):
        for inside in ("environ", "mem", "maps"):
            with self.assertRaises(PermissionError):
                open(f"/proc/{self.process.pid}/{inside}", "rb").close()
        with open(f"/proc/{self.process.pid}/limits") as file:
            core = next(line for line in file if line.startswith("Max core file size"))
        self.assertEqual(core.split()[4:6], ["0", "0"])

    def test_garbage_for_a_request_is_refused(self):
        os.write(self.theirs[1], b"\xff" * 64)
        self.assertEqual(self.process.wait(10), 0)
        self.assertIn(b"makes no sense", self.process.stdout.read())


class HostileHelper(Moving):
    """A helper that was taken over: what it sends is refused."""

    def test_what_it_sends_is_not_believed(self):
        tree = f"{self.home.top}/bin"
        os.mkdir(tree)
        shutil.copy(f"{self.home.binaries}/coffer", tree)
        record = b"\x03" + bytes(4 * 2 + 16 + 4 + 4)
        start = b"\x02" + (1).to_bytes(4, "little") + bytes(4 + 4 + 16)
        frames = {"noise": b"\xff" * 100, "nothing": b"", "cut": b"\x10\0\0\0\x02", "huge": b"\xff\xff\xff\xff\x02",
                  "without an end": frame(start) + frame(record), "a wrong count": frame(start) + frame(record) + frame(b"\x06" + bytes(8)),
                  "a record alone": frame(record)}
        for what, sent in frames.items():
            with self.subTest(what):
                answer = self.file("answer", sent)
                with open(f"{tree}/coffer-formats", "w") as file:
                    file.write(f"#!/bin/sh\nexec /bin/cat {answer}\n")
                os.chmod(f"{tree}/coffer-formats", 0o755)
                result = self.home.run(f"{tree}/coffer", "import", self.csv(), input=b"")
                self.assertEqual(result.returncode, FAILED, result.stderr)
                self.assertEqual(self.items(), [])
        with open(f"{tree}/coffer-formats", "w") as file:
            file.write("#!/bin/sh\nkill -SYS $$\n")
        self.assertIn(b"sandbox", self.home.run(f"{tree}/coffer", "import", self.csv(), input=b"").stderr)
        os.remove(f"{tree}/coffer-formats")
        self.assertEqual(self.home.run(f"{tree}/coffer", "import", self.csv(), input=b"").returncode, NO_SERVICE)


def frame(body):
    return len(body).to_bytes(4, "little") + body


if __name__ == "__main__":
    harness.main()
