"""`python -m tests.screens serve|shot|all`: the console with demo data, and pictures of it."""

from __future__ import annotations

import argparse
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from tests.support.browser import running_browser
from tests.support.demo import furnish
from tests.support.servers import session_mongodb_uri
from tests.ticket_service.api.rig import EMAIL, PASSWORD, Rig, running
from tests.ticket_service.console.rig import USERS, Screen, begin_session, cookie_of, served

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
PICTURES = (
    ("console-ticket", "/tickets/{long}", 1440, False),
    ("console-ticket-dark", "/tickets/{long}", 1440, True),
    ("console-ticket-phone", "/tickets/{long}", 360, False),
    ("console-list-phone", "/tickets", 360, False),
    ("console-board", "/tickets?as=board", 1440, False),
    ("console-home", "/", 1440, False),
    ("console-triage", "/triage/{held}", 1440, False),
    ("console-settings", "/settings/statuses", 1440, False),
)
"""Name, path, width, dark: those of the README and the documentation."""


def main(arguments: list[str]) -> int:
    """Serve until interrupted, or take pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve a furnished desk until interrupted")
    serve.add_argument("--port", type=int, default=8950)
    shot = commands.add_parser("shot", help="one picture of a page of a served desk")
    shot.add_argument("url")
    shot.add_argument("file", type=Path)
    shot.add_argument("--width", type=int, default=1440)
    shot.add_argument("--height", type=int, default=0)
    shot.add_argument("--dark", action="store_true")
    shot.add_argument("--user", choices=sorted(USERS), default="anna")
    shot.add_argument("--language", default="en-GB")
    shot.add_argument("--click", action="append", default=[], help="a selector to click before the picture")
    pictures = commands.add_parser("all", help="the pictures of the documentation")
    pictures.add_argument("--to", type=Path, default=IMAGES)
    given = parser.parse_args(arguments)
    return {"serve": _serve, "shot": _shot, "all": _all}[given.command](given)


def _furnished(rig: Rig) -> None:
    rig.clean()
    rig.clock.now = datetime.now(UTC).replace(microsecond=0)
    furnish(rig)


def _serve(given: argparse.Namespace) -> int:
    with session_mongodb_uri() as uri, running(uri) as rig:
        _sessions_by_address(rig)
        rig.app.jinja_env.auto_reload = True
        _furnished(rig)
        with served(rig.app, given.port) as address:
            print(f"{address}  log in as {EMAIL} / {PASSWORD}", flush=True)
            threading.Event().wait()
    return 0


def _sessions_by_address(rig: Rig) -> None:
    """`shot` runs in another process: it gets its cookie from here. Only ever part of this command."""
    from flask import Response, request

    @rig.app.get("/_session")
    def session_for_pictures() -> Response:
        name, value = cookie_of(rig.app, begin_session(rig, request.args.get("user", "anna")))
        return Response(f"{name}={value}", content_type="text/plain")


def _shot(given: argparse.Namespace) -> int:
    import httpx

    base = "/".join(given.url.split("/")[:3])
    name, _, value = httpx.get(f"{base}/_session", params={"user": given.user}).text.partition("=")
    with running_browser() as browser:
        context = browser.new_context(
            viewport={"width": given.width, "height": given.height or (900 if given.width > 500 else 760)},
            color_scheme="dark" if given.dark else "light",
            locale=given.language,
        )
        context.add_cookies([{"name": name, "value": value, "url": base}])
        page = context.new_page()
        page.on("console", lambda message: print(message.type, message.text, file=sys.stderr))
        page.on("pageerror", lambda error: print("error", error, file=sys.stderr))
        page.goto(given.url)
        page.wait_for_timeout(600)
        for selector in given.click:
            page.click(selector)
            page.wait_for_timeout(500)
        page.screenshot(path=str(given.file))
    return 0


def _all(given: argparse.Namespace) -> int:
    given.to.mkdir(parents=True, exist_ok=True)
    with session_mongodb_uri() as uri, running(uri) as rig, running_browser() as browser:
        _furnished(rig)
        long = rig.get("/tickets", query_string={"q": "stampa"}).get_json()["items"][0]["number"]
        held = rig.get("/triage", query_string={"state": "held"}).get_json()["items"][0]["id"]
        with served(rig.app) as address:
            screen = Screen(rig, address, browser)
            for name, path, width, dark in PICTURES:
                page = screen.open(path.format(long=long, held=quote(held, safe="")), width=width, dark=dark)
                page.wait_for_timeout(800)
                page.screenshot(path=str(given.to / f"{name}.png"))
                print(given.to / f"{name}.png", flush=True)
            screen.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
