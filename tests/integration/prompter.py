"""A system prompter without a display: gcr's own GcrSystemPrompter, and a person made of a script.

    prompter.py SCRIPT LOG

SCRIPT has one JSON value a line, each for one question: {"password": TEXT}, {"confirm": true}, {"cancel": true}
or {"wait": true} (the question stays until it is closed). Every question that is shown is written to LOG as JSON."""

import json
import sys

import gi

gi.require_version("Gcr", "3")
from gi.repository import Gcr, Gio, GLib, GObject  # noqa: E402

TEXTS = ("title", "message", "description", "warning", "choice-label", "caller-window", "continue-label", "cancel-label")
FLAGS = ("password-new", "choice-chosen")


class Person:
    def __init__(self, script, log):
        self.script, self.log, self.asked = script, log, 0

    def answer(self, kind, prompt):
        shown = {name: prompt.get_property(name) for name in TEXTS + FLAGS}
        with open(self.log, "a") as log:
            log.write(json.dumps({"kind": kind, **shown}) + "\n")
        with open(self.script) as script:
            answers = [json.loads(line) for line in script]
        self.asked += 1
        return answers[self.asked - 1] if self.asked <= len(answers) else {"cancel": True}


PERSON = Person(*sys.argv[1:3])


class Prompt(GObject.Object, Gcr.Prompt):
    title = GObject.Property(type=str, default="")
    message = GObject.Property(type=str, default="")
    description = GObject.Property(type=str, default="")
    warning = GObject.Property(type=str, default="")
    choice_label = GObject.Property(type=str, default="")
    caller_window = GObject.Property(type=str, default="")
    continue_label = GObject.Property(type=str, default="")
    cancel_label = GObject.Property(type=str, default="")
    password_new = GObject.Property(type=bool, default=False)
    choice_chosen = GObject.Property(type=bool, default=False)
    password_strength = GObject.Property(type=int, default=0)

    def begin(self, kind, cancellable, callback):
        task = Gio.Task.new(self, cancellable, lambda source, result, *rest: callback(source, result))
        self.answer = PERSON.answer(kind, self)
        self.task = task
        if "wait" not in self.answer:
            GLib.idle_add(lambda: bool(task.return_boolean(True)))

    def do_prompt_password_async(self, cancellable, callback, data):
        self.begin("password", cancellable, callback)

    def do_prompt_password_finish(self, result):
        text = self.answer.get("password")
        self.password_strength = 1 if text else 0
        return text

    def do_prompt_confirm_async(self, cancellable, callback, data):
        self.begin("confirm", cancellable, callback)

    def do_prompt_confirm_finish(self, result):
        return Gcr.PromptReply.CONTINUE if self.answer.get("confirm") else Gcr.PromptReply.CANCEL

    def do_prompt_close(self):
        if "wait" in getattr(self, "answer", {}):
            self.answer = {"cancel": True}
            self.task.return_boolean(True)


prompter = Gcr.SystemPrompter.new(Gcr.SystemPrompterMode.SINGLE, Prompt.__gtype__)
connection = Gio.bus_get_sync(Gio.BusType.SESSION, None)
prompter.register(connection)
Gio.bus_own_name_on_connection(connection, "org.gnome.keyring.SystemPrompter", Gio.BusNameOwnerFlags.NONE,
                               lambda *_: print("ready", flush=True), None)
GLib.MainLoop().run()
