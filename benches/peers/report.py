"""Makes the tables of docs/performance.md and the plots in docs/plots of what `run` has measured."""

import sys

import goals
from figures import IN_PLACE, Figures, spell, spell_bytes

BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
# How many peers are named in a table, or have a bar in a plot; the others are slower.
NAMED, BARS = 3, 6

DECODERS, SENDERS = ["Session", "Connection"], ["Session", "WebSocket"]
PLOTS = [
    ("decode-small", "Decoding small binary messages", "decode", [8, 64, 125, 1 << 10], DECODERS),
    ("decode-large", "Decoding large binary messages", "decode", [16 << 10, 64 << 10, 1 << 20], DECODERS),
    ("decode-text", "Decoding text that is not ASCII", "decode-multi-byte", [64, 1 << 10, 64 << 10, 1 << 20], DECODERS),
    ("send-server", "Sending, as a server", "encode-server", [8, 1 << 10, 64 << 10], SENDERS),
    ("send-client", "Sending, as a client", "encode-client", [64, 1 << 10, 64 << 10], SENDERS),
]


def write(results, root, only_print):
    figures = Figures(results)
    text = "\n".join(section for section in sections(figures) if section)
    page = root / "docs/performance.md"
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if only_print or not begin or not end:
        if not only_print:
            print(f"{page.relative_to(root)} has no marks {BEGIN} and {END}", file=sys.stderr)
        print(text)
    else:
        page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
    if not only_print:
        draw(figures, root / "docs/plots")


def sections(figures):
    yield head(figures)
    yield decoding(figures, "decode", "Decoding binary messages", "Goal 1 is about the rows of less than 1 KiB, goal 2 about the others.")
    yield decoding(figures, "decode-ascii", "Decoding ASCII text", "")
    yield decoding(figures, "decode-multi-byte", "Decoding text in characters of one to four bytes", "")
    yield sending(figures, "encode-server", "Sending, as a server",
                  "`Session` makes the header alone (`Session::header_for`), and the payload is written from where it lies; "
                  "`WebSocket` copies what is under 24 KiB.")
    yield sending(figures, "encode-client", "Sending, as a client", "")
    yield sending(figures, IN_PLACE, "Sending, as a client that masks the message where it lies",
                  "Ours is `Connection::mask_in_place`.")
    yield handshakes(figures)
    yield instructions(figures)
    yield echo(figures)
    yield deflate(figures)
    yield build(figures)
    yield goals.table(figures)


def head(figures):
    machines = []
    for part, machine in figures.machines.items():
        told = (f"{machine['processors']} processors {machine['processor']} ({machine['caches']}), {machine['kernel']}, "
                f"{machine['libc']}, {machine['rustc']}")
        if told not in machines:
            machines.append(told)
    return "Measured by `benches/peers/run` on " + "; and on ".join(machines) + ".\n"


