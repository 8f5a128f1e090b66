"""The stand-in for the mail of the world: an SMTP server that takes what the desk sends, and customers who
write to the desk's mailboxes."""

import atexit

from flask import Flask

from sandbox.config import Settings
from sandbox.events import ProviderEvents
from sandbox.mail import api
from sandbox.mail.correspondence import Correspondence
from sandbox.mail.delivery import DeskMailboxes
from sandbox.mail.habits import Habits
from sandbox.mail.sink import PROVIDER, Sink
from sandbox.mail.store import MailStore
from sandbox.state import SandboxState


def install(app: Flask, settings: Settings, state: SandboxState) -> None:
    """Add the stand-in to `app`, if the desk has mailboxes: /api/mail for the page and tests, and a server
    that listens from now on. To be called after the fork."""
    servers = settings.mail
    if servers is None:
        return
    store = MailStore(ProviderEvents(state.events, PROVIDER))
    mailboxes = DeskMailboxes(servers)
    correspondence = Correspondence(store, mailboxes)
    habits = Habits(store, mailboxes, correspondence)
    sink = Sink(servers, state, store, habits)
    sink.start()
    atexit.register(sink.stop)
    app.extensions["sandbox.mail"] = sink
    state.providers.add(PROVIDER)
    app.register_blueprint(api.blueprint(state, store, mailboxes, correspondence, habits))
