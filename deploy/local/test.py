"""`./sportello test [pytest args]`: makes sure that the real servers can be started, then runs pytest."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

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
    command = [sys.executable, "-m", "pytest", *side_by_side(arguments, os.environ), *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - becomes pytest


def side_by_side(arguments: list[str], environment: Mapping[str, str]) -> list[str]:
    """Options for three test processes where everything is run; none where somebody chose what, and how.

    Three on two cores, because whole desks and what is killed mostly wait. A broker that was given has one
    virtual host, which several processes would sweep under each other's feet.
    """
    everything = all(argument.startswith("-") for argument in arguments)
    chosen = any(argument.startswith(("-n", "-p", "--dist", "--co", "--pdb")) for argument in arguments)
    if not everything or chosen or environment.get("AMQP_URL"):
        return []
    return ["-n", "3", "--dist", "loadscope", "--no-loadscope-reorder"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
