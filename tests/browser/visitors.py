"""People at their browsers. Whatever a browser complains about fails the test."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    WebError,
)

PATIENCE = 20_000  # milliseconds for one page or one element, on a machine under load


class Visitors:
    """Opens browsers for people who know nothing of each other, and listens to their complaints.

    A page itself may answer 404 or 422; anything else that a console reports (a script that fails,
    a policy that is broken, a file that is missing) is a complaint.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._documents: set[str] = set()
        self.complaints: list[str] = []

    def arrive(self, **options: Any) -> Page:
        """A new person with a browser of their own."""
        options.setdefault("locale", "en-GB")
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.on("console", self._hear)
        context.on("weberror", self._hear_error)
        context.on("response", self._note)
        self._contexts.append(context)
        return context.new_page()

    def leave(self, page: Page) -> None:
        """Somebody closes the browser."""
        self._contexts.remove(page.context)
        page.context.close()

    def _note(self, response: Response) -> None:
        if response.request.resource_type == "document":
            self._documents.add(response.url)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        own_status = message.text.startswith("Failed to load resource: the server responded")
        if not (own_status and message.location["url"] in self._documents):
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _hear_error(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for context in self._contexts:
            context.close()
        if error is None:
            assert not self.complaints, "\n".join(dict.fromkeys(self.complaints))
