#!/usr/bin/env python3
"""Doors to WebSocket servers that write down what passes, and tell by zlib whether permessage-deflate (RFC 7692) was kept to.

tap.py HOST:PORT...  prints `listening on HOST:PORT...`, a door for each server; and at the end of each connection one line,
`saw {"path": ...}`, with the offers, the answer, and for each direction what was agreed on and what came.

It is what makes a check fail when two peers agree on nothing, or send plain frames to each other: their echoes would be right.
"""

import json
import re
import socket
import sys
import threading
import zlib

TAIL = b"\0\0\xff\xff"
SLICE = 512  # what zlib is given at a time, since it copies what it did not take
CONTINUATION = 0
TELLING = threading.Lock()


class Violation(Exception):
    """What a peer did that it must not."""


# ---- Passing on


def main(targets):
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in targets]
    for door, target in zip(doors, targets):
        threading.Thread(target=serve, args=(door, target)).start()
    print("listening on", *("%s:%d" % door.getsockname() for door in doors), flush=True)


def serve(door, target):
    host, port = target.rsplit(":", 1)
    while True:
        client, _ = door.accept()
        server = socket.create_connection((host, int(port)))
        threading.Thread(target=tap, args=(client, server)).start()


def tap(client, server):
    sent, answered = bytearray(), bytearray()
    there = threading.Thread(target=relay, args=(client, server, sent))
    there.start()
    relay(server, client, answered)
    there.join()
    client.close()
    server.close()
    saw = json.dumps(judge(bytes(sent), bytes(answered)))
    with TELLING:  # `print` writes word by word
        print("saw", saw, flush=True)


def relay(source, sink, record):
    try:
        while data := source.recv(1 << 16):
            record += data
            sink.sendall(data)
    except OSError:
        pass
    for end, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
        try:
            end.shutdown(how)
        except OSError:
            pass


# ---- Judging


def judge(sent, answered):
    """What can be told of a connection by the bytes of both directions."""
    request, frames_sent = head(sent)
    response, frames_answered = head(answered)
    offer, answer = extensions(request), extensions(response)
    path = request.split(" ")[1] if " " in request else None
    saw = {"path": path, "offer": offer, "answer": answer}
    client_context, server_context = agreed(offer, answer)
    client, client_messages = direction(frames_sent, client_context)
    server, server_messages = direction(frames_answered, server_context)
    return {**saw, "client": client, "server": server, "echoed": client_messages == server_messages}


def head(stream):
    start, end, rest = stream.partition(b"\r\n\r\n")
    return (start.decode("latin-1"), rest) if end else ("", b"")


def extensions(head):
    """The value of Sec-WebSocket-Extensions, of however many lines."""
    return ", ".join(re.findall(r"(?im)^sec-websocket-extensions:[ \t]*(.*?)[ \t\r]*$", head)) or None


def parameters(extension):
    """The parameters of one offer or answer; None if it is another extension."""
    name, *words = (word.strip() for word in extension.split(";"))
    pairs = (word.partition("=") for word in words)
    return {key.strip(): value.strip(' "') for key, _, value in pairs} if name == "permessage-deflate" else None


def agreed(offer, answer):
    """(takeover, window bits) of the client's messages and of the server's; (None, None) without compression."""
    answer = answer and parameters(answer)
    if answer is None:
        return None, None
    offers = [found for found in map(parameters, offer.split(",")) if found is not None]
    # §7.1.1.2, §7.1.2.2: a client keeps to what it offered, whether the server says it again or not.
    client_bits = max(int(found.get("client_max_window_bits") or 15) for found in offers)
    client_takeover = any("client_no_context_takeover" not in found for found in offers)
    client_bits = min(client_bits, int(answer.get("client_max_window_bits", 15)))
    client_takeover &= "client_no_context_takeover" not in answer
    server_bits = int(answer.get("server_max_window_bits", 15))
    return (client_takeover, client_bits), ("server_no_context_takeover" not in answer, server_bits)


def direction(stream, context):
    """What is to be told of one direction, and its messages; of a `problem`, there is nothing else to be told."""
    try:
        came = list(messages_of(stream, context is not None))
        compressed = [b"".join(payloads) for is_compressed, payloads in came if is_compressed]
        inflated = iter(inflate_all(compressed, *context) if context else [])
    except (Violation, zlib.error) as problem:
        return {"problem": str(problem)}, []
    messages = [next(inflated) if is_compressed else b"".join(payloads) for is_compressed, payloads in came]
    takeover, bits = context or (None, None)
    told = {
        "problem": None,
        "takeover": takeover,
        "bits": bits,
        "messages": len(messages),
        "compressed": len(compressed),
        "fragmented": sum(len(payloads) > 1 for _, payloads in came),
        # Whether messages refer to those before, and whether the next smaller window would not have been enough.
        "refers_back": bool(context) and fails(compressed, False, bits),
        "fills_window": bool(context) and bits > 8 and fails(compressed, takeover, bits - 1),
    }
    return told, messages


def messages_of(stream, may_compress):
    """(is compressed, payloads of its fragments) for each message."""
    message = None
    for fin, rsv, opcode, payload in frames(stream):
        if opcode >= 8:
            if rsv:
                raise Violation(f"reserved bits {rsv:03b} in a control frame")
            continue
        if (opcode == CONTINUATION) != (message is not None):
            raise Violation(f"opcode {opcode} in the wrong place")
        if opcode == CONTINUATION:
            if rsv:
                raise Violation(f"reserved bits {rsv:03b} in a continuation")  # §6.1
        else:
            if rsv not in ((0, 4) if may_compress else (0,)):
                raise Violation(f"reserved bits {rsv:03b}")
            message = (rsv == 4, [])
        message[1].append(payload)
        if fin:
            yield message
            message = None


def frames(stream):
    at = 0
    while at + 2 <= len(stream):
        first, second = stream[at : at + 2]
        at += 2
        length = second & 127
        if length >= 126:
            size = 2 if length == 126 else 8
            length = int.from_bytes(stream[at : at + size], "big")
            at += size
        key = b""
        if second & 128:
            key = stream[at : at + 4]
            at += 4
        payload = stream[at : at + length]
        if len(payload) < length:
            raise Violation("a frame that was cut off")
        at += length
        yield bool(first & 128), first >> 4 & 7, first & 15, unmasked(payload, key)


def unmasked(payload, key):
    if not key:
        return payload
    keys = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")).to_bytes(len(payload), "big")


def inflate_all(payloads, takeover, bits):
    """What the messages are, by an inflater that has this window and no larger one."""
    inflater, messages = None, []
    for payload in payloads:
        if inflater is None or not takeover:
            inflater = zlib.decompressobj(wbits=-bits)
        messages.append(inflate(inflater, payload + TAIL, (1 << bits) // 16))
    return messages


def inflate(inflater, data, step):
    """zlib lets a distance reach as far as the window and what this call has put out; so a call puts out but a sixteenth of it."""
    out = []
    for at in range(0, len(data), SLICE):
        rest = data[at : at + SLICE]
        while rest:
            out.append(inflater.decompress(rest, step))
            rest = inflater.unconsumed_tail
            if inflater.eof:
                raise Violation("a final block")  # allowed by §7.2.3.5, but none of these peers makes one
    while more := inflater.decompress(b"", step):
        out.append(more)
    return b"".join(out)


def fails(payloads, takeover, bits):
    try:
        inflate_all(payloads, takeover, bits)
    except zlib.error:
        return True
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
