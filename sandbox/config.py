"""The sandbox's settings, read from the environment once, with every mistake named at the same time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from environs import FileAwareEnv, validate
from marshmallow import ValidationError


@dataclass(frozen=True, slots=True)
class MetaAccount:
    """The one WhatsApp number that the fake Graph API knows, and the secrets that go with it."""

    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    access_token: str = field(repr=False)
    phone_number_id: str
    waba_id: str
    display_number: str


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """The one WhatsApp number that the fake Twilio knows. Signatures are computed over the public base
    `webhook_url`; `api_url` is where the desk reaches the stand-in, when that must be a fixed address."""

    account_sid: str
    auth_token: str = field(repr=False)
    number: str
    webhook_url: str
    api_url: str | None = None


@dataclass(frozen=True, slots=True)
class DeskMailbox:
    """A mailbox of the desk, on the IMAP server. `certified`: its provider is one of certified mail (PEC)."""

    address: str
    password: str = field(repr=False)
    certified: bool = False


@dataclass(frozen=True, slots=True)
class MailServers:
    """Where the desk's mailboxes are, and where the stand-in takes what the desk sends (port 0: any)."""

    imap_host: str
    imap_port: int
    mailboxes: tuple[DeskMailbox, ...]
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 0


@dataclass(frozen=True, slots=True)
class Webchat:
    """The chat that the shop's pages carry. Both addresses are the gateway's as browsers reach it."""

    site_key: str
    identity_secret: str = field(repr=False)
    gateway_url: str
    streams_url: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ between two sandboxes; the stand-ins for which `twilio` or `mail` is missing
    are not there, nor is the shop without `webchat`."""

    gateway_url: str
    meta: MetaAccount
    log_level: str = "INFO"
    twilio: TwilioAccount | None = None
    mail: MailServers | None = None
    webchat: Webchat | None = None


def load_settings() -> Settings:
    """Read the environment; each secret may come as NAME or, naming a file that holds it, as NAME_FILE.

    Raises environs.EnvValidationError, whose message lists every missing or wrong variable.
    """
    env = FileAwareEnv(eager=False, strip_whitespace=True)
    digits = validate.Regexp(r"^\d{5,20}\Z", error="must be 5 to 20 digits, as Meta's ids are")
    secret = validate.Length(min=8, error="must have at least 8 characters")
    gateway_url = env.str("GATEWAY_URL", validate=_is_http_url)
    app_secret = env.str("WHATSAPP_APP_SECRET", validate=secret)
    verify_token = env.str("WHATSAPP_VERIFY_TOKEN", validate=secret)
    access_token = env.str("WHATSAPP_ACCESS_TOKEN", validate=secret)
    phone_number_id = env.str("WHATSAPP_PHONE_NUMBER_ID", validate=digits)
    waba_id = env.str("WHATSAPP_WABA_ID", validate=digits)
    display_number = env.str("WHATSAPP_DISPLAY_NUMBER", validate=validate.Length(min=5, max=40))
    log_level = env.str(
        "LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
    )
    twilio = _twilio(env, gateway_url)
    mail = _mail(env)
    webchat = _webchat(env, gateway_url)
    env.seal()
    account = MetaAccount(
        app_secret=app_secret,
        verify_token=verify_token,
        access_token=access_token,
        phone_number_id=phone_number_id,
        waba_id=waba_id,
        display_number=display_number,
    )
    return Settings(gateway_url.rstrip("/"), account, log_level, twilio, mail, webchat)


def _twilio(env: FileAwareEnv, gateway_url: str) -> TwilioAccount | None:
    """The Twilio account, when TWILIO_ACCOUNT_SID names one."""
    sid_like = validate.Regexp(r"^AC[0-9a-f]{32}\Z", error="must be AC and 32 hexadecimal digits")
    account_sid = env.str("TWILIO_ACCOUNT_SID", None, validate=_if_given(sid_like))
    if not account_sid:
        return None
    token_like = validate.Length(min=8, error="must have at least 8 characters")
    e164 = validate.Regexp(r"^\+[1-9]\d{6,14}\Z", error="must be a number like +390550000002")
    auth_token = env.str("TWILIO_AUTH_TOKEN", validate=token_like)
    number = env.str("TWILIO_NUMBER", validate=e164)
    webhook_url = env.str("TWILIO_WEBHOOK_URL", None, validate=_if_given(_is_http_url)) or gateway_url
    api_url = env.str("TWILIO_URL", None, validate=_if_given(_is_http_url))
    return TwilioAccount(
        account_sid=account_sid,
        auth_token=auth_token,
        number=number,
        webhook_url=(webhook_url or "").rstrip("/"),
        api_url=api_url.rstrip("/") if api_url else None,
    )


def _mail(env: FileAwareEnv) -> MailServers | None:
    """The desk's mailboxes, when MAIL_IMAP_PORT says where they are."""
    port = validate.Range(1, 65_535, error="must be a port")
    address = validate.Email(error="must be a mail address")
    secret = validate.Length(min=8, error="must have at least 8 characters")
    imap_port = env.int("MAIL_IMAP_PORT", None, validate=_if_given(port))
    if not imap_port:
        return None
    imap_host = env.str("MAIL_IMAP_HOST", "127.0.0.1")
    own, password = env.str("MAIL_ADDRESS", validate=address), env.str("MAIL_PASSWORD", validate=secret)
    mailboxes = [DeskMailbox((own or "").lower(), password or "")]
    certified = env.str("MAIL_PEC_ADDRESS", None, validate=_if_given(address))
    if certified:
        secret_of_certified = env.str("MAIL_PEC_PASSWORD", validate=secret)
        mailboxes.append(DeskMailbox(certified.lower(), secret_of_certified or "", certified=True))
    return MailServers(
        imap_host=imap_host,
        imap_port=imap_port,
        mailboxes=tuple(mailboxes),
        smtp_host=env.str("MAIL_SMTP_HOST", "127.0.0.1"),
        smtp_port=env.int("MAIL_SMTP_PORT", validate=port) or 0,
    )


def _webchat(env: FileAwareEnv, gateway_url: str) -> Webchat | None:
    """The chat, when WEBCHAT_SITE_KEY names one."""
    key_like = validate.Regexp(r"^[A-Za-z0-9_-]{8,64}\Z", error="must be 8 to 64 letters, digits, - or _")
    site_key = env.str("WEBCHAT_SITE_KEY", None, validate=_if_given(key_like))
    if not site_key:
        return None
    long = validate.Length(min=32, error="must have at least 32 characters")
    secret = env.str("WEBCHAT_IDENTITY_SECRET", validate=long)
    public_url = env.str("WEBCHAT_GATEWAY_URL", None, validate=_if_given(_is_http_url)) or gateway_url or ""
    streams_url = env.str("WEBCHAT_STREAMS_URL", None, validate=_if_given(_is_http_url)) or public_url
    return Webchat(site_key, secret or "", public_url.rstrip("/"), streams_url.rstrip("/"))


def _if_given(check: Callable[[str], Any]) -> Callable[[str | None], None]:
    """The same check for a variable that may be absent or empty."""

    def checked(value: str | None) -> None:
        if value:
            check(value)

    return checked


def _is_http_url(value: str) -> bool:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValidationError("must be an http:// or https:// address")
    return True
