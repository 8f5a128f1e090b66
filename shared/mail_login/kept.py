"""Refresh tokens that a provider exchanged for newer ones, kept sealed: the settings then hold an old one."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pymongo.database import Database

from shared.mail_login.settings import MailAuth
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

_log = structlog.get_logger(__name__)
_PURPOSE: Final = b"sportello mail login"


@dataclass(frozen=True, slots=True)
class KeptToken:
    """The newest refresh token, when it came, and when it ends as far as the provider said so."""

    refresh_token: str
    renewed_at: datetime
    ends_at: datetime | None = None


class TokenStore(Protocol):
    """Where refresh tokens are kept. Unavailable (shared.messaging.message) when that is away."""

    def load(self, auth: MailAuth) -> KeptToken | None:
        """The newest one that grew out of the one in these settings."""
        ...

    def keep(self, auth: MailAuth, token: KeptToken) -> None:
        """This is the newest now."""
        ...


class MongoTokenStore:
    """The collection `mail_logins` of a service's own database.

    A document is found by the settings' own token and sealed with the settings' secrets: new settings begin
    anew, and the database alone lets nobody in.
    """

    def __init__(self, db: Database[Document]) -> None:
        self._logins = db["mail_logins"]

    def load(self, auth: MailAuth) -> KeptToken | None:
        """The newest one; None when there is none, or it cannot be opened."""
        with database_errors():
            found = self._logins.find_one({"_id": _name(auth)})
        if found is None:
            return None
        try:
            token = _seal(auth).decrypt(found["sealed"]).decode()
        except InvalidToken:
            _log.warning("kept refresh token cannot be opened, the one in the settings is used")
            return None
        return KeptToken(token, found["renewed_at"], found["ends_at"])

    def keep(self, auth: MailAuth, token: KeptToken) -> None:
        """Replace what was there."""
        sealed = _seal(auth).encrypt(token.refresh_token.encode())
        document = {"sealed": sealed, "renewed_at": token.renewed_at, "ends_at": token.ends_at}
        with database_errors():
            self._logins.replace_one({"_id": _name(auth)}, document, upsert=True)


def _name(auth: MailAuth) -> str:
    parts = (auth.token_url, auth.client_id, auth.refresh_token)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _seal(auth: MailAuth) -> Fernet:
    secret = f"{auth.client_secret}\n{auth.refresh_token}".encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret)
    return Fernet(base64.urlsafe_b64encode(key))
