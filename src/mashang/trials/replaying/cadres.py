"""The cadres' part: an SMS with a link, the order behind it, the call, the answer."""

import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from mashang.trials.replaying.browsing import Browser, Form, Page, Unreachable
from mashang.trials.replaying.phones import Phones, Sms
from mashang.trials.replaying.residents import NUMBER, Residents
from mashang.trials.replaying.stage import IDLE, PRESSING, Stage
from mashang.trials.replaying.stories import Stories, Story

LATE_AFTER = 80.0  # seconds: beyond the trial's limit of a minute
CALLED_AGAIN_AFTER, ANSWERED_AFTER, REPLIED_AFTER, RESIDENT_WITHIN = 3.0, 1.0, 2.0, 6.0
TRIES = 5
WORDS = {
    "acknowledge": "",
    "contact_reached": "已通话，情况属实，约好今天上门看。",
    "contact_missed": "响了很久没有人接，稍后再打。",
    "contact_wrong": "接电话的人说打错了。",
    "ask_return": "这段路不归本单位管养，应由上级另派。",
    "redispatch": "请你单位接着办理，及时和诉求人联系。",
    "refuse_return": "首接负责，请继续办理，需要协调再请求支援。",
    "ask_help": "需要上级协调施工队伍。",
    "give_help": "已协调，明天上午到场。",
    "ask_extension": "配件要从外地调来，需要几天。",
    "grant_extension": "同意。",
    "refuse_extension": "请先想办法按期办完。",
    "pass_up": "超出社区能力，请上级接手。",
    "ask_resident": "请问具体是哪个单元？",
    "instruct": "请马上联系诉求人，今天说清楚进展。",
    "answer": "到现场看过，已安排人处理，诉求人在场确认。",
}
ANSWER = "您好，您反映的问题我们已到现场处理。如果再出现，请随时联系我们。"
ASKS = {
    "return": "ask_return",
    "help": "ask_help",
    "extension": "ask_extension",
    "pass_up": "pass_up",
    "question": "ask_resident",
}


class WrongNumber(Exception):
    """A cadre was shown a number that nobody gave with this report."""


class Cadre:
    """One person of the staff, with a telephone; does one thing at a time."""

    def __init__(self, phone: str, browser: Browser, phones: Phones):
        self.phone = phone
        self.browser = browser
        self.lock = threading.Lock()
        self._phones = phones

    def open(self, link: str) -> Page:
        """Open an order, proving the telephone where that is asked for."""
        page = self.browser.get(link)
        for _turn in range(TRIES):
            ask = page.form("/code")
            if ask is None:
                return page
            known = len(self._phones.codes(self.phone))
            page = self.browser.send(page, ask, "/code")
            # The code sent a moment ago still counts where no further one may be sent yet.
            bind = page.form("/bind")
            if bind is None:
                continue
            try:
                code = self._phones.wait_for_code(self.phone, after=known)
            except Unreachable:
                continue
            page = self.browser.send(page, bind, "/bind", code=code)
        return page


@dataclass
class Visit:
    """One look at an order, and one step on its page."""

    cadre: Cadre
    page: Page
    story: Story
    sms: Sms

    def _form(self, move: str) -> Form | None:
        return self.page.form(f"/moves/{move}")

    def offers(self, move: str) -> bool:
        return self._form(move) is not None

    def choices(self, move: str, name: str) -> list[str]:
        form = self._form(move)
        return form.choices.get(name, []) if form else []

    @property
    def is_handlers(self) -> bool:
        """Whether the page is that of somebody who has to do the work."""
        return any(map(self.offers, ("acknowledge", "contact_reached", "answer", *ASKS.values())))

    def make(self, move: str, **facts: str) -> bool:
        """Make the move; False where it was refused, or somebody was faster."""
        form = self._form(move)
        if form is None:
            return False
        typed = {"words": WORDS[move]} if "words" in form.fields else {}
        typed |= {name: value for name, value in facts.items() if name in form.fields}
        answer = self.cadre.browser.send(self.page, form, f"/moves/{move}", **typed)
        if answer.is_fine:
            self.page = answer
        else:
            self.story.refusals.append(f"{move}: {answer.status}")
        return answer.is_fine

    def look_at_phone(self) -> None:
        """Ask for the number; raises WrongNumber unless it is the one that was given."""
        form = self.page.form("/call")
        if form is None:
            return
        self.page = self.cadre.browser.send(self.page, form, "/call")
        expected = f"tel:{self.story.report.phone}"
        if self.page.is_fine and expected not in self.page.links:
            raise WrongNumber(f"{self.story.number} showed another number")


