"""The doors of all chats in the web process, at their addresses."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from services.webhook_gateway.channels.webchat.desk import Desk
from services.webhook_gateway.channels.webchat.entrance import HOUR, Entrance
from services.webhook_gateway.channels.webchat.guard import Door, Guard
from services.webhook_gateway.channels.webchat.limits import Rate
from services.webhook_gateway.channels.webchat.offers import Offers
from services.webhook_gateway.channels.webchat.uploads import Room
from services.webhook_gateway.channels.webchat.widget.bundle import widget_answer
from services.webhook_gateway.receive import Intake

WIDGET_PATH = "/webchat/widget.js"


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind the doors. `newcomers`: new visitors an hour from one address."""

    offers: Offers
    intake: Intake
    room: Room
    files_secret: str
    newcomers: int


def add_chat_routes(app: Flask, guard: Guard, behind: Behind) -> None:
    """Serve the widget and what it talks to, but for what is streamed."""
    entrance = Entrance(guard, behind.offers, behind.files_secret, Rate(behind.newcomers, HOUR))
    desk = Desk(guard, behind.offers, behind.intake, behind.room)
    app.add_url_rule(
        WIDGET_PATH, "webchat.widget", widget_answer, methods=["GET"], provide_automatic_options=False
    )
    guard.add_open(app, Door("offer", "GET", "/offer"), entrance.offer)
    guard.add_open(app, Door("visitors", "POST", "/visitors"), entrance.come_in)
    guard.add(app, Door("messages", "POST", "/messages"), desk.post_message)
    guard.add(app, Door("files", "POST", "/files"), desk.post_file)
    guard.add_open(app, Door("signs", "POST", "/signs"), desk.post_signs)
    guard.add(app, Door("details", "POST", "/details"), desk.post_details)
    guard.add(app, Door("ratings", "POST", "/ratings"), desk.post_rating)
    guard.add(app, Door("transcripts", "POST", "/transcripts"), desk.post_transcript)
