"""How long each PageUp takes on a terminal of its own, from the key to the whole frame.

Usage: scroll.py FIRST LAST PRESSES PROGRAM [ARGUMENT ...]
Waits until the screen says LAST, presses PageUp until it has said FIRST, at most PRESSES times.
Prints {"ms":[..]}, one for each key.
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
# The next key comes when nothing was drawn for so long, seconds.
REST = 0.03
PAGE_UP = b"\x1b[5~"
# The end of a synchronized update: the frame is whole.
END = b"\x1b[?2026l"


def read(terminal, seconds):
    if not select.select([terminal], [], [], max(0, seconds))[0]:
        return b""
    try:
        return os.read(terminal, 65536)
    except OSError:
        raise SystemExit("it has ended") from None


def until(terminal, text, shown=b""):
    end = time.perf_counter() + PATIENCE
    while text not in shown:
        if time.perf_counter() > end:
            raise SystemExit(f"never shown: {text!r}; instead: {shown[-500:]!r}")
        shown += read(terminal, 1)
    return shown


def quiet(terminal):
    shown = b""
    while more := read(terminal, REST):
        shown += more
    return shown


def words(shown):
    """The text of what was drawn, without its sequences."""
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown)


def main():
    first, last = sys.argv[1].encode(), sys.argv[2].encode()
    presses, program = int(sys.argv[3]), sys.argv[4:]
    pid, terminal = pty.fork()
    if pid == 0:
        # The size before the program looks at it.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        os.execvp(program[0], program)
    try:
        until(terminal, last)
        quiet(terminal)
        taken = []
        for _ in range(presses):
            begin = time.perf_counter()
            os.write(terminal, PAGE_UP)
            shown = until(terminal, END)
            taken.append((time.perf_counter() - begin) * 1000)
            if first in words(shown + quiet(terminal)):
                break
        else:
            raise SystemExit(f"never shown: {first!r}")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(json.dumps({"ms": taken}))


main()
