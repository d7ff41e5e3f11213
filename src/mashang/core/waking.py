"""Waiting that a signal ends at once."""

import contextlib
import socket


class Waker:
    """Ends a wait, from a signal handler or from another thread.

    An Event would not do: a handler may interrupt the very thread that holds the Event's lock, and
    setting it there would wait for that lock for ever.
    """

    def __init__(self) -> None:
        self._end, self._start = socket.socketpair()
        self._start.setblocking(False)

    def wake(self, *_signal: object) -> None:
        """End the wait at hand, or the next one."""
        with contextlib.suppress(BlockingIOError):  # many calls for waking are there already
            self._start.send(b".")

    def wait(self, seconds: float | None) -> None:
        """Return after so many seconds (None: never), or as soon as `wake` was called."""
        self._end.settimeout(seconds)
        with contextlib.suppress(TimeoutError, BlockingIOError):  # the latter when seconds are 0
            self._end.recv(65536)
