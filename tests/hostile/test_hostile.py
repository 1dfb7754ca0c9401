"""Tests of the attacks themselves: what they send, how what comes is told, and that a server which does wrong is found out."""

import contextlib
import io
import socket
import threading
import unittest

import bombs
import floods
import frames  # noqa: F401
import handshakes  # noqa: F401
import hostile_clients
import hostile_servers
from harness import Trouble
from suite import EXACT, FAILED, OWN, REFUSED, RULES, TABLE, Report, run, transcript
from targets import Target
from wire import CLOSE, PING, PONG, TEXT, accept, close, frame, parse_frames, parse_head, response


class Bytes(unittest.TestCase):
    def test_frames_of_section_5_7(self):
        self.assertEqual(frame(TEXT, "Hello"), bytes.fromhex("818537fa213d7f9f4d5158"))
        self.assertEqual(frame(TEXT, "Hel", mask=None, fin=False), bytes.fromhex("010348656c"))
        self.assertEqual(frame(2, bytes(256), mask=None)[:4], bytes.fromhex("827e0100"))
        self.assertEqual(frame(2, claim=1 << 63, mask=None), bytes.fromhex("827f8000000000000000"))
        self.assertEqual(frame(2, size=8, mask=None), bytes.fromhex("827f0000000000000000"))

    def test_frames_are_read_as_they_were_written(self):
        for length in (0, 1, 125, 126, 65_535, 65_536):
            whole = frame(2, b"x" * length)
            (parsed,), rest = parse_frames(whole)
            self.assertEqual((parsed.payload, rest), (b"x" * length, b""))
            self.assertEqual(parse_frames(whole[:-1])[0], [])

    def test_the_key_of_section_1_3(self):
        self.assertEqual(accept(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")

    def test_what_came_is_told(self):
        told = response() + frame(TEXT, "x", mask=None) + close(1002, mask=None)
        self.assertEqual(transcript(told, "FIN"), "101, Text, Close 1002, FIN")
        two = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 400 No\r\n\r\n"
        self.assertEqual(transcript(two, "RST"), "200, 400, RST")
        self.assertEqual(transcript(frame(TEXT, mask=None, rsv=2) + b"\x81", "FIN"), "Text with reserved bits 010, 1 bytes of something else, FIN")
        self.assertEqual(transcript(frame(10, mask=None) * 4, "FIN"), "many Pong, FIN")
        self.assertEqual(transcript(b"HTTP/1.1 400 No\r\nContent-Length: x\r\n\r\n", "FIN"), "400, a Content-Length of 'x', FIN")

    def test_what_any_server_must_do(self):
        wrong = {REFUSED: ["101, FIN", "400, no end"], FAILED: ["Text, FIN", "Pong, Close 1002, FIN", "Close 1002, no end"], EXACT: ["FIN"]}
        right = {REFUSED: ["FIN", "400, RST"], FAILED: ["FIN", "Close 1011, RST"], OWN: ["anything"]}
        for rule, all_came in wrong.items():
            self.assertFalse(any(RULES[rule](came) for came in all_came), rule)
        for rule, all_came in right.items():
            self.assertTrue(all(RULES[rule](came) for came in all_came), rule)

    def test_who_is_answered_with_a_message_says_that_it_needs_an_echo(self):
        for one in TABLE:
            if any(word in one.answer for word in ("Text", "Binary", "whole")):
                self.assertTrue(one.needs_echo, one.name)

    def test_no_two_attacks_have_the_same_name(self):
        names = [(one.group, one.name) for one in TABLE]
        self.assertEqual(len(names), len(set(names)))


class Server:
    """Takes any request that has a Host, echoes without compression, and does one thing wrong."""

    def __init__(self, fault=None):
        self.fault, self.open = fault, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.listener.accept()
                self.open.append(sock)
                threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        with contextlib.suppress(OSError):
            self.talk(sock)
        if self.fault != "keeps connections":
            self.hang_up(sock)

    @staticmethod
    def hang_up(sock):
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()

    def talk(self, sock):
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := sock.recv(1 << 16)):
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        if "host" not in parse_head(head)[1] and self.fault != "takes any request":
            if self.fault == "keeps who is refused":
                sock.sendall(b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")
                sock.recv(1)
            return
        sock.sendall(response())
        while True:
            if len(data) > 9 and data[1] & 127 == 127 and data[2] & 128 and self.fault != "believes any length":
                return
            found, data = parse_frames(data)
            for one in found:
                if not one.masked and self.fault != "takes frames without masks":
                    if self.fault == "punishes all":
                        for each in self.open:
                            self.hang_up(each)
                    return
                if self.fault != "does not echo" or one.opcode >= CLOSE:
                    sock.sendall(frame(PONG if one.opcode == PING else one.opcode, one.payload, mask=None))
                if one.opcode == CLOSE and self.fault != "goes on after a Close":
                    return
            if not (more := sock.recv(1 << 16)):
                return
            data += more


class Found(unittest.TestCase):
    """Of each fault at least one check tells; of none, none does."""

    ONLY = "^no Host$|^unmasked text$|^Ping after Close$|^nothing wrong$|^bomb$|^claim of 2.63$|^frame byte by byte$"

    def failures(self, fault, alive=None):
        server = Server(fault)
        self.addCleanup(server.listener.close)
        report, printed = Report(), io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.suppress(OSError):
            target = Target("it", "echo", server.listener.getsockname(), is_foreign=True, limit=1, alive=alive)
            run(target, [handshakes.GROUP, frames.GROUP, floods.GROUP, bombs.GROUP], report, self.ONLY)
        return printed.getvalue(), [line for line in printed.getvalue().splitlines() if line.startswith("not ok")]

    def test_a_sound_server_passes(self):
        printed, failures = self.failures(None)
        self.assertEqual(failures, [], printed)
        self.assertIn("frame byte by byte: Text, Close 1000, FIN\n", printed)
        self.assertIn("bomb  # SKIP it accepted no permessage-deflate\n", printed)

    def test_a_sound_server_that_does_not_echo_passes_too(self):
        printed, failures = self.failures("does not echo", "ping")
        self.assertEqual(failures, [], printed)
        self.assertIn("unmasked text: FIN\n", printed.replace("RST", "FIN").replace("  # echo_server: Close 1002, FIN", ""))
        self.assertIn("frame byte by byte  # SKIP it does not echo\n", printed)

    def test_pings_find_faults_too(self):
        printed, failures = self.failures("takes any request", "ping")
        self.assertTrue(any("no Host" in line for line in failures), printed)

    def test_words_that_choose_nothing_are_no_success(self):
        self.assertIsNone(hostile_clients.main(["--only", "no such attack"]))
        self.assertIsNone(hostile_clients.main(["--server", "chat", "--group", "bombs"]))
        self.assertIsNone(hostile_servers.main(["--only", "no such attack"]))

    def test_words_that_mean_nothing_are_told(self):
        for url in ("ws://127.0.0.1:99999/", "ws://127.0.0.1:abc/", "ws://a@b/", "wss://a/", "a"):
            with self.subTest(url), self.assertRaises(Trouble):
                hostile_clients.main(["--url", url])
        for words in (["--only", "("], ["--patience", "0"], ["--url", "ws://a/", "--server", "chat"]):
            with self.subTest(words), contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
                hostile_clients.main(words)

    def test_faults_are_found(self):
        for fault, name in {
            "takes any request": "no Host",
            "takes frames without masks": "unmasked text",
            "goes on after a Close": "clients that keep to the rules",
            "keeps connections": "clients that keep to the rules",
            "keeps who is refused": "no Host",
            "believes any length": "claim of 2^63",
            "punishes all": "unmasked text",
        }.items():
            with self.subTest(fault):
                printed, failures = self.failures(fault)
                self.assertTrue(any(name in line for line in failures), printed)


if __name__ == "__main__":
    unittest.main()
