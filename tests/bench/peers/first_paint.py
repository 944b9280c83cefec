"""How soon a program on a terminal of its own shows a text, and its memory some seconds later.

Usage: first_paint.py TEXT SECONDS PROGRAM [ARGUMENT ...]
Prints {"ms":..,"resident":bytes,"anonymous":bytes}.
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 60


def memory(pid):
    with open(f"/proc/{pid}/status") as file:
        status = file.read()
    return {
        name: int(re.search(rf"^{key}:\s+(\d+) kB$", status, re.M)[1]) * 1024
        for name, key in (("resident", "VmRSS"), ("anonymous", "RssAnon"))
    }


def read(terminal, seconds):
    if not select.select([terminal], [], [], max(0, seconds))[0]:
        return b""
    try:
        return os.read(terminal, 65536)
    except OSError:
        raise SystemExit("it has ended") from None


def main():
    text, seconds, program = sys.argv[1].encode(), float(sys.argv[2]), sys.argv[3:]
    begin = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        # The size before the program looks at it.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        os.execvp(program[0], program)
    try:
        shown = b""
        while text not in shown:
            if time.perf_counter() - begin > PATIENCE:
                raise SystemExit(f"never shown; instead: {shown[-500:]!r}")
            try:
                shown += read(terminal, 1)
            except SystemExit as end:
                raise SystemExit(f"{end}: {shown[-500:]!r}") from None
        found = {"ms": (time.perf_counter() - begin) * 1000}
        rest = time.perf_counter() + seconds
        while (left := rest - time.perf_counter()) > 0:
            read(terminal, left)
        found.update(memory(pid))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(json.dumps(found))


main()
