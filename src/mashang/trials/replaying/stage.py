"""Who does what when: actions at their times, the pressing ones first, by a few threads."""

import heapq
import threading
import time
import traceback
from collections.abc import Callable
from itertools import count

PRESSING, USUAL, IDLE = 0, 1, 2


class Stage:
    """Runs actions when their time has come, by `threads` threads, until `close`.

    Of those whose time has come the most pressing goes first, and of these the oldest. What an
    action raises is kept in `failures`, and the play goes on.
    """

    def __init__(self, threads: int):
        self.failures: list[str] = []
        self.last_done = time.monotonic()
        self._later: list[tuple[float, int, int, Callable[[], object]]] = []
        self._now: list[tuple[int, int, Callable[[], object]]] = []
        self._numbers = count()
        self._change = threading.Condition()
        self._is_closed = False
        self._running = 0
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def do(self, action: Callable[[], object], *, after: float = 0, pressing: int = USUAL) -> None:
        """Have `action` run after so many seconds."""
        with self._change:
            due = time.monotonic() + after
            heapq.heappush(self._later, (due, pressing, next(self._numbers), action))
            self._change.notify()

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, and nothing is to run later."""
        with self._change:
            return not (self._later or self._now or self._running)

    def close(self) -> None:
        with self._change:
            self._is_closed = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def _next(self) -> Callable[[], object] | None:
        """The next action, waiting for its time; None when the stage is closed."""
        with self._change:
            while not self._is_closed:
                now = time.monotonic()
                while self._later and self._later[0][0] <= now:
                    _due, pressing, number, action = heapq.heappop(self._later)
                    heapq.heappush(self._now, (pressing, number, action))
                if self._now:
                    self._running += 1
                    return heapq.heappop(self._now)[2]
                self._change.wait(self._later[0][0] - now if self._later else None)
            return None

    def _work(self) -> None:
        while (action := self._next()) is not None:
            try:
                action()
            except Exception:
                self.failures.append(traceback.format_exc())
            with self._change:
                self._running -= 1
                self.last_done = time.monotonic()
                self._change.notify()
