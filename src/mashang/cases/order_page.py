"""What a member of the staff sees of one order: all that its page shows, in a few queries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext as _

from mashang.attachments.models import Attachment
from mashang.attachments.queries import grouped
from mashang.cases import flow, order_answers
from mashang.cases.access import may_see_identity
from mashang.cases.climbs import Climb, climbs_to
from mashang.cases.flow import ClockName, Move, Phase, State
from mashang.cases.forms_staff import MoveForm, move_form
from mashang.cases.models import (
    Ask,
    Case,
    Clock,
    Rating,
    Requester,
    Urgency,
)
from mashang.cases.order_access import Order
from mashang.cases.order_around import Around, around
from mashang.cases.order_choices import not_now
from mashang.cases.order_extras import Extra, Hint, dial, extras, put_hints, readings
from mashang.cases.order_timeline import File, Happening, names_in, timeline
from mashang.cases.sentences import chosen
from mashang.cases.wording import say_day, say_time, say_waited
from mashang.core.text import mask_name, mask_phone
from mashang.people.models import UnitKind
from mashang.people.queries import unit_over

NOTE = "note"
APART = (NOTE, "look")  # entries that stand in a list of their own
CONTACTS = ("contact_reached", "contact_missed", "contact_wrong")
# The order in which further moves are offered; those not named come after, as the flow has them.
OFTEN = (
    "acknowledge", "take_on", "redispatch", "answer", "promise", "ask_resident",
    "note", "ask_help", "ask_extension", "pass_up",
)  # fmt: skip
# What a person does first, of what they may do.
FIRST = (
    "dispatch", "arrive", "reply_assist", "acknowledge", "answer",
)  # fmt: skip
# What is decided about one ask; the last one tells whether there is anything to decide.
DECISIONS = (
    ("redispatch", "refuse_return"),
    ("grant_extension", "refuse_extension"),
    ("defer", "refuse_deferral"),
    ("give_help",),
)


@dataclass(frozen=True)
class Offer:
    """A move that the person may make now, with the form it needs."""

    name: str
    label: str
    form: MoveForm
    url: str
    is_open: bool = False  # its form is shown unfolded


@dataclass(frozen=True)
class TimeLeft:
    """A running limit in words."""

    text: str
    is_overdue: bool
    is_sure: bool  # the calendar knew every day up to it


@dataclass(frozen=True)
class Caller:
    """What the page says about whom to phone: masked, and whether this person may look."""

    masked: str
    advice: str
    may_look: bool
    is_nobody: bool = False  # no phone is left, so there is no call to log
    answers: Sequence[tuple[str, str]] = ()  # masked too: question, answer


@dataclass(frozen=True)
class Flag:
    """Something about the case that nobody handling it may overlook."""

    text: str
    kind: str = ""  # the tag's colour, which never says anything by itself


@dataclass(frozen=True)
class OrderPage:
    """The whole page. `firsts` names what to do first: "call", or moves in `offers`."""

    order: Order
    now: datetime
    times: list[TimeLeft]
    caller: Caller
    firsts: tuple[str, ...]
    contacts: list[Offer]
    offers: list[Offer]
    asks: list[Ask]
    files: Sequence[File]
    happenings: list[Happening]
    notes: list[Happening]
    around: Around
    climbs: list[Climb]
    extras: list[Extra]
    readings: list[Hint]
    rating: Rating | None
    tried: MoveForm | None
    dial: Hint | None = None  # has the requester rung without showing the number

    @property
    def case(self) -> Case:
        return self.order.case

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Answers to the questions of the type's own form."""
        return order_answers.answers(self.case)

    @property
    def call_url(self) -> str:
        return self.order.url("call")

    @property
    def is_call_first(self) -> bool:
        return "call" in self.firsts

    @property
    def primaries(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.name in self.firsts]

    @property
    def note(self) -> Offer | None:
        """Writing a note stands with the notes."""
        return next((offer for offer in self.offers if offer.name == NOTE), None)

    @property
    def others(self) -> list[Offer]:
        apart = (*self.firsts, NOTE)
        rest = [offer for offer in self.offers if offer.name not in apart]
        often = {name: place for place, name in enumerate(OFTEN)}
        return sorted(rest, key=lambda offer: often.get(offer.name, len(often)))

    @property
    def pressing(self) -> list[TimeLeft]:
        """The limits to show before anything else: the nearest, and those that have passed."""
        return [time for time in self.times if time.is_overdue or time is self.times[0]]

    @property
    def later(self) -> list[TimeLeft]:
        return [time for time in self.times if time not in self.pressing]

    @property
    def is_by_link(self) -> bool:
        """Opened from an SMS, so most likely on a phone: what is not needed first is folded."""
        return self.order.link is not None

    @property
    def place(self) -> str:
        return f"{self.case.place.name}{self.case.spot}"

    @property
    def place_above(self) -> str:
        """The divisions around the place: its full name without its own."""
        return self.case.place.full_name.removesuffix(self.case.place.name)

    @property
    def contact_form(self) -> MoveForm:
        """One form serves the three results of a call; each has a button of its own."""
        tried = [offer.form for offer in self.contacts if offer.is_open]
        return (tried or [self.contacts[0].form])[0]

    @property
    def kept_words(self) -> list[tuple[str, str]]:
        """What was typed for a move that can no longer be made: (what it was for, the words)."""
        if self.tried is None or any(offer.is_open for offer in (*self.offers, *self.contacts)):
            return []
        fields = [f for f in self.tried if isinstance(f.field.widget, forms.Textarea)]
        texts = [(str(field.label), str(field.value() or "")) for field in fields]
        return [(label, text) for label, text in texts if text]

    @property
    def received(self) -> str:
        return say_time(self.case.received_at, today=self.now)

    @property
    def is_urgent(self) -> bool:
        return self.case.urgency == Urgency.DANGER and self.case.phase == Phase.OPEN

    @property
    def emergency_lines(self) -> list[tuple[str, str]]:
        return [("110", _("报警")), ("119", _("火警")), ("120", _("急救")), ("122", _("交通事故"))]

    @property
    def flags(self) -> list[Flag]:
        case = self.case
        flags = [
            (case.urgency == Urgency.DANGER, Flag(_("紧急"), "danger")),
            (case.is_sealed, Flag(_("涉及干部或单位"), "danger")),
            (case.is_confidential, Flag(_("保密"), "warm")),
            (case.is_anonymous, Flag(_("匿名"), "plain")),
            (case.reopenings > 0, Flag(_("重办"), "warm")),
            (case.reworks > 0, Flag(_("回访重办"), "warm")),
            (bool(case.supervision), Flag(str(case.get_supervision_display()), "danger")),
            (case.deferred_until is not None, Flag(_deferred(case), "warm")),
        ]
        return [flag for is_so, flag in flags if is_so]

    @property
    def advice(self) -> list[str]:
        """How to treat a case of this kind, each a sentence."""
        case = self.case
        advice = [
            (self.is_urgent, _("像是险情：请马上打电话核实，必要时直接报警、呼救。")),
            (case.is_sealed, _("只限督查岗办理。不要转给其他单位，不要告诉被反映的人和单位。")),
            (case.is_confidential, _("诉求人要求保密：不要告诉任何人是谁反映的。")),
        ]
        return [text for is_so, text in advice if is_so]

    @property
    def resting(self) -> str:
        """Why there is nothing to do first; "" where there is."""
        if self.firsts or self.contacts:
            return ""
        if self.case.state in RESTING:
            return RESTING[self.case.state]()
        unit = self.case.unit.name if self.case.unit else _("综治中心")
        return _("由{unit}办理，您可以查看。").format(unit=unit)


