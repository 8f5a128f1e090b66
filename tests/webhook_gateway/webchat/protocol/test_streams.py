"""The protocol of what comes down to a visitor: pages of the past, events, the poll in their place."""

from __future__ import annotations

from tests.webhook_gateway.webchat.protocol.worlds import Tab, World


def written(tab: Tab, number: int) -> None:
    """The visitor's own line of this number."""
    answer = tab.post("messages", {"id": f"client-id-{number:04}", "kind": "text", "text": f"line {number}"})
    assert answer.status_code == 202, answer.text


def test_the_past_is_read_page_by_page(tab: Tab) -> None:
    for number in range(1, 8):
        written(tab, number)
    newest = tab.lines("?limit=3")
    assert [each["seq"] for each in newest["items"]] == [5, 6, 7]
    assert (newest["more"], newest["seq"]) == (True, 7)
    older = tab.lines("?limit=10&before=5")
    assert [each["seq"] for each in older["items"]] == [1, 2, 3, 4]
    assert older["more"] is False


def test_a_stream_says_at_once_where_things_stand_and_then_what_comes(world: World, tab: Tab) -> None:
    visitor = tab.enter(token=tab.token)
    written(tab, 1)
    with tab.stream() as told:
        hello = next(told)
        assert hello.name == "hello"
        assert set(hello.data) == {"seq", "seen", "online", "opens_at", "people"}
        assert (hello.data["seq"], hello.data["seen"], hello.data["online"]) == (1, 0, True)
        world.say(visitor, "Buongiorno")
        line = next(told)
        assert (line.name, line.id, line.data["seq"], line.data["text"]) == ("line", "2", 2, "Buongiorno")
        assert line.data["author"]["kind"] == "agent"
        world.type(visitor, "Anna Rossi")
        typing = next(told)
        assert (typing.name, typing.data) == ("typing", {"name": "Anna Rossi"})
        world.see(visitor)
        seen = next(told)
        assert (seen.name, seen.data["seq"]) == ("seen", 1)
        world.go_offline()
        offer = next(told)
        assert (offer.name, offer.data["online"]) == ("offer", False)
        world.say_goodbye()
        assert [each.name for each in told] == ["bye"]


def test_a_stream_is_resumed_after_the_last_event_without_gap_or_double(world: World, tab: Tab) -> None:
    visitor = tab.enter(token=tab.token)
    for number in range(1, 6):
        world.say(visitor, f"line {number}")
    world.settle()
    with tab.stream(after=2) as told:
        assert next(told).name == "hello"
        assert [next(told).id for _ in range(3)] == ["3", "4", "5"]
        world.say(visitor, "line 6")
        assert next(told).id == "6"


def test_what_others_are_told_is_not_ours(world: World, tab: Tab) -> None:
    other = Tab(world)
    stranger = other.enter()
    visitor = tab.enter(token=tab.token)
    with tab.stream() as told:
        next(told)
        world.say(stranger, "not for you")
        world.say(visitor, "for you")
        assert next(told).data["text"] == "for you"
    assert [each["text"] for each in tab.lines()["items"]] == ["for you"]


def test_a_poll_brings_what_came_since(world: World, tab: Tab) -> None:
    visitor = tab.enter(token=tab.token)
    for number in range(1, 4):
        world.say(visitor, f"line {number}")
    world.settle()
    news = tab.ask("events?after=1&wait=5").json()
    assert set(news) == {"seq", "seen", "online", "lines", "typing"}
    assert [each["seq"] for each in news["lines"]] == [2, 3]
    assert news["seq"] == 3
    nothing = tab.ask("events?after=3&wait=1").json()
    assert (nothing["lines"], nothing["seq"]) == ([], 3)
