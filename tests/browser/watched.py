"""A tab of the browser, and all that it says, asks for and opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Watched:
    """A tab; `said` is what its console shows, `asked` the addresses that it loaded, `opened` its dialogs and tabs."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        self.opened: list[str] = []
        self.status = 0
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("dialog", self._dialog)
        page.context.on("page", lambda other: self.opened.append(other.url))

    def _dialog(self, dialog: Any) -> None:
        self.opened.append(dialog.message)
        dialog.dismiss()

    def goto(self, url: str) -> None:
        """Opens `url`."""
        answer = self.page.goto(url)
        self.status = answer.status

    def run(self, expression: str) -> Any:
        """What `expression` is in the page; the page's own policy holds for what is in it, not for this."""
        return self.page.evaluate(expression)

    def check(self, address: str, *, missing: bool = False) -> None:
        """Raises AssertionError where the tab complained, left `address`, or opened something."""
        assert self.status == (404 if missing else 200), self.status
        complaints = [each for each in self.said if not (missing and "404" in each)]
        foreign = [url for url in self.asked if not url.startswith(f"{address}/")]
        assert not complaints + foreign + self.opened, (complaints, foreign, self.opened)


@contextmanager
def watched(browser: Any, **context: Any) -> Iterator[Watched]:
    """A new tab of its own, with nothing kept from others."""
    own = browser.new_context(**context)
    try:
        yield Watched(own.new_page())
    finally:
        own.close()
