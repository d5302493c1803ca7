"""What a test asks of its part that stays root: to look into processes that an ordinary user cannot look into, and to
grant a capability to a file."""

import json
import os
import shutil
import socket
import struct
import subprocess

import harness
import memory_scan


def send(connection, value):
    text = json.dumps(value).encode()
    connection.sendall(struct.pack("<I", len(text)) + text)


def receive(connection):
    head = connection.recv(4, 0x100)  # MSG_WAITALL
    if len(head) < 4:
        return None
    return json.loads(connection.recv(struct.unpack("<I", head)[0], 0x100))


def scan(pids, canaries):
    """{name: [hits, unreadable bytes]}; canaries in hexadecimal."""
    canaries = {name: bytes.fromhex(value) for name, value in canaries.items()}
    return {name: memory_scan.scan(pid, canaries) for name, pid in pids.items()}


def links(pid, folder):
    """{name: target} of a directory of links in /proc/PID."""
    path = f"/proc/{pid}/{folder}"
    return {name: os.readlink(f"{path}/{name}") for name in os.listdir(path)}


def root_entries(pid):
    """What is in the process's root directory: nothing when it is one of a process that has ended."""
    try:
        return os.listdir(f"/proc/{pid}/root/")
    except ProcessLookupError:
        return []


def grant_lock_memory(binaries, top, flags):
    """A copy of the programs in `top` whose cofferd has CAP_IPC_LOCK, with these of the flags e and p."""
    folder = f"{top}/capable-{flags}"
    os.makedirs(folder)
    for name in ("cofferd", *harness.CHILDREN):
        shutil.copy(f"{binaries}/{name}", folder)
    subprocess.run(["setcap", f"cap_ipc_lock=+{flags}", f"{folder}/cofferd"], check=True)
    return folder


def tell(path, data):
    """Sends bytes to a Unix socket; the first of the answer. All in hexadecimal."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(path)
        try:
            connection.sendall(bytes.fromhex(data))
            return connection.recv(64).hex()
        except (BrokenPipeError, ConnectionResetError):  # it was closed before it was read
            return ""


def tell_as_nobody(path, data):
    os.seteuid(65534)
    try:
        return tell(path, data)
    finally:
        os.seteuid(0)


QUESTIONS = {function.__name__: function for function in (scan, links, root_entries, grant_lock_memory, tell, tell_as_nobody)}


def serve(connection):
    """Answers [question, argument...] until the end."""
    while (question := receive(connection)) is not None:
        send(connection, QUESTIONS[question[0]](*question[1:]))


def ask(question, *arguments):
    send(harness.root, [question.__name__, *arguments])
    return receive(harness.root)
