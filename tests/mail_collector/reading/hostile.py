"""Readers that do what a mail may make a reader do: they run in the child."""

from __future__ import annotations

import os
import signal
import time

from services.mail_collector.domain.found import Found
from services.mail_collector.domain.reading import Aside, Reading


class Panic(BaseException):
    """What a library written in Rust ends with."""


DONE = Reading(aside=Aside("no-sender", "read"))


def obedient(raw: bytes, found: Found) -> Reading:
    """Does what the mail says."""
    word = raw[:100].decode()
    if word == "work on and on":
        while True:
            pass
    if word == "wait on and on":
        time.sleep(600)
    if word == "take memory":
        return Reading(aside=Aside("took", str(len(b"x" * 400_000_000))))
    if word == "panic":
        raise Panic("index out of bounds")
    if word == "who are you":
        return Reading(aside=Aside("asked", str(os.getpid())))
    if word == "abort":
        os.abort()
    if word == "be killed":
        os.kill(os.getpid(), signal.SIGKILL)
    return DONE
