"""What becomes of a case, as it does in cities: most are called within minutes and answered within
days; some are returned, extended, chased, withdrawn; some wait for ever."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import log
from random import Random
from typing import Any

from mashang.cases.flow import ClockName, State
from mashang.cases.models import AccusedLevel, AskKind, Channel, Score, Urgency
from mashang.core import chain
from mashang.people.models import Account
from mashang.trials.generating import words
from mashang.trials.generating.city import Desk
from mashang.trials.generating.story import Present, Story, World

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
URGENCIES = {"ordinary": 78, "consultation": 9, "outage": 6, "danger": 2, "complex": 5}
CHANNELS = {Channel.CODE: 72, Channel.WEB: 14, Channel.PHONE: 9, Channel.COUNTER: 5}
SEALED, CONFIDENTIAL, ANONYMOUS = 0.012, 0.05, 0.025
TO_TRIAGE = 0.01
# Hours until the answer: the median, and how far the others are from it.
ANSWERED = {
    "ordinary": (80.0, 0.95),
    "consultation": (14.0, 0.9),
    "outage": (8.0, 0.8),
    "danger": (2.5, 0.7),
    "complex": (220.0, 0.6),
}
CONTACT = {"prompt": 84, "late": 10, "missed": 6}
BETWEEN = {
    **{"": 71, "return": 6, "help": 3, "extension": 6, "pass_up": 4, "question": 5},
    **{"deferral": 2, "whistle": 2, "supervision": 1},
}
MEANWHILE = {"": 93, "chase": 4, "withdraw": 2, "decline": 1}
OUTCOME = {"silent": 46, "confirm": 42, "dispute": 5, "reopen": 7}
SCORES = {Score.SATISFIED: 80, Score.FAIR: 15, Score.DISSATISFIED: 5}
TWINS, NEAR = 0.03, 60  # the same matter from somebody else, among so many reports before
FORGOTTEN = 0.004  # nobody ever answers
WORKS_FROM, WORKS_TO = 8, 18


class Life:
    """Tells stories; the same ones again for the same `chance`."""

    def __init__(self, world: World):
        self.world = world
        self.chance = world.chance
        self.writer = words.Writer(world.chance)

    def begin(self, key: int, at: datetime, before: list[Story]) -> Story:
        """A report as it is filed; now and then about the same as one `before`."""
        twin = self._twin(before) if self.chance.random() < TWINS else None
        if twin is None:
            return self._begin(key, at)
        story = Story(
            self.world, key, at, twin.place, self.writer.again(twin.text), twin.urgency, twin.desk,
            Channel.WEB, category=twin.category,
        )  # fmt: skip
        twin.members.append(story)
        return story

    def _twin(self, before: list[Story]) -> Story | None:
        found = self.chance.choice(before[-NEAR:]) if before else None
        is_fit = (
            found is not None
            and found.desk is not None
            and not (found.is_sealed or found.is_confidential or found.is_anonymous)
            and not any(found in other.members for other in before[-2 * NEAR :])
        )
        return found if is_fit else None

    def _begin(self, key: int, at: datetime) -> Story:
        chance, city = self.chance, self.world.city
        place = city.place(chance)
        urgency = _of(chance, URGENCIES)
        is_sealed = chance.random() < SEALED
        is_confidential = chance.random() < CONFIDENTIAL
        accused_level = (
            chance.choice((AccusedLevel.VILLAGE, AccusedLevel.TOWNSHIP, AccusedLevel.UNKNOWN))
            if is_sealed
            else ""
        )
        waits = not (is_sealed or is_confidential) and chance.random() < TO_TRIAGE
        desk = city.route(
            place,
            is_sealed=is_sealed,
            is_confidential=is_confidential,
            accused_level=accused_level,
        )
        channel = _of(chance, CHANNELS)
        theme = self._theme(urgency, is_sealed=is_sealed)
        code, spot = city.sign(place, chance) if channel == Channel.CODE else (None, "")
        return Story(
            self.world,
            key,
            at,
            place,
            self.writer.report(theme),
            urgency,
            None if waits else desk,
            channel if code or channel != Channel.CODE else Channel.WEB,
            spot=spot,
            code=code,
            is_sealed=is_sealed,
            is_confidential=is_confidential,
            is_anonymous=chance.random() < ANONYMOUS,
            accused_level=accused_level,
            category=city.category(theme.sorted_as),
        )

    def _theme(self, urgency: str, *, is_sealed: bool) -> words.Theme:
        if is_sealed:
            return words.ACCUSED
        special = {Urgency.DANGER: words.DANGER, Urgency.OUTAGE: words.OUTAGE}
        return special.get(Urgency(urgency)) or words.THEMES[self.writer.theme()]

    def tell(self, story: Story) -> Story:
        """Go on with a story to its end, or to this moment; its members with it."""
        if not story.is_told:
            story.is_told = True
            try:
                self._tell(story)
            except Present:
                pass
            for member in story.members:
                self._go_on(member)
        return story

    def _go_on(self, member: Story) -> None:
        """What becomes of a report that was merged, or was to be."""
        if member.lead is None:
            self.tell(member)
            return
        member.is_told = True
        try:
            self._afterwards(member)
            member.later(100 * 365 * DAY)
        except Present:
            pass

    def _tell(self, story: Story) -> None:
        chance = self.chance
        if story.state == State.TO_TRIAGE:
            self._dispatch(story)
        meanwhile = _of(chance, MEANWHILE)
        if meanwhile == "withdraw" and not story.is_anonymous:
            story.later(chance.expovariate(1 / HOUR))
            story.move("withdraw", words="已经解决了。")
        elif meanwhile == "decline" and (decider := self._decider(story)):
            story.later(chance.uniform(0.2, 6) * HOUR)
            story.move(
                "decline", decider, words="属于已经进入诉讼的事项。", channel="请向受理法院了解。"
            )
        elif story.assignee is not None:
            self._round(story, is_chased=meanwhile == "chase")
            self._afterwards(story)
        story.later(100 * 365 * DAY)  # the clocks that still run

    def _dispatch(self, story: Story) -> None:
        city = self.world.city
        desk = city.route(story.place, is_sealed=False, is_confidential=False, accused_level="")
        decider = self._decider(story)
        if desk is None or decider is None:
            story.later(100 * 365 * DAY)
            return
        story.later(self.chance.expovariate(1 / (3 * HOUR)))
        story.move("dispatch", decider, to=desk)

    def _decider(self, story: Story) -> Account | None:
        """Who dispatches there, if that is somebody else; sealed matters have nobody."""
        found = None if story.is_sealed else self.world.city.decider(story.place)
        return found if found != story.assignee else None

    def _round(self, story: Story, *, is_chased: bool) -> None:
        """From a new order to its answer."""
        chance = self.chance
        self._contact(story)
        if is_chased:
            story.later(chance.uniform(4, 30) * HOUR)
            story.move("chase", words="请问什么时候能办？")
        self._between(story)
        self._take_in(story)
        if chance.random() < FORGOTTEN:
            return
        if story.state == State.DISPATCHED:  # somebody else has it now
            if story.assignee is None:
                return
            story.later(chance.uniform(0.05, 8) * HOUR)
            story.move("acknowledge", story.assignee)
        median, spread = ANSWERED[story.urgency]
        story.later(chance.lognormvariate(log(median), spread) * HOUR)
        self._by_day(story)
        answer = chance.choice(words.ANSWERS)
        story.answer = answer
        story.move(
            "answer",
            story.assignee,
            words=chance.choice(words.WORK),
            answer=answer,
            answer_digest=chain.digest(answer),
        )
        for member in story.members:
            if member.state == State.MERGED:
                member.time, member.answer = story.time, answer
                member.move(
                    "answer_merged",
                    story.assignee,
                    answer=answer,
                    answer_digest=chain.digest(answer),
                )

    def _take_in(self, story: Story) -> None:
        """Merge the reports of the same matter, as they come."""
        decider = self._decider(story)
        for member in story.members:
            if decider is None or member.is_told or member.lead is not None:
                continue
            try:
                self._contact(member)
                member.later(max(0.0, (story.time - member.time).total_seconds()))
            except Present:
                member.is_told = True
                continue
            story.later(max(0.0, (member.time - story.time).total_seconds()))
            if {story.state, member.state} <= {State.HANDLING, State.ACKNOWLEDGED}:
                member.merge(story, decider, "和这一件是同一件事。")

    def _contact(self, story: Story) -> None:
        chance, cadre = self.chance, story.assignee
        if story.is_anonymous:
            story.later(chance.uniform(5, 90) * MINUTE)
            story.move("acknowledge", cadre)
            return
        contact = _of(chance, CONTACT)
        minutes = chance.lognormvariate(log(9), 0.6)
        story.later(MINUTE * (min(minutes, 29) if contact != "late" else 28 + 6 * minutes))
        if chance.random() < 0.5:
            story.move("acknowledge", cadre)
        story.move("look", cadre, what="phone")
        story.later(chance.uniform(0.5, 4) * MINUTE)
        if contact == "missed":
            story.move("contact_missed", cadre)
            story.later(chance.uniform(2, 120) * MINUTE)
        story.move("contact_reached", cadre, words=chance.choice(words.CALLED))

    def _between(self, story: Story) -> None:
        """Something that does not happen to most."""
        tellers: dict[str, Callable[[Story, Desk, Account], None]] = {
            "return": self._return,
            "help": self._help,
            "extension": self._extension,
            "pass_up": self._pass_up,
            "question": self._question,
            "deferral": self._deferral,
            "whistle": self._whistle,
            "supervision": self._supervision,
        }
        between, decider = _of(self.chance, BETWEEN), self._decider(story)
        above = story.desk.above if story.desk else None
        is_ordinary = not (story.is_sealed or story.is_confidential or story.is_anonymous)
        if between and is_ordinary and decider and above and above.assignee:
            story.later(self.chance.uniform(0.3, 20) * HOUR)
            tellers[between](story, above, decider)

    def _return(self, story: Story, above: Desk, decider: Account) -> None:
        cadre, words_of = story.assignee, "这件事不归本单位管，应由上级另派。"
        assert cadre is not None  # noqa: S101
        story.move("ask_return", cadre, words=words_of)
        story.ask(AskKind.RETURN, cadre, words_of)
        story.later(self.chance.uniform(0.5, 24) * HOUR)
        if self.chance.random() < 0.5:
            decision = "请你单位接着办理。"
            story.decide(is_granted=True, words=decision)
            story.move("redispatch", decider, to=above, words=decision)
        else:
            decision = "首接负责，请继续办理。"
            story.returns_refused += 1
            story.decide(is_granted=False, words=decision)
            story.move("refuse_return", decider, words=decision)

    def _help(self, story: Story, _above: Desk, decider: Account) -> None:
        cadre, asked, given = story.assignee, "需要上级协调施工队伍。", "已协调，明天上午到场。"
        assert cadre is not None  # noqa: S101
        story.move("ask_help", cadre, words=asked)
        story.ask(AskKind.HELP, cadre, asked)
        story.later(self.chance.uniform(0.5, 30) * HOUR)
        story.decide(is_granted=True, words=given)
        story.move("give_help", decider, words=given)

    def _extension(self, story: Story, _above: Desk, decider: Account) -> None:
        cadre, days, why = story.assignee, self.chance.randint(2, 10), "配件要从外地调来。"
        is_in_time = story.is_in_time(ClockName.HANDLING)
        if cadre is None or not is_in_time:
            return
        story.move("ask_extension", cadre, words=why, days=days)
        story.ask(AskKind.EXTENSION, cadre, why, days=days)
        story.later(self.chance.uniform(0.5, 20) * HOUR)
        if self.chance.random() < 0.8:
            story.decide(is_granted=True)
            story.move("grant_extension", decider, days=days)
        else:
            story.decide(is_granted=False, words="请先想办法按期办完。")
            story.move("refuse_extension", decider, words="请先想办法按期办完。")

    def _pass_up(self, story: Story, above: Desk, _decider: Account) -> None:
        story.move("pass_up", story.assignee, to=above, words="超出社区能力，请上级接手。")

    def _question(self, story: Story, _above: Desk, _decider: Account) -> None:
        story.move("ask_resident", story.assignee, words="请问具体是哪个单元？")
        story.later(self.chance.expovariate(1 / (20 * HOUR)))
        story.move("reply", words="在3单元门口，白天都有人。")

    def _deferral(self, story: Story, _above: Desk, decider: Account) -> None:
        """To a day within the ninety that cities allow; then the worker brings it back."""
        cadre, why = story.assignee, "要等开春化冻才能施工。"
        assert cadre is not None  # noqa: S101
        local = story.time.astimezone(self.world.limits.zone)
        until = local.date() + timedelta(days=self.chance.randint(7, 80))
        story.move("ask_deferral", cadre, words=why, until=until.isoformat())
        story.ask(AskKind.DEFERRAL, cadre, why, until=until)
        story.later(self.chance.uniform(0.5, 30) * HOUR)
        story.decide(is_granted=True, words="同意挂账，请按期恢复办理。")
        story.defer(decider, until, "同意挂账，请按期恢复办理。")
        story.resume()

    def _whistle(self, story: Story, above: Desk, _decider: Account) -> None:
        """The township is called in; it comes within the two hours, and replies in days."""
        cadre = story.assignee
        assert cadre is not None  # noqa: S101
        helping = story.whistle(above, cadre, "请到现场一起看，协调施工。")
        story.later(self.chance.uniform(10, 100) * MINUTE)
        story.come(helping)
        story.later(self.chance.uniform(1, 40) * HOUR)
        story.reply(helping, "已到现场商定，三天内施工。")

    def _supervision(self, story: Story, _above: Desk, _decider: Account) -> None:
        leader = self.world.city.leader(story.place)
        if leader is None:
            return
        local = story.time.astimezone(self.world.limits.zone)
        until = local.date() + timedelta(days=self.chance.randint(2, 6))
        story.supervise(leader, until, "群众反映强烈，请抓紧办。")
        story.later(self.chance.uniform(0.5, 4) * DAY)
        story.move("report_supervision", story.assignee, words="已进场施工，后天完工。")
        story.later(self.chance.uniform(1, 30) * HOUR)
        story.end_supervision(leader, "可以，按时办完。")

    def _by_day(self, story: Story) -> None:
        """Wait for the morning where it is night."""
        hour = story.time.astimezone(self.world.limits.zone).hour
        if not WORKS_FROM <= hour < WORKS_TO:
            story.later(((WORKS_FROM - hour) % 24 + self.chance.random()) * HOUR)

    def _afterwards(self, story: Story) -> None:
        """What the resident says to the answer."""
        chance = self.chance
        outcome = _of(chance, OUTCOME)
        if story.state != State.ANSWERED or story.is_anonymous or outcome == "silent":
            return
        story.later(min(chance.lognormvariate(log(20), 1.2), 300) * HOUR)
        if outcome == "reopen":
            story.reopenings, story.answer = 1, ""
            story.move("reopen", words=chance.choice(words.SCOLDS))
            if story.assignee is None:
                return
            self._round(story, is_chased=False)
            if story.state != State.ANSWERED:
                return
            story.later(chance.uniform(1, 200) * HOUR)
        self._rate(story, is_solved=outcome != "dispute")

    def _rate(self, story: Story, *, is_solved: bool) -> None:
        score = _of(self.chance, SCORES) if is_solved else Score.DISSATISFIED
        said = self.chance.choice(words.PRAISES if is_solved else words.SCOLDS)
        story.move("confirm" if is_solved else "dispute", score=str(score), words=said)
        story.rating = (is_solved, str(score), said, story.time)


def _of(chance: Random, weights: Mapping[Any, int]) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]
