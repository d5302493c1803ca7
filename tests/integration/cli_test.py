"""coffer, the command, against Coffer and against gnome-keyring."""

import json
import os
import re
import signal
import subprocess
import time

import harness

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../data")


def text_of(name):
    with open(f"{DATA}/{name}") as file:
        return file.read()


# Read while this is still who may read the checkout.
MANUAL = text_of("man/coffer.1").replace("Fl -", "--")
COMPLETIONS = {name: text_of(f"completions/{name}") for name in ("coffer.bash", "_coffer", "coffer.fish")}
LOGIN = "/org/freedesktop/secrets/collection/login"
DONE, NOT_FOUND, USAGE, LOCKED, NO_SERVICE, FAILED = range(6)


class Command(harness.CofferTest):
    def coffer(self, *arguments, secret=b"", expect=DONE):
        data = secret.encode() if isinstance(secret, str) else secret
        result = self.home.run(f"{self.home.binaries}/coffer", *arguments, input=data)
        self.assertEqual(result.returncode, expect, (arguments, result.stdout, result.stderr))
        return result

    def json(self, *arguments, **options):
        return json.loads(self.coffer(arguments[0], "--json", *arguments[1:], **options).stdout)


class AnyProvider:
    """What must work whoever serves."""

    def test_stores_and_looks_up(self):
        self.coffer("store", "a label", "user=jo", secret="swordfish")
        self.assertEqual(self.coffer("lookup", "user=jo").stdout, b"swordfish")

    def test_takes_the_words_in_the_order_of_secret_tool(self):
        self.coffer("store", "--label=a label", "user", "jo", "host", "[a,b]", secret="swordfish")
        self.assertEqual(self.coffer("lookup", "user", "jo").stdout, b"swordfish")
        self.assertEqual(self.lookup(host="[a,b]").stdout, b"swordfish")

    def test_reads_what_secret_tool_wrote_and_the_other_way_round(self):
        self.store("one", user="jo")
        self.assertEqual(self.coffer("lookup", "user=jo").stdout, b"one")
        self.coffer("store", "a label", "user=ann", secret="two")
        self.assertEqual(self.lookup(user="ann").stdout, b"two")

    def test_any_bytes_are_a_secret(self):
        for secret in (b"two\nlines\n\n", b"\0\xff\x00binary\n", "Пароль 密码 🔑".encode(), b"", os.urandom(100_000)):
            self.coffer("store", "a label", "user=jo", secret=secret)
            self.assertEqual(self.coffer("lookup", "user=jo").stdout, secret)

    def test_strips_one_newline_when_asked_to(self):
        self.coffer("store", "a label", "user=jo", "--strip-newline", secret="line\n\n")
        self.assertEqual(self.coffer("lookup", "user=jo").stdout, b"line\n")

    def test_storing_again_replaces_and_keep_does_not(self):
        self.coffer("store", "a label", "user=jo", secret="one")
        self.coffer("store", "a label", "user=jo", secret="two")
        self.assertEqual(len(self.json("search", "--all", "user=jo")), 1)
        self.coffer("store", "a label", "--keep", "user=jo", secret="three")
        self.assertEqual(len(self.json("search", "--all", "user=jo")), 2)

    def test_json_says_how_the_secret_is_encoded(self):
        self.coffer("store", "a label", "user=jo", secret="swordfish")
        found = self.json("lookup", "user=jo")
        self.assertEqual((found["secret"], found["encoding"], found["label"]), ("swordfish", "utf-8", "a label"))
        self.coffer("store", "a label", "user=jo", secret=b"\xff\0a")
        self.assertEqual(self.json("lookup", "--secret-only", "user=jo"),
                         {"secret": "/wBh", "encoding": "base64", "content_type": "text/plain"})

    def test_search_shows_secrets_only_when_asked(self):
        self.coffer("store", "a label", "user=jo", secret="swordfish")
        quiet = self.coffer("search", "user=jo").stdout
        self.assertIn(b"a label", quiet)
        self.assertIn(b"user = jo", quiet)
        self.assertNotIn(b"swordfish", quiet + self.coffer("search", "user=jo", "--json").stdout)
        self.assertIn(b"swordfish", self.coffer("search", "--secrets", "user=jo").stdout)
        self.assertEqual(self.json("search", "--secrets", "user=jo")[0]["secret"], "swordfish")

    def test_what_is_not_there_is_not_found(self):
        for command in ("lookup", "search", "show", "delete"):
            self.assertEqual(self.coffer(command, "user=nobody", expect=NOT_FOUND).stdout, b"")
        self.assertEqual(self.json("search", "user=nobody", expect=NOT_FOUND), [])
        self.coffer("list", "nothing", expect=NOT_FOUND)
        self.coffer("show", f"{LOGIN}/99999", expect=NOT_FOUND)

    def test_what_makes_no_sense_is_wrong_usage(self):
        for words in ([], ["lookup"], ["lookup", "user"], ["delete"], ["store", "label"], ["no-such-command"],
                      ["lookup", "/not//a/path"], ["edit", "user=jo"], ["lookup", b"user=\xff"]):
            self.coffer(*words, expect=USAGE)

    def test_control_characters_in_labels_never_reach_the_terminal(self):
        self.coffer("store", "evil \x1b]0;title\x07", "user=\x1b[31mjo", secret="swordfish")
        path = self.json("search", "user=\x1b[31mjo")[0]["path"]
        for command in (["search", "user=\x1b[31mjo"], ["show", path], ["list"]):
            shown = self.coffer(*command).stdout
            self.assertNotIn(b"\x1b", shown)
            self.assertIn(b"evil \\x1b]0;title\\x07", shown)

    def test_edits_label_attributes_and_secret(self):
        self.coffer("store", "a label", "user=jo", "host=a", secret="one")
        path = self.json("show", "user=jo")["path"]
        self.coffer("edit", path, "--label", "another", "--set", "host=b", "--set", "port=1", "--unset", "user")
        item = self.json("show", path)
        own = {key: value for key, value in item["attributes"].items() if key != "xdg:schema"}
        self.assertEqual((item["label"], own), ("another", {"host": "b", "port": "1"}))
        self.coffer("edit", "host=b", "--secret", secret="two")
        self.assertEqual(self.coffer("lookup", path).stdout, b"two")

    def test_an_unknown_command_is_named(self):
        self.assertIn(b"frobnicate", self.coffer("frobnicate", "user=jo", expect=USAGE).stderr)

    def test_options_take_one_word_each_and_end_where_two_dashes_say(self):
        self.coffer("store", "a label", "user=jo", secret="one")
        self.coffer("edit", "--set", "-flag=on", "--unset", "user", "user=jo")
        self.assertEqual(self.coffer("lookup", "--", "-flag=on").stdout, b"one")
        self.coffer("store", "--label", "[x]", "--", "-flag", "[on,off]", secret="two")
        self.assertEqual(self.json("show", "--", "-flag", "[on,off]")["label"], "[x]")

    def test_edits_nothing_when_several_match(self):
        for host in "ab":
            self.coffer("store", host, "user=jo", f"host={host}", secret="one")
        self.coffer("edit", "user=jo", "--label", "both", expect=USAGE)

    def test_deletes_all_that_match(self):
        for host in "ab":
            self.coffer("store", host, "user=jo", f"host={host}", secret="one")
        self.coffer("store", "c", "user=ann", secret="one")
        self.coffer("delete", "user=jo")
        self.coffer("lookup", "user=jo", expect=NOT_FOUND)
        self.coffer("clear", "user", "ann")
        self.assertEqual(self.json("list"), [])

    def test_lists_collections_and_takes_any_name_of_one(self):
        login = next(each for each in self.json("collections") if each["path"] == LOGIN)
        self.assertEqual((login["locked"], login["items"]), (False, 0))
        self.assertIn("default", login["aliases"])
        self.coffer("store", "a label", "user=jo", secret="one")
        for name in ("login", "default", LOGIN, login["label"]):
            self.assertEqual(len(self.json("list", name)), 1, name)

    def test_creates_and_renames_a_collection_without_a_prompt(self):
        path = self.json("create", "Work things", "--stdin", secret="password\n")["path"]
        self.coffer("store", "a label", "user=jo", "--collection", "Work things", secret="one")
        self.assertEqual(self.json("show", "user=jo")["collection"], path)
        self.coffer("rename", "Work things", "Other things")
        self.coffer("list", "Other things")
        self.coffer("list", "Work things", expect=NOT_FOUND)
        self.coffer("default", "Other things")
        self.assertEqual(self.json("default"), {"path": path})

    def test_removes_a_collection_only_when_told_twice(self):
        self.coffer("create", "Work things", "--stdin", secret="password\n")
        self.coffer("store", "a label", "user=jo", "--collection", "Work things", secret="one")
        self.coffer("remove", "Work things", expect=USAGE)
        self.coffer("list", "Work things")
        self.coffer("remove", "Work things", "--yes", expect=LOCKED if self.asks_before_removal else DONE)
        self.coffer("list", "Work things", expect=DONE if self.asks_before_removal else NOT_FOUND)

    def test_locks_and_unlocks_with_a_password(self):
        self.coffer("store", "a label", "user=jo", secret="one")
        self.coffer("lock", "login")
        self.assertTrue(next(c for c in self.json("collections") if c["path"] == LOGIN)["locked"])
        self.coffer("unlock", "login", "--stdin", secret="wrong\n", expect=LOCKED)
        self.coffer("unlock", "login", "--stdin", secret="correct horse")
        self.assertEqual(self.coffer("lookup", "user=jo").stdout, b"one")

    def test_changes_a_password(self):
        self.coffer("passwd", "login", "--stdin", secret="wrong\nnew\n", expect=LOCKED)
        self.coffer("passwd", "login", "--stdin", secret="correct horse\nnew one\n")
        self.coffer("lock")
        self.coffer("unlock", "login", "--stdin", secret="correct horse\n", expect=LOCKED)
        self.coffer("unlock", "login", "--stdin", secret="new one\n")

    def test_generates_a_secret_and_stores_it(self):
        stored = self.json("generate", "a label", "user=jo", "--length", "40", "--alphabet", "lower,digits")
        self.assertNotIn("secret", stored)
        secret = self.coffer("lookup", stored["path"]).stdout
        self.assertRegex(secret, rb"^[a-z0-9]{40}$")
        self.assertEqual(self.coffer("generate", "a label", "user=jo", "--print").stdout,
                         self.coffer("lookup", "user=jo").stdout)

    def test_status_tells_who_serves(self):
        status = self.json("status")
        self.assertEqual(status["program"], self.program[:15])
        self.assertTrue(status["encrypted"])
        self.assertEqual(status["default"], LOGIN)
        self.assertIn({"path": LOGIN, "label": "Login", "locked": False},
                      [{**each, "label": each["label"].capitalize()} for each in status["collections"]])
        self.assertIn(str(status["pid"]).encode(), self.coffer("status").stdout)


