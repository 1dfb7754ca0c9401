"""What is wanted of the figures, and whether they have it."""

from figures import IN_PLACE, spell_bytes

HANDSHAKES = [
    ("handshake-server", "short", "server, short request"),
    ("handshake-server", "browser", "server, a browser's request"),
    ("handshake-client", "short", "client"),
]
SMALL = [8, 64, 125]
LARGE = [16 << 10, 64 << 10, 1 << 20]


def table(figures):
    """Markdown. A goal of which nothing was measured is left away."""
    lines = ["### Goals", "", "| goal | at most | measured | |", "|:--|--:|--:|:--|"]
    for title, most, value in all_goals(figures):
        if value is not None:
            digits = 0 if most >= 100 else 2
            lines.append(f"| {title} | {most:g} | {value:.{digits}f} | {'met' if value <= most else '**not met**'} |")
    return "\n".join(lines) + "\n" if len(lines) > 4 else ""


def part(value, limit):
    return value / limit if value is not None and limit else None


def best_peer(figures, row, size, reads="large"):
    ranked = figures.ranked(row, size, reads)
    return ranked[0][1] if ranked else None


def all_goals(figures):
    yield from small(figures)
    yield from large(figures)
    yield from sending(figures)
    yield from handshakes(figures)
    yield from echo(figures)
    for one in figures.deflate:
        if one["takeover"] == "takeover" and one["size"] in (1 << 10, 64 << 10):
            title = f"8. deflate, {one['direction']}, {spell_bytes(one['size'])}: of the engine"
            yield title, 1.05, part(one["us"], one["engine_us"])
    built = {one["name"]: one for one in figures.build}
    if built:
        yield "9. crates: of tungstenite's", 1, part(built["ours"]["crates"], built["tungstenite"]["crates"])
        yield "9. cold build: of tungstenite's", 1, part(built["ours"]["seconds"], built["tungstenite"]["seconds"])


def small(figures):
    for size, count in zip(SMALL, [250, 280, 320]):
        session = figures.best("decode", size, "Session")
        minimum = figures.best("decode", size, "minimum")
        yield f"1. decode {size}: Session, of the minimum", 2, part(session, minimum)
        yield f"1. decode {size}: Connection, of the minimum", 1.6, part(figures.best("decode", size, "Connection"), minimum)
        yield f"1. decode {size}: Session, of the best peer", 0.333, part(session, best_peer(figures, "decode", size))
        for name in ["Session", "Connection"]:
            text, binary = (figures.best(row, size, name) for row in ["decode-ascii", "decode"])
            yield f"1. decode {size}: {name}, ASCII, of binary", 1.5, part(text, binary)
        yield f"1. decode {size}: instructions", count, figures.instructions("decode", size, "Session")


def large(figures):
    size = 1 << 10
    session, minimum = (figures.best("decode", size, name) for name in ["Session", "minimum"])
    yield "2. decode 1 Ki: Session, of the minimum", 1.6, part(session, minimum)
    texts = [1 << 10, *LARGE]
    for number, row, what, sizes in [("2", "decode", "binary", LARGE), ("3", "decode-multi-byte", "multi-byte text", texts)]:
        for size in sizes:
            for reads, told in [("large", ""), ("small", ", reads of 4 KiB")]:
                title = f"{number}. decode {spell_bytes(size)}, {what}{told}: of the best peer"
                yield title, 1, part(figures.whole(row, size, reads), best_peer(figures, row, size, reads))


def sending(figures):
    for size in figures.sizes("encode-server"):
        yield f"4. send {spell_bytes(size)}, server: ns", 12, figures.whole("encode-server", size)
    for size in SMALL:
        counts = [figures.instructions("encode-server", size, name) for name in ["Session", "WebSocket"]]
        yield f"4. send {size}, server: instructions", 140, min((count for count in counts if count is not None), default=None)
    for row, told in [("encode-client", "client"), (IN_PLACE, "client, in place")]:
        yield f"4. send 64, {told}: ns", 15, figures.whole(row, 64)
        for size in LARGE:
            title = f"4. send {spell_bytes(size)}, {told}: of the best peer"
            yield title, 1, part(figures.whole(row, size), best_peer(figures, row, size))


def handshakes(figures):
    for row, kind, label in HANDSHAKES:
        ours = figures.handshake(row, kind, "Session")
        if kind == "short":
            yield f"5. handshake, {label}: ns", 1500, ours
        yield f"5. handshake, {label}: of tungstenite's", 0.5, part(ours, figures.handshake(row, kind, "tungstenite"))


def echo(figures):
    """Names are those of echo.py: `ours-threads` is blocking `net`, and `ours-epoll` an event loop on the core."""
    found = {row: {name: value for name, value, _ in measured} for (row, _, _), measured in figures.echo.items()}
    values = {row: found.get(row, {}) for row in ["6a", "6b", "6c", "6d", "7"]}

    def of(row, name, limits):
        return part(values[row].get(name), min((values[row][limit] for limit in limits if limit in values[row]), default=None))

    yield "6a. one connection, 64 B: net, of raw threads", 1.05, of("6a", "ours-threads", ["raw-threads"])
    yield "6b. 64 connections, 32 in flight: net, s per million", 0.56, values["6b"].get("ours-threads")
    yield "6b. 64 connections, 32 in flight: event loop, s per million", 0.16, values["6b"].get("ours-epoll")
    yield "6c. 8 connections, 16 KiB: net, of raw threads", 1.05, of("6c", "ours-threads", ["raw-threads"])
    yield "6c. 8 connections, 16 KiB: event loop, of raw epoll", 1.05, of("6c", "ours-epoll", ["raw-epoll"])
    yield "6d. one connection, 1 MiB: net, of raw threads", 1.05, of("6d", "ours-threads", ["raw-threads"])
    yield "7. idle, event loop: KiB", 0.25, values["7"].get("ours-epoll")
    if {"ours-threads", "bare-threads"} <= values["7"].keys():
        yield "7. idle, net above the bare thread: KiB", 2, values["7"]["ours-threads"] - values["7"]["bare-threads"]
