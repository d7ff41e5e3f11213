"""One report's story as it is being played, shared by everybody who takes part in it."""

import threading
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
        self._lock = threading.Lock()

    def begin(self, report: Report) -> Story:
        story = Story(report)
        with self._lock:
            self.all.append(story)
        return story

    def name(self, story: Story, number: str) -> None:
        story.number = number
        with self._lock:
            self._by_number[number] = story

    def find(self, number: str) -> Story | None:
        with self._lock:
            return self._by_number.get(number)

    def over(self) -> int:
        """How many stories have ended."""
        with self._lock:
            return sum(story.is_over for story in self.all)
