"""The runner's own story, from the first check to the last farewell."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rsvp_site.env import (
    BASE_DIR,
    Config,
    ConfigurationError,
    explain,
    is_loopback,
    read_environment,
    resolve,
)
from rsvp_site.run import broker, children
from rsvp_site.run.place import CannotRunError, only_one, port_number, require_free
from rsvp_site.run.supervise import Child, Supervisor
from rsvp_site.run.watchdog import Watchdog, problems_at

#: Deaths of a child before it answered for the first time, after which the runner gives up.
TOO_MANY_DEATHS = 3
#: Seconds that a child may take to answer for the first time.
PATIENCE = 60.0
#: Seconds that worker and beat have at least, to show that they work; and so long nobody ticks
#: before that is a finding.
LEAST_LIFE = 30.0


class Stopped(Exception):
    """The run is asked to end before it was up."""


class Wishes:
    """What was asked of the runner: to stop, and to stop without more patience."""

    def __init__(self, *, with_parent: bool) -> None:
        self._asked = 0
        self._parent = os.getppid() if with_parent else None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1

    def stop(self) -> bool:
        """Somebody wants an end, or the make that started the runner is gone."""
        return self._asked > 0 or (self._parent is not None and os.getppid() != self._parent)

    def hurry(self) -> bool:
        """Somebody asked twice."""
        return self._asked > 1


def main(arguments: list[str]) -> int:
    """Runs until it is asked to stop; the exit code."""
    wishes = Wishes(with_parent="--with-parent" in arguments)
    try:
        run(wishes)
    except ConfigurationError as error:
        print(explain(error), file=sys.stderr)
        return 1
    except (CannotRunError, broker.NoBrokerError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run(wishes: Wishes) -> None:
    """Checks the place, starts everything, watches it, ends it."""
    source = read_environment(os.environ, BASE_DIR / ".env")
    host = source.get("HOST", "").strip() or "127.0.0.1"
    port = port_number(source.get("PORT", "").strip() or "8000")
    require_free(host, port)
    source["SITE_URL"] = source.get("SITE_URL", "").strip() or local_address(host, port)
    config = resolve(source, BASE_DIR)
    with only_one(config.var_dir):
        (config.var_dir / "site.url").write_text(config.site_url)
        log_dir = config.var_dir / "logs"
        log_dir.mkdir(exist_ok=True)
        supervisor = Supervisor(env=source, cwd=BASE_DIR, log_dir=log_dir, say=say)
        try:
            if config.embedded_broker:
                start_broker(supervisor, wishes, config.var_dir)
            web = children.web(host, port)
            prepared = start_web(supervisor, wishes, web, config.var_dir / "prepared")
            until(lambda: accepts(host, port), supervisor, wishes, web)
            senders = [children.worker(), children.beat()]
            for sender in senders:
                supervisor.start(sender)
            welcome(config, prepared, log_dir=log_dir)
            problems = problems_at(reachable(host), port, config.site_url)
            watchdog = Watchdog(
                problems,
                supervisor,
                stands=max(2 * config.tick_seconds, LEAST_LIFE),
                life=max(config.stale_seconds, LEAST_LIFE),
            )
            while not wishes.stop():
                supervisor.look()
                if watchdog.barks():
                    supervisor.once(children.alarms(), wishes.stop)
                watchdog.look(senders)
                time.sleep(0.2)
            say("\nStopping …")
        except Stopped:
            say("\nStopping …")
        finally:
            supervisor.stop(wishes.hurry)
            forget_broker(config.var_dir)
    say("Full Table has stopped.")


def start_broker(supervisor: Supervisor, wishes: Wishes, var_dir: Path) -> None:
    """Starts the embedded broker and leaves its address for commands of other terminals."""
    forget_broker(var_dir)
    path = broker.socket_path(var_dir)
    child = children.broker_child(path)
    (var_dir / "broker.url").write_text(f"redis+socket://{path}")
    supervisor.start(child)
    until(lambda: broker.answers(path), supervisor, wishes, child)


def forget_broker(var_dir: Path) -> None:
    """Removes the address of a broker that ended, and its socket; nothing, where there is none."""
    address = var_dir / "broker.url"
    if address.exists():
        broker.forget_socket(Path(address.read_text().removeprefix("redis+socket://")), var_dir)
        address.unlink()


@dataclass(frozen=True)
class Prepared:
    """What was found when everything was made ready: a demo, and why no mail would go ('')."""

    demo: bool
    closed: str


def start_web(supervisor: Supervisor, wishes: Wishes, web: Child, prepared: Path) -> Prepared:
    """Makes database and static files ready and starts the web server; what was found.

    The two go side by side where an earlier run left nothing to do; if there was something after
    all, the web server starts anew.
    """
    early = prepared.exists()
    if early:
        supervisor.start(web)
    program = children.prepare()
    returncode, output = supervisor.once(program, wishes.stop)
    if wishes.stop():
        raise Stopped
    if returncode:
        last = supervisor.last_words(program)
        raise CannotRunError(f"The database could not be made ready. {last}")
    prepared.touch()
    done = json.loads(output.splitlines()[-1])
    if not early:
        supervisor.start(web)
    elif done["changed"]:
        supervisor.restart(web)
    return Prepared(demo=bool(done["demo"]), closed=str(done["closed"]))


def until(ready: Callable[[], bool], supervisor: Supervisor, wishes: Wishes, child: Child) -> None:
    """Waits until a child is ready; raises Stopped, or CannotRunError if it never will be."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if wishes.stop():
            raise Stopped
        if child.deaths >= TOO_MANY_DEATHS or time.monotonic() > deadline:
            raise CannotRunError(f"{child.name} does not start. {supervisor.last_words(child)}")
        supervisor.look()
        time.sleep(0.02)


def accepts(host: str, port: int) -> bool:
    """Whether somebody listens on that address."""
    try:
        socket.create_connection((reachable(host), port), timeout=1).close()
    except OSError:
        return False
    return True


def reachable(host: str) -> str:
    """Where to call somebody who listens there."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - to connect to


def local_address(host: str, port: int) -> str:
    """The address to show where SITE_URL names none."""
    other = is_loopback(host) and ":" not in host and host != "127.0.0.1"
    return f"http://{host if other else 'localhost'}:{port}"


def welcome(config: Config, prepared: Prepared, *, log_dir: Path) -> None:
    """What to do next, in a few lines."""
    site = config.site_url
    lines = [f"Full Table is ready: {site}"]
    if prepared.demo:
        where = "arrives in the mailbox" if config.embedded_mailbox else "comes by mail"
        lines.append(
            f"  Demo host:  {site}/accounts/login/code/  as rosa@example.org; the code {where}"
        )
    if config.embedded_mailbox:
        lines.append(f"  Mailbox:    {site}/mailbox/")
    lines.append(f"  Logs:       {log_dir}")
    if prepared.closed:
        lines.append(f"  {prepared.closed}")
    lines.append("  Ctrl-C stops everything.")
    say("\n".join(lines))


def say(line: str) -> None:
    """One line for the terminal, at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
