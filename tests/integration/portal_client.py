"""An application in a sandbox: asks xdg-desktop-portal for its secret, and writes `RESPONSE SECRET` (in hexadecimal).

portal_client.py            waits for the answer
portal_client.py close      withdraws the request when a line comes, and writes `closed`
portal_client.py keyring    uses libsecret: `store VALUE` and `lookup` lines come in
"""

import os
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

PORTAL = "org.freedesktop.portal.Desktop"


def read_all(fd):
    got = b""
    while more := os.read(fd, 4096):
        got += more
    return got


def retrieve(on_started):
    """The response and what came through the pipe, up to its end; (None, b"") when the request was withdrawn."""
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    token = f"t{os.getpid()}"
    path = f"/org/freedesktop/portal/desktop/request/{bus.get_unique_name()[1:].replace('.', '_')}/{token}"
    loop, responses = GLib.MainLoop(), []

    def on_response(*arguments):
        responses.append(arguments[5].unpack()[0])
        loop.quit()
    bus.signal_subscribe(PORTAL, "org.freedesktop.portal.Request", "Response", path, None, 0, on_response)
    read, write = os.pipe()
    descriptors = Gio.UnixFDList.new()
    descriptors.append(write)
    os.close(write)
    bus.call_with_unix_fd_list_sync(
        PORTAL, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Secret", "RetrieveSecret",
        GLib.Variant("(ha{sv})", (0, {"handle_token": GLib.Variant("s", token)})), None, 0, -1, descriptors, None)
    del descriptors
    if on_started(bus, path):
        return None, read_all(read)
    loop.run()
    return responses[0], read_all(read)


def close(bus, path):
    print("asked", flush=True)
    sys.stdin.readline()
    bus.call_sync(PORTAL, path, "org.freedesktop.portal.Request", "Close", None, None, 0, 5000, None)
    return True


def keyring():
    gi.require_version("Secret", "1")
    from gi.repository import Secret
    schema = Secret.Schema.new("org.example.Test", Secret.SchemaFlags.NONE, {"user": Secret.SchemaAttributeType.STRING})
    for line in sys.stdin:
        word, *value = line.split()
        if word == "store":
            Secret.password_store_sync(schema, {"user": "jo"}, None, "a label", value[0], None)
            print("stored", flush=True)
        else:
            print(Secret.password_lookup_sync(schema, {"user": "jo"}, None), flush=True)


if sys.argv[1:] == ["keyring"]:
    keyring()
else:
    response, secret = retrieve(close if sys.argv[1:] == ["close"] else lambda bus, path: False)
    print("closed" if response is None else response, secret.hex(), flush=True)