class WithCoffer(AnyProvider, Command):
    program = "coffer-frontend"
    asks_before_removal = True  # of what holds items; and here there is nobody to ask
    configuration = harness.CHEAP_KEYS + '[prompt]\npinentry = "none"\n'

    def setUp(self):
        super().setUp()
        self.home.start()

    def test_checks_the_files(self):
        self.coffer("store", "a label", "user=jo", secret="one")
        self.assertIn("login.coffer", self.coffer("check").stdout.decode())
        self.assertTrue(self.json("check")["files"])
        with open(f"{self.home.data}/collections/stray", "w") as file:
            file.write("what is this")
        self.assertIn("stray", self.coffer("check", expect=1).stdout.decode())
        self.coffer("check", "--data-dir", f"{self.home.top}/nowhere", expect=1)

    def test_a_dismissed_prompt_has_its_own_exit_code(self):
        self.coffer("store", "a label", "user=jo", secret="one")
        self.coffer("lock")
        for command in (["unlock"], ["lookup", "user=jo"], ["delete", "user=jo"], ["show", "--secrets", "user=jo"],
                        ["store", "a label", "user=jo"], ["search", "--unlock", "user=jo"]):
            self.assertIn(b"dismissed", self.coffer(*command, expect=LOCKED).stderr)
        self.assertTrue(self.json("search", "user=jo")[0]["locked"])

    def test_keeps_the_content_type(self):
        self.coffer("store", "a label", "user=jo", "--content-type", "application/json", secret="{}")
        self.assertEqual(self.json("lookup", "user=jo")["content_type"], "application/json")
        self.coffer("edit", "user=jo", "--secret", secret="[]")
        self.assertEqual(self.json("lookup", "user=jo")["content_type"], "application/json")

    def test_a_secret_of_a_mebibyte_fits(self):
        secret = os.urandom(1 << 20)
        self.coffer("store", "a label", "user=jo", secret=secret)
        self.assertEqual(self.coffer("lookup", "user=jo").stdout, secret)

    def test_copies_to_the_clipboard_and_clears_only_what_it_copied(self):
        clipboard, programs = f"{self.home.top}/clipboard", f"{self.home.top}/programs"
        os.mkdir(programs)
        for name, script in (("wl-copy", f'[ "$1" = --clear ] && rm {clipboard} || cat >{clipboard}'),
                             ("wl-paste", f"cat {clipboard}")):
            with open(f"{programs}/{name}", "w") as file:
                file.write(f"#!/bin/sh\n{script}\n")
            os.chmod(f"{programs}/{name}", 0o755)
        self.coffer("store", "a label", "user=jo", secret=b"sword\0fish\n")
        self.home.environment |= {"WAYLAND_DISPLAY": "wayland-0", "PATH": f"{programs}:/usr/bin:/bin"}
        self.coffer("copy", "user=jo", "--clear-after", "1")
        with open(clipboard, "rb") as file:
            self.assertEqual(file.read(), b"sword\0fish\n")
        self.assertTrue(harness.wait_for(lambda: not os.path.exists(clipboard)))
        self.coffer("copy", "user=jo", "--clear-after", "1")
        with open(clipboard, "w") as file:
            file.write("something else")
        time.sleep(1.5)
        self.assertTrue(os.path.exists(clipboard))

    def test_no_clipboard_is_said_in_words(self):
        self.home.environment.pop("DISPLAY", None)
        self.assertIn(b"DISPLAY", self.coffer("copy", "user=jo", expect=FAILED).stderr)
        self.coffer("store", "a label", "user=jo", secret="swordfish")
        self.home.environment["PATH"] = self.home.top
        for variable, tool in (("DISPLAY", b"xclip"), ("WAYLAND_DISPLAY", b"wl-copy")):
            self.home.environment[variable] = "none"
            self.assertIn(tool + b" is needed", self.coffer("copy", "user=jo", expect=FAILED).stderr)

    def test_other_processes_of_the_user_cannot_look_into_it(self):
        process = subprocess.Popen([f"{self.home.binaries}/coffer", "store", "a label", "user=jo"],
                                   env=self.home.environment, stdin=subprocess.PIPE)
        self.assertTrue(harness.wait_for(lambda: harness.name_of(process.pid) == "coffer"))

        def is_hardened():
            with open(f"/proc/{process.pid}/limits") as limits:
                no_core = re.search(r"^Max core file size +0 +0 ", limits.read(), re.MULTILINE)
            return no_core and os.stat(f"/proc/{process.pid}/environ").st_uid == 0
        self.assertTrue(harness.wait_for(is_hardened, 5))
        with self.assertRaises(PermissionError):
            open(f"/proc/{process.pid}/mem", "rb").close()
        process.communicate(b"swordfish")
        self.assertEqual(process.returncode, DONE)

    def test_output_that_is_lost_is_a_failure(self):
        self.coffer("store", "a label", "user=jo", secret="swordfish")
        for command in (["lookup", "user=jo"], ["collections"], ["search", "user=jo", "--json"]):
            with open("/dev/full", "wb") as full:
                result = subprocess.run([f"{self.home.binaries}/coffer", *command], env=self.home.environment,
                                        stdout=full, stderr=subprocess.PIPE)
            self.assertEqual((result.returncode, b"No space left" in result.stderr), (FAILED, True), command)

    def test_the_doctor_finds_nothing_wrong(self):
        found = {check["check"]: (check["state"], check["found"]) for check in self.json("doctor")}
        self.assertEqual(found["transfer"], ("ok", "secrets cross the bus encrypted"))
        self.assertEqual(found["default"], ("ok", '"Login", unlocked'))
        self.coffer("lock")
        self.assertIn(b'"Login", locked', self.coffer("doctor").stdout)

    def test_status_tells_of_the_broker(self):
        self.assertIn(f"pid {self.home.daemon.pid}", self.json("status")["details"]["broker"])

    def test_a_terminal_shows_colours_and_no_control_characters_of_a_secret(self):
        self.coffer("store", "a label", "user=jo", secret="\x1b[31mred\nline")
        shown = self.on_terminal("lookup", "user=jo")
        self.assertEqual(shown, "\\x1b[31mred\r\nline\r\n")
        self.assertIn("\x1b[1ma label\x1b[0m", self.on_terminal("search", "user=jo"))

    def test_asks_on_a_terminal_without_showing_what_is_typed(self):
        shown = self.on_terminal("store", "a label", "user=jo", typed=("Secret:", "typed one\n", "again:", "typed one\n"))
        self.assertNotIn("typed one", shown)
        self.assertEqual(self.coffer("lookup", "user=jo").stdout, b"typed one")

    def test_asks_before_it_deletes(self):
        self.coffer("store", "a label", "user=jo", secret="one")
        self.on_terminal("delete", "user=jo", typed=("a label", "n\n"), expect=LOCKED)
        self.coffer("lookup", "user=jo")
        self.on_terminal("delete", "user=jo", typed=("a label", "y\n"))
        self.coffer("lookup", "user=jo", expect=NOT_FOUND)

    def on_terminal(self, *arguments, typed=(), expect=DONE):
        status, shown = self.home.run_on_terminal(f"{self.home.binaries}/coffer", *arguments, typed=typed)
        self.assertEqual(status, expect, shown)
        return shown


