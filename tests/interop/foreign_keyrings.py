"""Keyrings that the real oo7-daemon and kwalletd5 write, imported and compared item by item; and the other way.

Each program runs on a private bus with a throw-away home, and is filled by clients that are not Coffer's: SecretStorage,
and for KWallet's own interface D-Bus calls. What is not installed is skipped, and said to be. With --record FOLDER
small files are written there, for tests/unit/formats/fixtures."""

import argparse
import base64
import contextlib
import glob
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("integration", "bench"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))
import harness  # noqa: E402
import providers  # noqa: E402

DONE, LOCKED = 0, 3
PASSWORD = "correct horse"
TEXT, BYTES = "text/plain", "application/octet-stream"
GENERIC = ("xdg:schema", "org.freedesktop.Secret.Generic")

# label, attributes, secret, content type: what a recorded file has room for; and more; and a thousand.
FEW = [
    ("Mail", {"user": "jo", "server": "mail.example"}, b"swordfish", TEXT),
    ("Café 🔑", {"user": "renée", "ключ": "значение 🔑"}, "pâss wörd € 🔑".encode(), TEXT),
    ("Empty", {"user": "nobody"}, b"", TEXT),
    ("Two lines", {"user": "lines"}, b"line one\nC:\\line two\n", TEXT),
    ("Bytes", {"user": "bytes"}, bytes(16) + b"\xff" * 16 + bytes(range(256)), BYTES),
    ("Text called bytes", {"user": "called"}, b"only ASCII", BYTES),
    ("Empty bytes", {"user": "empty bytes"}, b"", BYTES),
    ("Odd names", {" a b ": "  c\td\n", "back\\slash": '"quoted"', "empty": "", "$fdo_created": "1", "attributes": "x",
                   "{}": "[]", "xdg:schema": "org.example.Own"}, b"odd", TEXT),
    ("No attributes", {}, b"x", TEXT),
    ("Folder/inner/most", {"path": "a/b"}, b"in a folder", TEXT),
    ("The same", {"number": "one"}, b"first", TEXT),
    ("The same", {"number": "two"}, b"second", TEXT),
]
SOME = FEW + [
    ("64 KiB", {"user": "long"}, b"s" * 65536, TEXT),
    ("64 KiB of bytes", {"user": "long bytes"}, bytes(range(256)) * 256, BYTES),
    ("Many attributes", {f"name {i}": f"value {i}" * 10 for i in range(60)}, b"many", TEXT),
    ("Long value", {"note": "y" * 20000}, b"long value", TEXT),
]
MANY = SOME + [(f"Item {i}", {"number": str(i), "application": "org.example.Thousand"}, b"secret %d" % i, TEXT) for i in range(1000)]


