"""What became of one try to hand a mail over."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    """How far a conversation with a mail server has come."""

    CONNECT = "connect"  # greeting, TLS and sign-in too
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"  # the final dot may be on its way: from here silence is unclear


class Result(StrEnum):
    """The outcomes that the outbox tells apart."""

    SENT = "sent"  # the server took it
    STOPPED = "stopped"  # the commit point said no, and has written down why
    NO_SERVER = "no_server"  # no server to talk to: nothing is wrong with the mail
    NOT_NOW = "not_now"  # a temporary refusal, or a break before the final dot
    REFUSED = "refused"  # this recipient, for good
    REJECTED = "rejected"  # this content, for good
    UNCLEAR = "unclear"  # the final dot went out, and no answer came back


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result with the server's code and enhanced code ("5.1.1"), where there was an answer.

    `why`: in a few words of ours, what went wrong before there was one.
    """

    result: Result
    phase: Phase = Phase.CONNECT
    code: int | None = None
    enhanced: str = ""
    why: str = field(default="", compare=False)

    @property
    def dead_address(self) -> bool:
        """Whether the answer says that the address does not exist or takes no mail."""
        if self.result is not Result.REFUSED:
            return False
        return self.enhanced in DEAD or (self.code == _NO_MAILBOX and not self.enhanced)

    @property
    def mailbox_full(self) -> bool:
        """Whether there is no room for this mail now; it is tried again."""
        return self.result is Result.NOT_NOW and self.enhanced == _NO_ROOM

    @property
    def is_policy(self) -> bool:
        """Whether the server refuses us rather than this recipient."""
        return self.result is Result.REFUSED and self.enhanced.startswith("5.7.")

    def __str__(self) -> str:
        """For logs and the breaker: no text of the server, which may quote an address."""
        answer = str(self.code) if self.code else self.why or "no answer"
        return f"{self.phase}: {answer} {self.enhanced}".rstrip()


# RFC 3463: bad mailbox, bad system, bad syntax, null MX, mailbox disabled.
DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"})
_NO_MAILBOX = 550
_NO_ROOM = "4.2.2"
