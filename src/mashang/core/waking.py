"""Waiting that a signal ends at once."""

import os
import select


class Waker:
    """Ends a wait, from a signal handler or from another thread.

    An Event would not do: a handler may interrupt the very thread that holds the Event's lock, and
    setting it there would wait for that lock for ever.
    """

    def __init__(self) -> None:
        self._end, self._start = os.pipe()
        os.set_blocking(self._end, False)
        os.set_blocking(self._start, False)

    def wake(self, *_signal: object) -> None:
        """End the wait at hand, or the next one."""
        try:
            os.write(self._start, b".")
        except BlockingIOError:
            pass  # thousands of calls for waking are there already

    def wait(self, seconds: float | None) -> None:
        """Return after so many seconds (None: never), or as soon as `wake` was called."""
        if select.select([self._end], [], [], seconds)[0]:
            os.read(self._end, 65536)
