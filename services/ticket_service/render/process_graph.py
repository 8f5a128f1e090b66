"""The desk's statuses and a ticket's way through them, drawn as SVG: no script, and nothing is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from services.ticket_service.domain.process import Move, StatusTotal, Stay, moves, totals
from services.ticket_service.domain.status import NO_COLOR, Status

_WIDTH: Final = 170
_HEIGHT: Final = 64
_GAP: Final = 60
_MARGIN: Final = 30
_LIFT: Final = 26
_MOST_LIFT: Final = 170
_LABEL: Final = 20
_COLOR: Final = re.compile(r"^#[0-9a-fA-F]{6}$")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_STYLE: Final = """\
text { font: 13px system-ui, sans-serif; fill: #212529 }
.time { font-size: 11px; fill: #495057 }
.move { fill: none; stroke: #495057; stroke-width: 1.6 }
.unvisited { opacity: .45 }
@media (prefers-color-scheme: dark) {
  text { fill: #f8f9fa } .time { fill: #ced4da } .move { stroke: #ced4da }
}"""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a status stands: the left edge, and the number of the column."""

    left: int
    column: int

    @property
    def middle(self) -> int:
        return self.left + _WIDTH // 2


def process_graph(title: str, statuses: Sequence[Status], path: Sequence[Stay]) -> str:
    """The graph of a ticket's way. Statuses that are gone since are drawn after those there are."""
    gone = [stay.status for stay in path if all(stay.status != status.key for status in statuses)]
    shown = [*statuses, *(Status(key, key, "", NO_COLOR, 0, frozenset()) for key in dict.fromkeys(gone))]
    places = {
        status.key: _Place(_MARGIN + column * (_WIDTH + _GAP), column) for column, status in enumerate(shown)
    }
    made, by_status = moves(path), {total.status: total for total in totals(path)}
    above = _room(made, places, forward=True)
    below = _room(made, places, forward=False)
    width = 2 * _MARGIN + len(shown) * (_WIDTH + _GAP) - _GAP
    height = 2 * _MARGIN + above + _HEIGHT + below
    top = _MARGIN + above
    current = path[-1].status if path else None
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img">',
        f"<title>{_text(title)}</title>",
        f"<style>{_STYLE}</style>",
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
        ' orient="auto"><path d="M0 0 8 4 0 8z" fill="#6c757d"/></marker></defs>',
        *(_move(move, places, top) for move in made),
        *(_node(each, places[each.key], top, by_status.get(each.key), each.key == current) for each in shown),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def duration(seconds: int) -> str:
    """A time as people read it at a glance: its two largest units."""
    hours, minutes = seconds // 3_600, seconds // 60
    units = (("d", hours // 24), ("h", hours % 24), ("min", minutes % 60), ("s", seconds % 60))
    shown = [f"{count} {unit}" for unit, count in units if count]
    return " ".join(shown[:2]) or "0 s"


def _node(status: Status, place: _Place, top: int, total: StatusTotal | None, current: bool) -> str:
    color = status.color if _COLOR.match(status.color) else NO_COLOR
    times = f"{duration(total.seconds)} · {total.times}×" if total else "–"
    visited = "" if total else ' class="unvisited"'
    filled, stroke = ("0.28", "4") if current else ("0.12", "1.5")
    return (
        f"<g{visited}><title>{_text(status.label)}: {times}</title>"
        f'<rect x="{place.left}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="10" fill="{color}"'
        f' fill-opacity="{filled}" stroke="{color}" stroke-width="{stroke}"/>'
        f'<text x="{place.middle}" y="{top + 27}" text-anchor="middle">{_text(_short(status.label))}</text>'
        f'<text x="{place.middle}" y="{top + 47}" text-anchor="middle" class="time">{times}</text></g>'
    )


def _move(move: Move, places: Mapping[str, _Place], top: int) -> str:
    start, end = places[move.before], places[move.after]
    forward = end.column > start.column
    lift = _lift(start, end)
    side = top if forward else top + _HEIGHT
    peak = side - lift if forward else side + lift
    leave, reach = start.middle + (18 if forward else -18), end.middle - (18 if forward else -18)
    label = f"{move.first}" if move.times == 1 else f"{move.first} · {move.times}×"
    # A curve with both handles at the peak rises to three quarters of it.
    middle = (side + 3 * peak) // 4 + (-4 if forward else 12)
    return (
        f'<path class="move" d="M{leave} {side} C{leave} {peak} {reach} {peak} {reach} {side}"'
        ' marker-end="url(#end)"/>'
        f'<text class="time" x="{(leave + reach) // 2}" y="{middle}" text-anchor="middle">{label}</text>'
    )


def _lift(start: _Place, end: _Place) -> int:
    return min(_LIFT + _LIFT * abs(end.column - start.column), _MOST_LIFT)


def _room(made: Sequence[Move], places: Mapping[str, _Place], *, forward: bool) -> int:
    lifts = [
        _lift(places[move.before], places[move.after])
        for move in made
        if (places[move.after].column > places[move.before].column) is forward
    ]
    return max(lifts, default=0)


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"


def _text(text: str) -> str:
    return escape(_CONTROL.sub("", text))
