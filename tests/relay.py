#!/usr/bin/env python3
"""Carries TCP connections into TLS or out of it, by OpenSSL: for a tester that has none of its own.

  relay.py into AT HOST:PORT CERT        takes them plain, and goes on by TLS, with this certificate trusted
  relay.py out-of AT HOST:PORT CERT KEY  takes them by TLS, as this certificate says, and goes on plain

AT is HOST:PORT, too, with port 0 for one that the system chooses. It prints `relay at HOST:PORT` once it listens there. An end on one side is passed on to the other.
"""

import asyncio
import ssl
import sys

AT_ONCE = 1 << 16


def addressed(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


async def carry(reader, writer):
    """All bytes of one direction, and the end of it."""
    try:
        while data := await reader.read(AT_ONCE):
            writer.write(data)
            await writer.drain()
        # TLS cannot be ended in one direction alone here, so there the end is that of both.
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()
    except OSError:
        writer.close()


async def main(way, at, target, *files):
    entrance = leaving = None
    if way == "into":
        leaving = ssl.create_default_context(cafile=files[0])
    else:
        entrance = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        entrance.load_cert_chain(*files)

    async def serve(reader, writer):
        try:
            there, back = await asyncio.open_connection(*addressed(target), ssl=leaving)
        except OSError as error:
            print("no way on:", error, flush=True)
            return writer.close()
        await asyncio.gather(carry(reader, back), carry(there, writer))
        for one in (writer, back):
            one.close()

    host, port = addressed(at)
    server = await asyncio.start_server(serve, host.strip("[]"), port, ssl=entrance)
    print("relay at %s:%d" % (host, server.sockets[0].getsockname()[1]), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
