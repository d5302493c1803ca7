"""Coffer in place of the service that libsecret's tests bring along, filled with what that one has.

    libsecret_service.py SCRIPT-NAME

Prints the bus name when everything is there, and ends with SIGTERM. COFFER_BIN and COFFER_TESTS say where the built
programs and the integration tests are. Items whose names there are words get the next number here."""

import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.environ["COFFER_TESTS"])
import harness  # noqa: E402
from conformance_test import COLLECTION, INTERNAL, ITEM, ROOT, SERVICE, Client  # noqa: E402

MOCK, PRIMES = "org.mock.Schema", "org.mock.Primes"


def item(place, secret, **attributes):
    return place, secret, {name.replace("_", ":"): value for name, value in attributes.items()}


def numbered(first, step, secrets, strings, schema):
    for place, (secret, string) in enumerate(zip(secrets, strings)):
        value = place + 1
        yield item(first + step * place, secret, number=str(value), string=string, even=str(value % 2 == 0).lower(), xdg_schema=schema)


STANDARD = {
    "english": ("Collection One", list(numbered(1, 1, ("111", "222", "333"), ("one", "two", "three"), MOCK))),
    "spanish": ("", list(numbered(10, 10, ("111", "222", "3333"), ("uno", "dos", "tres"), MOCK))),
    "german": ("", [item(100 * value, str(value) * 3, number=str(value), string=string, prime=prime, xdg_schema=PRIMES)
                    for value, string, prime in ((3, "drei", "true"), (4, "vier", "false"), (5, "fuenf", "true"), (6, "sechs", "false"))]),
    "empty": ("", []),
}
MORE = {
    "mock-service-delete.py": {"todelete": ("", [item(1, "uno", number="1", string="one", even="false")])},
    "mock-service-lock.py": {"lockone": ("", [item(1, "uno", number="1", string="one", even="false")]),
                             "lockprompt": ("", [item(1, "tres", number="3", string="three", even="false")])},
}
LOCKED = {"spanish", "german", "lockprompt"}
TITLES = {1: "Item One", 2: "Item Two", 3: "Item Three"}


class Home:
    """As much of harness.Home as Client needs, on the bus that is there."""

    def connect(self):
        from jeepney.io.blocking import open_dbus_connection
        return open_dbus_connection(os.environ["DBUS_SESSION_BUS_ADDRESS"])


def fill(client, name, label, items):
    properties = {f"{COLLECTION}.Label": ("s", name)}
    path, = client.call(ROOT, INTERNAL, "CreateWithMasterPassword", "a{sv}(oayays)", (properties, client.secret(b"correct horse")))
    client.set(path, COLLECTION, "Label", "s", label)
    last = 0
    for number, secret, attributes in items:
        while last < number - 1:  # numbers are never used again
            spare = client.create(into=path)
            last = int(spare.rsplit("/", 1)[1])
            client.call(spare, ITEM, "Delete")
        made = client.create(TITLES.get(number, "") if name == "english" else "", attributes, secret.encode(), into=path)
        last = int(made.rsplit("/", 1)[1])
    return path


def main():
    with tempfile.TemporaryDirectory() as data:
        log = open(f"{data}/log", "w+")
        daemon = subprocess.Popen([f"{os.environ['COFFER_BIN']}/cofferd", "--data-dir", f"{data}/coffer"], stdin=subprocess.DEVNULL,
                                  stdout=log, stderr=log)
        harness.wait_for(lambda: "ready: serving" in open(f"{data}/log").read())
        client = Client(Home())
        for name, (label, items) in {**STANDARD, **MORE.get(sys.argv[1], {})}.items():
            path = fill(client, name, label, items)
            if name == "english":
                client.call(ROOT, SERVICE, "SetAlias", "so", ("default", path))
            if name in LOCKED:
                client.call(ROOT, SERVICE, "Lock", "ao", ([path],))
        print("org.freedesktop.secrets", flush=True)
        signal.sigwait({signal.SIGTERM})
        daemon.terminate()
        daemon.wait()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    main()
