"""Passwords are kept as argon2id hashes only."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """Hashes with argon2id (RFC 9106's low-memory parameters, the library's default): slow on purpose."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        # Made now: made at the first unknown account, it would show by the time it takes.
        self._nobody = self._hasher.hash("nobody has this account")

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits; with no hash (no such account) it takes as long and says no."""
        try:
            fits = self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return fits and bool(password_hash)
