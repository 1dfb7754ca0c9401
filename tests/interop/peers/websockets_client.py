"""websockets (Python) as a client: websockets_client.py URL URL-THAT-ASKS-FOR-USER-AND-PASSWORD"""

import sys

import websockets
from checks import BIG_BINARY, BIG_TEXT, BINARY, MULTI_BYTE, REASON, TEXT, equal, run
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

URL, GUARDED = sys.argv[1:]
LIMIT = 20


def echoed(*messages):
    with connect(URL) as socket:
        for message in messages:
            socket.send(message)
        for message in messages:
            equal(socket.recv(LIMIT), message)


def fragments():
    with connect(URL) as socket:
        socket.send(["one, ", "", "two, ", "κόσ", "με"])
        equal(socket.recv(LIMIT), "one, two, κόσμε")
        socket.send([BINARY[:100], BINARY[100:]])
        equal(socket.recv(LIMIT), BINARY)


def ping():
    with connect(URL) as socket:
        for payload in (b"", b"payload", bytes(125)):
            assert socket.ping(payload).wait(LIMIT), "no pong"


def subprotocol():
    with connect(URL, subprotocols=["unknown", "chat.v1"]) as socket:
        equal(socket.subprotocol, "chat.v1")
    with connect(URL) as socket:
        equal(socket.subprotocol, None)


def closed(code, reason):
    with connect(URL) as socket:
        socket.close(code, reason)
        received = socket.protocol.close_rcvd
        equal((received.code, received.reason), (code, reason))
        assert socket.protocol.close_rcvd_then_sent is False, "the server closed before it was asked to"


def authorization():
    for headers in ({}, {"Authorization": "Basic dXNlcjp3cm9uZw=="}):
        try:
            connect(GUARDED, additional_headers=headers)
        except InvalidStatus as refused:
            equal(refused.response.status_code, 401)
        else:
            raise AssertionError("was let in")
    with connect(GUARDED.replace("//", "//user:secret@")) as socket:
        socket.send(TEXT)
        equal(socket.recv(LIMIT), TEXT)


run(
    f"websockets {websockets.__version__}",
    {
        "text": lambda: echoed(TEXT, MULTI_BYTE),
        "binary": lambda: echoed(BINARY),
        "empty": lambda: echoed("", b""),
        "1 MiB": lambda: echoed(BIG_TEXT, BIG_BINARY),
        "fragments": fragments,
        "ping": ping,
        "subprotocol": subprotocol,
        "close 1000": lambda: closed(1000, ""),
        "close 4001 with reason": lambda: closed(4001, REASON),
        "401": authorization,
    },
)