RESTING: dict[str, Callable[[], str]] = {
    State.WAITING: lambda: _("已请诉求人补充。补充以后，会发短信告诉您。"),
    State.RETURN_ASKED: lambda: _("已申请退单，等上级决定。"),
    State.DEFERRED: lambda: _("已挂账，到期自动恢复办理。"),
    State.MERGED: lambda: _("已并入另一件，一起办理、一起答复。"),
    State.ANSWERED: lambda: _("已答复，等诉求人评价。"),
    State.CONFIRMED: lambda: _("诉求人确认已经解决。"),
    State.CLOSED: lambda: _("这件事已经办结。"),
    State.WITHDRAWN: lambda: _("诉求人已撤回，不用再办。"),
    State.DECLINED: lambda: _("已告诉诉求人不予受理。"),
}


def order_page(
    order: Order,
    *,
    now: datetime,
    tried: MoveForm | None = None,
    tapped: Mapping[str, str] | None = None,
) -> OrderPage:
    """Read everything the page shows. `tried` is a form that was sent and not accepted: it stays
    filled in and unfolded. `tapped`: what was tapped to be filled in, as the address has it:
    `sentence`, the number of a prepared one; `category` and `for`, the move whose form it is."""
    case = order.case
    clocks = list(case.clocks.filter(stopped_at=None))
    for clock in clocks:
        clock.case = case
    asks = list(case.asks.select_related("asked_by", "unit", "decider"))
    files = {
        part: [_file(order, row, part) for row in rows]
        for part, rows in grouped(case.subject).items()
    }
    requester = _requester(order)
    caller = _caller(order, requester)
    entries = list(case.entries.all())
    names = names_in(entries)
    climbs = climbs_to(order.actor.account.pk, clocks=clocks, entries=entries, names=names)
    moves = _moves(order, asks, {clock.name for clock in clocks})
    offers = [_offer(order, move, tried, tapped or {}) for move in moves]
    return OrderPage(
        order=order,
        now=now,
        times=[time_left(clock, now=now) for clock in clocks if clock.name in WORDS],
        caller=caller,
        firsts=_firsts(caller, {move.name for move in moves}, clocks, climbs),
        contacts=[o for o in offers if o.name in CONTACTS and not caller.is_nobody],
        offers=[offer for offer in offers if offer.name not in CONTACTS],
        asks=[ask for ask in asks if ask.decided_at is None],
        files=files.get("report", ()),
        happenings=timeline([e for e in entries if e.move not in APART], files, names),
        notes=timeline([e for e in entries if e.move == NOTE], files, names),
        around=around(order, requester=requester, entries=entries),
        climbs=climbs,
        extras=extras(order),
        readings=readings(order),
        rating=getattr(case, "rating", None),
        tried=tried,
        dial=dial(order) if caller.may_look else None,
    )