class Cadres:
    """Plays everybody who gets a duty message."""

    def __init__(
        self,
        url: str,
        connections: httpx.HTTPTransport,
        stage: Stage,
        stories: Stories,
        residents: Residents,
    ):
        self._url, self._connections = url, connections
        self._stage, self._stories, self._residents = stage, stories, residents
        self._known: dict[str, Cadre] = {}
        self._lock = threading.Lock()
        self.phones: Phones

    def _cadre(self, phone: str) -> Cadre:
        with self._lock:
            if phone not in self._known:
                browser = Browser(self._url, self._connections, address="10.255.0.1")
                self._known[phone] = Cadre(phone, browser, self.phones)
            return self._known[phone]

    def told(self, sms: Sms) -> None:
        """Somebody's telephone buzzed: look into the order, now or when it is too late."""
        number = NUMBER.search(sms.text)
        if number is None or "/o/" not in urlsplit(sms.link).path:
            return

        def go_on(story: Story) -> None:
            is_late = story.plan.contact == "late" and story.once("late")
            self._visit_later(sms, story, after=LATE_AFTER if is_late else 0.0, pressing=PRESSING)

        self._stories.with_number(number[0], go_on)

    def _visit_later(
        self, sms: Sms, story: Story, *, after: float = 0.0, pressing: int = IDLE
    ) -> None:
        self._stage.do(lambda: self._visit(sms, story), after=after, pressing=pressing)

    def _visit(self, sms: Sms, story: Story) -> None:
        """Do on the order's page what there is to do, one thing after the other."""
        cadre, refused = self._cadre(sms.phone), len(story.refusals)
        with cadre.lock:
            page = cadre.open(sms.link)
            while not story.is_over and page.is_fine:
                visit = Visit(cadre, page, story, sms)
                if not (self._decide(visit) or self._instruct(visit) or self._handle(visit)):
                    break
                page = visit.page
        if refused < len(story.refusals) < TRIES:
            self._visit_later(sms, story, after=CALLED_AGAIN_AFTER)

    def _decide(self, visit: Visit) -> bool:
        """What the unit below asked for: granted or refused, as the plan has it."""
        is_granted = visit.story.plan.is_granted
        if visit.offers("refuse_return"):
            units = [unit for unit in visit.choices("redispatch", "unit") if unit]
            if is_granted and units:
                unit = units[int(visit.story.report.choice * len(units))]
                return visit.make("redispatch", unit=unit)
            return visit.make("refuse_return")
        if visit.offers("grant_extension"):
            return visit.make("grant_extension" if is_granted else "refuse_extension")
        return visit.offers("give_help") and visit.make("give_help")

    def _instruct(self, visit: Visit) -> bool:
        """A leader who hears that nobody phoned writes a line, once."""
        return (
            visit.offers("instruct")
            and not visit.is_handlers
            and visit.story.once("instruct")
            and visit.make("instruct")
        )

    def _handle(self, visit: Visit) -> bool:
        """One step of the unit's own work; False where nothing is to be done now."""
        story = visit.story
        if visit.offers("acknowledge"):
            return visit.make("acknowledge")
        if story.plan.meanwhile and story.once("time for the resident"):
            self._visit_later(visit.sms, story, after=RESIDENT_WITHIN, pressing=PRESSING)
            return False
        if visit.offers("contact_reached") and not story.is_contacted:
            return self._contact(visit)
        ask = ASKS.get(story.plan.between, "")
        if ask and visit.offers(ask) and story.once(ask):
            return self._ask(visit, ask)
        if visit.offers("answer"):
            return self._answer(visit)
        return False

    def _contact(self, visit: Visit) -> bool:
        """Look at the number, phone, and log what came of it."""
        story = visit.story
        visit.look_at_phone()
        if story.plan.contact == "missed" and story.once("missed"):
            visit.make("contact_missed")
            self._visit_later(visit.sms, story, after=CALLED_AGAIN_AFTER)
            return False
        is_wrong = story.plan.contact == "wrong"
        story.is_contacted = visit.make("contact_wrong" if is_wrong else "contact_reached")
        return story.is_contacted

    def _ask(self, visit: Visit, ask: str) -> bool:
        """Ask the unit above, or the resident; what comes next comes by SMS."""
        if not visit.make(ask, days="3"):
            return True
        if ask == "ask_resident":
            self._stage.do(lambda: self._residents.reply(visit.story), after=REPLIED_AFTER)
        return False

    def _answer(self, visit: Visit) -> bool:
        """Answer a little later, since those who wait for a call come first."""
        story = visit.story
        if story.once(f"thinking {story.round}"):
            self._visit_later(visit.sms, story, after=ANSWERED_AFTER)
        elif visit.make("answer", answer=ANSWER):
            self._residents.answered(story)
        return False
