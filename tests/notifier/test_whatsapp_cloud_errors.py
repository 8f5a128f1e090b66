"""What every error of the Cloud API means for a delivery and for whoever wrote it."""

from __future__ import annotations

from typing import Any

import pytest
from pywa import errors as pywa_errors

from services.notifier.channels.error_rules import Action, ProviderError
from services.notifier.channels.whatsapp_cloud.errors import RULES, explain, outcome, rule_for
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Outcome, Refused, TryLater

TABLE = {
    Action.PAUSE_NUMBER: [130429, 80007, 4, 133016, 131057],
    Action.PAUSE_PAIR: [131056],
    Action.RETRY: [131000, 131016, 131053, 1, 2],
    Action.STOP_CHANNEL: [190, 0, 10, 200, 250, 299, 368, 131031],
    Action.SLOW_MARKETING: [131048, 131049],
    Action.REFUSE: [131047, 131026, 131051, 132000, 132001, 132015, 132016, 131045, 131021, 100],
}


def error(code: int, status: int | None = 400, **more: object) -> ProviderError:
    return ProviderError(code, f"(#{code}) title", "detail", status, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "action"), [(code, action) for action, codes in TABLE.items() for code in codes]
)
def test_each_code_has_its_class_and_a_remedy_in_plain_words(code: int, action: Action) -> None:
    rule = rule_for(error(code))
    assert rule.action is action
    assert rule.remedy.endswith(".") or ":" in rule.remedy


@pytest.mark.parametrize(
    ("code", "words"),
    [(131047, "template"), (132001, "template"), (131026, "another way"), (190, "administrator")],
)
def test_the_remedy_says_what_to_do(code: int, words: str) -> None:
    assert words in RULES[code].remedy


@pytest.mark.parametrize(
    ("status", "transient", "action"),
    [
        (429, False, Action.PAUSE_NUMBER),
        (503, False, Action.PAUSE_NUMBER),
        (500, False, Action.RETRY),
        (502, False, Action.RETRY),
        (504, False, Action.OUTCOME_UNKNOWN),
        (401, False, Action.STOP_CHANNEL),
        (400, True, Action.RETRY),
        (400, False, Action.REFUSE),
        (404, False, Action.REFUSE),
        (None, False, Action.REFUSE),
    ],
)
def test_for_an_unknown_code_the_status_decides(status: int | None, transient: bool, action: Action) -> None:
    assert rule_for(error(999_999, status, transient=transient)).action is action


def test_an_unknown_code_for_good_keeps_the_providers_words() -> None:
    answer = outcome(error(999_999), 0)
    assert answer == Refused(Failure("999999", "(#999999) title", "detail", rule_for(error(999_999)).remedy))


def seconds(answer: Outcome) -> float:
    assert isinstance(answer, TryLater)
    return answer.after_seconds


def test_a_pair_waits_four_to_the_power_of_the_tries() -> None:
    waits = [seconds(outcome(error(131056), attempt)) for attempt in range(8)]
    assert waits == [1, 4, 16, 64, 256, 1024, 3600, 3600]
    assert not outcome(error(131056), 0).whole_channel  # type: ignore[union-attr]


def test_ordinary_retries_grow_and_ten_of_them_stay_within_a_day() -> None:
    waits = [seconds(outcome(error(131000), attempt)) for attempt in range(9)]
    assert waits == sorted(waits)
    assert 6 * 3600 < sum(waits) < 24 * 3600


def test_throttling_and_stopping_concern_the_whole_channel() -> None:
    throttled, stopped = outcome(error(130429), 3), outcome(error(190, 401), 3)
    assert isinstance(throttled, TryLater)
    assert isinstance(stopped, TryLater)
    assert (throttled.whole_channel, throttled.needs_operator) == (True, False)
    assert (stopped.whole_channel, stopped.needs_operator) == (True, True)


@pytest.mark.parametrize(("wish", "waited"), [(None, 2), (1.0, 2), (90.0, 90), (10**9, 3600)])
def test_the_providers_own_wish_is_heard_within_reason(wish: float | None, waited: float) -> None:
    assert seconds(outcome(error(130429, 429, retry_after=wish), 0)) == waited


@pytest.mark.parametrize(
    ("code", "words"),
    [("131047", "template"), ("999999", "own words"), ("no-reason", "own words"), ("²", "own")],
)
def test_the_failure_of_a_receipt_is_explained_by_the_same_table(code: str, words: str) -> None:
    assert words in explain(Failure(code, "title")).remedy


def test_a_remedy_that_is_there_already_stays() -> None:
    given = Failure("131047", "title", remedy="ours")
    assert explain(given) == given


def test_every_send_error_that_pywa_knows_is_in_the_table() -> None:
    """A new release of pywa with new codes should make somebody decide what they mean."""
    bases: tuple[Any, ...] = (
        pywa_errors.AuthorizationError,
        pywa_errors.ThrottlingError,
        pywa_errors.IntegrityError,
        pywa_errors.SendMessageError,
    )
    known = {code for base in bases for kind in base.__subclasses__() for code in kind.__error_codes__ or ()}

    # 131044 is of calls; 137000 of the identity check, which nobody asks for.
    assert known - set(RULES) == {131044, 137000}
