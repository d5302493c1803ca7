"""coffer backup, coffer restore, and sandboxed applications' own keyrings."""

import contextlib
import json
import os
import shutil
import stat
import subprocess
import time

import harness
import move_test
import portal_test

from move_test import DONE, FAILED, LOCKED, NOT_FOUND, USAGE

PASSWORD = "correct horse"
APPLICATION = "org.example.Mail"


class BackupTest(move_test.Moving):
    configuration = harness.CHEAP_KEYS  # with GNOME's prompter, for collections that are made

    def setUp(self):
        super().setUp()
        self.backup = f"{self.home.top}/secrets.backup"

    def store(self, label, secret, *attributes, collection="login", content_type="text/plain"):
        self.coffer("store", label, "-c", collection, "--keep", "--content-type", content_type, *attributes, secret=secret)

    def create(self, label):
        self.coffer("create", "--stdin", label, secret=PASSWORD)

    def make(self, *options, expect=DONE):
        """Under a recovery key: what it says of itself."""
        return json.loads(self.coffer("backup", "--json", "--recovery-key", self.backup, *options, expect=expect).stdout)

    def verify(self, key, expect=DONE, path=None):
        result = self.coffer("backup", "--verify", "--json", path or self.backup, secret=key, expect=expect)
        return json.loads(result.stdout) if expect == DONE else result.stderr.decode()

    def restore(self, key, *options, expect=DONE):
        return json.loads(self.coffer("restore", "--json", self.backup, *options, secret=key, expect=expect).stdout)

    def begin_anew(self):
        """A home in which nothing is but an empty collection `login`."""
        self.home.stop()
        shutil.rmtree(self.home.data)
        self.home.start()

    def collections(self):
        """label -> collection, of those that outlast the session."""
        return {each["label"]: each for each in json.loads(self.coffer("collections", "--json").stdout) if "session" not in each["aliases"]}

    def everything(self):
        """label of the collection -> its items, with their content types."""
        found = {}
        for label, collection in self.collections().items():
            items = json.loads(self.coffer("list", collection["path"], "--json").stdout)
            shown = [json.loads(self.coffer("show", "--secrets", "--json", item["path"]).stdout) for item in items]
            found[label] = sorted((item["label"], tuple(sorted(item["attributes"].items())), item["encoding"], item["secret"],
                                   item["content_type"]) for item in shown)
        return found

    def fill(self):
        self.store("Mail", "swordfish", "user=jo", "xdg:schema=org.example.Mail")
        self.store("Empty", b"", "kind=empty")
        self.store("Binary", bytes(range(256)), "kind=binary", content_type="application/octet-stream")
        self.store("Large", b"s" * 1_000_000, "kind=large")
        self.create("Caf\u00e9")
        self.store("Other", "p\u00e2ss \u20ac\n", "user=jo", collection="Caf\u00e9", content_type="text/plain; charset=utf-8")