NO_ITEM, NO_COLLECTION, HELP = '"coffer list" shows', '"coffer collections" lists', "Run with --help"
EVERY_ERROR = [  # what was called, how it ends, and what the message says to do next
    (["lookup"], USAGE, "key=value is needed"),
    (["lookup", "user"], USAGE, "write key=value"),
    (["lookup", "user=nobody"], NOT_FOUND, NO_ITEM),
    (["lookup", "--bad", "user=jo"], USAGE, HELP),
    (["search", "user=nobody"], NOT_FOUND, NO_ITEM),
    (["show", "user=nobody"], NOT_FOUND, NO_ITEM),
    (["edit", "user=nobody", "--label", "x"], NOT_FOUND, NO_ITEM),
    (["edit", "user=jo", "--label", "x"], USAGE, 'as "coffer search --all" shows it'),
    (["edit", "user=jo"], USAGE, "--label, --set, --unset or --secret"),
    (["delete", "user=nobody"], NOT_FOUND, NO_ITEM),
    (["store"], USAGE, "LABEL key=value"),
    (["store", "label"], USAGE, "key=value is needed"),
    (["store", "label", "user=jo", "user=ann"], USAGE, "give it once"),
    (["store", "label", "a=b", "--collection", "none"], NOT_FOUND, NO_COLLECTION),
    (["generate", "--length", "0"], USAGE, "range 1 to 4096"),
    (["generate", "--words", "0"], USAGE, "range 1 to 256"),
    (["generate", "--alphabet", "none"], USAGE, "there are lower, upper"),
    (["copy", "user=jo"], FAILED, '"coffer lookup" prints'),
    (["create"], USAGE, HELP),
    (["rename", "none", "new"], NOT_FOUND, NO_COLLECTION),
    (["default", "none"], NOT_FOUND, NO_COLLECTION),
    (["lock", "none"], NOT_FOUND, NO_COLLECTION),
    (["unlock", "none"], NOT_FOUND, NO_COLLECTION),
    (["passwd", "none"], NOT_FOUND, NO_COLLECTION),
    (["passwd", "--stdin", "login"], LOCKED, "try again"),
    (["passwd", "login"], LOCKED, '"coffer doctor" says'),
    (["remove", "none"], NOT_FOUND, NO_COLLECTION),
    (["remove", "login"], USAGE, "say --yes"),
    (["list", "--collection", "none"], NOT_FOUND, NO_COLLECTION),
    (["import", "{top}/none"], FAILED, "No such file"),
    (["import", "{top}/there"], FAILED, "coffer(1) has"),
    (["import", "{top}"], USAGE, "name one"),
    (["export", "{top}/out", "login"], USAGE, "--format is required"),
    (["export", "--format", "none", "{top}/out", "login"], USAGE, "{{v1,oo7,v0,json}}"),
    (["export", "--format", "v0", "{top}/there", "login"], FAILED, "--force replaces"),
    (["backup", "{top}/there"], FAILED, "--force replaces"),
    (["backup", "{top}/out"], USAGE, "--password-fd and --recovery-key"),
    (["backup", "--verify", "{top}/there"], FAILED, "try another copy"),
    (["restore", "{top}/none"], FAILED, "No such file"),
    (["restore", "{top}/there"], FAILED, "try another copy"),
    (["check", "{top}"], USAGE, HELP),
    (["none"], USAGE, HELP),
]


