"""An upstream that fails as the path says: `python faulty_upstream.py PORT`. It says `ready` when it listens."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection."""
    try:
        while await answer((await reader.readuntil(b"\r\n\r\n")).split(b" ")[1], writer):
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    writer.close()


async def answer(path: bytes, writer: asyncio.StreamWriter) -> bool:
    """Whether the connection goes on."""
    match path:
        case b"/half":
            writer.write(HALF)
            await asyncio.Event().wait()
        case b"/hang":
            await asyncio.Event().wait()
        case b"/slow":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            for piece in (b"s", b"l", b"o", b"w"):
                writer.write(piece)
                await asyncio.sleep(0.1)
        case b"/stalls":
            writer.write(HALF)
            await asyncio.Event().wait()
        case b"/garbage":
            writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        case b"/closes":
            return False
        case b"/resets":
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        case _:
            writer.write(OK)
    return True


async def main() -> None:
    """Serve until killed."""
    async with await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1])) as server:
        print("ready", flush=True)
        await server.serve_forever()


asyncio.run(main())