def digests(folder):
    """path -> digest, of every file."""
    found = {}
    for path in glob.glob(f"{folder}/**", recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


def without_schema(attributes):
    """As a comparison takes them: without what providers give to items that have no schema."""
    return tuple(sorted(pair for pair in attributes.items() if pair != GENERIC and pair[0] != "xdg:content-type"))


def item(label, attributes, secret, content_type):
    return label, without_schema(attributes), secret, content_type


class Filled:
    """What both programs have in common, over the classes of the benchmark that start them."""

    password = PASSWORD

    def __init__(self, options, stored=SOME):
        self.stored = stored
        super().__init__(options, None, 0)

    @contextlib.contextmanager
    def opened(self):
        """The collection, in a session without encryption: SecretStorage drops the leading zeros of public keys."""
        import secretstorage
        from jeepney import MatchRule
        from jeepney.bus_messages import message_bus
        from secretstorage.dhcrypto import Session
        with self.home.connect() as bus:
            bus.send_and_get_reply(message_bus.AddMatch(MatchRule(type="signal")))  # oo7 tells of prompts to all
            session = Session()
            session.encrypted = False
            session.object_path = self.call(bus, providers.SERVICE, "org.freedesktop.Secret.Service", "OpenSession", "sv",
                                            ("plain", ("s", "")))[1]
            yield secretstorage.Collection(bus, self.collection(), session)

    def fill(self):
        with self.opened() as collection:
            collection.unlock()
            for label, attributes, secret, content_type in self.stored:
                collection.create_item(label, attributes, secret, content_type=content_type)

    def contents(self):
        """Every item as the program itself serves it."""
        with self.opened() as collection:
            return sorted(item(each.get_label(), each.get_attributes(), each.get_secret(), each.get_secret_content_type())
                          for each in collection.get_all_items())


class Oo7(Filled, providers.Oo7):
    def prepare(self, collections):
        """Somebody gives the password when it makes its keyring."""
        script = f"{self.home.top}/script"
        with open(script, "w") as file:
            file.writelines(json.dumps({"password": self.password, "confirm": True}) + "\n" for _ in range(10))
        prompter = subprocess.Popen([sys.executable, "-B", f"{HERE}/../integration/prompter.py", script, f"{self.home.top}/shown"],
                                    env=self.home.environment, stdout=subprocess.PIPE, text=True)
        self.prompter = prompter
        prompter.stdout.readline()

    def is_filled(self, bus):
        return self.call(bus, providers.SERVICE, "org.freedesktop.Secret.Service", "ReadAlias", "s", ("default",))[0] != "/"

    def close(self):
        self.prompter.kill()
        self.prompter.wait()
        self.prompter.stdout.close()
        super().close()

    @property
    def keyring(self):
        return f"{self.home.environment['XDG_DATA_HOME']}/keyrings/v1/login.keyring"


def utf16(text):
    """As QDataStream writes a QString."""
    units = text.encode("utf-16-be")
    return struct.pack(">I", len(units)) + units


class KWallet(Filled, providers.KWallet):
    APPLICATION = "python3"  # which the wallet lets in
    PASSWORDS = [("Passwords", "wifi", "swordfish"), ("Passwords", "café 🔑", "pâss wörd € 🔑"), ("Passwords", "empty", ""),
                 ("Passwords", "a/b", "in a/b"), ("Network", "wifi__0_", "numbered")]
    MAPS = [("Form Data", "https://example.org/#login", {"user": "jo", "password": 'a "quoted"\\ one\n', "ключ": "€"}),
            ("Form Data", "no members", {})]
    STREAMS = [("Network", "zeros", bytes(40) + b"\xff" * 40), ("Network", "nothing", b""), ("Network", "text", b"ASCII")]
    salt = bytes(range(100, 156))

    def prepare(self, collections):
        self.make_wallet()

    def kwallet(self, method, signature="", *body):
        from jeepney import DBusAddress, MessageType, new_method_call
        with self.home.connect() as bus:
            reply = bus.send_and_get_reply(new_method_call(
                DBusAddress("/modules/kwalletd5", "org.kde.kwalletd5", "org.kde.KWallet"), method, signature, body), timeout=60)
        assert reply.header.message_type == MessageType.method_return, (method, reply.body)
        return reply.body[0] if reply.body else None

    def fill(self):
        handle = self.kwallet("open", "sxs", "kdewallet", 0, self.APPLICATION)
        write = lambda kind, signature, *body: self.assert_zero(self.kwallet(kind, signature, handle, *body, self.APPLICATION))
        for folder in ("Passwords", "Form Data", "Network"):
            self.kwallet("createFolder", "iss", handle, folder, self.APPLICATION)
        for folder, name, password in self.PASSWORDS:
            write("writePassword", "issss", folder, name, password)
        for folder, name, members in self.MAPS:
            pairs = b"".join(utf16(key) + utf16(value) for key, value in members.items())
            write("writeMap", "issays", folder, name, struct.pack(">I", len(members)) + pairs)
        for folder, name, value in self.STREAMS:
            write("writeEntry", "issayis", folder, name, value, 2)
        super().fill()
        self.kwallet("sync", "is", handle, self.APPLICATION)  # it writes when nothing happens for a while

    @staticmethod
    def assert_zero(code):
        assert code == 0, code

    def own_entries(self):
        """What was written through its own interface, as it should be imported."""
        def entry(folder, name, kind, secret, content_type):
            label = f"{folder}/{name}".removesuffix("__0_")
            return item(label, {"server": folder, "user": name, "type": kind}, secret, content_type)
        found = [entry(folder, name, "plaintext", password.encode(), TEXT) for folder, name, password in self.PASSWORDS]
        found += [entry(folder, name, "base64", value, BYTES) for folder, name, value in self.STREAMS]
        for folder, name, members in self.MAPS:
            text = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            found.append(entry(folder, name, "map", text.encode(), "application/json"))
        return found

    @property
    def keyring(self):
        return f"{self.home.environment['XDG_DATA_HOME']}/kwalletd/kdewallet.kwl"


class Moving(unittest.TestCase):
    """A Coffer that imports."""

    def setUp(self):
        self.home = harness.Home(os.environ["COFFER_BIN"])
        self.addCleanup(self.home.close)
        self.home.start(password=PASSWORD)

    def started(self, kind, stored=SOME):
        if not kind.program(OPTIONS):
            self.skipTest(f"{kind.name} is not installed: {MISSING[kind]}")
        program = kind(OPTIONS, stored)
        self.addCleanup(program.close)
        return program

    def coffer(self, *arguments, given=b"", expect=DONE):
        result = self.home.run(f"{self.home.binaries}/coffer", *arguments, input=given, timeout=300)
        self.assertEqual(result.returncode, expect, (arguments, result.stdout[-2000:], result.stderr))
        return result

    def imported(self, source, password=PASSWORD, expect=DONE):
        report, = json.loads(self.coffer("import", "--json", source, given=f"{password}\n".encode(), expect=expect).stdout)["sources"]
        return report

    def counts(self, report):
        return report["items"], report["added"], report["duplicates"]

    def contents(self):
        """Every item of Coffer's."""
        found = []
        for each in json.loads(self.coffer("list", "--json").stdout):
            shown = json.loads(self.coffer("show", "--secrets", "--json", each["path"]).stdout)
            decode = base64.b64decode if shown["encoding"] == "base64" else str.encode
            self.assertNotIn("xdg:content-type", shown["attributes"])
            found.append(item(shown["label"], shown["attributes"], decode(shown["secret"]), shown["content_type"]))
        return sorted(found)

    def check_equal(self, ours, theirs):
        """As assertEqual, but tells the items that differ instead of all."""
        missing = [each for each in theirs if each not in ours]
        extra = [each for each in ours if each not in theirs]
        self.assertEqual(str((missing, extra))[:2000], str(([], [])))
        self.assertEqual(len(ours), len(theirs))

    def check_wrong_password(self, program):
        before = digests(os.path.dirname(program.keyring))
        report = self.imported(program.keyring, password="wrong", expect=LOCKED)
        self.assertIn("password", report["error"])
        self.assertEqual(digests(os.path.dirname(program.keyring)), before)
        self.assertEqual(self.contents(), [])


class FromOo7(Moving):
    def test_everything_that_it_wrote(self):
        oo7 = self.started(Oo7, MANY)
        oo7.fill()
        self.check_equal(oo7.contents(), sorted(item(*each) for each in MANY))
        oo7.stop()
        self.check_wrong_password(oo7)
        before = digests(os.path.dirname(oo7.keyring))
        self.assertEqual(self.counts(self.imported(oo7.keyring)), (len(MANY), len(MANY), 0))
        self.assertEqual(digests(os.path.dirname(oo7.keyring)), before)
        self.check_equal(self.contents(), sorted(item(*each) for each in MANY))
        self.assertEqual(self.counts(self.imported(oo7.keyring)), (len(MANY), 0, len(MANY)))

    def test_the_running_program_and_its_file_have_the_same_items(self):
        oo7 = self.started(Oo7)
        oo7.fill()
        live = self.imported("bus:" + oo7.home.environment["DBUS_SESSION_BUS_ADDRESS"])
        self.assertEqual((live["added"], live["failures"], live["losses"]), (len(SOME), [], []))
        self.assertEqual(self.counts(self.imported(oo7.keyring)), (len(SOME), 0, len(SOME)))

    def test_its_keyring_is_found(self):
        oo7 = self.started(Oo7)
        oo7.fill()
        shutil.copytree(f"{oo7.home.environment['XDG_DATA_HOME']}/keyrings", f"{self.home.environment['XDG_DATA_HOME']}/keyrings")
        report, = json.loads(self.coffer("import", "--json", given=f"{PASSWORD}\n".encode()).stdout)["sources"]
        self.assertEqual((report["format"], report["added"]), ("libsecret", len(SOME)))

    def test_it_opens_what_we_export(self):
        path = f"{self.home.top}/items.json"
        with open(path, "w") as file:
            json.dump({"coffer-export": 1, "label": "", "created": 0, "modified": 0, "items": [
                {"label": label, "attributes": attributes, "secret-base64": base64.b64encode(secret).decode(),
                 "content-type": content_type} for label, attributes, secret, content_type in SOME]}, file)
        self.imported(path)
        exported = f"{self.home.top}/login.keyring"
        self.coffer("export", "--format", "oo7", exported, "login", given=f"{PASSWORD}\n".encode())
        oo7 = self.started(Oo7)
        oo7.stop()
        os.makedirs(os.path.dirname(oo7.keyring), mode=0o700, exist_ok=True)
        shutil.copy(exported, oo7.keyring)
        oo7.start(PASSWORD)
        self.check_equal(oo7.contents(), sorted(item(*each) for each in SOME))


class FromKWallet(Moving):
    def test_everything_that_it_wrote(self):
        kwallet = self.started(KWallet, MANY)
        kwallet.fill()
        served = kwallet.contents()
        stored = [item(*each) for each in MANY]
        self.assertEqual([each for each in stored if each not in served], [])
        kwallet.stop()
        self.check_wrong_password(kwallet)
        before = digests(os.path.dirname(kwallet.keyring))
        wanted = sorted(stored + kwallet.own_entries())
        report = self.imported(kwallet.keyring)
        self.assertEqual((self.counts(report), report["losses"]), ((len(wanted), len(wanted), 0), []))
        self.assertEqual(digests(os.path.dirname(kwallet.keyring)), before)
        self.check_equal(self.contents(), wanted)
        self.assertEqual(self.counts(self.imported(kwallet.keyring)), (len(wanted), 0, len(wanted)))

    def test_maps_are_what_its_own_tool_shows(self):
        kwallet = self.started(KWallet)
        kwallet.fill()
        self.imported(kwallet.keyring)
        ours = {each[0]: each[2] for each in self.contents()}
        for folder, name, members in kwallet.MAPS:
            self.assertEqual(json.loads(ours[f"{folder}/{name}"]), members)
            shown = kwallet.home.run("kwallet-query", "-r", name, "-f", folder, "kdewallet", timeout=30)
            self.assertEqual(json.loads(shown.stdout), members, shown.stderr)

    def test_without_the_file_of_attributes_every_secret_arrives_under_the_label_that_it_shows(self):
        kwallet = self.started(KWallet)
        kwallet.fill()
        kwallet.stop()
        os.unlink(kwallet.keyring.replace(".kwl", "_attributes.json"))
        self.imported(kwallet.keyring)
        ours = self.contents()
        self.assertEqual(sorted(each[2] for each in ours),
                         sorted([each[2] for each in kwallet.own_entries()] + [each[2] for each in SOME]))
        kwallet.start(PASSWORD)
        self.assertEqual(sorted(each[0] for each in ours), sorted(each[0] for each in kwallet.contents()))


MISSING = {Oo7: "name oo7-daemon with --oo7, or put it on the PATH", KWallet: "apt install libkf5wallet-bin libqca-qt5-2-plugins"}


def record(folder):
    """Small files with FEW in them, and KWallet's own entries."""
    for kind, name in ((Oo7, "oo7"), (KWallet, "kwallet")):
        if not kind.program(OPTIONS):
            print(f"{kind.name} is not installed: {MISSING[kind]}", file=sys.stderr)
            continue
        program = kind(OPTIONS, FEW)
        try:
            program.fill()
            program.stop()
            stem, ending = os.path.splitext(program.keyring)
            for other in ("_attributes.json", ".salt", ending):
                if os.path.exists(stem + other):
                    shutil.copy(stem + other, f"{folder}/{name}{other}")
        finally:
            program.close()


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="where the built programs are")
    parser.add_argument("--oo7", help="the program oo7-daemon, where it is not on the PATH")
    parser.add_argument("--record", metavar="FOLDER", help="write small files there, and run no tests")
    parser.add_argument("tests", nargs="*", help="these only: FromOo7, FromKWallet.test_...")
    OPTIONS = parser.parse_args()
    os.environ["COFFER_BIN"] = os.path.abspath(OPTIONS.bin)
    harness.drop_to_ordinary_user()
    OPTIONS.bin = os.environ["COFFER_BIN"]
    if OPTIONS.record:
        return record(OPTIONS.record)
    unittest.main(argv=[sys.argv[0], *OPTIONS.tests], verbosity=2)


if __name__ == "__main__":
    sys.exit(main())