class EveryError(Command):
    """Each message says what to do next, and nothing is done meanwhile."""

    def test_says_what_to_do(self):
        self.home.start()
        for secret in ("one", "two"):
            self.coffer("store", "a label", "--keep", "user=jo", secret=secret)
        with open(f"{self.home.top}/there", "w") as file:
            file.write("no keyring")
        for words, status, next_step in EVERY_ERROR:
            with self.subTest(words):
                command = [word.format(top=self.home.top) for word in words]
                typed = b"wrong\nnew\n" if "--stdin" in words else b""
                result = self.coffer(*command, secret=typed, expect=status)
                self.assertIn(next_step.format(), result.stderr.decode())
        self.assertEqual(sorted(item["label"] for item in self.json("list")), ["a label"] * 2)
        with open(f"{self.home.top}/there") as file:
            self.assertEqual(file.read(), "no keyring")
        self.assertFalse(os.path.exists(f"{self.home.top}/out"))

    def test_of_what_is_not_there(self):
        result = self.coffer("lookup", "user=jo", expect=NO_SERVICE)
        self.assertIn("start cofferd", result.stderr.decode())


class WithPrompts(Command):
    """What the provider asks its user: through gcr's system prompter, with a person made of a script."""

    def setUp(self):
        super().setUp()
        self.home.start()
        self.coffer("store", "a label", "user=jo", secret="swordfish")
        self.coffer("lock")

    def test_whatever_needs_an_unlocked_collection_asks_for_it(self):
        for command in (["unlock"], ["lookup", "user=jo"], ["show", "--secrets", "user=jo"],
                        ["search", "--unlock", "user=jo"], ["edit", "user=jo", "--label", "another"],
                        ["store", "another", "user=ann"], ["delete", "user=jo"]):
            with self.subTest(command):
                prompter = self.person({"password": "correct horse"})
                self.coffer(*command, secret="two")
                prompter.kill()
                prompter.wait()
                self.coffer("lock")
        self.assertEqual(len(self.questions()), 7)

    def test_a_wrong_password_is_asked_for_again(self):
        self.person({"password": "wrong"}, {"password": "correct horse"})
        self.assertEqual(self.coffer("lookup", "user=jo").stdout, b"swordfish")
        self.assertIn("wrong", self.questions()[1]["warning"])

    def test_who_gives_up_is_told_so(self):
        self.person({"password": "wrong"}, {"cancel": True})
        self.assertIn(b"dismissed", self.coffer("lookup", "user=jo", expect=LOCKED).stderr)

    def test_the_question_is_closed_when_the_command_is_interrupted(self):
        prompter = self.person({"wait": True}, {"password": "correct horse"})
        command = subprocess.Popen([f"{self.home.binaries}/coffer", "unlock"], env=self.home.environment)
        self.assertTrue(harness.wait_for(self.questions))
        command.terminate()
        self.assertEqual(command.wait(), -signal.SIGTERM)
        self.coffer("unlock")  # not behind a question that nobody waits for
        self.assertIsNone(prompter.poll())

    def test_creates_a_collection_and_changes_its_password(self):
        self.person({"password": "one"}, {"password": "one"}, {"password": "two"}, {"confirm": True})
        path = self.json("create", "Work things", "--default")["path"]
        self.assertEqual(self.json("default"), {"path": path})
        self.coffer("passwd", "Work things")
        self.coffer("lock", "Work things")
        self.coffer("unlock", "Work things", "--stdin", secret="one\n", expect=LOCKED)
        self.coffer("unlock", "Work things", "--stdin", secret="two\n")
        self.coffer("remove", "Work things", "--yes")
        self.coffer("list", "Work things", expect=NOT_FOUND)

    def test_a_dismissed_question_changes_nothing(self):
        for command in (["create", "Work things"], ["passwd", "login"], ["remove", "login", "--yes"]):
            prompter = self.person({"cancel": True})
            self.coffer(*command, expect=LOCKED)
            prompter.kill()
            prompter.wait()
        self.assertEqual([each["path"] for each in self.json("collections") if each["path"].endswith("Work_things")], [])
        self.coffer("unlock", "login", "--stdin", secret="correct horse\n")
        self.assertEqual(self.coffer("lookup", "user=jo").stdout, b"swordfish")


