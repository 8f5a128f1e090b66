"""Pango and fonts, with which the desk makes PDFs of tickets: Debian's, installed when they are missing.

Without them everything else works; a request for a document is answered with what has to be installed.
"""

from __future__ import annotations

import ctypes.util
from typing import Final

from deploy.local import debian

PACKAGES: Final = (
    *("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fontconfig", "fonts-dejavu-core"),
    "fonts-noto-color-emoji",
)
_LIBRARIES: Final = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset", "fontconfig")


def installed() -> bool:
    """Whether the libraries that WeasyPrint loads are there."""
    return all(ctypes.util.find_library(name) for name in _LIBRARIES)


def ensure_installed() -> None:
    """Install Debian's when they are missing. debian.NotInstallableError when that is impossible."""
    if not installed():
        debian.install(
            PACKAGES,
            purpose="Pango, for tickets as PDFs",
            instead="Everything but documents works without it.",
        )


def install_or_say() -> None:
    """Install them when they are missing; where that is impossible, say what is not there and go on."""
    try:
        ensure_installed()
    except debian.NotInstallableError as error:
        print(f"Documents are not available: {error}", flush=True)
