"""Attacks of a server by a 101 that the client must not take: RFC 6455 §4.1, RFC 7692 §7.1."""

from client_attacks import Attack
from server_answers import adding, answering
from wire import accept

ATTACKS = []


def attack(name, does, serve, **expected):
    ATTACKS.append(Attack(f"101: {name}", does, serve, **expected))


ANSWERS = {
    "no Upgrade": (dict(drop=["Upgrade"]), "Upgrade header is missing or not websocket"),
    "Upgrade: websockets": (dict(change={"Upgrade": "websockets"}), "Upgrade header is missing or not"),
    "Upgrade: h2c, websocket": (dict(change={"Upgrade": "h2c, websocket"}), "Upgrade header is missing or not"),
    "empty Upgrade": (dict(change={"Upgrade": ""}), "Upgrade header is missing or not"),
    "two Upgrades": (dict(add=["Upgrade: h2c"]), "Upgrade header is missing or not"),
    "no Connection": (dict(drop=["Connection"]), "no Connection header of the server lists Upgrade"),
    "Connection: close": (dict(change={"Connection": "close"}), "no Connection header"),
    "Connection: Upgraded": (dict(change={"Connection": "Upgraded"}), "no Connection header"),
    "no Accept": (dict(drop=["Sec-WebSocket-Accept"]), "sent no Sec-WebSocket-Accept"),
    "empty Accept": (dict(change={"Sec-WebSocket-Accept": ""}), "does not answer the key"),
    "Accept for another key": (dict(change={"Sec-WebSocket-Accept": accept()}), "does not answer the key"),
    "subprotocol not asked for": (dict(add=["Sec-WebSocket-Protocol: chat"]), 'chose subprotocol "chat", which was not offered'),
    "empty subprotocol": (dict(add=["Sec-WebSocket-Protocol: "]), "is not one token"),
    "extension not asked for": (dict(add=["Sec-WebSocket-Extensions: x-evil"]), 'chose extension "x-evil", which was not offered'),
    "compression not asked for": (dict(add=["Sec-WebSocket-Extensions: permessage-deflate"]), 'chose extension "permessage-deflate"'),
    "empty extensions": (dict(add=["Sec-WebSocket-Extensions: "]), "breaks the grammar"),
    "broken extensions": (dict(add=["Sec-WebSocket-Extensions: a;;b"]), "breaks the grammar"),
}
ACCEPTS = {
    "in lower case": str.lower,
    "in upper case": str.upper,
    "quoted": lambda value: f'"{value}"',
    "without padding": lambda value: value.rstrip("="),
    "with a comma": lambda value: value + ",",
    "cut": lambda value: value[:-2],
    "longer": lambda value: value + "=",
    "twice in a line": lambda value: f"{value}, {value}",
    "with a blank inside": lambda value: value[:10] + " " + value[10:],
    "the key itself": lambda value: None,
}


def wrong_accept(end, case):
    value = ACCEPTS[case](accept(end.key)) or end.key
    return end.answer(change={"Sec-WebSocket-Accept": value})


attack(
    "rules",
    "a 101 that breaks a rule of §4.1",
    answering(lambda end, case: end.answer(**ANSWERS[case][0])),
    says=lambda case: ANSWERS[case][1],
    cases=tuple(ANSWERS),
)
attack("wrong Accept", "the right Sec-WebSocket-Accept, changed", answering(wrong_accept), says="does not answer the key", cases=tuple(ACCEPTS))
attack(
    "two Accepts",
    "the right one, and it or another again",
    answering(lambda end, other: adding(end, f"Sec-WebSocket-Accept: {other or accept(end.key)}")),
    says="several Sec-WebSocket-Accept",
    cases=("", "x"),
)

PROTOCOLS = {
    "b": "which was not offered",
    "A1": "which was not offered",
    "a1, a2": "is not one token",
    "a1,": "is not one token",
    '"a1"': "is not one token",
    "a1\r\nSec-WebSocket-Protocol: a1": "several Sec-WebSocket-Protocol",
    "a1\r\nSec-WebSocket-Protocol: a2": "several Sec-WebSocket-Protocol",
}
attack(
    "subprotocol",
    "of `a1` and `a2` chooses none, or both",
    answering(lambda end, case: adding(end, f"Sec-WebSocket-Protocol: {case}")),
    says=PROTOCOLS.get,
    cases=tuple(PROTOCOLS),
    flags=("--subprotocol", "a1", "--subprotocol", "a2"),
)

PMD = "permessage-deflate"
DEFLATES = {
    f"{PMD}, {PMD}": "twice",
    f"{PMD}\r\nSec-WebSocket-Extensions: {PMD}": "several Sec-WebSocket-Extensions",
    f"{PMD}; x": 'unknown "x"',
    f"{PMD}; server_no_context_takeover; server_no_context_takeover": "twice",
    f"{PMD}; server_no_context_takeover=1": "invalid",
    f"{PMD}; server_max_window_bits": "invalid",
    f"{PMD}; server_max_window_bits=7": "invalid",
    f"{PMD}; server_max_window_bits=16": "invalid",
    f"{PMD}; server_max_window_bits=010": "invalid",
    f"{PMD}; client_max_window_bits": "invalid",
    f"{PMD}; client_max_window_bits=16": "invalid",
    f'{PMD}; client_max_window_bits="x y"': "grammar",
    f"{PMD};": "grammar",
    "x-webkit-deflate-frame": "not offered",
    f"{PMD}, x": "not offered",
    "PERMESSAGE-DEFLATE": "not offered",
}
attack(
    "compression",
    "accepts permessage-deflate with what was not offered, or wrongly",
    answering(lambda end, case: adding(end, f"Sec-WebSocket-Extensions: {case}")),
    says=DEFLATES.get,
    cases=tuple(DEFLATES),
    flags=("--deflate",),
)
