"""The credential helpers: git's own commands, and the protocols of Cargo and Docker."""

import json
import subprocess

import harness

NOTHING = "credentials not found in native keychain\n"


class Helper(harness.CofferTest):
    configuration = harness.CHEAP_KEYS + '[prompt]\npinentry = "none"\n'

    def setUp(self):
        super().setUp()
        self.home.start()

    def attributes_of(self, *words):
        result = self.home.run(f"{self.home.binaries}/coffer", "show", "--json", *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["attributes"]


class Git(Helper):
    ASKED = "protocol=https\nhost=example.com\n"

    def git(self, action, text, check=True):
        environment = self.home.environment | {
            "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_ASKPASS": "",
            "PATH": f"{self.home.binaries}:/usr/bin:/bin"}
        result = subprocess.run(["git", "-c", "credential.helper=coffer", "credential", action],
                                        env=environment, cwd=self.home.top, input=text.encode(), capture_output=True)
        if check:
            self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout.decode()

    def test_remembers_what_git_approves_and_forgets_what_it_rejects(self):
        self.assertEqual(self.git("fill", self.ASKED, check=False), "")
        self.git("approve", self.ASKED + "username=jo\npassword=sword = fish\n")
        filled = self.git("fill", self.ASKED)
        self.assertIn("username=jo\npassword=sword = fish\n", filled)
        self.assertEqual(self.attributes_of("server=example.com"),
                         {"protocol": "https", "server": "example.com", "user": "jo", "xdg:schema": "org.git.Password"})
        self.git("reject", filled)
        self.assertEqual(self.git("fill", self.ASKED, check=False), "")

    def test_a_newer_password_survives_the_rejection_of_an_older_one(self):
        self.git("approve", self.ASKED + "username=jo\npassword=new\n")
        self.git("reject", self.ASKED + "username=jo\npassword=old\n")
        self.assertIn("password=new\n", self.git("fill", self.ASKED))

    def test_approving_again_replaces(self):
        for password in ("one", "two"):
            self.git("approve", self.ASKED + f"username=jo\npassword={password}\n")
        self.assertIn("password=two\n", self.git("fill", self.ASKED))
        self.attributes_of("server=example.com")  # fails when there are two

    def test_another_port_is_another_server(self):
        self.git("approve", "protocol=https\nhost=example.com:8443\nusername=jo\npassword=other\n")
        self.assertEqual(self.git("fill", self.ASKED, check=False), "")
        self.assertIn("password=other\n", self.git("fill", "protocol=https\nhost=example.com:8443\n"))

    def test_finds_what_gits_own_helper_stored(self):
        self.store("old friend\npassword_expiry_utc=9999999999", user="jo", protocol="https", server="example.com")
        filled = self.git("fill", self.ASKED)
        self.assertIn("username=jo\npassword=old friend\n", filled)

    def test_unknown_operations_are_for_other_helpers(self):
        result = self.home.run(f"{self.home.binaries}/git-credential-coffer", "capability", input=b"")
        self.assertEqual((result.returncode, result.stdout), (0, b""))


class Cargo(Helper):
    REGISTRY = {"index-url": "sparse+https://registry.example/index/", "name": "mine"}

    def ask(self, *requests):
        lines = "".join(json.dumps({"v": 1, "registry": self.REGISTRY} | request) + "\n" for request in requests)
        result = self.home.run(f"{self.home.binaries}/cargo-credential-coffer", "--cargo-plugin", input=lines.encode())
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        hello, *answers = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(hello, {"v": [1]})
        return answers

    def test_keeps_a_token_from_login_to_logout(self):
        answers = self.ask({"kind": "get", "operation": "read"}, {"kind": "login", "token": "swordfish"},
                           {"kind": "get", "operation": "publish", "name": "crate", "vers": "1.0.0"},
                           {"kind": "logout"}, {"kind": "logout"})
        self.assertEqual(answers[0]["Err"]["kind"], "not-found")
        self.assertEqual(answers[1:4], [
            {"Ok": {"kind": "login"}},
            {"Ok": {"kind": "get", "token": "swordfish", "cache": "session", "operation_independent": True}},
            {"Ok": {"kind": "logout"}}])
        self.assertEqual(answers[4]["Err"]["kind"], "not-found")

    def test_stores_as_cargos_own_helper_does(self):
        self.ask({"kind": "login", "token": "swordfish"})
        self.assertEqual(self.attributes_of(f"url={self.REGISTRY['index-url']}"),
                         {"url": self.REGISTRY["index-url"], "xdg:schema": "org.rust-lang.cargo.registry"})

    def test_answers_what_it_does_not_know_and_goes_on(self):
        answers = self.ask({"kind": "juggle"}, {"v": 7, "kind": "get"}, {"kind": "get"})
        self.assertEqual([answer["Err"]["kind"] for answer in answers],
                         ["operation-not-supported", "other", "not-found"])

    def test_a_locked_collection_is_told_in_words(self):
        self.ask({"kind": "login", "token": "swordfish"})
        self.home.secret_tool("lock", "--collection=login")
        answer, = self.ask({"kind": "get", "operation": "read"})
        self.assertIn("dismissed", answer["Err"]["message"])


class Docker(Helper):
    SERVER = "https://registry.example/v1/"

    def docker(self, action, text="", status=0):
        result = self.home.run(f"{self.home.binaries}/docker-credential-coffer", action, input=text.encode())
        self.assertEqual(result.returncode, status, result.stdout)
        return result.stdout.decode()

    def keep(self, username="jo", secret="swordfish"):
        self.docker("store", json.dumps({"ServerURL": self.SERVER, "Username": username, "Secret": secret}))

    def test_keeps_credentials_until_they_are_erased(self):
        self.assertEqual(self.docker("get", self.SERVER, status=1), NOTHING)
        self.assertEqual(self.docker("list"), "{}\n")
        self.keep()
        self.assertEqual(json.loads(self.docker("get", self.SERVER + "\n")),
                         {"ServerURL": self.SERVER, "Username": "jo", "Secret": "swordfish"})
        self.assertEqual(json.loads(self.docker("list")), {self.SERVER: "jo"})
        self.docker("erase", self.SERVER)
        self.assertEqual(self.docker("erase", self.SERVER, status=1), NOTHING)

    def test_a_server_has_one_user(self):
        self.keep("jo", "one")
        self.keep("ann", "two")
        self.assertEqual(json.loads(self.docker("get", self.SERVER))["Secret"], "two")
        self.assertEqual(json.loads(self.docker("list")), {self.SERVER: "ann"})

    def test_stores_as_dockers_own_helper_does(self):
        self.keep()
        self.assertEqual(self.attributes_of(f"server={self.SERVER}"), {
            "label": "Docker Credentials", "server": self.SERVER, "username": "jo", "docker_cli": "1",
            "xdg:schema": "io.docker.Credentials"})

    def test_says_what_is_missing(self):
        self.assertEqual(self.docker("get", "\n", status=1), "no credentials server URL\n")
        self.assertEqual(self.docker("store", '{"ServerURL":"u"}', status=1), "no credentials username\n")
        self.docker("juggle", status=1)


if __name__ == "__main__":
    harness.main()
