"""The page of a mail: what anybody wrote is shown as text, whatever it contains."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.content import File
from services.notifier.domain.mail import Frame
from services.notifier.mail.page import page, plain_text

TAGS = {"html", "head", "meta", "body", "p", "br", "a", "img", "blockquote"}
ATTRIBUTES = {"charset", "name", "content", "style", "href", "src", "alt", "type"}
NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "https://x.example/\"onmouseover='alert(1)",
    "javascript:alert(1) https://a.example/<b>",
    "&lt;b&gt; &amp; \x00\u202e",
]
texts = st.one_of(
    st.text(max_size=60), st.sampled_from(NASTY), st.text(alphabet="<>&\"'\n /:htps.", max_size=60)
)


class Tags(HTMLParser):
    """What a browser would find: tags, the addresses they lead to, and the text."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


@given(texts, texts, texts, texts, texts)
def test_no_text_becomes_markup(text: str, header: str, footer: str, quoted: str, name: str) -> None:
    file = File("f1", "image", "b1", "image/png", name, 10, "0" * 64)
    found = Tags(page(text, Frame(header, footer, quoted), [(file, "f1@x")]))
    assert found.tags <= TAGS
    assert found.attributes <= ATTRIBUTES
    assert all(link.lower().startswith(("http://", "https://", "cid:f1@x")) for link in found.links)


@given(st.lists(st.text(alphabet="abc <>&:/.", min_size=1, max_size=20), max_size=8))
def test_every_word_is_on_the_page_and_in_the_text(lines: list[str]) -> None:
    text = "\n".join(lines)
    words = text.split()
    assert Tags(page(text, Frame())).text.split()[: len(words)] == words
    assert plain_text(text, Frame()).split() == words


@pytest.mark.parametrize(
    ("written", "link", "behind"),
    [
        ("vedi (https://a.example/x).", "https://a.example/x", ")."),
        ("https://a.example/?a=1&b=2, poi", "https://a.example/?a=1&b=2", ", poi"),
        ("HTTP://A.EXAMPLE", "HTTP://A.EXAMPLE", ""),
    ],
)
def test_an_address_becomes_a_link_without_what_ends_the_sentence(
    written: str, link: str, behind: str
) -> None:
    found = Tags(page(written, Frame()))
    assert found.links == [link]
    assert found.text.strip().endswith(link + behind)


def test_what_is_answered_stands_below_with_a_mark_before_each_line() -> None:
    assert (
        plain_text("Sì", Frame(quoted="Luca:\n\nVa?\r\n\r\nGrazie")) == "Sì\n\nLuca:\n\n> Va?\n>\n> Grazie\n"
    )
    assert plain_text("Sì", Frame(quoted="senza intestazione")) == "Sì\n\n> senza intestazione\n"
    assert plain_text("", Frame()) == "\n"
