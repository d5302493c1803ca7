"""The real cargo and the real docker, with our credential helpers, against registries on this machine."""

import base64
import contextlib
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import unittest

import harness

TOKEN, PASSWORD = "a-token-of-the-registry", "swordfish"


def find_cargo():
    """The path of a cargo that knows credential providers, rustup's proxy looked through; None when there is none."""
    for path in (shutil.which("cargo"), os.path.expanduser("~/.cargo/bin/cargo")):
        if not path or not os.path.exists(path):
            continue
        compiler = os.path.join(os.path.dirname(path), "rustc")
        if not os.path.exists(compiler):
            continue
        root = subprocess.run([compiler, "--print", "sysroot"], capture_output=True, text=True).stdout.strip()
        path = os.path.join(root, "bin/cargo") if root else path
        version = re.search(r"cargo (\d+)\.(\d+)", subprocess.run([path, "--version"], capture_output=True, text=True).stdout)
        if version and (int(version[1]), int(version[2])) >= (1, 74):
            return path
    return None


class Registry(http.server.BaseHTTPRequestHandler):
    """Of both kinds: says what it was asked with."""

    def do_GET(self):
        sent = self.headers.get("Authorization")
        self.server.asked.append((self.path, sent))
        port = self.server.server_address[1]
        if self.path == "/v2/":  # docker's
            right = "Basic " + base64.b64encode(f"jo:{PASSWORD}".encode()).decode()
            return self.answer(200 if sent == right else 401, {}, 'Basic realm="registry"')
        if sent != TOKEN:
            return self.answer(401, {}, f'Cargo login_url="http://127.0.0.1:{port}/me"')
        if self.path == "/config.json":
            return self.answer(200, {"dl": f"http://127.0.0.1:{port}/dl", "api": f"http://127.0.0.1:{port}",
                                     "auth-required": True})
        return self.answer(200, {"users": [{"id": 1, "login": "jo", "name": "Jo"}]})

    def answer(self, status, value, challenge=None):
        body = json.dumps(value).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Client(harness.CofferTest):
    def setUp(self):
        super().setUp()
        self.home.start()
        self.registry = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
        self.registry.asked = []
        self.addCleanup(self.registry.server_close)
        self.addCleanup(self.registry.shutdown)
        threading.Thread(target=self.registry.serve_forever, daemon=True).start()
        self.port = self.registry.server_address[1]
        self.settings = f"{self.home.top}/settings"
        os.mkdir(self.settings)

    def run_client(self, *command, typed="", works=True, **environment):
        result = subprocess.run(command, input=typed.encode(), capture_output=True, cwd=self.home.top, timeout=60,
                                env=self.home.environment | environment | {"PATH": f"{self.home.binaries}:/usr/bin:/bin"})
        self.assertEqual(result.returncode == 0, works, result)
        self.assertNotIn(TOKEN.encode(), result.stdout + result.stderr)
        return result

    def items(self):
        return json.loads(self.home.run(f"{self.home.binaries}/coffer", "list", "--json").stdout)

    def written(self):
        """All that is in the client's own files."""
        text = ""
        for folder, _, files in os.walk(self.settings):
            for name in files:
                with contextlib.suppress(UnicodeDecodeError), open(os.path.join(folder, name)) as file:
                    text += file.read()
        return text


class Cargo(Client):
    def setUp(self):
        self.program = os.environ.get("COFFER_CARGO")
        if not self.program:
            self.skipTest("there is no cargo of 1.74 or later here")
        super().setUp()
        with open(f"{self.settings}/config.toml", "w") as file:
            file.write(f'[registries.ours]\nindex = "sparse+http://127.0.0.1:{self.port}/"\n'
                       '[registry]\nglobal-credential-providers = ["cargo-credential-coffer"]\n')

    def cargo(self, *words, **options):
        return self.run_client(self.program, *words, "--registry", "ours", CARGO_HOME=self.settings, **options)

    def test_logs_in_reads_and_logs_out(self):
        self.cargo("login", typed=TOKEN + "\n")
        item, = self.items()
        self.assertEqual(item["attributes"]["url"], f"sparse+http://127.0.0.1:{self.port}/")
        self.assertNotIn(TOKEN, self.written())
        self.assertIn(b"jo", self.cargo("owner", "--list", "some-crate").stdout)
        self.assertIn(("/api/v1/crates/some-crate/owners", TOKEN), self.registry.asked)
        self.cargo("logout")
        self.assertEqual(self.items(), [])
        failed = self.cargo("owner", "--list", "some-crate", works=False)
        self.assertIn(b"no token found for `ours`", failed.stderr)

    def test_a_locked_collection_is_told_in_cargos_words(self):
        self.cargo("login", typed=TOKEN + "\n")
        self.home.secret_tool("lock", "--collection=login")
        failed = self.cargo("owner", "--list", "some-crate", works=False)
        self.assertIn(b"cargo-credential-coffer", failed.stderr)


@unittest.skipUnless(shutil.which("docker"), "there is no docker here")
class Docker(Client):
    def docker(self, *words, **options):
        return self.run_client(shutil.which("docker"), *words, f"127.0.0.1:{self.port}", DOCKER_CONFIG=self.settings,
                               DOCKER_HOST=f"unix://{self.home.top}/no-daemon", **options)

    def test_logs_in_and_out(self):
        with open(f"{self.settings}/config.json", "w") as file:
            json.dump({"credsStore": "coffer"}, file)
        self.docker("login", "-u", "jo", "--password-stdin", typed="wrong", works=False)
        self.assertEqual(self.items(), [])
        self.docker("login", "-u", "jo", "--password-stdin", typed=PASSWORD)
        item, = self.items()
        self.assertEqual(item["attributes"]["username"], "jo")
        self.assertNotIn(base64.b64encode(f"jo:{PASSWORD}".encode()).decode(), self.written())
        again = self.docker("login", works=False)  # what is kept is found; to use it takes docker's daemon
        self.assertIn(b"Authenticating with existing credentials", again.stdout + again.stderr)
        self.docker("logout")
        self.assertEqual(self.items(), [])


if __name__ == "__main__":
    if cargo := find_cargo():
        os.environ["COFFER_CARGO"] = cargo
    harness.main()
