"""Bar charts as SVG, for the documentation: readable on light and dark pages, the same bytes for the same figures.

    plots.bars("decode.svg", "Decoding", [("64 B", [("rfc6455", 8.1, True), ("other", 63.9, False)])], "ns per message")

Needs Python alone.
"""

import math
import textwrap
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH = 720
MARGIN = 12
BAR, STEP = 16, 22  # the height of a bar, and from one to the next
LONGEST_NAME = 290  # pixels; longer names are squeezed

STYLE = """\
text { font: 13px -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.group, .ours-name { font-weight: 600 }
.small { font-size: 12px; fill: #59636e }
.end { text-anchor: end }
.middle { text-anchor: middle }
.value { paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round; font-variant-numeric: tabular-nums }
.other { fill: #afb8c1 }
.ours { fill: #0969da }
.grid { stroke: #8c959f; stroke-opacity: 0.3 }
.limit { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 5 4 }
.limit-text { fill: #cf222e; font-size: 12px }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.small { fill: #9198a1 }
.value { stroke: #0d1117 }
.other { fill: #656c76 }
.ours { fill: #4493f8 }
.limit { stroke: #f85149 }
.limit-text { fill: #f85149 }
}"""


def bars(path, title, groups, unit, note="", limit=None, limit_name="limit"):
    """Writes horizontal bars to `path`.

    groups: a list of (label, [(name, value, highlight)]); a value of None was not measured, and an empty label takes no room.
    unit:   stands below the title; say there, too, which direction is better.
    limit:  a value at which a dashed line stands, with this name.
    The scale is logarithmic when values are more than 20 times apart, and then the chart says so.
    """
    rows = [row for _, group in groups for row in group]
    scale = Scale([value for _, value, _ in rows if value is not None] + ([] if limit is None else [limit]))
    subtitle = f"{unit}; logarithmic scale" if scale.is_log else unit
    left = MARGIN + min(LONGEST_NAME, max(width(name) for name, _, _ in rows)) + 8
    right = WIDTH - MARGIN - max(width(spell(value or 0)) for _, value, _ in rows) - 8

    def x(value):
        return round(left + (right - left) * scale.share(value), 1)

    body, y = [], MARGIN + 14
    for line in textwrap.wrap(title, 80):
        body.append(text(MARGIN, y, line, "title"))
        y += 20
    for line in textwrap.wrap(subtitle, 110):
        body.append(text(MARGIN, y, line, "small"))
        y += 18
    top = y = y + (12 if limit is not None else -4)
    marks, grid = [], []
    for label, group in groups:
        if label:
            y += 18
            marks.append(text(MARGIN, y, label, "group"))
            y += 4
        for name, value, highlight in group:
            y += STEP - BAR
            marks.append(text(round(left - 8, 1), y + 12.5, name, "end ours-name" if highlight else "end", fit=LONGEST_NAME))
            end = left if value is None else x(value)
            if end > left:
                shape = f'x="{left:.1f}" y="{y}" width="{end - left:.1f}" height="{BAR}" rx="2"'
                marks.append(f'<rect class="{"ours" if highlight else "other"}" {shape}/>')
            marks.append(text(round(end + 6, 1), y + 12.5, spell(value), "value"))
            y += BAR
        y += 8

    for tick in scale.ticks():
        grid.append(line_at(x(tick), top, y, "grid"))
        grid.append(text(x(tick), y + 14, spell(tick, short=True), "small middle"))
    values = [mark for mark in marks if 'class="value"' in mark]  # above the dashed line
    body += grid + [mark for mark in marks if mark not in values]
    if limit is not None:
        label = f"{limit_name} {spell(limit, short=True)}"
        body.append(line_at(x(limit), top - 2, y, "limit"))
        body.append(text(min(x(limit), WIDTH - MARGIN - width(label) / 2), top - 6, label, "limit-text middle"))
    body += values
    y += 24
    for line in textwrap.wrap(note, 112):
        y += 16
        body.append(text(MARGIN, y, line, "small"))

    spoken = "; ".join(
        f"{label}: " * bool(label) + ", ".join(f"{name} {spell(value)}" for name, value, _ in group) for label, group in groups)
    size = f'width="{WIDTH}" height="{y + MARGIN}" viewBox="0 0 {WIDTH} {y + MARGIN}"'
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(f"{subtitle}. {spoken}. {note}".strip())}</desc>',
            f"<style>\n{STYLE}\n</style>"]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("\n".join(head + body + ["</svg>"]) + "\n", encoding="utf-8")


class Scale:
    def __init__(self, values):
        self.most = max(values, default=0) or 1
        least = min((value for value in values if value > 0), default=1)
        self.is_log = self.most > 20 * least
        self.decade = math.floor(math.log10(least / 1.5))  # so that the shortest bar can be seen, too

    def share(self, value):
        if not self.is_log or value <= 0:
            return max(0, value) / self.most
        return (math.log10(value) - self.decade) / (math.log10(self.most) - self.decade)

    def ticks(self):
        if self.is_log:
            return [10.0**power for power in range(self.decade, math.floor(math.log10(self.most)) + 1)]
        rough = self.most / 5
        step = next(base for base in (10 ** math.floor(math.log10(rough)) * factor for factor in (1, 2, 5, 10)) if base >= rough)
        return [step * number for number in range(math.floor(self.most / step * 1.0001) + 1)]


def spell(value, short=False):
    """Three digits that count; `short` without zeros at the end."""
    if value is None:
        return "not measured"
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.3g}" if short or value < 0.01 else f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def width(words):
    """Pixels that a text takes at 13 pixels, about; rather too many, as the font is the reader's."""
    return sum(5 if glyph in " .,:;'il|!tfj()-" else 13 if glyph in "mwMW" else 8.8 for glyph in words)


def line_at(x, top, bottom, kind):
    return f'<path class="{kind}" d="M{x} {top}V{bottom}"/>'


def text(x, y, words, kind, fit=None):
    squeeze = f' textLength="{fit}" lengthAdjust="spacingAndGlyphs"' if fit and 0.9 * width(words) > fit else ""
    return f'<text class="{kind}" x="{x}" y="{y}"{squeeze}>{escape(words)}</text>'
