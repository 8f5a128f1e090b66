"""Write the .env file that docker-compose.yml asks for: fresh secrets, readable by its owner only."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECRETS = (
    "RABBITMQ_PASSWORD",
    "MONGODB_ROOT_PASSWORD",
    "MONGODB_TICKET_SERVICE_PASSWORD",
    "MONGODB_NOTIFIER_PASSWORD",
    "MONGODB_WEBHOOK_GATEWAY_PASSWORD",
    "MONGODB_MAIL_COLLECTOR_PASSWORD",
    "SPORTELLO_FILES_SECRET",
    "SPORTELLO_CONFIDENTIAL_KEY",
    "SPORTELLO_SECRET_KEY",
    "SPORTELLO_ADMIN_PASSWORD",
    "SPORTELLO_API_TOKEN",
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_VERIFY_TOKEN",
    "WHATSAPP_ACCESS_TOKEN",
    "TWILIO_AUTH_TOKEN",
    "WEBCHAT_IDENTITY_SECRET",
)
PLAIN = {
    "COMPOSE_PROFILES": "sandbox",
    "SPORTELLO_ADMIN_EMAIL": "admin@sportello.example",
    "SPORTELLO_DESK_URL": "http://127.0.0.1:8000",
}


def lines() -> list[str]:
    """The file's lines: what a first look needs. Hexadecimal secrets fit in a URL as they are."""
    return [
        "# Written by deploy/compose/write_env.py. Keep it out of version control.",
        "# Going live: remove sandbox from COMPOSE_PROFILES, set the WHATSAPP_ and TWILIO_ values you got,",
        "# SPORTELLO_PUBLIC_URL to the gateway's address, SPORTELLO_DESK_URL to the desk's, and",
        "# CHANNELS_FILE to a file made from deploy/compose/channels.yaml.",
        *(f"{name}={value}" for name, value in PLAIN.items()),
        *(f"{name}={secrets.token_hex(24)}" for name in SECRETS),
    ]


def write(path: Path) -> None:
    """Create the file. Raises FileExistsError rather than replace secrets that a database was made with."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines()) + "\n")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".env"
    try:
        write(target)
    except FileExistsError:
        sys.exit(f"{target} exists already: the databases were made with its passwords. Nothing was changed.")
