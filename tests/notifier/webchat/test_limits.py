"""What the chat can show is checked before it is sent, and refused in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.webchat.limits import LONGEST_TEXT, parts
from services.notifier.domain.content import (
    Choice,
    Content,
    FormField,
    Interactive,
    Reaction,
    Section,
    Template,
)
from services.notifier.domain.delivery import Failure
from services.notifier.domain.text_parts import fits
from tests.notifier.tools import a_file


def asking(kind: str, text: str = "Choose", **more: object) -> Content:
    return Content("interactive", text, interactive=Interactive(kind, **more))  # type: ignore[arg-type]


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"id-{number}", f"Title {number}") for number in range(count))


def listed(count: int) -> tuple[Section, ...]:
    return (Section("", choices(count)),)


FIELD = FormField("name", "Your name")
REFUSED = [
    (asking("buttons"), "1 to 10 buttons"),
    (asking("buttons", buttons=choices(11)), "1 to 10 buttons"),
    (asking("buttons", buttons=(*choices(1), *choices(1))), "Two buttons are the same"),
    (asking("buttons", " ", buttons=choices(2)), "text above the choices"),
    (asking("buttons", "x" * 5_001, buttons=choices(2)), "text above the choices"),
    (asking("list", button="Open", sections=listed(51)), "1 to 50 rows"),
    (asking("list", sections=listed(2)), "text of the button"),
    (asking("cta_url", button="Pay", url="javascript:alert(1)"), "http:// or https://"),
    (asking("cta_url", button="Pay", url="https:///nowhere"), "http:// or https://"),
    (asking("cta_url", url="https://pay.example/"), "text of the button"),
    (asking("form"), "1 to 20 fields"),
    (asking("form", form_fields=(FIELD, FIELD)), "same key"),
    (asking("form", form_fields=(FormField("size", "Size", "choice"),)), "Size"),
    (asking("hologram"), "no choices that the chat knows"),
    (Content("interactive", "Choose"), "no choices that the chat knows"),
    (Content("location"), "no place"),
    (Content("contacts"), "no contact"),
    (Content("media", files=tuple(a_file(name=f"{n}.jpg") for n in range(31))), "at most 30 files"),
    (Content("media"), "nothing to send"),
    (Content("template", template=Template("hello", "it")), "needs no templates"),
    (Content("reaction", reaction=Reaction("x", "👍")), "no reactions"),
]


@pytest.mark.parametrize(("wanted", "words"), REFUSED)
def test_what_cannot_be_shown_is_refused_with_what_to_do(wanted: Content, words: str) -> None:
    failure = parts(wanted)
    assert isinstance(failure, Failure)
    assert words in failure.title
    assert failure.remedy


TAKEN = [
    asking("buttons", buttons=choices(10)),
    asking("list", button="Open", sections=listed(50)),
    asking("cta_url", button="Pay", url="https://pay.example/"),
    asking("form", form_fields=(FIELD, FormField("size", "Size", "choice", choices=("S",)))),
    Content("notice", "ticket_opened"),
]


@pytest.mark.parametrize(
    "wanted", TAKEN, ids=lambda case: case.interactive.kind if case.interactive else "notice"
)
def test_what_fits_is_one_line_as_it_is(wanted: Content) -> None:
    assert parts(wanted) == [wanted]


def test_files_come_with_the_last_piece_of_a_long_text() -> None:
    files = (a_file(),)
    first, last = parts(Content("media", "word " * 1_500, files=files))  # type: ignore[misc]
    assert (first.kind, first.files) == ("text", ())
    assert (last.kind, last.files) == ("media", files)


@given(st.text(max_size=12_000))
def test_no_line_is_longer_than_the_chat_shows_and_no_word_is_lost(text: str) -> None:
    lines = parts(Content("text", text))
    if isinstance(lines, Failure):
        assert not text.strip()
        return
    assert all(line.text and fits(line.text, LONGEST_TEXT) for line in lines)
    assert "".join("".join(line.text for line in lines).split()) == "".join(text.split())
