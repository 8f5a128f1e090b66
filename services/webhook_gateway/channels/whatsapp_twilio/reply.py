"""What Twilio gets as an answer: TwiML that does nothing, because the desk answers by itself."""

from __future__ import annotations

from typing import Final

from services.webhook_gateway.ports import Answer

NOTHING_TO_DO: Final = Answer(b'<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8")
"""Source: Twilio, "TwiML for programmable messaging": an answer without a verb sends nothing."""
