"""The picture of one pair: what is known before, each field's bits for and against, what goes together, and where that ends.

Here: the bars and their drawing, as SVG text for a page (st.image takes it) or a file. Not here: the evidence (explain.py).

The drawing is ours: of the libraries at hand Plotly and Altair write SVG only through a browser or another package (2026-11-22). Whatever
shows it brings the fonts; texts may be Chinese.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor
from unicodedata import east_asian_width

from ingest.errors import NotFound
from serving.explain import PairExplained, Row

PRIOR, CAPS = "prior", "caps"
_FIRST, _LAST = {PRIOR: 0}, {CAPS: 1}
# Blue and orange are told apart by colour-blind eyes too, and on paper.
_FOR, _AGAINST, _GIVEN, _TOTAL = "#2b6cb0", "#c05621", "#718096", "#1a202c"
_BANDS = (("different", "#fdf0e9"), ("ask", "#fdf8dc"), ("same", "#e8f1fa"))
_FONTS = "'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei','Hiragino Sans GB',system-ui,sans-serif"
_WIDTH, _LEFT, _RIGHT, _TOP, _LINE, _GAP, _BAR = 1000, 400, 930, 118, 16, 12, 18
_SIZE = 13


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One step: `start` and `end` are the running sums in bits, two decimals."""

    label: str
    sentence: str
    weight: float
    start: float
    end: float

    @property
    def colour(self) -> str:
        """By its side; what no record says is grey."""
        if self.label in (PRIOR, CAPS):
            return _GIVEN
        return _FOR if self.weight >= 0 else _AGAINST


def bars(explained: PairExplained) -> list[Bar]:
    """The steps from nothing to the pair's weight: the prior, the fields with the heaviest first, then what goes together. Their weights
    sum up to the weight of the pair. Raises NotFound for two records of which no pair was published."""
    if explained.pair is None:
        left, right = (f"{row['source']}:{row['record_id']}" for row in (explained.left, explained.right))
        raise NotFound(
            f"NotFound: {left} and {right} are no published pair: they were not compared, or found to be different customers.\n"
            "  There is nothing to draw. `bailiwick explain` with one of them names the pairs it is in."
        )
    steps = sorted(
        explained.evidence, key=lambda row: (_FIRST.get(row["field"], _LAST.get(row["field"], 0.5)), -abs(row["weight"]), row["field"])
    )
    found, start = [], 0.0
    for row in steps:
        end = round(start + row["weight"], 2)
        found.append(Bar(label=row["field"], sentence=row["sentence"], weight=row["weight"], start=start, end=end))
        start = end
    return found


def waterfall(explained: PairExplained) -> str:
    """The picture as an SVG document. Raises NotFound as `bars`."""
    steps, pair = bars(explained), explained.pair
    total = Bar(label="sum", sentence=_outcome(pair), weight=pair["weight"], start=0.0, end=pair["weight"])
    lines = [_wrapped(f"{_label(bar)}{bar.sentence}") for bar in (*steps, total)]
    tops = [_TOP]
    for wrapped in lines:
        tops.append(tops[-1] + max(len(wrapped) * _LINE, _BAR) + _GAP)
    scale = _Scale.of([0.0, pair["weight"], pair["ask_above"], pair["same_above"], *(bar.end for bar in steps)])
    bottom = tops[-1]
    parts = [*_heading(explained), *_bands(pair, scale, bottom), *_axis(scale, bottom)]
    for bar, wrapped, top in zip((*steps, total), lines, tops, strict=False):
        parts += _row(bar, wrapped, top, scale)
    for (bar, _), (here, there) in zip(pairwise((*steps, total)), pairwise(tops[:-1]), strict=True):
        parts.append(_line(scale.at(bar.end), here + _BAR, scale.at(bar.end), there, "#a0aec0"))
    height = bottom + 34
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
            f'font-family="{_FONTS}" font-size="{_SIZE}" fill="{_TOTAL}">',
            f"<title>{escape(_title(explained))}</title>",
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


