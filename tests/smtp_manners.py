"""What the mail server of the tests can do, and what it remembers."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

ANSWERS_TO_RCPT = {
    "451rcpt": "451 4.7.1 Greylisted, come back later",
    "452rcpt": "452 4.2.2 Mailbox full",
    "421": "421 4.3.2 Closing, come back later",
    "550rcpt": "550 5.1.1 No such user",
    "bare550": "550 No such user here",
    "5521rcpt": "550 5.2.1 Mailbox disabled",
    "policyrcpt": "554 5.7.1 Refused by policy",
    "relayrcpt": "550 relay not permitted",
    "oddrcpt": "What is this",
    "530rcpt": "530 5.7.0 Authentication required",
}
ANSWERS_TO_DOT = {
    "451dot": "451 4.3.0 Try again later",
    "421dot": "421 4.3.2 Closing",
    "554dot": "554 5.6.0 Looks like spam",
    "552dot": "552 5.3.4 Too much for us",
    "nobodydot": "550 5.1.1 No such user",
    "odddot": "399 What is this",
}
BEHAVIOURS = frozenset(
    {"ok", "droprcpt", "dropdata", "dropbody", "earlybody", "dropdot"}
    | {"hangrcpt", "hangdata", "hangdot", "slowdot", "hangquit", "dropquit"}
    | ANSWERS_TO_RCPT.keys()
    | ANSWERS_TO_DOT.keys()
)
# How long "hang" lasts (seconds): longer than any client of a test waits.
HANG = 30.0
# How long "slowdot" thinks (seconds) before it says that it has taken the mail.
SLOW = 1.0


class Hold:
    """The server stands still for one mail until it is told to go on."""

    def __init__(self) -> None:
        self._reached, self._released = threading.Event(), threading.Event()
        self.answered = threading.Event()

    def stay(self) -> None:
        """What the server does."""
        self._reached.set()
        self._released.wait(10 * HANG)

    def wait(self) -> None:
        """Wait until the mail has come so far; AssertionError if it never does."""
        assert self._reached.wait(4 * HANG), "no mail came so far"

    def release(self) -> None:
        self._released.set()

    def wait_for_answer(self) -> None:
        """Wait until the answer is on its way to the client; AssertionError if it never is."""
        assert self.answered.wait(4 * HANG), "no answer was given"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that was accepted: who it is for, and its bytes as they came in."""

    to: str
    sender: str
    content: bytes
    at: datetime

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.parsed["Message-ID"] or "")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def line(self) -> str:
        """As it stands in the journal."""
        return json.dumps(
            {
                "at": self.at.isoformat(),
                "message_id": self.message_id,
                "to": self.to,
                "sha256": self.sha256,
            }
        )


@dataclass(slots=True)
class Manners:
    """How a server behaves towards everybody; may be changed while it runs."""

    greeting: str = ""  # instead of 220, and then it hangs up
    mail: str = ""  # the answer to every MAIL
    password: str = ""  # the only one that signs in
    pipelining: bool = False
    mails_a_connection: int = 0  # then it says 421; 0: no limit
    delay: float = 0.0  # before every answer, like a server far away (seconds)


@dataclass(slots=True)
class Ledger:
    """What the server saw. `commands` holds the verbs of all connections in order."""

    mails: list[Mail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0

    def to(self, recipient: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.to == recipient]
