"""A mail server that takes everything at once and remembers how much it took.

    python -m bench.sink --port 2525 --control 2526 [--delay 0.01]

Cheap on purpose: one event loop, no parsing beyond the commands. It offers PIPELINING, 8BITMIME
and SIZE as real relays do. With a delay every byte travels that long, each way. A line on the
control port is answered by one JSON line: what came in since the last "reset".
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from dataclasses import dataclass, field

_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_DOT = b"\r\n.\r\n"
_ANSWERS = {
    b"EHLO": b"250-sink.example\r\n250-PIPELINING\r\n250-SIZE 10000000\r\n250 8BITMIME\r\n",
    b"HELO": b"250 sink.example\r\n",
    b"MAIL": b"250 2.1.0 Ok\r\n",
    b"RCPT": b"250 2.1.5 Ok\r\n",
    b"DATA": b"354 Go on\r\n",
    b"RSET": b"250 2.0.0 Ok\r\n",
    b"NOOP": b"250 2.0.0 Ok\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}
_UNKNOWN = b"500 5.5.2 What?\r\n"


@dataclass
class Tally:
    """What was taken. Moments are of the machine's monotonic clock, which processes share."""

    mails: int = 0
    size: int = 0
    connections: int = 0
    first: float = 0.0
    last: float = 0.0
    twice: int = 0
    seen: set[bytes] = field(default_factory=set)

    def take(self, content: bytes) -> None:
        now = time.monotonic()
        self.first = self.first or now
        self.last = now
        self.mails += 1
        self.size += len(content)
        found = _MESSAGE_ID.search(content)
        if found is not None:
            self.twice += found[1] in self.seen
            self.seen.add(found[1])

    def report(self) -> dict[str, float]:
        return {
            "mails": self.mails,
            "bytes": self.size,
            "connections": self.connections,
            "first": self.first,
            "last": self.last,
            "twice": self.twice,
        }


class Sink:
    """The tally of now, and a conversation for each connection."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.tally = Tally()

    def conversation(self) -> asyncio.Protocol:
        return _Conversation(self)

    def control(self) -> asyncio.Protocol:
        return _Control(self)


class _Conversation(asyncio.Protocol):
    """One connection: commands until DATA, then content until the dot."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting = b""
        self._content: bytes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.tally.connections += 1
        self._say(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        delay = self._sink.delay
        if delay:
            asyncio.get_running_loop().call_later(delay, self._hear, data)
        else:
            self._hear(data)

    def _hear(self, data: bytes) -> None:
        answer = b""
        self._waiting += data
        while True:
            if self._content is not None:
                # The dot's line end may be that of the command before.
                end = self._waiting.find(_DOT)
                if end < 0:
                    break
                self._sink.tally.take(self._waiting[:end])
                self._waiting, self._content = self._waiting[end + len(_DOT) :], None
                answer += b"250 2.0.0 Taken\r\n"
                continue
            line, found, rest = self._waiting.partition(b"\r\n")
            if not found:
                break
            self._waiting = rest
            word = line[:4].upper()
            answer += _ANSWERS.get(word, _UNKNOWN)
            if word == b"DATA":
                self._content = b""
            elif word == b"QUIT":
                self._say(answer, then_close=True)
                return
        if answer:
            self._say(answer)

    def _say(self, answer: bytes, *, then_close: bool = False) -> None:
        delay = self._sink.delay
        if not delay:
            self._write(answer, then_close)
        else:
            asyncio.get_running_loop().call_later(delay, self._write, answer, then_close)

    def _write(self, answer: bytes, then_close: bool) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(answer)
        if then_close:
            self._transport.close()


class _Control(asyncio.Protocol):
    """ "reset" begins a new tally; every line is answered with the tally that was."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for line in data.split():
            self._transport.write(json.dumps(self._sink.tally.report()).encode() + b"\n")
            if line == b"reset":
                self._sink.tally = Tally()


async def serve(sink: Sink, port: int, control: int) -> None:
    """Listen on loopback until cancelled."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(sink.conversation, "127.0.0.1", port)
    controlled = await loop.create_server(sink.control, "127.0.0.1", control)
    print("ready", flush=True)
    async with listening, controlled:
        await asyncio.gather(listening.serve_forever(), controlled.serve_forever())


def main() -> None:
    parser = argparse.ArgumentParser(description="A mail server that takes everything.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds, each way")
    given = parser.parse_args()
    asyncio.run(serve(Sink(given.delay), given.port, given.control))


if __name__ == "__main__":
    main()
