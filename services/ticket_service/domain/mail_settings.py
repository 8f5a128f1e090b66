"""The section of settings about mail: who joins a ticket, what stands around answers, what is too much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

NEVER: Final = "never"
WITH_PROOF: Final = "with-proof"
ALWAYS: Final = "always"
STRANGERS: Final = (NEVER, WITH_PROOF, ALWAYS)
"""Whether somebody who takes no part in a ticket may join it: never, when the mail answers one that the desk
or a participant sent, or already when its subject names the ticket."""
MOST_PER_SENDER: Final = 30
MAX_TEXT: Final = 5_000
"""Of a header or footer: with a signature it has to stay below what a mail may have around its text."""


@dataclass(frozen=True, slots=True)
class ChannelMail:
    """One mailbox's own words: the name it writes under, and header and footer instead of the desk's."""

    from_name: str = ""
    header: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """- `strangers`: one of STRANGERS.
    - `copy_cc`: people in copy of a mail that opens or joins a ticket get copies of the answers.
    - `most_per_sender`: so many tickets an hour one sender's mails may open; the rest waits in triage.
    - `quote_previous`: answers quote what they answer. `subject_tag`: they carry the number in the subject.
    - `header`, `footer`: text around each answer, `signatures`: followed by the agent's own signature;
      `channels` has other ones for some mailboxes, by channel id.
    """

    id: str = "desk"
    strangers: str = WITH_PROOF
    copy_cc: bool = True
    most_per_sender: int = MOST_PER_SENDER
    quote_previous: bool = True
    subject_tag: bool = True
    header: str = ""
    footer: str = ""
    signatures: bool = True
    channels: dict[str, ChannelMail] = field(default_factory=dict)
    version: int = 0

    def around(self, channel_id: str) -> tuple[str, str]:
        """(header, footer) of answers from this mailbox."""
        own = self.channels.get(channel_id, ChannelMail())
        return own.header or self.header, own.footer or self.footer