@dataclass(frozen=True)
class _Scale:
    """Bits to places on the page."""

    least: int
    most: int
    step: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "_Scale":
        span = max(values) - min(values)
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if span / step <= 9 or step == 1000)
        least, most = floor((min(values) - 1) / step) * step, ceil((max(values) + 1) / step) * step
        return cls(least, most, step)

    def at(self, bits: float) -> float:
        return round(_LEFT + (bits - self.least) / (self.most - self.least) * (_RIGHT - _LEFT), 1)


def _title(explained: PairExplained) -> str:
    left, right = (f"{row['source']} {row['record_id']}" for row in (explained.left, explained.right))
    return f"{left} and {right}: {_outcome(explained.pair)}"


def _outcome(pair: Row) -> str:
    said = {"same": "the same customer", "ask": "a person should look", "different": "different customers"}[pair["verdict"]]
    return f"{said}, probability {pair['score']:.4f}"


def _heading(explained: PairExplained) -> Iterator[str]:
    yield _text(20, 30, "Are these records one customer?", size=18, weight="bold")
    for place, row in enumerate((explained.left, explained.right)):
        named = f"{row['source']} {row['record_id']}, now {row['customer_name'] or row['customer_id']} ({row['customer_id']})"
        yield _text(20, 54 + 20 * place, _shortened(named, _WIDTH - 40))


def _bands(pair: Row, scale: _Scale, bottom: float) -> Iterator[str]:
    edges = [scale.least, pair["ask_above"], pair["same_above"], scale.most]
    for (name, colour), (start, end) in zip(_BANDS, pairwise(edges), strict=True):
        left, right = scale.at(start), scale.at(end)
        if right > left:
            yield f'<rect x="{left}" y="{_TOP - 8}" width="{round(right - left, 1)}" height="{bottom - _TOP + 8}" fill="{colour}"/>'
            if right - left >= _measured(name):
                yield _text((left + right) / 2, _TOP - 14, name, anchor="middle", fill="#4a5568")


def _axis(scale: _Scale, bottom: float) -> Iterator[str]:
    for tick in range(scale.least, scale.most + 1, scale.step):
        x = scale.at(tick)
        yield _line(x, _TOP - 8, x, bottom, "#2d3748" if tick == 0 else "#e2e8f0")
        yield _text(x, bottom + 18, f"{tick:+d}" if tick else "0", anchor="middle", size=11, fill="#4a5568")
    yield _text(_WIDTH - 20, bottom + 18, "bits", anchor="end", size=11, fill="#4a5568")


def _row(bar: Bar, wrapped: list[str], top: float, scale: _Scale) -> Iterator[str]:
    is_sum = bar.label == "sum"
    for place, line in enumerate(wrapped):
        yield _text(20, top + 14 + place * _LINE, line, weight="bold" if is_sum else "normal")
    left, right = sorted((scale.at(bar.start), scale.at(bar.end)))
    width = max(round(right - left, 1), 1.0)
    colour = _TOTAL if is_sum else bar.colour
    tip = f"<title>{escape(f'{bar.label}: {bar.weight:+.2f} bits')}</title>"
    yield f'<rect x="{left}" y="{top}" width="{width}" height="{_BAR}" fill="{colour}">{tip}</rect>'
    yield _text(right + 5, top + 14, f"{bar.weight:+.2f}", size=12, weight="bold" if is_sum else "normal")


def _label(bar: Bar) -> str:
    return "Sum: " if bar.label == "sum" else f"{bar.label.replace('_', ' ')}: " if bar.label not in (PRIOR, CAPS) else ""


def _line(left: float, top: float, right: float, bottom: float, colour: str) -> str:
    return f'<line x1="{left}" y1="{top}" x2="{right}" y2="{bottom}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, *, size: int = _SIZE, weight: str = "normal", anchor: str = "start", fill: str = _TOTAL) -> str:
    return (
        f'<text x="{round(x, 1)}" y="{round(y, 1)}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{fill}">'
        f"{escape(text)}</text>"
    )


def _measured(text: str) -> float:
    """About how wide a text is: the fonts are those of whoever looks at it."""
    return sum(_SIZE if east_asian_width(sign) in "WF" else _SIZE * 0.56 for sign in text)


def _wrapped(text: str) -> list[str]:
    """Lines that fit beside the bars."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _measured(longer) > _LEFT - 40:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _shortened(text: str, width: float) -> str:
    if _measured(text) <= width:
        return text
    while text and _measured(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