class WithClipboard(Command):
    """The clipboard of a real X server, through the real xclip."""

    def setUp(self):
        super().setUp()
        self.home.environment["DISPLAY"] = self.screen()
        self.home.start()
        self.coffer("store", "a label", "user=jo", secret=b"sword\nfish")

    def clipboard(self):
        return self.home.run("xclip", "-selection", "clipboard", "-o").stdout

    def test_a_copied_secret_is_there_until_it_is_cleared(self):
        self.assertEqual(self.json("copy", "user=jo", "--clear-after", "2")["clear_after"], 2)
        self.assertEqual(self.clipboard(), b"sword\nfish")
        self.assertTrue(harness.wait_for(lambda: self.clipboard() == b""))

    def test_what_was_copied_meanwhile_stays(self):
        self.coffer("copy", "user=jo", "--clear-after", "1")
        subprocess.run(["xclip", "-selection", "clipboard"], env=self.home.environment, input=b"other", check=True,
                       stdout=subprocess.DEVNULL)
        time.sleep(1.5)
        self.assertEqual(self.clipboard(), b"other")


class WithGnomeKeyring(AnyProvider, Command):
    program = "gnome-keyring-daemon"
    asks_before_removal = False

    def setUp(self):
        super().setUp()
        daemon = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"],
                                  env=self.home.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        daemon.stdin.write(b"correct horse")
        daemon.stdin.close()
        command = [f"{self.home.binaries}/coffer", "list", "login"]
        self.assertTrue(harness.wait_for(lambda: self.home.run(*command).returncode == DONE))


