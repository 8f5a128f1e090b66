"""The widget as a visitor finds it on a page: what they press, and what they see."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, expect

from services.webhook_gateway.channels.webchat.widget.bundle import words_of


class Widget:
    """The widget of a page, in a language of its own."""

    def __init__(self, page: Page, language: str = "en") -> None:
        self.page = page
        self.words = words_of(language)

    # -- parts

    @property
    def host(self) -> Locator:
        """The element that holds the widget."""
        return self.page.locator("sportello-chat")

    @property
    def launcher(self) -> Locator:
        """The round button in the corner."""
        return self.host.locator(".launcher")

    @property
    def sheet(self) -> Locator:
        """The opened chat."""
        return self.host.get_by_role("dialog")

    @property
    def log(self) -> Locator:
        """The conversation."""
        return self.sheet.get_by_role("log")

    @property
    def lines(self) -> Locator:
        """Messages, the visitor's and the desk's."""
        return self.log.locator("li.line")

    @property
    def own(self) -> Locator:
        """The visitor's messages."""
        return self.log.locator("li.line.is-own")

    @property
    def facts(self) -> Locator:
        """Lines about tickets, and ratings."""
        return self.log.locator("li.fact")

    @property
    def box(self) -> Locator:
        """Where the visitor writes."""
        return self.sheet.locator("textarea.write")

    @property
    def state(self) -> Locator:
        """What became of the latest message."""
        return self.own.last.locator(".state")

    @property
    def chooser(self) -> Locator:
        """What takes files."""
        return self.sheet.locator("input[type=file]")

    @property
    def send(self) -> Locator:
        """What sends."""
        return self.sheet.locator("button.send")

    @property
    def problem(self) -> Locator:
        """The line of the composer that says what is wrong."""
        return self.sheet.locator(".composer > .error")

    @property
    def banner(self) -> Locator:
        """A word about the connection, or of thanks."""
        return self.sheet.locator(".banner")

    @property
    def badge(self) -> Locator:
        """How many answers wait, at the launcher."""
        return self.host.locator(".badge")

    @property
    def starting(self) -> Locator:
        """The form before the chat."""
        return self.sheet.locator("form.starting")

    def say(self, key: str, **values: Any) -> str:
        """The widget's own words."""
        text = self.words[key]
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def button(self, key: str, **values: Any) -> Locator:
        """A button of the sheet by the key of its name."""
        return self.sheet.get_by_role("button", name=self.say(key, **values), exact=True)

    # -- what visitors do

    def open(self) -> Widget:
        """Press the launcher."""
        self.launcher.click()
        expect(self.sheet).to_be_visible()
        return self

    def write(self, text: str) -> None:
        """Write and send with the button, as on a phone."""
        self.box.fill(text)
        self.send.click()

    def attach(self, name: str, mime_type: str, content: bytes) -> None:
        """Choose a file."""
        self.chooser.set_input_files([FilePayload(name=name, mimeType=mime_type, buffer=content)])

    # -- what they see

    def sees(self, *texts: str) -> None:
        """The messages are these, in this order, each once."""
        expect(self.lines.locator("p.text")).to_have_text(list(texts))

    def is_in_state(self, key: str) -> None:
        """This is what became of the latest message."""
        expect(self.state).to_have_text(self.say(key))
