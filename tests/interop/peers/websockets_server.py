"""websockets (Python) as a server on a free port: /echo, /close (with 4321 at the first message) and /refuse (401).

With the names of a certificate and its key, both PEM, by TLS. At the end of each connection it prints one line of JSON with what it saw.
"""

import http
import json
import logging
import ssl
import sys

import websockets
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve


def handle(socket):
    messages = 0
    try:
        for message in socket:
            messages += 1
            if socket.request.path == "/close":
                socket.close(4321, "told to, κόσμε")
                break
            socket.send(message)
    except ConnectionClosed:
        pass
    received = socket.protocol.close_rcvd
    saw = {
        "path": socket.request.path,
        "messages": messages,
        "code": received and received.code,
        "subprotocol": socket.subprotocol,
        "origin": socket.request.headers.get("Origin"),
        "trace": socket.request.headers.get("X-Trace"),
    }
    print("saw", json.dumps(saw), flush=True)


def refuse(socket, request):
    if request.path == "/refuse":
        return socket.respond(http.HTTPStatus.UNAUTHORIZED, "not you\n")
    return None


def choose(_socket, offered):
    return next((name for name in ("chat.v2", "chat.v1") if name in offered), None)


logging.disable(logging.CRITICAL)
tls = None
if sys.argv[1:]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*sys.argv[1:])
with serve(handle, "127.0.0.1", 0, ssl=tls, process_request=refuse, select_subprotocol=choose) as server:
    print("version websockets", websockets.__version__)
    print("listening on %s://127.0.0.1:%d" % ("wss" if tls else "ws", server.socket.getsockname()[1]), flush=True)
    server.serve_forever()