class RoundTrip(BackupTest):
    def test_everything_comes_back_into_a_fresh_home_and_a_second_time_adds_nothing(self):
        self.fill()
        self.coffer("default", "Caf\u00e9")
        before = self.everything()
        made = self.make()
        self.assertEqual({each["label"]: (each["items"], each["aliases"]) for each in made["collections"]},
                         {"Login": (4, ["login"]), "Caf\u00e9": (1, ["default"])})
        self.begin_anew()
        self.person({"password": "another"})
        plan = self.restore(made["recovery_key"], "--dry-run")
        self.assertEqual({each["label"]: (each["added"], each["made"]) for each in plan["collections"]},
                         {"Login": (4, False), "Caf\u00e9": (1, True)})
        self.assertEqual(set(self.collections()), {"Login"})
        self.assertEqual(self.items(), [])
        restored = self.restore(made["recovery_key"])
        for one, other in zip(plan["collections"], restored["collections"]):
            self.assertEqual([one[key] for key in ("label", "added", "duplicates", "conflicts", "made")],
                             [other[key] for key in ("label", "added", "duplicates", "conflicts", "made")])
        self.assertEqual(self.everything(), before)
        question, = self.questions()
        self.assertIn("Caf\u00e9", question["description"])
        # What is the default collection already stays it.
        self.assertEqual(self.collections()["Login"]["aliases"], ["default", "login"])
        again = self.restore(made["recovery_key"])
        self.assertEqual([(each["added"], each["duplicates"], each["made"]) for each in again["collections"]],
                         [(0, each["items"], False) for each in again["collections"]])
        self.assertEqual(self.everything(), before)
        self.assertEqual(len(self.questions()), 1)

    def test_a_home_without_any_collection_gets_them_all(self):
        self.store("Mail", "swordfish", "user=jo")
        before = self.everything()
        key = self.make()["recovery_key"]
        self.home.stop()
        shutil.rmtree(self.home.data)
        self.home.start(password=None)
        self.person({"password": "another"})
        restored, = self.restore(key)["collections"]
        self.assertEqual((restored["made"], restored["aliases"]), (True, ["default"]))
        self.assertEqual(self.everything(), before)
        again, = self.restore(key)["collections"]
        self.assertEqual((again["made"], again["added"], again["duplicates"]), (False, 0, 1))

    def test_times_are_in_the_backup(self):
        self.create("Work")
        before = self.collections()
        made = self.make()
        self.assertEqual({each["label"]: each["modified"] for each in made["collections"]},
                         {label: each["modified"] for label, each in before.items()})

    def test_nothing_that_is_there_is_changed(self):
        self.store("Mail", "old", "user=jo")
        self.store("Same", "same", "user=ann")
        key = self.make()["recovery_key"]
        self.coffer("edit", "--secret", "user=jo", secret="new")
        self.store("Later", "later", "user=kim")
        report, = self.restore(key)["collections"]
        self.assertEqual(self.counts(report), (2, 1, 1, 1))
        self.assertEqual(sorted(secret for _, _, secret in self.items()), ["later", "new", "old", "same"])

    def test_a_dismissed_prompt_leaves_the_other_collections_restored(self):
        self.fill()
        key = self.make()["recovery_key"]
        self.begin_anew()
        self.person({"cancel": True}, {"password": "another"})
        first = {each["label"]: each for each in self.restore(key, expect=LOCKED)["collections"]}
        self.assertEqual((first["Login"]["added"], first["Caf\u00e9"]["added"], first["Caf\u00e9"]["made"]), (4, 0, False))
        self.restore(key)
        self.assertEqual({label: len(items) for label, items in self.everything().items()}, {"Login": 4, "Caf\u00e9": 1})

    def test_two_collections_of_one_label_stay_two(self):
        for secret in ("one", "two"):
            self.create("Twin")
            path = max(each["path"] for each in json.loads(self.coffer("collections", "--json").stdout) if each["label"] == "Twin")
            self.store("Item", secret, "kind=twin", collection=path)
        key = self.make()["recovery_key"]
        self.begin_anew()
        self.person({"password": "another"}, {"password": "another"})
        self.restore(key)
        self.assertEqual([each["added"] for each in self.restore(key)["collections"]], [0, 0, 0])
        paths = [each["path"] for each in json.loads(self.coffer("collections", "--json").stdout) if each["label"] == "Twin"]
        self.assertEqual(sorted(item[2] for path in paths for item in self.items(path)), ["one", "two"])
        self.assertEqual([len(self.items(path)) for path in paths], [1, 1])

    def test_a_locked_collection_is_unlocked_by_a_prompt_and_otherwise_there_is_no_backup(self):
        self.store("Mail", "swordfish", "user=jo")
        self.coffer("lock")
        self.person({"cancel": True}, {"password": PASSWORD})
        self.coffer("backup", "--recovery-key", self.backup, expect=LOCKED)
        self.assertFalse(os.path.exists(self.backup))
        self.assertEqual(self.make()["collections"][0]["items"], 1)

    def test_a_password_from_a_descriptor(self):
        self.store("Mail", "swordfish", "user=jo")
        self.coffer("backup", self.backup, secret=PASSWORD + "\n")
        self.assertEqual(self.verify(PASSWORD + "\n")["collections"][0]["items"], 1)
        self.assertIn("another password", self.verify("wrong", expect=LOCKED))

    def test_a_killed_restore_loses_and_doubles_nothing_when_repeated(self):
        entries = [(f"Item {i}", f"user{i}", "https://a.example", f"secret{i}") for i in range(2000)]
        self.coffer("import", self.csv(entries=entries))
        key = self.make()["recovery_key"]
        before = self.items_quickly()
        self.begin_anew()
        interrupted = 0
        for _ in range(5):
            before_this = self.count()
            restoring = subprocess.Popen([f"{self.home.binaries}/coffer", "restore", self.backup], env=self.home.environment,
                                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            restoring.stdin.write(key.encode())
            restoring.stdin.close()
            harness.wait_for(lambda: self.count() > before_this or restoring.poll() is not None)
            restoring.kill()
            restoring.wait()
            interrupted += 0 < self.count() < len(entries)
        self.assertGreater(interrupted, 0)
        self.restore(key)
        self.assertEqual(self.items_quickly(), before)

    def count(self):
        return self.collections()["Login"]["items"]

    def items_quickly(self):
        path = f"{self.home.top}/all.json"
        self.coffer("export", "--format", "json", "--yes", "--force", path)
        with open(path) as file:
            items = json.load(file)["items"]
        return sorted((item["label"], json.dumps(item["attributes"]), item["secret"]) for item in items)


class TheFile(BackupTest):
    def setUp(self):
        super().setUp()
        self.store("Mail", "swordfish", "user=jo")

    def content(self, path=None):
        with open(path or self.backup, "rb") as file:
            return file.read()

    def test_only_its_owner_can_read_it_and_it_replaces_none_unless_told_to(self):
        self.make()
        self.assertEqual(stat.S_IMODE(os.stat(self.backup).st_mode), 0o600)
        first = self.content()
        self.assertNotIn(b"swordfish", first)
        self.assertIn(b"--force", self.coffer("backup", "--recovery-key", self.backup, expect=FAILED).stderr)
        self.assertEqual(self.content(), first)
        key = self.make("--force")["recovery_key"]
        self.assertNotEqual(self.content(), first)
        self.verify(key)
        self.assertEqual([name for name in os.listdir(self.home.top) if "backup" in name], ["secrets.backup"])

    def test_an_interrupted_backup_leaves_the_old_file(self):
        key = self.make()["recovery_key"]
        first = self.content()
        for delay in (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3):
            making = subprocess.Popen([f"{self.home.binaries}/coffer", "backup", "--force", self.backup],
                                      env=self.home.environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
            making.stdin.write(b"a password\n")
            making.stdin.close()
            time.sleep(delay)
            making.kill()
            making.wait()
            if self.content() == first:
                self.verify(key)
            else:  # it was done already
                self.verify("a password")
        self.assertEqual([name for name in os.listdir(self.home.top) if "backup" in name], ["secrets.backup"])

    def test_a_backup_that_cannot_be_written_leaves_nothing_behind(self):
        folder = f"{self.home.top}/closed"
        os.mkdir(folder, 0o500)
        self.coffer("backup", "--recovery-key", f"{folder}/file", expect=FAILED)
        self.assertEqual(os.listdir(folder), [])

    def test_a_recovery_key_that_nobody_sees_replaces_nothing(self):
        self.make()
        first = self.content()
        with open("/dev/full", "w") as full:
            result = subprocess.run([f"{self.home.binaries}/coffer", "backup", "--force", "--recovery-key", self.backup],
                                    env=self.home.environment, stdout=full, stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(result.returncode, FAILED)
        self.assertEqual(self.content(), first)

    def test_what_is_wrong_is_told_apart_in_words(self):
        key = self.make()["recovery_key"]
        content = self.content()
        def told(data, key=key, expect=FAILED):
            return self.verify(key, expect, self.file("other.backup", data))
        self.assertIn("cut off", told(content[:-1]))
        self.assertIn("added", told(content + b"x"))
        self.assertIn("altered", told(content[:-1] + bytes([content[-1] ^ 1])))
        self.assertIn("header is damaged", told(content[:50] + bytes([content[50] ^ 1]) + content[51:]))
        self.assertIn("no backup", told(b"hello"))
        self.assertIn("mistyped", told(content, key[:-1] + ("0" if key[-1] != "0" else "1"), LOCKED))
        other = self.make("--force")["recovery_key"]
        self.assertIn("another recovery key", told(content, other, LOCKED))
        self.assertEqual(self.verify(other)["collections"][0]["items"], 1)

    def test_nothing_of_a_damaged_backup_is_restored(self):
        key = self.make()["recovery_key"]
        content = self.content()
        self.begin_anew()
        with open(self.backup, "wb") as file:
            file.write(content[:-1] + bytes([content[-1] ^ 1]))
        self.coffer("restore", self.backup, secret=key, expect=FAILED)
        self.assertEqual(self.items(), [])

    def test_the_key_is_typed_as_people_type(self):
        key = self.make()["recovery_key"]
        self.assertRegex(key, "^([0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}$")
        self.verify(key.lower().replace("-", " ") + "\n")

    def test_an_import_says_what_reads_it(self):
        self.make()
        self.assertIn(b"coffer restore", self.coffer("import", self.backup, expect=FAILED).stderr)

    def test_on_a_terminal_the_password_is_asked_for_without_being_shown(self):
        coffer = f"{self.home.binaries}/coffer"
        status, shown = self.home.run_on_terminal(coffer, "backup", self.backup, typed=(
            "Password of the backup:", "tiny\n", "again:", "tiny\n"))
        self.assertEqual(status, DONE, shown)
        status, more = self.home.run_on_terminal(coffer, "backup", "--verify", self.backup, typed=(
            "recovery key of", "wrong\n", "That was wrong", "tiny\n"))
        self.assertEqual(status, DONE, more)
        self.assertIn("Login", more)
        status, last = self.home.run_on_terminal(coffer, "restore", self.backup, typed=(
            "recovery key of", "tiny\n", "[y/N]", "n\n"))
        self.assertEqual(status, LOCKED, last)
        self.assertNotIn("tiny", shown + more + last)
        self.assertNotIn("swordfish", shown + more + last)

    def test_options_that_make_no_sense_together_are_refused(self):
        for option in ("--force", "--applications", "--recovery-key"):
            self.coffer("backup", "--verify", option, self.backup, expect=USAGE)
        self.coffer("backup", self.backup, secret="\n", expect=USAGE)  # no password


class ApplicationsTest(portal_test.ThroughThePortal):
    """Keyrings that the real libsecret has written, in a sandbox and with the real portal's secret."""

    def setUp(self):
        super().setUp()
        self.backup = f"{self.home.top}/secrets.backup"

    def folder(self, application=APPLICATION):
        return f"{self.home.environment['HOME']}/.var/app/{application}/data"

    def keyring(self, application=APPLICATION):
        return f"{self.folder(application)}/keyrings/default.keyring"

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def coffer(self, *arguments, secret=b"", expect=DONE):
        result = self.home.run(f"{self.home.binaries}/coffer", *arguments, input=secret.encode() if isinstance(secret, str) else secret)
        self.assertEqual(result.returncode, expect, (arguments, result.stdout, result.stderr))
        return result

    def json(self, *arguments, **more):
        return json.loads(self.coffer(*arguments, "--json", **more).stdout)

    def said_by(self, *lines, application=APPLICATION):
        """What the application says to these lines; it keeps its data where Flatpak has it."""
        os.makedirs(self.folder(application), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.symlink(self.folder(application), f"{self.home.top}/{application}")
        for _ in range(3):  # libsecret 0.20 waits for ever when the portal's answer comes before it listens for it
            started = self.start_application(application, "keyring")
            with contextlib.suppress(subprocess.TimeoutExpired):
                return started.communicate("".join(line + "\n" for line in lines), timeout=15)[0].split()
            started.kill()
        self.fail("the application gets no answer")

    def begin_anew(self):
        self.home.stop()
        shutil.rmtree(self.home.data)
        self.home.start()

    def test_an_applications_items_are_listed_shown_imported_and_exported(self):
        self.said_by("store swordfish")
        found, = self.json("applications")
        self.assertEqual([found[key] for key in ("application", "path", "state", "items")],
                         [APPLICATION, self.keyring(), "readable", 1])
        item, = self.json("applications", APPLICATION)
        self.assertEqual((item["label"], item["attributes"]["user"], item.get("secret")), ("a label", "jo", None))
        item, = self.json("applications", APPLICATION, "--secrets")
        self.assertEqual(item["secret"], "swordfish")
        self.assertIn(b"swordfish", self.coffer("applications", APPLICATION, "--secrets").stdout)
        self.assertEqual(self.items(user="jo"), [])
        report, = self.json("import")["sources"]  # finds it by itself
        self.assertEqual((report["source"], report["format"], report["added"]), (f"application:{APPLICATION}", "libsecret", 1))
        self.assertEqual([item.get_secret() for item in self.items(user="jo")], [b"swordfish"])
        exported = f"{self.home.top}/exported.json"
        self.coffer("export", "--format", "json", "--yes", exported, "--application", APPLICATION)
        self.assertIn(b"swordfish", self.content(exported))

    def test_without_its_secret_a_keyring_stays_closed(self):
        self.said_by("store swordfish")
        self.items(app_id=APPLICATION)[0].delete()
        self.assertEqual(self.json("applications")[0]["state"], "no-key")
        self.coffer("applications", APPLICATION, expect=LOCKED)
        self.coffer("import", f"application:{APPLICATION}", expect=LOCKED)
        self.coffer("applications", "org.example.None", expect=NOT_FOUND)
        for hostile in ("../org.example.Mail", "..", "a/b", ".hidden"):
            self.coffer("applications", hostile, expect=USAGE)

    def test_a_locked_secret_is_told_and_unlocked_when_it_is_asked_for(self):
        self.said_by("store swordfish")
        self.lock()
        self.person({"password": PASSWORD})
        self.assertEqual(self.json("applications")[0]["state"], "locked")
        self.assertEqual(self.questions(), [])
        self.assertEqual(len(self.json("applications", APPLICATION)), 1)

    def test_no_link_of_an_application_is_followed(self):
        victim = f"{self.home.top}/victim"
        with open(victim, "w") as file:
            file.write("private")
        os.makedirs(f"{self.folder()}/keyrings")
        os.symlink(victim, self.keyring())
        os.makedirs(self.folder("org.example.Other"))
        os.symlink(self.home.top, f"{self.folder('org.example.Other')}/keyrings")
        shutil.copy(victim, f"{self.home.top}/default.keyring")
        os.makedirs(f"{self.folder('org.example.Pipe')}/keyrings")
        os.mkfifo(self.keyring("org.example.Pipe"))
        self.assertEqual(self.json("applications"), [])
        self.assertEqual(self.json("backup", "--recovery-key", "--applications", self.backup)["applications"], [])

    def test_a_backup_brings_an_applications_secrets_back(self):
        self.said_by("store swordfish")
        written = self.content(self.keyring())
        left = self.json("backup", "--recovery-key", self.backup)
        self.assertEqual((left["left_out"], left["collections"][0]["items"], left["applications"]), (1, 0, []))
        made = self.json("backup", "--recovery-key", "--applications", "--force", self.backup)
        self.assertEqual((made["left_out"], made["collections"][0]["items"], made["applications"]),
                         (0, 1, [{"application": APPLICATION, "bytes": len(written)}]))
        self.begin_anew()
        shutil.rmtree(f"{self.home.environment['HOME']}/.var")
        plan = self.json("restore", "--dry-run", self.backup, secret=made["recovery_key"])
        self.assertEqual([(each["action"], each["path"]) for each in plan["applications"]], [("add", self.keyring())])
        self.assertFalse(os.path.exists(f"{self.home.environment['HOME']}/.var"))
        self.json("restore", self.backup, secret=made["recovery_key"])
        self.assertEqual(self.content(self.keyring()), written)
        self.assertEqual(stat.S_IMODE(os.stat(self.keyring()).st_mode), 0o600)
        self.assertEqual(self.said_by("lookup"), ["swordfish"])
        again = self.json("restore", self.backup, secret=made["recovery_key"])
        self.assertEqual([each["action"] for each in again["applications"]], ["skip"])

    def test_another_keyring_of_the_application_is_not_touched(self):
        self.said_by("store swordfish")
        written = self.content(self.keyring())
        made = self.json("backup", "--recovery-key", "--applications", self.backup)
        self.said_by("store herring")
        now = self.content(self.keyring())
        for action in ("add-beside", "skip"):
            restored, = self.json("restore", self.backup, secret=made["recovery_key"])["applications"]
            self.assertEqual(restored["action"], action)
            self.assertEqual(self.content(self.keyring()), now)
            self.assertEqual(self.content(restored["path"]), written)
            self.assertTrue(restored["path"].startswith(self.keyring() + ".of-backup-"))
        self.assertEqual(self.said_by("lookup"), ["herring"])
        self.assertEqual(len([name for name in os.listdir(os.path.dirname(self.keyring())) if "backup" in name]), 1)

    def test_a_restored_keyring_goes_through_no_link(self):
        self.said_by("store swordfish")
        made = self.json("backup", "--recovery-key", "--applications", self.backup)
        shutil.rmtree(f"{self.folder()}/keyrings")
        elsewhere = f"{self.home.top}/elsewhere"
        os.mkdir(elsewhere)
        os.symlink(elsewhere, f"{self.folder()}/keyrings")
        self.coffer("restore", self.backup, secret=made["recovery_key"], expect=FAILED)
        self.assertEqual(os.listdir(elsewhere), [])


for name in dir(portal_test.ThroughThePortal):
    if name.startswith("test_"):
        setattr(ApplicationsTest, name, None)


if __name__ == "__main__":
    harness.main()
