"""The sandbox's settings, read from the environment once, with every mistake named at the same time."""

from dataclasses import dataclass, field
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
class Settings:
    """Everything that may differ between two sandboxes."""

    gateway_url: str
    meta: MetaAccount
    log_level: str = "INFO"


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
    env.seal()
    account = MetaAccount(
        app_secret=app_secret,
        verify_token=verify_token,
        access_token=access_token,
        phone_number_id=phone_number_id,
        waba_id=waba_id,
        display_number=display_number,
    )
    return Settings(gateway_url=gateway_url.rstrip("/"), meta=account, log_level=log_level)


def _is_http_url(value: str) -> bool:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValidationError("must be an http:// or https:// address")
    return True
