"""websockets (Python) as a client that offers permessage-deflate: websockets_deflate_client.py CASES MESSAGES, two files of JSON."""

import asyncio

import websockets
from deflate import exchange, expect, fragments, run
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory


async def run_case(case, sent):
    offered = ClientPerMessageDeflateFactory(**case["options"])
    async with connect(case["url"], compression=None, extensions=[offered], max_size=None) as socket:
        (agreed,) = socket.protocol.extensions
        expect("client", [not agreed.local_no_context_takeover, agreed.local_max_window_bits], case["client"])
        expect("server", [not agreed.remote_no_context_takeover, agreed.remote_max_window_bits], case["server"])
        await exchange(send_all(socket, sent), socket.recv, sent)
    expect("code", socket.protocol.close_code, 1000)


async def send_all(socket, sent):
    for message, count in sent:
        await socket.send(message if count == 1 else fragments(message, count))


asyncio.run(run(f"websockets {websockets.__version__}", run_case))
