#!/usr/bin/env python3
"""Tests the judge of the tests with compression: of connections that zlib makes here, the right one passes, and each fault is found."""

import base64
import sys
import unittest
import zlib
from dataclasses import replace
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deflate_matrix import PARAMETERS, Case, cases, fault, messages
from tap import judge

KEY = b"\1\2\3\4"
# Those of 1 MiB are left out: this has to take no time.
SENT = [message["text"].encode() if "text" in message else base64.b64decode(message["base64"]) for message in messages()]
SENT = [message for message in SENT if len(message) < 1 << 20]


def compressed(context, sent=SENT):
    """Payloads by an honest compressor."""
    takeover, bits = context
    made = []
    for number, message in enumerate(sent):
        if number == 0 or not takeover:
            engine = zlib.compressobj(wbits=-max(bits, 9))
        made.append((engine.compress(message) + engine.flush(zlib.Z_SYNC_FLUSH))[:-4])
    return made


def frame(first, payload, masked):
    length = len(payload)
    if length < 126:
        size = bytes([length])
    else:
        size = b"\x7e" + length.to_bytes(2, "big") if length < 1 << 16 else b"\x7f" + length.to_bytes(8, "big")
    if not masked:
        return bytes([first]) + size + payload
    keys = KEY * (length // 4 + 1)
    return bytes([first, size[0] | 0x80]) + size[1:] + KEY + bytes(a ^ b for a, b in zip(payload, keys))


def whole(payload, masked):
    return frame(0xC2, payload, masked)


def fragments(payload, masked):
    return frame(0x42, payload[:1], masked) + frame(0x89, b"ping", masked) + frame(0x80, payload[1:], masked)


def head(first, extension):
    return f"{first}\r\nSec-WebSocket-Extensions: {extension}\r\n\r\n".encode()


def answer(case):
    words = [name if value is True else f"{name}={value}" for name, value in case.parameters().items()]
    return "; ".join(["permessage-deflate", *words])


def seen(case, payloads=None, frames=(fragments, fragments), offer="permessage-deflate; client_max_window_bits", answered=None):
    """What the tap tells of a connection: `payloads` and `frames` for the client and for the server."""
    payloads = payloads or [compressed(case.client), compressed(case.server)]
    sent, back = (b"".join(form(payload, side == 0) for payload in payloads[side]) for side, form in enumerate(frames))
    request = head("GET /0 HTTP/1.1", offer) if offer else b"GET /0 HTTP/1.1\r\n\r\n"
    answered = answer(case) if answered is None else answered
    response = head("HTTP/1.1 101 Switching Protocols", answered) if answered else b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    return judge(request + sent, response + back)


class Judge(unittest.TestCase):
    FULL = Case("default", fragmenting=("client", "server"))

    def right(self, case, saw):
        self.assertIsNone(fault(case, saw, len(SENT)))

    def wrong(self, case, saw, word, count=len(SENT)):
        self.assertIn(word, fault(case, saw, count) or "nothing")

    def test_what_is_right(self):
        for bits in range(8, 16):
            # zlib compresses in no window of 8 bits but that of 9, which is as good.
            for takeover in (True, False):
                case = replace(self.FULL, client=(takeover, bits), server=(True, 23 - bits))
                self.right(case, seen(case))

    def test_a_client_keeps_to_its_offer(self):
        case = replace(self.FULL, client=(False, 10))
        offer = "permessage-deflate; client_no_context_takeover; client_max_window_bits=10"
        self.right(case, seen(case, offer=offer, answered="permessage-deflate"))
        self.wrong(case, seen(case, offer=offer, answered="permessage-deflate", payloads=[compressed((True, 10)), compressed((True, 15))]), "client: Error")

    def test_no_compression(self):
        plain = (lambda payload, masked: frame(0x82, payload, masked),) * 2
        saw = seen(self.FULL, [SENT, SENT], plain, answered="")
        self.wrong(self.FULL, saw, "nothing was agreed on")
        self.right(replace(self.FULL, agrees=False), saw)
        self.wrong(replace(self.FULL, agrees=False), seen(self.FULL), "answered")
        self.wrong(self.FULL, seen(self.FULL, [SENT, SENT], plain), "'compressed': 0")

    def test_a_single_plain_message(self):
        payloads = compressed((True, 15), SENT[:-1])
        saw = judge(
            head("GET /0 HTTP/1.1", "permessage-deflate") + b"".join(whole(payload, True) for payload in payloads) + frame(0x82, SENT[-1], True),
            head("HTTP/1.1 101 OK", "permessage-deflate") + b"".join(whole(payload, False) for payload in compressed((True, 15))),
        )
        self.wrong(replace(self.FULL, fragmenting=()), saw, f"client: {{'compressed': {len(SENT) - 1}}}")

    def test_plain_messages_among_compressed_ones(self):
        case = replace(self.FULL, mixing=("client",), fragmenting=())
        long = [message for message in SENT if len(message) > 1000]
        packed = iter(compressed((True, 15), long))
        sent = b"".join(whole(next(packed), True) if message in long else frame(0x82, message, True) for message in SENT)
        back = b"".join(whole(payload, False) for payload in compressed((True, 15)))
        saw = judge(head("GET /0 HTTP/1.1", "permessage-deflate") + sent, head("HTTP/1.1 101 OK", "permessage-deflate") + back)
        self.right(case, saw)
        self.wrong(case, seen(case), "client: {'compressed'")
        self.wrong(replace(case, mixing=()), saw, "client: {'compressed'")

    def test_something_else_was_agreed_on(self):
        for side in PARAMETERS:
            for context, word in (((False, 15), "takeover"), ((True, 12), "bits")):
                self.wrong(self.FULL, seen(replace(self.FULL, **{side: context})), f"'{word}'")

    def test_a_window_that_is_too_large_by_a_bit(self):
        for bits in range(8, 15):
            if bits != 8:
                # zlib's window of 9 bits keeps to 8.
                case = replace(self.FULL, server=(True, bits))
                self.wrong(case, seen(case, [compressed((True, 15)), compressed((True, bits + 1))]), "server: Error")

    def test_a_window_that_is_smaller_than_it_may_be(self):
        for bits in range(10, 16):
            case = replace(self.FULL, client=(True, bits))
            self.wrong(case, seen(case, [compressed((True, bits - 1)), compressed((True, 15))]), "fills_window")

    def test_context_takeover_against_the_agreement(self):
        case = replace(self.FULL, server=(False, 15))
        self.wrong(case, seen(case, [compressed((True, 15)), compressed((True, 15))]), "server: Error")

    def test_context_takeover_that_is_not_made_use_of(self):
        for bits in range(8, 16):
            case = replace(self.FULL, client=(True, bits))
            self.wrong(case, seen(case, [compressed((False, bits)), compressed((True, 15))]), "refers_back")

    def test_frames(self):
        def marked(first, second):
            return lambda payload, masked: frame(first, payload[:1], masked) + frame(second, payload[1:], masked)

        for first, second in ((0x42, 0xC0), (0x42, 0x90), (0x62, 0x80), (0x42, 0xC2), (0xC0, 0x80)):
            self.wrong(self.FULL, seen(self.FULL, frames=(fragments, marked(first, second))), "server: ")
        control = lambda payload, masked: frame(0xC9, b"", masked) + whole(payload, masked)
        self.wrong(self.FULL, seen(self.FULL, frames=(control, fragments)), "reserved bits 100 in a control frame")
        self.wrong(self.FULL, seen(self.FULL, frames=(whole, fragments)), "fragmented")

    def test_another_echo(self):
        other = [*SENT[:-1], b"other"]
        saw = seen(self.FULL, [compressed((True, 15)), compressed((True, 15), other)])
        self.wrong(self.FULL, saw, "not what was sent")

    def test_messages_that_are_missing(self):
        self.wrong(self.FULL, seen(self.FULL), "messages", len(SENT) + 1)

    def test_the_cases(self):
        for library in ("ws", "websockets", "aiohttp"):
            for role, ours in (("client", "server"), ("server", "client")):
                todo = [case for case in cases(library, role) if case.agrees]
                self.assertEqual(len({case.name for case in todo}), len(todo))
                takeovers = {(case.client[0], case.server[0]) for case in todo}
                self.assertEqual(len(takeovers), 4)
                self.assertEqual({getattr(case, ours)[1] for case in todo}, set(range(8, 16)))
                self.assertLessEqual(set(range(9, 16)), {getattr(case, role)[1] for case in todo})


if __name__ == "__main__":
    unittest.main()
