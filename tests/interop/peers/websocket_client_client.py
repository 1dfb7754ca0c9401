"""websocket-client (Python) as a client: websocket_client_client.py URL URL-THAT-ASKS-FOR-USER-AND-PASSWORD"""

import struct
import sys
import threading
import time

import websocket
from checks import BIG_BINARY, BIG_TEXT, BINARY, MULTI_BYTE, REASON, TEXT, equal, run
from websocket import ABNF, WebSocketBadStatusException, create_connection

URL, GUARDED = sys.argv[1:]
LIMIT = 20
PING_INTERVAL, PING_TIMEOUT = 20, 10


def connect(url=URL, **options):
    return create_connection(url, timeout=LIMIT, **options)


def echoed(*messages):
    socket = connect()
    for message in messages:
        socket.send(message) if isinstance(message, str) else socket.send_binary(message)
        opcode, payload = socket.recv_data()
        equal(payload.decode() if opcode == ABNF.OPCODE_TEXT else payload, message)
    socket.close()


def fragments():
    socket = connect()
    socket.send_frame(ABNF.create_frame("one, κ".encode(), ABNF.OPCODE_TEXT, 0))
    socket.ping("between")
    socket.send_frame(ABNF.create_frame(b"", ABNF.OPCODE_CONT, 0))
    socket.send_frame(ABNF.create_frame("όσμε".encode(), ABNF.OPCODE_CONT, 1))
    opcode, frame = socket.recv_data_frame(control_frame=True)
    equal((opcode, frame.data), (ABNF.OPCODE_PONG, b"between"))
    equal(socket.recv(), "one, κόσμε")
    socket.close()


def ping():
    socket = connect()
    for payload in (b"", b"payload", bytes(125)):
        socket.ping(payload)
        opcode, frame = socket.recv_data_frame(control_frame=True)
        equal((opcode, frame.data), (ABNF.OPCODE_PONG, payload))
    socket.close()


def subprotocol():
    socket = connect(subprotocols=["unknown", "chat.v1"])
    equal(socket.getsubprotocol(), "chat.v1")
    socket.close()
    socket = connect()
    equal(socket.getsubprotocol(), None)
    socket.close()


def closed(code, reason):
    socket = connect()
    socket.send_close(code, reason.encode())
    opcode, payload = socket.recv_data()
    equal((opcode, payload), (ABNF.OPCODE_CLOSE, struct.pack("!H", code) + reason.encode()))
    socket.shutdown()


def authorization():
    for headers in ([], ["Authorization: Basic dXNlcjp3cm9uZw=="]):
        try:
            connect(GUARDED, header=headers)
        except WebSocketBadStatusException as refused:
            equal(refused.status_code, 401)
        else:
            raise AssertionError("was let in")
    socket = connect(GUARDED, header=["Authorization: Basic dXNlcjpzZWNyZXQ="])
    socket.send(TEXT)
    equal(socket.recv(), TEXT)
    socket.close()


def keepalive():
    """Idle for longer than interval and timeout together: its own ping is answered in time, and the connection still echoes."""
    seen = {"pongs": 0, "messages": [], "errors": []}

    def say_something(app):
        time.sleep(PING_INTERVAL + PING_TIMEOUT + 2)
        app.send(TEXT)

    def on_message(app, message):
        seen["messages"].append(message)
        app.close()

    app = websocket.WebSocketApp(
        URL,
        on_open=lambda app: threading.Thread(target=say_something, args=(app,), daemon=True).start(),
        on_message=on_message,
        on_pong=lambda _app, _payload: seen.update(pongs=seen["pongs"] + 1),
        on_error=lambda _app, error: seen["errors"].append(error),
    )
    app.run_forever(ping_interval=PING_INTERVAL, ping_timeout=PING_TIMEOUT)
    equal((seen["pongs"], seen["messages"], seen["errors"]), (1, [TEXT], []))


run(
    f"websocket-client {websocket.__version__}",
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
        f"ping_interval={PING_INTERVAL}, ping_timeout={PING_TIMEOUT}": keepalive,
    },
)