def _file(order: Order, row: Attachment, part: str) -> File:
    is_internal = part.startswith("internal:")
    return File(row.kind, order.url("file", row.pk), is_internal, key=str(row.pk))


def _deferred(case: Case) -> str:
    until = case.deferred_until
    return _("挂账到 {day}").format(day=say_day(until)) if until else ""


# Moves -----------------------------------------------------------------------------------------


def _moves(order: Order, asks: Sequence[Ask], running: set[str]) -> list[Move]:
    """The moves of the flow, without those that would be refused for what the page knows."""
    hidden = not_now(order, asks, running)
    return [m for m in flow.moves_from(order.case.state, order.relations) if m.name not in hidden]


def _offer(order: Order, move: Move, tried: MoveForm | None, tapped: Mapping[str, str]) -> Offer:
    is_tried = tried is not None and tried.name == move.name
    form = tried if tried is not None and is_tried else move_form(move.name, order)
    form.prepare()
    put_hints(order, form)
    sentence = chosen(move.name, tapped.get("sentence", ""))
    form.say(sentence)
    is_filled = tapped.get("for") == move.name and form.choose("category", tapped)
    url = order.url("move", move.name)
    return Offer(
        move.name, str(move.label), form, url, is_open=is_tried or bool(sentence) or is_filled
    )


def _firsts(
    caller: Caller, names: set[str], clocks: Sequence[Clock], climbs: Sequence[Climb]
) -> tuple[str, ...]:
    """What this person does first: decide what others wait for, phone, take on, answer; instruct
    where it climbed to them."""
    for decisions in DECISIONS:
        if decisions[-1] in names:
            return decisions
    contact_runs = any(clock.name == ClockName.CONTACT for clock in clocks)
    if contact_runs and caller.may_look and names & set(CONTACTS):
        return ("call",)
    likely = (*FIRST, *(["instruct"] if climbs else []))
    return next(((name,) for name in likely if name in names), ())


