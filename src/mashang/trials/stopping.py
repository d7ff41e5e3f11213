"""Being told to stop: SIGTERM is to a trial what Ctrl-C is, so that it cleans up behind itself."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_told: list[int] = []
_unbroken: list[bool] = []


@contextmanager
def stopped_like_ctrl_c() -> Iterator[None]:
    """Within, raise KeyboardInterrupt when this process is told to stop, in whatever way."""
    _told.clear()
    before = {number: signal.signal(number, _stop) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def unbroken() -> Iterator[None]:
    """Within, nothing is raised; at the end, if this process was told to stop meanwhile. For
    starting another process, which must not be left behind half started."""
    _unbroken.append(True)
    try:
        yield
    finally:
        _unbroken.pop()
    if _told:
        raise KeyboardInterrupt


def _stop(number: int, _frame: object) -> None:
    if _unbroken:
        _told.append(number)
    else:
        raise KeyboardInterrupt
