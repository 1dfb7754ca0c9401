"""aiohttp (Python) as a server that accepts permessage-deflate: aiohttp_deflate_server.py CASES, a file of JSON.

The n-th case is served at /n, on a free port. It echoes, and prints one line of JSON with what it saw.
"""

import asyncio
import json

import aiohttp
from aiohttp import web
from deflate import cases


async def handle(request):
    socket = web.WebSocketResponse(compress=True)
    await socket.prepare(request)
    async for message in socket:
        if message.type == aiohttp.WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == aiohttp.WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    extension = socket.headers.get("Sec-WebSocket-Extensions")
    saw = {"path": request.path, "extensions": extension, "compress": socket.compress, "code": socket.close_code}
    print("saw", json.dumps(saw), flush=True)
    return socket


async def main():
    print("version aiohttp", aiohttp.__version__)
    app = web.Application()
    app.router.add_get("/{number}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ((_, port),) = runner.addresses
    print("listening on", *(f"127.0.0.1:{port}" for _ in cases()), flush=True)
    await asyncio.Future()


asyncio.run(main())
