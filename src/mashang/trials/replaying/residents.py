"""The residents' part: filing, adding what did not fit, chasing, withdrawing, rating."""

import re
from dataclasses import dataclass

import httpx

from mashang.trials.replaying.browsing import Browser, Form, Page
from mashang.trials.replaying.stage import IDLE, PRESSING, Stage
from mashang.trials.replaying.stories import Stories, Story

NUMBER = re.compile(r"(?<!\d)\d{9,20}(?!\d)")
REPLY = "就在单元门口，白天都有人在家。"
AGAIN = "当天好了，第二天又是老样子，请再来看看。"
MEANWHILE_AFTER = 2.0  # seconds after the receipt
RATED_AFTER, RETURNED_AFTER = 1.0, 2.0  # seconds after the answer
ADDRESS_MISSING = (
    "the server counts all reports as from one address: start it with "
    "MASHANG_TRUSTED_PROXIES=127.0.0.1"
)


class NotAccepted(Exception):
    """The form came back instead of the receipt."""


@dataclass(frozen=True)
class Signs:
    """Where reports may be filed: the codes on doors, and the places to be found by hand."""

    codes: tuple[str, ...]
    places: tuple[str, ...]

    def address(self, story: Story) -> str:
        way, these = ("q", self.codes) if story.plan.way == "code" else ("report", self.places)
        return f"/{way}/{these[int(story.report.choice * len(these))]}"


def _report_form(page: Page) -> Form:
    """The form on its page; it brings the token that makes one case of however many sendings."""
    for form in page.forms:
        if form.fields.get("token"):
            return form
    raise NotAccepted(f"no form: {page.status} at {page.address}")


class Residents:
    """Plays everybody who reports something."""

    def __init__(
        self,
        url: str,
        connections: httpx.HTTPTransport,
        stage: Stage,
        stories: Stories,
        signs: Signs,
    ):
        self._url, self._connections = url, connections
        self._stage, self._stories, self._signs = stage, stories, signs

    def _browser(self, story: Story) -> Browser:
        return Browser(self._url, self._connections, address=story.report.address)

    def file(self, story: Story) -> None:
        """Open the form, send it, keep the receipt, and add what did not fit."""
        browser = self._browser(story)
        form_page = browser.get(self._signs.address(story))
        form = _report_form(form_page)
        story.token = form.fields["token"]
        self._receipt(story, self._sent(browser, form_page, story))
        for piece in story.report.pieces[1:]:
            self._add(browser, story, piece)
        meanwhile = {"withdraw": self.withdraw, "chase": self.chase}.get(story.plan.meanwhile)
        if meanwhile:
            self._stage.do(lambda: meanwhile(story), after=MEANWHILE_AFTER, pressing=PRESSING)

    def _sent(self, browser: Browser, page: Page, story: Story) -> Page:
        """Send the form, and answer the question that may come back."""
        report, plan = story.report, story.plan
        typed = {"text": report.text}
        if plan.sender == "anonymous":
            typed["is_anonymous"] = "1"
        else:
            typed |= {"name": report.name, "phone": report.phone}
        if plan.sender == "confidential":
            typed["is_confidential"] = "1"
        for _turn in range(2):
            page = browser.send(page, _report_form(page), **typed)
            asked = any(
                button.get("name") == "accusation" for form in page.forms for button in form.buttons
            )
            if not asked:
                break
            typed["accusation"] = "yes" if plan.is_accusation else "no"
        return page

    def _receipt(self, story: Story, page: Page) -> None:
        tracking = next((link for link in page.links if "/t/" in link), "")
        number = NUMBER.search(page.text)
        if not page.is_fine or not tracking or number is None:
            raise NotAccepted(f"{page.status} at {page.address}: {ADDRESS_MISSING}")
        story.tracking = tracking
        self._stories.name(story, number[0])

    def _add(self, browser: Browser, story: Story, words: str) -> None:
        page = browser.get(story.tracking)
        form = page.form("/add")
        if form is None:
            raise NotAccepted(f"no room for more words at {page.status} {story.number}")
        page = browser.send(page, form, words=words)
        if not page.is_fine:
            raise NotAccepted(f"further words of {story.number}: {page.status}")

    def reply(self, story: Story) -> None:
        """Answer the unit's question, unless it was withdrawn in the meantime."""
        if not story.is_over:
            self._add(self._browser(story), story, REPLY)

    def chase(self, story: Story) -> None:
        browser = self._browser(story)
        page = browser.get(story.tracking)
        form = page.form("/chase")
        if form is not None:
            browser.send(page, form)

    def withdraw(self, story: Story) -> None:
        """Withdraw, unless it has been answered in the meantime."""
        browser = self._browser(story)
        address = f"{story.tracking}/withdraw"
        page = browser.get(address)
        form = page.form("/withdraw")
        if form is not None and browser.send(page, form).is_fine:
            story.done.add("withdraw")
            story.is_over = True

    def answered(self, story: Story) -> None:
        """The unit has answered: rate it, now or after it was done once more."""
        outcome = story.plan.outcome
        if outcome == "reopen" and story.round == 1:
            self._stage.do(lambda: self._reopen(story), after=RETURNED_AFTER, pressing=PRESSING)
        elif outcome == "silent":
            story.is_over = True
        else:
            self._stage.do(lambda: self._rate(story), after=RATED_AFTER, pressing=IDLE)

    def _reopen(self, story: Story) -> None:
        story.is_contacted = False
        story.done.add("reopen")
        browser = self._browser(story)
        page = browser.get(story.tracking)
        form = page.form("/reopen")
        if form is None or not browser.send(page, form, words=AGAIN).is_fine:
            raise NotAccepted(f"{story.number} could not be reopened")

    def _rate(self, story: Story) -> None:
        browser = self._browser(story)
        page = browser.get(story.tracking)
        form = page.form("/rate")
        outcome = "satisfied" if story.plan.outcome == "reopen" else story.plan.outcome
        typed = {"is_solved": "yes", "score": outcome}
        if outcome == "dispute":
            typed = {"is_solved": "no", "score": "dissatisfied"}
        if form is None or not browser.send(page, form, **typed).is_fine:
            raise NotAccepted(f"{story.number} could not be rated")
        story.is_over = True
