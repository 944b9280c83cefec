"""The plain asyncio server: what one client says goes to all others, one after the other.

A frame is a length of four bytes, big-endian, and the body; a client's first one is its alias.
Usage: echo_to_all.py PORT
"""

import asyncio
import resource
import struct
import sys

writers = set()


async def read_frame(reader):
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    return await reader.readexactly(length)


async def serve(reader, writer):
    try:
        alias = (await read_frame(reader)).partition(b":")[2]
        writers.add(writer)
        while True:
            body = alias + b": " + await read_frame(reader)
            frame = struct.pack(">I", len(body)) + body
            others = [other for other in writers if other is not writer]
            for other in others:
                other.write(frame)
            for other in others:
                await other.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writers.discard(writer)
        writer.close()


async def main():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    async with server:
        await server.serve_forever()


asyncio.run(main())
