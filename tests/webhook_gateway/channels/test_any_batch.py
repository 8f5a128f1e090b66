"""Batches of anything, any order, any damage: what is valid comes out once, the rest is kept, no 500."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhook_gateway.whatsapp import FOREIGN, MAIN, SECOND, WABA, Gateway

GATEWAY = Gateway()
OURS = {MAIN.phone_number_id: MAIN, SECOND.phone_number_id: SECOND}
UNKNOWN = "100000000000000"


class Planned(NamedTuple):
    """A webhook, the ids that must come out of it, and the marks of what must be kept instead."""

    document: dict[str, Any]
    expected: Counter[str]
    kept: list[str]


class Plan:
    """Builds a webhook piece by piece; each piece has a mark that stands nowhere else."""

    def __init__(self) -> None:
        self.expected: Counter[str] = Counter()
        self.kept: list[str] = []
        self._numbers = itertools.count(1)

    def mark(self) -> str:
        return f"mark-{next(self._numbers)}."

    def item(self, kind: str, damage: str, number: str, reachable: bool) -> Any:
        """One item of a list; it comes out under its id unless it is damaged or nobody's."""
        mark = self.mark()
        if damage == "no object":
            self.kept.append(mark)
            return mark
        item = ITEMS[kind](mark)
        if damage == "incomplete":
            item = {key: value for key, value in item.items() if key not in ESSENTIAL[kind]} | {"mark": mark}
        if damage == "incomplete" or not reachable:
            self.kept.append(mark)
        else:
            self.expected.update([ids(kind, number, mark)])
            self.expected.update([f"{kind}-file"] if kind == "image" else [])
        return item


def ids(kind: str, number: str, mark: str) -> str:
    """What must come out for a valid item, with its mark."""
    suffix = ":delivered" if kind == "status" else ""
    return f"user_id_update {mark}" if kind == "new id" else f"whatsapp_cloud:{number}:{mark}{suffix}"


ITEMS: dict[str, Callable[[str], dict[str, Any]]] = {
    "text": lambda mark: base(mark) | {"type": "text", "text": {"body": "Buongiorno"}},
    "image": lambda mark: base(mark) | {"type": "image", "image": {"id": "1", "mime_type": "image/png"}},
    "reaction": lambda mark: base(mark) | {"type": "reaction", "reaction": {"message_id": "w", "emoji": "x"}},
    "hologram": lambda mark: base(mark) | {"type": "hologram"},
    "status": lambda mark: {"id": mark, "status": "delivered", "timestamp": "1740691293"},
    "echo": lambda mark: {
        **base(mark),
        "from": "390212345678",
        "to": "393351032246",
        "type": "text",
        "text": {"body": "Dal telefono"},
    },
    "new id": lambda mark: {"detail": mark, "user_id": {"previous": "IT.1", "current": f"IT.2{mark}"}},
}
ESSENTIAL = {
    "text": ("text",),
    "image": ("id",),
    "reaction": ("from",),
    "hologram": ("id",),
    "status": ("status",),
    "echo": ("to",),
    "new id": ("user_id", "wa_id"),
}
LISTS: dict[str, dict[str, tuple[str, ...]]] = {
    "messages": {"messages": ("text", "image", "reaction", "hologram"), "statuses": ("status",)},
    "smb_message_echoes": {"message_echoes": ("echo",)},
    "user_id_update": {"user_id_update": ("new id",)},
}


def base(mark: str) -> dict[str, Any]:
    return {"from": "393351032246", "id": mark, "timestamp": "1740691293"}


damages = st.sampled_from(["none", "none", "none", "incomplete", "no object"])
numbers = st.sampled_from([MAIN.phone_number_id, SECOND.phone_number_id, FOREIGN.phone_number_id, UNKNOWN])
contacts = st.sampled_from(
    [None, [], "x", [None], [{"profile": None}], [{"wa_id": "393351032246", "profile": {"name": "Anna"}}] * 2]
)


@st.composite
def planned(draw: st.DrawFn) -> Planned:
    plan = Plan()
    entries = [draw_entry(draw, plan) for _ in range(draw(st.integers(1, 4)))]
    return Planned({"object": "whatsapp_business_account", "entry": entries}, plan.expected, plan.kept)


def draw_entry(draw: st.DrawFn, plan: Plan) -> Any:
    what = draw(st.sampled_from(["changes", "changes", "changes", "no changes", "no object"]))
    if what == "changes":
        changes = [draw_change(draw, plan) for _ in range(draw(st.integers(1, 4)))]
        return {"id": WABA, "time": 1_740_600_000, "changes": changes}
    mark = plan.mark()
    plan.kept.append(mark)
    return {"id": WABA, "mark": mark} if what == "no changes" else mark


def draw_change(draw: st.DrawFn, plan: Plan) -> Any:
    what = draw(st.sampled_from(["messages", *LISTS, "notice", "unknown", "no object"]))
    if what == "notice":
        return notice(draw, plan)
    if what in ("unknown", "no object"):
        mark = plan.mark()
        plan.kept.append(mark)
        return {"field": "holograms", "value": {"mark": mark}} if what == "unknown" else mark
    number = draw(numbers)
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}}
    whose = draw(contacts)
    if whose is not None and what == "messages":
        value["contacts"] = whose
    for name, kinds in LISTS[what].items():
        value[name] = [
            plan.item(draw(st.sampled_from(kinds)), damage, number, number in OURS)
            for damage in draw(st.lists(damages, min_size=1, max_size=4))
        ]
    return {"field": what, "value": value}


def notice(draw: st.DrawFn, plan: Plan) -> Any:
    mark = plan.mark()
    damaged = draw(st.booleans())
    value: dict[str, Any] = {"mark": mark} if damaged else {"mark": mark, "event": "ACCOUNT_VIOLATION"}
    if damaged:
        plan.kept.append(mark)
    else:
        plan.expected.update({f"notice {mark} {MAIN.id}": 1, f"notice {mark} {SECOND.id}": 1})
    return {"field": "account_update", "value": value}


def came_out(gateway: Gateway) -> tuple[Counter[str], list[str]]:
    """What was announced, in the words of the plan, and the payloads of what was kept."""
    found: Counter[str] = Counter()
    kept = []
    for event in gateway.events():
        if event.type == "item.quarantined":
            kept.append(event.data.payload)
        elif event.type == "channel.reported":
            mark = event.data.detail.partition('"mark":"')[2].partition('"')[0]
            found.update([f"notice {mark} {event.data.channel_id}"])
        elif event.type == "media.requested":
            found.update(["image-file"])
        elif event.id.startswith("whatsapp_cloud") and "user_id_update:" in event.id:
            found.update([f"user_id_update {event.data.text}"])
        else:
            found.update([event.id])
    return found, kept


@settings(max_examples=200)
@given(planned())
def test_every_valid_item_comes_out_once_and_everything_else_is_kept_once(plan: Planned) -> None:
    GATEWAY.broker.published.clear()
    assert GATEWAY.post(plan.document).status_code == 200
    found, kept = came_out(GATEWAY)
    assert found == plan.expected
    assert [mark for mark in plan.kept if sum(mark in payload for payload in kept) != 1] == []
    assert len(kept) == len(plan.kept)
