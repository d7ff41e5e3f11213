"""Everybody's telephone, read over HTTP where the demonstration shows every SMS."""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from mashang.trials.replaying.browsing import Browser, Unreachable

LOOK_EVERY = 0.25
# Messages may be sent in another order than they were written, and after a worker's death more
# than a minute late. So each look goes back a little, and now and then one goes back far.
BACK = 200
FAR_EVERY, FAR_BACK = 15.0, 150.0
SIX_DIGITS = re.compile(r"(?<!\d)\d{6}(?!\d)")
CODE_WITHIN = 60.0


@dataclass(frozen=True)
class Sms:
    id: int
    phone: str
    text: str
    link: str


class Phones:
    """Reads all SMS as they are sent, and hands each one that brings a link to `on_link`."""

    def __init__(self, browser: Browser, on_link: Callable[[Sms], None]):
        self._browser = browser
        self._on_link = on_link
        self._codes: dict[str, list[str]] = defaultdict(list)
        self._seen: set[int] = set()
        self._highest = browser.json("/phone/feed")["last"]
        self._first = self._highest
        self._marks = [(time.monotonic(), self._highest)]
        self._change = threading.Condition()
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_closed.set()
        with self._change:
            self._change.notify_all()
        self._thread.join()

    def codes(self, phone: str) -> list[str]:
        """The codes that came to this phone, oldest first."""
        with self._change:
            return list(self._codes[phone])

    def wait_for_code(self, phone: str, *, after: int) -> str:
        """The next code to this phone when `after` have come before; Unreachable if none comes."""
        with self._change:
            codes = self._codes[phone]
            self._change.wait_for(
                lambda: len(codes) > after or self._is_closed.is_set(), CODE_WITHIN
            )
            if len(codes) <= after:
                raise Unreachable(f"no code came to a phone within {CODE_WITHIN:.0f} s")
            return codes[-1]

    def _read(self) -> None:
        while not self._is_closed.wait(LOOK_EVERY):
            try:
                self._look(max(self._first, self._highest - BACK))
                self._look_far_back()
            except Unreachable:
                continue

    def _look_far_back(self) -> None:
        now = time.monotonic()
        if now < self._marks[-1][0] + FAR_EVERY:
            return
        self._look(self._marks[0][1])
        self._marks = [mark for mark in self._marks if mark[0] > now - FAR_BACK]
        self._marks.append((now, self._highest))

    def _look(self, after: int) -> None:
        answer = self._browser.json(f"/phone/feed?after={after}")
        for row in answer["messages"]:
            sms = Sms(row["id"], row["phone"], row["text"], row["link"])
            self._highest = max(self._highest, sms.id)
            if sms.id not in self._seen:
                self._seen.add(sms.id)
                self._deliver(sms)
        if answer["messages"] and answer["is_cut"]:
            self._look(answer["messages"][-1]["id"])

    def _deliver(self, sms: Sms) -> None:
        code = SIX_DIGITS.search(sms.text) if not sms.link else None
        if code:
            with self._change:
                self._codes[sms.phone].append(code[0])
                self._change.notify_all()
        elif sms.link:
            self._on_link(sms)