# Who asked -------------------------------------------------------------------------------------


def _requester(order: Order) -> Requester | None:
    """Who asked, read only for whoever may see it unmasked."""
    if not may_see_identity(order.actor, order.case):
        return None
    return Requester.objects.filter(case=order.case).first()


def _caller(order: Order, requester: Requester | None) -> Caller:
    """Masked, with whether this person may look."""
    case = order.case
    if not may_see_identity(order.actor, case):
        return Caller("", _why_hidden(case), may_look=False)
    if requester is None or requester.erased_at:
        return Caller("", _("诉求人已删除个人信息，不能回电。"), may_look=False, is_nobody=True)
    name = mask_name(requester.name or "")
    if not requester.phone:
        return Caller(name, _("匿名反映，没有留电话，不用回电。"), may_look=False, is_nobody=True)
    told = order_answers.masked(order_answers.identity(case, requester))
    masked = f"{name} {mask_phone(requester.phone)}".strip()
    return Caller(masked, "", may_look=True, answers=told)


def _why_hidden(case: Case) -> str:
    if not case.is_confidential:
        return _("姓名和电话只给经办人看。")
    centre = unit_over(case.place_id, UnitKind.CENTRE, 6) or unit_over(
        case.place_id, UnitKind.CENTRE, 4
    )
    return _("诉求人要求保密，姓名和电话只有{centre}能看，由他们给诉求人打电话。").format(
        centre=centre.name if centre else _("综治中心")
    )


# Limits ----------------------------------------------------------------------------------------

WORDS: dict[str, tuple[Callable[[], str], Callable[[], str]]] = {
    ClockName.CONTACT: (
        lambda: _("请在 {time} 前回电，还剩 {span}"),
        lambda: _("回电已超时 {span}（应在 {time} 前）"),
    ),
    ClockName.ACKNOWLEDGE: (
        lambda: _("请在 {time} 前签收，还剩 {span}"),
        lambda: _("签收已超时 {span}（应在 {time} 前）"),
    ),
    ClockName.HANDLING: (
        lambda: _("请在 {time} 前办结答复，还剩 {span}"),
        lambda: _("办理已超时 {span}（应在 {time} 前）"),
    ),
    ClockName.INSTRUCTION: (
        lambda: _("请在 {time} 前报告批示落实情况，还剩 {span}"),
        lambda: _("批示报告已超时 {span}（应在 {time} 前）"),
    ),
    ClockName.SUPERVISION: (
        lambda: _("请在 {time} 前报告督办进展，还剩 {span}"),
        lambda: _("督办报告已超时 {span}（应在 {time} 前）"),
    ),
    ClockName.PROMISE: (
        lambda: _("和诉求人约好 {time} 前办好，还剩 {span}"),
        lambda: _("和诉求人约好的时间过了 {span}（应在 {time} 前）"),
    ),
}


PAUSED: dict[str, Callable[[], str]] = {
    State.WAITING: lambda: _("等诉求人补充，办理时限暂停"),
    State.DEFERRED: lambda: _("已挂账，办理时限暂停"),
}


def time_left(clock: Clock, *, now: datetime) -> TimeLeft:
    """A running limit in words, such as: 请在 15:42 前回电，还剩 12 分钟."""
    overdue = clock.is_overdue(now)
    if clock.paused_at:
        text = PAUSED[clock.case.state]() if clock.case.state in PAUSED else _("办理时限暂停")
    else:
        running, over = WORDS[clock.name]
        text = (over if overdue else running)().format(
            time=say_time(clock.due_at, today=now), span=say_span(abs(clock.due_at - now))
        )
    return TimeLeft(text, is_overdue=overdue, is_sure=clock.calendar_known)


def say_span(span: timedelta) -> str:
    """How long until or since a limit, rounded down; never "0 minutes"."""
    minutes = int(span.total_seconds() // 60)
    return say_waited(minutes) if minutes else _("不到 1 分钟")
