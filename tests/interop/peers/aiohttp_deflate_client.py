"""aiohttp (Python) as a client that offers permessage-deflate: aiohttp_deflate_client.py CASES MESSAGES, two files of JSON."""

import asyncio

import aiohttp
from deflate import exchange, expect, run


async def run_case(case, sent):
    # `compress` asks for the server's window; the rest of the offer is fixed.
    bits = case["options"].get("server_max_window_bits", 15)
    async with aiohttp.ClientSession() as session, session.ws_connect(case["url"], compress=bits) as socket:
        expect("client", [not socket.client_notakeover, socket.compress], case["client"])
        await exchange(send_all(socket, sent), lambda: receive(socket), sent)
    expect("code", socket.close_code, 1000)


async def receive(socket):
    message = await socket.receive()
    if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
        raise AssertionError(str(message))
    return message.data


async def send_all(socket, sent):
    for message, _ in sent:
        await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))


asyncio.run(run(f"aiohttp {aiohttp.__version__}", run_case))
