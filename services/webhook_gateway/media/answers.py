"""What is the same for every provider's answers to a request for a file."""

from __future__ import annotations

from services.webhook_gateway.domain.media_job import Trouble
from services.webhook_gateway.media.download import Answer


def retry_after(answer: Answer) -> float:
    """The seconds the provider asks us to wait; 0 when it does not say, or says it as a date."""
    wish = answer.headers.get("retry-after", "")
    return float(wish) if wish.isascii() and wish.isdigit() and len(wish) < 7 else 0.0


def temporary(answer: Answer, who: str, *, counted: bool = False) -> Trouble:
    """An answer that may be another one later."""
    detail = f"{who} answered with status {answer.status}."
    return Trouble(f"status-{answer.status}", detail, counted=counted, after=retry_after(answer))
