"""Pango, which lays out the desk's documents: Debian's, installed when it is missing."""

from __future__ import annotations

from deploy.local import pango


def need_pango() -> None:
    """Have it. NotInstallableError: it is missing and cannot be installed from here."""
    pango.ensure_installed()
