"""What a person newly wrote is parted from what mail programs put around it, and nothing is ever lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mail_collector.channels.email.trim import trim

_FOLDER = Path(__file__).parents[2] / "payloads" / "replies"
_ABOVE = {
    "en": "##- Please type your reply above this line -##",
    "it": "##- Scrivi la tua risposta sopra questa riga -##",
    "fr": "##- Écrivez votre réponse au-dessus de cette ligne -##",
    "es": "##- Escriba su respuesta por encima de esta línea -##",
    "pt": "##- Escreva a sua resposta acima desta linha -##",
    "de": "##- Bitte schreiben Sie Ihre Antwort über diese Zeile -##",
}
_SAMPLE = re.compile(r"^@@@ (?!=)(.+)\n([\s\S]*?)\n@@@ =\n([\s\S]*?)(?=^@@@ |\Z)", re.MULTILINE)


class Sample(NamedTuple):
    """A mail's text and what is new in it. In the files: `@@@ name | subject`, the text, `@@@ =`, the new."""

    name: str
    subject: str
    text: str
    new: str


def _samples(*languages: str) -> list[Sample]:
    found: list[Sample] = []
    for language in languages:
        content = (_FOLDER / f"{language}.txt").read_bytes().decode()
        for title, text, new in _SAMPLE.findall(content):
            name, _, subject = title.partition(" | ")
            found.append(Sample(f"{language}: {name}", subject, text, new.strip("\n")))
    return found


_TEXTS = _samples("en", "it", "fr", "es", "pt", "de", "others")
_HTMLS = _samples("html")


def test_there_are_samples_of_every_kind() -> None:
    assert len(_TEXTS) >= 200
    assert len(_HTMLS) >= 20


@pytest.mark.parametrize("sample", _TEXTS, ids=lambda sample: sample.name)
def test_what_is_new_in_a_text(sample: Sample) -> None:
    assert trim(sample.text, subject=sample.subject).new == sample.new.replace("\r\n", "\n")


@pytest.mark.parametrize("sample", _HTMLS, ids=lambda sample: sample.name)
def test_what_is_new_in_html(sample: Sample) -> None:
    assert trim("", sample.text, sample.subject).new == sample.new


@pytest.mark.parametrize("language", _ABOVE)
def test_nothing_below_the_desks_own_line_is_new(language: str) -> None:
    assert trim(f"Yes.\n\n{_ABOVE[language]}\n\nold\n> older\nold").new == "Yes."


def test_the_marks_of_html_help_where_the_text_shows_none() -> None:
    html = (
        '<div>It fails.</div><div class="yahoo_quoted"><div>Den tisdag skrev Help:</div><div>Old</div></div>'
    )
    trimmed = trim("It fails.\n\nDen tisdag skrev Help:\nOld", html)
    assert trimmed.new == "It fails."
    assert "Old" in trimmed.rest


def test_a_mail_cannot_name_the_places_of_quotations() -> None:
    assert trim("", "<p>It fails.</p><p>&#57344;7&#57345;</p>").new == "It fails."


def test_the_plain_text_stays_where_both_show_nothing() -> None:
    assert trim("It *fails*.", "<p>It <b>fails</b>.</p>").new == "It *fails*."


def test_what_was_cut_is_said() -> None:
    trimmed = trim("Yes.\n\n-- \nAnna\n\nOn 04/03/2025 10:00, Help wrote:\n> old")
    assert trimmed.rest == "--\nAnna\n\nOn 04/03/2025 10:00, Help wrote:\n> old"
    assert trim("Yes.").rest == ""


def test_a_text_of_very_many_lines_keeps_the_last_one() -> None:
    text = "\n".join(f"line {n}" for n in range(50_000))
    assert trim(text).new == text
    assert trim(f"Yes.\n\n##- your answer above -##\n{text}").new == "Yes."


_LINES = st.sampled_from(
    [
        "", "text", "> quoted", ">> twice", "-- ", "--", "Cordiali saluti", "Sent from my iPhone",
        "From: a@b.example", "To: c@d.example", "Sent: today", "Subject: x", "ha scritto:", "Why?",
        "P.S. more",
        "On 04/03/2025 10:00, Help wrote:", "Il giorno 4 mar 2025, alle ore 10:00, Help", "##- above -##",
        "-----Original Message-----", "_" * 32, "---------- Forwarded message ---------", "x" * 70,
        "> " + "y" * 70,
    ]
)  # fmt: skip
_PIECES = st.sampled_from(
    [
        "<div>", "</div>", "<blockquote type=cite>", "</blockquote>", "<p>", "text", "<div class=gmail_attr>",
        "<table>", "<tr><td>", "</table>", "<div id=divRplyFwdMsg>", "<pre>", "<!--", "&#0;",
        "\ue0000\ue001", "<div id=signature>",
    ]
)  # fmt: skip


@given(
    st.lists(st.one_of(_LINES, st.text(max_size=12)), max_size=25), st.sampled_from(["", "Re: x", "Fwd: x"])
)
def test_every_line_is_either_new_or_cut(lines: list[str], subject: str) -> None:
    text = "\n".join(lines)
    trimmed = trim(text, subject=subject)
    assert bool(trimmed.new.strip()) == bool(text.strip())
    assert sorted(_words(trimmed.new) + _words(trimmed.rest)) == sorted(_words(text))


def _words(text: str) -> list[str]:
    return text.replace("\ufeff", " ").split()


@given(st.lists(_PIECES, max_size=30))
def test_whatever_the_html_is_there_is_a_text(pieces: list[str]) -> None:
    assert isinstance(trim("", "".join(pieces)).new, str)


_REPEATED: dict[str, Callable[[int], str]] = {
    "one line that begins like an introduction": lambda n: "On " * n,
    "blank lines": lambda n: "\n" * n,
    "introductions without an end": lambda n: "On 1\n" * n,
    "introductions": lambda n: "On 10:00 x wrote:\n\n" * n,
    "quotations and answers": lambda n: "> a\nb\n" * n,
    "dashes": lambda n: "--\n" * n,
    "one line of dashes": lambda n: "-_" * n + "x",
    "copied headers": lambda n: "From: a\n" * n,
    "ruled lines": lambda n: "____________\n" * n,
    "addresses": lambda n: "a@b wrote\n" * n,
    "beginnings of the desk's own line": lambda n: "##-" * n,
    "one line of blanks": lambda n: " " * n + "x",
    "beginnings of a notice": lambda n: "Ai sensi del " * n,
}


@pytest.mark.parametrize("name", _REPEATED)
def test_four_times_the_text_costs_about_four_times_as_much(name: str) -> None:
    # Twice quadratic would be sixteen times; the best of several runs leaves out what else the machine does.
    make = _REPEATED[name]
    short, long = _cost(make(500)), _cost(make(2_000))
    assert long < 10 * max(short, 0.001)


def _cost(text: str) -> float:
    costs = []
    for _ in range(3):
        begun = process_time()
        trim(text)
        costs.append(process_time() - begun)
    return min(costs)


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<table><tr><td>",
        "<blockquote type=cite>",
        "<ul>",
        "<!--",
        "<b>x",
        "<p style='margin-top:9em'>",
    ],
)
def test_html_bombs_are_read_in_about_linear_time(piece: str) -> None:
    def cost(count: int) -> float:
        begun = process_time()
        trim("", piece * count)
        return process_time() - begun

    cost(10)
    assert cost(4_000) < 10 * max(cost(1_000), 0.005)
