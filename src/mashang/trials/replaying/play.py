"""The whole play: everybody on the stage, from the first report to the last rating."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from mashang.trials.replaying.browsing import Browser
from mashang.trials.replaying.cadres import Cadres
from mashang.trials.replaying.counting import are_all_settled
from mashang.trials.replaying.material import Report
from mashang.trials.replaying.phones import Phones
from mashang.trials.replaying.residents import Residents, Signs
from mashang.trials.replaying.stage import PRESSING, Stage
from mashang.trials.replaying.stories import Stories, Story

THREADS = 12
# With nothing to be done for so long, nobody is going to do anything any more.
SILENCE = 150.0
SETTLED_WITHIN = 120.0


@dataclass
class Play:
    """Files `reports` at `speed` a second through the server at `url`, and plays them out."""

    url: str
    reports: list[Report]
    signs: Signs
    speed: float
    say: Callable[[str], object]

    def run(self) -> list[Story]:
        connections = httpx.HTTPTransport(
            limits=httpx.Limits(max_connections=THREADS + 4, keepalive_expiry=3.0)
        )
        stage, stories = Stage(THREADS), Stories()
        residents = Residents(self.url, connections, stage, stories, self.signs)
        cadres = Cadres(self.url, connections, stage, stories, residents)
        phones = Phones(Browser(self.url, connections, address="10.255.0.2"), on_link=cadres.told)
        cadres.phones = phones
        try:
            for place, report in enumerate(self.reports):
                story = stories.begin(report)
                stage.do(
                    lambda story=story: _file(residents, story),
                    after=place / self.speed,
                    pressing=PRESSING,
                )
            self._wait(stage, stories)
        finally:
            phones.close()  # first: whoever waits for a code there waits no longer
            stage.close()
            connections.close()
        for failure in stage.failures[:5]:
            self.say(failure)
        return stories.all

    def _wait(self, stage: Stage, stories: Stories) -> None:
        """Until all stories are over and their messages sent, or nothing happens any more."""
        began = time.monotonic()
        while stories.over() < len(self.reports):
            if stage.is_idle and time.monotonic() > stage.last_done + SILENCE:
                break
            self._show(stories, began)
            time.sleep(0.5)
        self._show(stories, began)
        end = time.monotonic() + SETTLED_WITHIN
        while not are_all_settled(stories.all) and time.monotonic() < end:
            time.sleep(0.5)

    def _show(self, stories: Stories, began: float) -> None:
        if sys.stderr.isatty():
            filed = sum(bool(story.number) for story in stories.all)
            line = f"filed {filed}, over {stories.over()} of {len(self.reports)}"
            sys.stderr.write(f"\r{line}, {time.monotonic() - began:.0f} s ")
            sys.stderr.flush()


def _file(residents: Residents, story: Story) -> None:
    """A report that is not accepted is over at once, and counted as lost."""
    try:
        residents.file(story)
    except Exception as error:
        story.problem, story.is_over = f"{type(error).__name__}: {error}", True
        raise
