"""websockets (Python) as a server that accepts permessage-deflate: websockets_deflate_server.py CASES, a file of JSON.

Each case has a free port of its own. It echoes, now and then in fragments, and prints one line of JSON with what it saw.
"""

import asyncio
import contextlib
import json
import logging

import websockets
from deflate import cases, fragments
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory


async def handle(socket):
    number = 0
    with contextlib.suppress(ConnectionClosed):
        async for message in socket:
            count = number % 3 + 1
            await socket.send(message if count == 1 else fragments(message, count))
            number += 1
    saw = {"path": socket.request.path, "extensions": [repr(one) for one in socket.protocol.extensions], "code": socket.protocol.close_code}
    for one in socket.protocol.extensions:
        saw["client"] = [not one.remote_no_context_takeover, one.remote_max_window_bits]
        saw["server"] = [not one.local_no_context_takeover, one.local_max_window_bits]
    print("saw", json.dumps(saw), flush=True)


async def main():
    print("version websockets", websockets.__version__)
    ports = []
    for case in cases():
        accepted = ServerPerMessageDeflateFactory(**case["options"])
        server = await serve(handle, "127.0.0.1", 0, compression=None, extensions=[accepted], max_size=None)
        ports.append(server.sockets[0].getsockname()[1])
    print("listening on", *(f"127.0.0.1:{port}" for port in ports), flush=True)
    await asyncio.Future()


logging.disable(logging.CRITICAL)
asyncio.run(main())
