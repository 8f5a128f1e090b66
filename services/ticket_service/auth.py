"""Who is asking: API tokens and sessions on every request, passwords only to begin with either."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from services.ticket_service.domain.api_token import ApiToken
from services.ticket_service.domain.permissions import granted
from services.ticket_service.domain.second_factor import (
    SecondFactor,
    is_recovery_code,
    recovery_digest,
)
from services.ticket_service.domain.session import Session, password_mark
from services.ticket_service.domain.user import User
from services.ticket_service.store.access import Access
from services.ticket_service.store.second_factors import SecondFactors
from services.ticket_service.store.sessions import Sessions
from services.ticket_service.totp import OneTimeCodes

TOKEN_PREFIX: Final = "spt_"  # noqa: S105 - what every token begins with is no secret
MAX_CREDENTIAL: Final = 1_024
_VERIFIERS_AT_ONCE: Final = 2
_PATIENCE_SECONDS: Final = 10.0
FREE_PER_ACCOUNT: Final = 5
LONGEST_PER_ACCOUNT: Final = 300
FREE_PER_ADDRESS: Final = 30
LONGEST_PER_ADDRESS: Final = 60


class Passwords(Protocol):
    """Hashing passwords slowly."""

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        ...

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits; with no hash (no such account) takes as long and says no."""
        ...


class WrongCredentials(Exception):
    """Not a log-in. Deliberately says nothing about which part was wrong."""


class SecondFactorNeeded(Exception):
    """The password is right, and alone not enough."""


class TooManyAttempts(Exception):
    """Try again at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__("too many attempts")
        self.until = until


@dataclass(frozen=True, slots=True)
class Caller:
    """The person a request acts for. `subject` names the credential: token, session, or the user."""

    subject: str
    user: User
    token: ApiToken | None
    session: Session | None = None

    def may(self, permission: str) -> bool:
        """Whether one of the user's roles has the permission, and the token may use it."""
        return permission in self.permissions()

    def permissions(self) -> frozenset[str]:
        """What the user's roles allow, less what the token was not made for."""
        allowed = granted(self.user.roles)
        scopes = self.token.scopes if self.token is not None else None
        return allowed if scopes is None else allowed & frozenset(scopes)


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A token nobody can guess (256 random bits), recognisable for scanners of leaked secrets."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Doors:
    """What browsers log in with, beside passwords."""

    sessions: Sessions
    factors: SecondFactors
    codes: OneTimeCodes


class Authenticator:
    """Checks credentials. Unavailable when the database is away."""

    def __init__(
        self, access: Access, doors: Doors, passwords: Passwords, clock: Callable[[], datetime]
    ) -> None:
        self._access = access
        self._sessions, self._factors, self._codes = doors.sessions, doors.factors, doors.codes
        self._passwords = passwords
        self._clock = clock
        # Verifying is slow on purpose; more at once than cores would starve the requests of everybody else.
        self._verifiers = threading.BoundedSemaphore(_VERIFIERS_AT_ONCE)

    def by_token(self, text: str) -> Caller:
        """The caller with this API token. WrongCredentials when there is none."""
        if not 0 < len(text) <= MAX_CREDENTIAL:
            raise WrongCredentials
        digest = digest_of(text)
        token = self._access.token(digest)
        if token is None or not hmac.compare_digest(token.digest, digest):
            raise WrongCredentials
        user = self._access.user(token.user_id)
        if user is None or not user.active or token.expired(self._clock()):
            raise WrongCredentials
        self._access.touch(token, self._clock())
        return Caller(token.digest, user, token)

    def by_session(self, secret: str, *, used: bool = True) -> Caller:
        """The caller whose browser holds this secret. WrongCredentials when the session is over.

        Unless it is `used`, looking at it does not keep it from running out.
        """
        if not 0 < len(secret) <= MAX_CREDENTIAL:
            raise WrongCredentials
        digest = digest_of(secret)
        session = self._sessions.session(digest)
        if session is None or not hmac.compare_digest(session.digest, digest):
            raise WrongCredentials
        user = self._access.user(session.user_id)
        if user is None or not user.active or session.over(self._clock()):
            raise WrongCredentials
        if session.mark != password_mark(user.password_hash):
            raise WrongCredentials
        if used:
            self._sessions.seen(session, self._clock())
        return Caller(f"session:{session.digest}", user, None, session)

    def by_password(self, email: str, password: str, address: str) -> Caller:
        """The caller with this e-mail address and password, asking from `address`.

        WrongCredentials, or TooManyAttempts with the time to come back; both alike, and equally slow, whether
        or not the account exists.
        """
        if len(email) > MAX_CREDENTIAL or len(password) > MAX_CREDENTIAL:
            raise WrongCredentials
        account = "account:" + digest_of(email.strip().lower())
        self._take_attempt(account, address)
        user = self._access.user_by_email(email)
        if not self._verified(user, password) or user is None or not user.active:
            raise WrongCredentials
        self._succeeded(account, address)
        return Caller(f"user:{user.id}", user, None)

    def second_factor(self, user: User) -> SecondFactor | None:
        """What this user has to show beside the password; None for nothing."""
        factor = self._factors.of_user(user.id)
        return factor if factor is not None and factor.confirmed_at is not None else None

    def by_code(self, user: User, typed: str, address: str) -> None:
        """Use up a code of the user's device, or a recovery code; nothing when there is no second factor.

        WrongCredentials, TooManyAttempts. Unsealable when the key that sealed the secret is gone.
        """
        factor = self.second_factor(user)
        if factor is None:
            return
        account = f"second factor:{user.id}"
        self._take_attempt(account, address)
        if not self._used(factor, typed[:MAX_CREDENTIAL]):
            raise WrongCredentials
        self._succeeded(account, address)

    def attempt(self, what: str, address: str) -> None:
        """Count a try of something secret that belongs to no account. TooManyAttempts."""
        self._take_attempt(what, address)

    def _used(self, factor: SecondFactor, typed: str) -> bool:
        if is_recovery_code(typed):
            return self._factors.use_recovery(factor.id, recovery_digest(factor.id, typed))
        step = self._codes.step(factor.sealed, typed, self._clock())
        return step is not None and self._factors.use_step(factor.id, step)

    def _take_attempt(self, account: str, address: str) -> None:
        now = self._clock()
        until = self._access.take_attempt(
            f"address:{address}", now, free=FREE_PER_ADDRESS, longest_seconds=LONGEST_PER_ADDRESS
        ) or self._access.take_attempt(
            account, now, free=FREE_PER_ACCOUNT, longest_seconds=LONGEST_PER_ACCOUNT
        )
        if until is not None:
            raise TooManyAttempts(until)

    def _succeeded(self, account: str, address: str) -> None:
        self._access.forget_attempts(account)
        # Only this one: an account of one's own must not be a way to try those of others without end.
        self._access.give_back_attempt(f"address:{address}")

    def hashed(self, password: str) -> str:
        """What is to be kept of a new password. TooManyAttempts when too many are being set at once."""
        with self._turn():
            return self._passwords.hash(password)

    def _verified(self, user: User | None, password: str) -> bool:
        with self._turn():
            return self._passwords.verify(user.password_hash if user else None, password)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._verifiers.acquire(timeout=_PATIENCE_SECONDS):
            raise TooManyAttempts(self._clock())
        try:
            yield
        finally:
            self._verifiers.release()