class WithoutAnyService(Command):
    def test_says_that_nobody_serves(self):
        for command in (["status"], ["lookup", "user=jo"], ["collections"]):
            self.assertIn(b"start cofferd", self.coffer(*command, expect=NO_SERVICE).stderr)

    def test_the_doctor_says_what_to_do(self):
        found = {check["check"]: check for check in self.json("doctor", expect=NO_SERVICE)}
        self.assertEqual((found["bus"]["state"], found["provider"]["state"]), ("ok", "failed"))
        self.assertIn("start cofferd", found["provider"]["advice"])
        self.home.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
        self.assertIn(b"-> set DBUS_SESSION_BUS_ADDRESS", self.coffer("doctor", expect=NO_SERVICE).stdout)

    def test_says_that_there_is_no_bus(self):
        self.home.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nowhere"
        self.assertIn(b"DBUS_SESSION_BUS_ADDRESS", self.coffer("status", expect=NO_SERVICE).stderr)

    def test_generates_without_a_service(self):
        self.assertRegex(self.coffer("generate").stdout, rb"^[!-~]{20}$")
        self.assertRegex(self.coffer("generate", "--words", "3", "--separator", ".").stdout, rb"^[a-z]+\.[a-z]+\.[a-z]+$")
        self.assertEqual(self.json("generate", "--characters", "01", "--length", "64")["bits"], 64)
        for wrong in (["--length", "0"], ["--alphabet", "klingon"], ["--characters", "aa"], ["--words", "0"]):
            self.coffer("generate", *wrong, expect=USAGE)

    def commands(self):
        top = self.coffer("--help").stdout.decode().split("Subcommands:")[1].split("\n\n")[0]
        return [name for names in re.findall(r"^  ([a-z, ]+?)  ", top, re.MULTILINE) for name in names.split(", ")]

    def test_help_and_version_need_no_service(self):
        self.assertRegex(self.coffer("version").stdout, rb"^coffer \d+\.\d+")
        self.assertEqual(self.coffer("version").stdout, self.coffer("--version").stdout)
        self.assertEqual(len(self.commands()), 27)
        for command in self.commands():
            shown = self.coffer(command, "--help").stdout.decode()
            self.assertIn("Usage: ", shown)
            self.assertRegex(shown, rf"Examples?:\n(  .*\n)*  coffer {command}\b")

    def test_the_manual_and_the_completions_know_every_command_and_option(self):
        for command in self.commands():
            self.assertRegex(MANUAL, rf"(?m)^\.(It )?Ic {command}\b")
            for name, text in COMPLETIONS.items():
                self.assertRegex(text, rf"\b{command}\b", name)
            for option in re.findall(r"--([a-z-]+)", self.coffer(command, "--help").stdout.decode().split("Options:")[1]):
                if option != "help":
                    self.assertRegex(MANUAL, rf"--{option}\b")
                for name, text in COMPLETIONS.items():
                    self.assertRegex(text, rf"(--|-l ){option}\b", name)

    def test_bash_completes_commands_and_options(self):
        def completed(*words):
            script = COMPLETIONS["coffer.bash"] + f"""
                COMP_WORDS=({" ".join(words)} '') COMP_CWORD={len(words)}
                COMP_WORDS[COMP_CWORD]=$1; _coffer; echo "${{COMPREPLY[@]}}" """
            return lambda prefix: self.home.run("bash", "-c", script, "bash", prefix).stdout.decode().split()
        self.assertEqual(sorted(completed("coffer")("s")), ["search", "show", "status", "store"])
        self.assertEqual(completed("coffer", "edit")("--un"), ["--unset"])
        self.assertEqual(completed("coffer", "lookup")("x"), [])


if __name__ == "__main__":
    harness.main()
