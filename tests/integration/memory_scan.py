"""Looks for bytes in all readable memory of processes, as root can."""

import json
import re
import struct


def regions(pid):
    """(begin, end, name, flags) of each mapping of the process that can be read."""
    found, current = [], None
    with open(f"/proc/{pid}/smaps") as smaps:
        for line in smaps:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)", line)
            if head:
                current = [int(head[1], 16), int(head[2], 16), head[4].strip() or "anonymous", head[3]]
            elif line.startswith("VmFlags:") and current[3].startswith("r"):
                found.append((*current[:3], line.split()[1:]))
    return found


def scan(pid, canaries):
    """[canary's name, mapping's name, locked, excluded from core dumps] for each place where one was found."""
    hits, unreadable = [], 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end, name, flags in regions(pid):
            content = b""
            try:
                memory.seek(begin)
                while len(content) < end - begin:
                    more = memory.read(end - begin - len(content))
                    if not more:
                        break
                    content += more
            except (OSError, ValueError, OverflowError):
                unreadable += end - begin
            for canary, value in canaries.items():
                at = content.find(value)
                while at >= 0:
                    hits.append([canary, name, "lo" in flags, "dd" in flags, begin + at])
                    at = content.find(value, at + 1)
    return hits, unreadable
