"""Ask this container's own process whether it is well: exit 0 when it answers 200, else 1 and the reason."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping

TIMEOUT_SECONDS = 4.0


def check(environment: Mapping[str, str], path: str) -> str:
    """Return "" when GET `path` answers 200 within TIMEOUT_SECONDS, else what is wrong.

    The port is PROBE_PORT (workers, relays) or else PORT (web), as the process itself reads them.
    """
    port = environment.get("PROBE_PORT") or environment.get("PORT")
    if not port or not port.isdigit():
        return f"neither PROBE_PORT nor PORT names a port: {port!r}"
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on port {port}: {error!r}"
    finally:
        connection.close()
    return "" if status == http.client.OK else f"{path} on port {port} answered {status}"


if __name__ == "__main__":
    sys.exit(check(os.environ, sys.argv[1] if len(sys.argv) > 1 else "/healthz") or 0)
