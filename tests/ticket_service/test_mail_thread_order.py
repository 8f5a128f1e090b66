"""Whatever a mail names, and however much of it: tokens go before answered ids, these before tags."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ticket_service.domain.mail_settings import ALWAYS, NEVER, WITH_PROOF, MailSettings
from tests.ticket_service.mails import ANNA, EVE, LUCA, MailTestDesk, mail, message_id

_OWNERS = {"TT1": ANNA, "TT2": LUCA, "TT3": ANNA}
_FIRST = {"TT1": "a", "TT2": "b", "TT3": "c"}
_NUMBER = st.sampled_from(sorted(_OWNERS))
_NAMED = st.lists(st.one_of(_NUMBER, st.just("unknown")), max_size=3)


def _desk(strangers: str) -> MailTestDesk:
    desk = MailTestDesk()
    desk.has(MailSettings(strangers=strangers))
    for number, key in _FIRST.items():
        desk.gets(mail(key, sender=_OWNERS[number], subject=f"About {number}"))
    return desk


def _expected(
    sender: str, tokens: list[str], answers: list[str], tags: list[str], strangers: str
) -> str | None:
    """The ticket by the rule as it is written down, or None for one of its own."""
    proofs = [each for each in (*tokens, *answers) if each in _OWNERS]
    named = [*proofs, *(each for each in tags if each in _OWNERS)]
    if not named:
        return None
    if _OWNERS[named[0]] == sender or strangers == ALWAYS:
        return named[0]
    return named[0] if proofs and strangers == WITH_PROOF else None


@settings(max_examples=80)
@given(
    st.sampled_from([ANNA, LUCA, EVE]), _NAMED, _NAMED, _NAMED, st.sampled_from([NEVER, WITH_PROOF, ALWAYS])
)
def test_a_mail_joins_by_the_strongest_thing_it_names(
    sender: str, tokens: list[str], answers: list[str], tags: list[str], strangers: str
) -> None:
    desk = _desk(strangers)
    before = {each["number"] for each in desk.tickets()}
    event = mail(
        "new",
        sender=sender,
        subject=" ".join(f"[{tag}]" for tag in tags) + " Something",
        tokens=[desk.token(each) if each in _OWNERS else "tt1-aaaaaaaaaaaa" for each in tokens],
        answers=[message_id(_FIRST.get(each, "nowhere")) for each in answers],
    )
    desk.gets(event)
    joined = desk.on("new")
    expected = _expected(sender, tokens, answers, tags, strangers)
    assert joined == expected if expected else joined not in before
    # The same mail once more changes nothing, whatever it named.
    desk.gets(event)
    assert desk.on("new") == joined
    assert len(desk.tickets()) == len(before) + (expected is None)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from([ANNA, LUCA, EVE]), _NUMBER), min_size=1, max_size=6))
def test_strangers_with_proof_join_and_never_take_part(mails: list[tuple[str, str]]) -> None:
    desk = _desk(WITH_PROOF)
    for place, (sender, number) in enumerate(mails):
        desk.gets(mail(f"m{place}", sender=sender, tokens=[desk.token(number)], subject="x"))
        assert desk.on(f"m{place}") == number
    for ticket in desk.tickets():
        assert ticket["thread"]["people"] == [_OWNERS[ticket["number"]]]
        assert ticket["cc"] == []
