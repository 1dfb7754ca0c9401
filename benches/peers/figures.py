"""What was measured, in the order in which the tables and the goals ask for it."""

OURS = {"Session", "Connection", "WebSocket"}
IN_PLACE = "encode-client-in-place"
READS = {"small": [4 << 10], "large": [16 << 10, 0]}


class Figures:
    def __init__(self, results):
        self.machines = results.get("machines", {})
        self.deflate = results.get("deflate", [])
        self.build = results.get("build", [])
        # Who need not copy the message first does less, and is compared with those who need not either.
        self._codec = [one | {"row": IN_PLACE} if (one["row"], one["way"]) == ("encode-client", "in place") else one
                       for one in results.get("codec", [])]
        self._instructions = results.get("instructions", [])
        self.echo = {}
        for one in results.get("echo", []):
            key = (one["row"], one["title"], one["unit"])
            self.echo.setdefault(key, []).append((one["name"], one["value"], one["reference"]))

    def sizes(self, row):
        return sorted({one["size"] for one in self._codec if one["row"] == row})

    def _least(self, row, size, reads, kind):
        """Of each contestant the best of its ways, in any of these reads."""
        found = {}
        for one in self._codec:
            wanted = one["row"] == row and size in (None, one["size"]) and kind in (None, one["kind"])
            if wanted and one["reads"] in READS[reads]:
                found[one["name"]] = min(one["ns"], found.get(one["name"], one["ns"]))
        return found

    def best(self, row, size, name, reads="large", kind=None):
        return self._least(row, size, reads, kind).get(name)

    def whole(self, row, size, reads="large"):
        """This crate's whole messages, by the better of its two ways."""
        found = [self.best(row, size, name, reads) for name in ["Session", "WebSocket"]]
        return min((value for value in found if value is not None), default=None)

    def ranked(self, row, size, reads="large"):
        """The peers, the quickest first."""
        return ranked(self._least(row, size, reads, None))

    def handshake(self, row, kind, name):
        value = self.best(row, None, name, kind=kind)
        answer = self.best(row, None, "minimum", kind=kind) or 0
        return None if value is None else value - answer

    def handshakes(self, row, kind):
        found = self._least(row, None, "large", kind)
        answer = found.get("minimum", 0)
        return ranked({name: value - answer for name, value in found.items()})

    def _counts(self, row, size):
        found = {}
        for one in self._instructions:
            if one["row"] == row and one["size"] == size:
                found[one["name"]] = min(one["instructions"], found.get(one["name"], one["instructions"]))
        return found

    def instructions(self, row, size, name):
        return self._counts(row, size).get(name)

    def ranked_instructions(self, row, size):
        return ranked(self._counts(row, size))


def ranked(found):
    return sorted(((name, value) for name, value in found.items() if name not in OURS | {"minimum"}), key=lambda one: one[1])


def spell(value):
    """Three digits."""
    if value >= 1e5:
        return f"{value / 1000:.0f}k"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spell_bytes(size):
    for unit, name in [(1 << 20, "Mi"), (1 << 10, "Ki")]:
        if size % unit == 0:
            return f"{size // unit} {name}"
    return str(size)
