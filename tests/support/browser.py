"""The browser that the tests of pages drive: Debian's Chromium without windows, installed when missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, Playwright, sync_playwright

from deploy.local import debian

PROGRAMS: Final = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first that there is: the shell lays out and runs pages as Chromium does, for half of its work."""
PACKAGES: Final = (PROGRAMS[0], "fonts-noto-color-emoji")


def chromium() -> str:
    """The program's path. NotInstallableError: none is there, and none can be installed from here."""
    if shutil.which(PROGRAMS[0]) is None:
        try:
            debian.install(
                PACKAGES,
                purpose="Chromium, for the tests of pages",
                instead="Install Chromium yourself so that `chromium` is on PATH.",
            )
        except debian.NotInstallableError:
            if _found() is None:
                raise
    found = _found()
    assert found is not None
    return found


def _found() -> str | None:
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class _Shared:
    """The one driver of this process: Playwright lets no second one begin while there is one."""

    def __init__(self) -> None:
        self._users = 0
        self._driver: Playwright | None = None

    @contextmanager
    def use(self) -> Iterator[Playwright]:
        """Begun with the first who needs it, ended with the last."""
        if self._driver is None:
            self._driver = sync_playwright().start()
        self._users += 1
        try:
            yield self._driver
        finally:
            self._users -= 1
            if not self._users:
                self._driver.stop()
                self._driver = None


_shared = _Shared()


@contextmanager
def running_browser(*arguments: str) -> Iterator[Browser]:
    """A headless browser, with these arguments of its own.

    It runs as root in containers, hence without a sandbox.
    """
    with _shared.use() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", *arguments])
        yield browser
        browser.close()
