"""One report's story as it is being played, shared by everybody who takes part in it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from mashang.trials.replaying.material import Plan, Report


@dataclass
class Story:
    """What has happened so far. `is_over` means that nobody will do anything more."""

    report: Report
    number: str = ""  # the case's, from the receipt
    tracking: str = ""  # the address of the tracking page
    token: str = ""  # the form's, by which the database knows the submission
    done: set[str] = field(default_factory=set)  # moves made, and the like
    refusals: list[str] = field(default_factory=list)  # moves that were not made
    problem: str = ""
    is_contacted: bool = False
    is_over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def plan(self) -> Plan:
        return self.report.plan

    @property
    def round(self) -> int:
        """2 once the resident has had it reopened."""
        return 2 if "reopen" in self.done else 1

    def once(self, what: str) -> bool:
        """True for the first who asks; so that of two who play at once only one does it."""
        with self.lock:
            if what in self.done:
                return False
            self.done.add(what)
            return True


class Stories:
    """All stories, found by the case's number."""

    def __init__(self) -> None:
        self.all: list[Story] = []
        self._by_number: dict[str, Story] = {}
        self._expected: dict[str, list[Callable[[Story], None]]] = {}
        self._lock = threading.Lock()

    def begin(self, report: Report) -> Story:
        story = Story(report)
        with self._lock:
            self.all.append(story)
        return story

    def name(self, story: Story, number: str) -> None:
        """The receipt has told the number; whoever waited for it goes on."""
        story.number = number
        with self._lock:
            self._by_number[number] = story
            waiting = self._expected.pop(number, [])
        for go_on in waiting:
            go_on(story)

    def with_number(self, number: str, go_on: Callable[[Story], None]) -> None:
        """Call `go_on` with the story of this number, now or once its receipt has been read: an
        SMS may be there before the receipt. Cases that are none of ours never get that far."""
        with self._lock:
            story = self._by_number.get(number)
            if story is None:
                self._expected.setdefault(number, []).append(go_on)
        if story is not None:
            go_on(story)

    def over(self) -> int:
        """How many stories have ended."""
        with self._lock:
            return sum(story.is_over for story in self.all)
