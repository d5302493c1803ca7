"""Plasma's secret prompter, as far as its protocol goes: org.kde.secretprompter, with a person made of a script.

    kde_prompter.py SCRIPT LOG

SCRIPT and LOG as prompter.py has them; answers are {"password": TEXT}, {"reject": true} and {"wait": true}."""

import json
import os
import sys

from gi.repository import Gio, GLib

INTERFACE = """<node><interface name="org.kde.secretprompter">
<method name="UnlockCollectionPrompt"><arg type="o" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/></method>
<method name="CreateCollectionPrompt"><arg type="o" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/></method></interface></node>"""
SCRIPT, LOG = sys.argv[1:3]
asked = 0


def log(**entry):
    with open(LOG, "a") as file:
        file.write(json.dumps(entry) + "\n")


def answer(owner, path):
    global asked
    with open(SCRIPT) as script:
        answers = [json.loads(line) for line in script]
    asked += 1
    what = answers[asked - 1] if asked <= len(answers) else {"reject": True}
    if "wait" in what:
        return
    if "reject" in what:
        connection.call(owner, path, "org.kde.secretprompter.request", "Rejected", None, None, 0, -1, None, None)
        return
    read, write = os.pipe()
    os.write(write, what["password"].encode())
    os.close(write)
    descriptors = Gio.UnixFDList.new_from_array([read])
    connection.call_with_unix_fd_list(owner, path, "org.kde.secretprompter.request", "Accepted", GLib.Variant("(h)", (0,)), None,
                                      0, -1, descriptors, None,
                                      lambda source, result: log(accepted=source.call_with_unix_fd_list_finish(result)[0].unpack()[0]))


def on_call(_connection, sender, _path, _interface, method, arguments, invocation):
    request, window, _token, name = arguments.unpack()
    log(method=method, window=window, name=name)
    invocation.return_value(None)
    GLib.idle_add(lambda: answer(sender, request))


def on_signal(_connection, sender, path, _interface, signal, arguments):
    log(signal=signal, arguments=arguments.unpack())
    if signal == "Retry":
        answer(sender, path)


connection = Gio.bus_get_sync(Gio.BusType.SESSION, None)
connection.register_object("/SecretPrompter", Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0], on_call, None, None)
connection.signal_subscribe(None, "org.kde.secretprompter.request", None, None, None, 0, on_signal)
Gio.bus_own_name_on_connection(connection, "org.kde.secretprompter", 0, lambda *_: print("ready", flush=True), None)
GLib.MainLoop().run()