def table(columns, rows):
    """Markdown; the first column and those that are text are to the left."""
    align = ["--:" if at and not title.startswith(("best", "goal", "met")) else ":--" for at, title in enumerate(columns)]
    lines = [columns, align, *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def ratio(value, limit):
    if value is None:
        return "-"
    return f"{spell(value)} ({value / limit:.2f})" if limit else spell(value)


def peers(ranked, spell=spell):
    """The quickest by name, and how far the others reach."""
    best = ", ".join(f"{name} {spell(value)}" for name, value in ranked[:NAMED])
    others = list(dict.fromkeys(spell(value) for _, value in ranked[NAMED:]))
    return [best or "-", f"{others[0]} to {others[-1]}" if len(others) > 1 else "".join(others) or "-"]


def section(title, note, columns, rows):
    if not rows:
        return ""
    return f"### {title}\n\n{note}\n\n{table(columns, rows)}\n"


def decoding(figures, row, title, note):
    rows = []
    for reads in ["large", "small"]:
        for size in figures.sizes(row):
            ours = [figures.best(row, size, name, reads) for name in ["Session", "Connection", "WebSocket"]]
            limit = figures.best(row, size, "minimum", reads)
            label = f"{spell_bytes(size)}{'' if reads == 'large' else ', reads of 4 KiB'}"
            cells = [*(ratio(value, limit) for value in ours), ratio(limit, None)]
            rows.append([label, *cells, *peers(figures.ranked(row, size, reads))])
    columns = ["bytes", "Session", "Connection", "WebSocket", "minimum", "best of the peers", "the others"]
    told = "Nanoseconds per message (ratio to the minimum), in reads of 16 KiB or as large as each likes, and in reads of 4 KiB."
    return section(title, f"{told} {note}".strip(), columns, rows)


def sending(figures, row, title, note):
    rows = []
    for size in figures.sizes(row):
        ours = [figures.best(row, size, name) for name in SENDERS]
        limit = figures.best(row, size, "minimum")
        cells = [ratio(value, limit) for value in ours]
        rows.append([spell_bytes(size), *cells, ratio(limit, None), *peers(figures.ranked(row, size))])
    columns = ["bytes", *SENDERS, "minimum", "best of the peers", "the others"]
    told = "Nanoseconds per message (ratio to the minimum), to a transport that discards it."
    return section(title, f"{told} {note}".strip(), columns, rows)


def handshakes(figures):
    rows = []
    for row, kind, label in goals.HANDSHAKES:
        ours = figures.handshake(row, kind, "Session")
        if ours is not None:
            tungstenite = figures.handshake(row, kind, "tungstenite")
            cells = [spell(ours), f"{spell(tungstenite)} ({tungstenite / ours:.2f})"]
            rows.append([label, *cells, *peers(figures.handshakes(row, kind))])
    columns = ["handshake", "ours", "tungstenite (ratio)", "best of the peers", "the others"]
    note = ("Nanoseconds, without TCP: a server's from the request to the answer, a client's from nothing to the checked answer, "
            "less what it takes to make that answer. fastwebsockets and yawc leave it to hyper.")
    return section("The opening handshake", note, columns, rows)


def instructions(figures):
    rows = []
    for row, label in [("decode", "decode"), ("encode-server", "send, server"), ("encode-client", "send, client")]:
        for size in [8, 64, 125]:
            ours = [figures.instructions(row, size, name) for name in ["Session", "Connection", "WebSocket", "minimum"]]
            if ours[0] is not None:
                cells = ["-" if value is None else f"{value:.0f}" for value in ours]
                rows.append([f"{label}, {size}", *cells, *peers(figures.ranked_instructions(row, size), round)])
    columns = ["bytes", "Session", "Connection", "WebSocket", "minimum", "best of the peers", "the others"]
    return section("Instructions per message", "Counted by callgrind.", columns, rows)


def echo(figures):
    rows = []
    for (row, title, unit), found in figures.echo.items():
        references = [(name, value) for name, value, reference in found if reference and name != "load"]
        ours = [(name, value) for name, value, reference in found if name.startswith("ours") and not reference]
        others = sorted(((name, value) for name, value, reference in found if not name.startswith("ours") and not reference),
                        key=lambda one: one[1])
        spelt = [", ".join(f"{name} {spell(value)}" for name, value in some) or "-" for some in [ours, references]]
        rows.append([f"{title}: {unit}", *spelt, *peers(others)])
    note = ("Of the server alone, on one core. By hand: `raw-` writes back what it reads, `hand-` takes frames apart and checks nothing, "
            "`bare-threads` only holds its connections. Idle: the memory that is the process's own, without the kernel's.")
    columns = ["best is least", "ours", "by hand", "best of the peers", "the others"]
    return section("Echo over loopback TCP, and idle connections", note, columns, rows)


def deflate(figures):
    rows = [[f"{one['takeover']}, {one['direction']}, {spell_bytes(one['size'])}", f"{one['us']:.2f}", f"{one['engine_us']:.2f}",
             f"{one['us'] / one['engine_us']:.3f}"] for one in figures.deflate if one["size"] in (1 << 10, 64 << 10)]
    note = "Microseconds per message, JSON-like."
    return section("permessage-deflate", note, ["bytes", "ours", "the bare engine", "ratio"], rows)


def build(figures):
    rows = [[one["name"], one["crates"], f"{one['seconds']:.1f}"] for one in figures.build]
    return section("Building", "From nothing, release, default features.", ["", "crates", "seconds of processor time"], rows)


def draw(figures, folder):
    import plots

    unit = "time per message, as a multiple of a loop by hand that checks nothing: less is better"
    note = f"The {BARS} quickest peers of ten. All figures: docs/performance.md."
    for file, title, row, sizes, names in PLOTS:
        groups = [(spell_bytes(size), bars(figures, row, size, names)) for size in sizes if size in figures.sizes(row)]
        if groups:
            plots.bars(folder / f"{file}.svg", title, groups, unit, note, limit=1, limit_name="by hand:")
    groups = []
    for (_, title, _), found in figures.echo.items():
        limit = min((value for name, value, reference in found if reference and name != "load"), default=None)
        shown = sorted((one for one in found if not one[2]), key=lambda one: one[1])
        if limit:
            groups.append((title, [(name, value / limit, name.startswith("ours")) for name, value, _ in shown]))
    if groups:
        unit = "as a multiple of the quickest server by hand that checks nothing: less is better"
        plots.bars(folder / "echo.svg", "Echo over TCP, and idle connections", groups, unit, "", limit=1, limit_name="by hand:")


def bars(figures, row, size, names):
    limit = figures.best(row, size, "minimum")
    ours = [(f"rfc6455 {name}", figures.best(row, size, name) / limit, True) for name in names]
    return ours + [(name, value / limit, False) for name, value in figures.ranked(row, size)[:BARS]]
