"""Works out what a policy promises a ticket from the facts on it: any number of times, always the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.ticket_service.domain.calendar import Pause, WorkingTime
from services.ticket_service.domain.sla import (
    BREACHED,
    FIRST_RESPONSE,
    IDLE,
    NEXT_RESPONSE,
    RESOLUTION,
    WARNED,
    Sla,
    SlaTarget,
)
from services.ticket_service.domain.sla_policy import SlaPolicy, TargetRule
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket


@dataclass(frozen=True, slots=True)
class News:
    """A promise that is close to its end or broken (`state`), noticed only now."""

    target: str
    state: str
    due_at: datetime


def renew(ticket: Ticket, policy: SlaPolicy, working: WorkingTime, now: datetime) -> list[News]:
    """Bring the ticket's service level, and with it its forecast, up to date with its facts.

    Each promise is warned of and broken once. One that moved into the future since (another priority, policy
    or calendar) is a new promise in this. What was over before the desk had promised it is no news.
    """
    before = ticket.sla
    pauses = [(_second(each.start), each.end and _second(each.end)) for each in ticket.pauses]
    targets, news = [], []
    for rule in policy.targets:
        known = before.target(rule.name) if before is not None else None
        target = _target(ticket, rule, known, working, pauses, now)
        if target is not None:
            targets.append(target)
            open_until_now = target.met_at is None or (known is not None and known.met_at is None)
            news += _notice(target, now, announced=open_until_now)
    renewed = Sla(
        policy.id,
        bool(pauses) and pauses[-1][1] is None,
        targets,
        before.forecast if before is not None else None,
    )
    _forecast(ticket, renewed)
    ticket.sla = renewed
    gone = ticket.deleted_at is not None or ticket.merged_into is not None
    checks = [] if gone else [each.next_check_at for each in targets]
    renewed.next_check_at = min((each for each in checks if each is not None), default=None)
    return [] if gone else news


def forget(ticket: Ticket) -> None:
    """No policy is for the ticket any more: nothing is promised, and what it had forecast goes as well."""
    if ticket.sla is not None and ticket.solution_forecast == ticket.sla.forecast:
        ticket.solution_forecast = None
    ticket.sla = None


def started_at(ticket: Ticket) -> datetime:
    """When the customer began to wait: the provider's time of the first message, else its creation."""
    written = [line.at for line in ticket.description[:1]]
    return _second(min([ticket.created_at, *written]))


def _facts(ticket: Ticket, name: str, known: SlaTarget | None) -> tuple[datetime, datetime | None] | None:
    """From when the target counts, and when it was reached; None where there is nothing to reach."""
    start = started_at(ticket)
    if name == RESOLUTION:
        return start, ticket.closed_at
    if name == IDLE:
        acted = [each for each in (ticket.last_action_at, ticket.status_since) if each is not None]
        return None if ticket.closed_at is not None else (_second(max([start, *acted])), None)
    if ticket.type != PUBLIC_TICKET:
        return None
    if name == FIRST_RESPONSE:
        return start, ticket.first_response_at
    if ticket.first_response_at is None:
        return None
    if ticket.unanswered_since is not None:
        return _second(ticket.unanswered_since), None
    if known is None:
        return None
    return known.started_at, known.met_at or ticket.last_agent_reply_at


def _target(
    ticket: Ticket,
    rule: TargetRule,
    known: SlaTarget | None,
    working: WorkingTime,
    pauses: list[Pause],
    now: datetime,
) -> SlaTarget | None:
    facts = _facts(ticket, rule.name, known)
    if facts is None:
        return None
    start, met_at = facts
    if known is not None and _is_over(known, rule, start, met_at):
        return known
    amount, warn_after = timedelta(minutes=rule.minutes), rule.warn_after
    if rule.name == NEXT_RESPONSE:
        # The customer's question ended a wait when it was written, not when it came.
        pauses = [each for each in pauses if each[0] > start]
    if met_at is not None:
        # A pause that began when the promise was kept, as closing does, is none of this promise's.
        pauses = [each for each in pauses if each[0] < _second(met_at)]
    due_at = working.add(start, amount, pauses)
    warn_at = working.add(start, warn_after, pauses) if warn_after is not None else None
    target = SlaTarget(rule.name, rule.minutes, start, due_at, warn_at, met_at=met_at)
    if due_at is None and met_at is None:
        left = amount - working.between(start, max(now, start), pauses)
        target.remaining_minutes = max(0, int(left.total_seconds()) // 60)
    if known is not None and (known.met_at is None or known.started_at == start):
        _keep_stamps(target, known)
    return target


def _is_over(known: SlaTarget, rule: TargetRule, start: datetime, met_at: datetime | None) -> bool:
    """Whether it was met before: nothing that changes now changes what it was."""
    if met_at is None or known.met_at is None:
        return False
    return (known.minutes, known.started_at, _second(known.met_at)) == (rule.minutes, start, _second(met_at))


def _keep_stamps(target: SlaTarget, known: SlaTarget) -> None:
    """What was noticed before stays, unless the target's time has moved past that since."""
    warned, breached = known.warned_at, known.breached_at
    if warned is not None and (target.warn_at is None or target.warn_at <= warned):
        target.warned_at = warned
    if breached is not None and target.due_at is not None and target.due_at <= breached:
        target.breached_at = breached


def _notice(target: SlaTarget, now: datetime, *, announced: bool) -> list[News]:
    """Stamp the target where it is late or nearly so; what others have to be told of it."""
    due_at, met_at = target.due_at, target.met_at
    if due_at is None or target.breached_at is not None:
        return []
    if (met_at > due_at) if met_at is not None else (now >= due_at):
        target.breached_at = now if announced else met_at
        return [News(target.name, BREACHED, due_at)] if announced else []
    if met_at is None and target.warned_at is None and target.warn_at is not None and now >= target.warn_at:
        target.warned_at = now
        return [News(target.name, WARNED, due_at)]
    return []


def _forecast(ticket: Ticket, sla: Sla) -> None:
    """The solution forecast is the resolution's time, unless somebody set another one by hand (S004)."""
    by_hand = ticket.solution_forecast is not None and ticket.solution_forecast != sla.forecast
    target = sla.target(RESOLUTION)
    if by_hand or (target is not None and target.due_at is None):
        return
    sla.forecast = ticket.solution_forecast = target.due_at if target is not None else None


def _second(moment: datetime) -> datetime:
    """The database keeps no more than milliseconds: whole seconds are the same before and after."""
    return moment.replace(microsecond=0)
