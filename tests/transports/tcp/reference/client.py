"""A client of the original asyncio chat, as its protocol page gives it: standard library only.

Usage: client.py PORT ALIAS. Lines of stdin are said; what is heard goes to stdout, one message a
line, as JSON strings.
"""

import asyncio
import json
import struct
import sys


def send(writer, text):
    data = text.encode("utf-8")
    writer.write(struct.pack("!I", len(data)))
    writer.write(data)


async def listen(reader):
    try:
        while True:
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            if length > 1024:
                print(json.dumps(f"FRAMING LOST: {length}"), flush=True)
                return
            text = (await reader.readexactly(length)).decode("utf-8")
            print(json.dumps(text), flush=True)
    except (asyncio.IncompleteReadError, OSError):
        pass


async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    send(writer, f"__alias__:{sys.argv[2]}")
    await writer.drain()
    listening = asyncio.ensure_future(listen(reader))
    loop = asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        text = line.rstrip("\n")
        if line == "" or text in ("exit", "quit"):
            break
        send(writer, text)
        await writer.drain()
    writer.close()
    listening.cancel()


asyncio.run(main())
