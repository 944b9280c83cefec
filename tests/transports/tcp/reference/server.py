"""A server of the original asyncio chat, as its protocol page gives it: standard library only.

Usage: server.py PORT (0 for any). The first line of stdout is the port; everything that is told to
clients follows, a JSON string a line.
"""

import asyncio
import json
import struct
import sys

clients = {}


async def read_message(reader):
    """The body is clamped at 1024 bytes: what is longer loses the framing, as in the original."""
    (length,) = struct.unpack("!I", await reader.readexactly(4))
    return (await reader.readexactly(min(length, 1024))).decode("utf-8")


async def tell(text, sender):
    print(json.dumps(text), flush=True)
    data = text.encode("utf-8")
    for writer in list(clients):
        if writer is sender:
            continue
        try:
            writer.write(struct.pack("!I", len(data)))
            writer.write(data)
            await writer.drain()
        except OSError:
            clients.pop(writer, None)


async def serve(reader, writer):
    try:
        first = await read_message(reader)
        clients[writer] = first.split(":", 1)[-1].strip()
        await tell(f"[+] {clients[writer]} has joined the chat!", writer)
        while True:
            await tell(f"{clients[writer]}: {await read_message(reader)}", writer)
    except (asyncio.IncompleteReadError, OSError, UnicodeDecodeError):
        pass
    finally:
        alias = clients.pop(writer, None)
        if alias is not None:
            await tell(f"[-] {alias} has left the chat.", writer)
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
