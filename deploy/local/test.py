"""`./sportello test [pytest args]`: makes sure that the real servers can be started, then runs pytest."""

from __future__ import annotations

import os
import sys

from deploy.local import mongod, rabbitmq
from deploy.local.debian import NotInstallableError


def main(arguments: list[str]) -> int:
    """Become pytest; returns an exit code only when a server is missing and cannot be installed."""
    try:
        if not os.environ.get("AMQP_URL"):
            rabbitmq.ensure_installed()
        if not os.environ.get("MONGODB_URI"):
            mongod.ensure_installed()
    except NotInstallableError as error:
        print(f"The tests need real servers. {error}", file=sys.stderr)
        return 1
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments])  # noqa: S606 - becomes pytest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
