"""The flow of a request as one readable table: states, and the moves between them.

Services of other kinds bring a table of their own in the same form; `flows` knows them all.

`actions.moving.advance` is the only function that changes a state, and it does what stands here:
who may, from where to where, which facts a move needs, which clocks it stops, pauses and starts,
who is told. `problems()` refuses a table with an unreachable state or an open state with no way
out; a test and Django's system check call it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Phase(models.TextChoices):
    OPEN = "open", _("办理中")
    WAITING = "waiting", _("等待中")
    DONE = "done", _("已办结")
    DROPPED = "dropped", _("已终止")


class State(models.TextChoices):
    TO_TRIAGE = "to_triage", _("待分拨")
    DISPATCHED = "dispatched", _("待签收")
    ACKNOWLEDGED = "acknowledged", _("已签收")
    HANDLING = "handling", _("办理中")
    WAITING = "waiting", _("待补充")
    RETURN_ASKED = "return_asked", _("退单待定")
    DEFERRED = "deferred", _("已挂账")
    MERGED = "merged", _("已并单")
    ANSWERED = "answered", _("已答复")
    CONFIRMED = "confirmed", _("已确认解决")
    CLOSED = "closed", _("已办结")
    WITHDRAWN = "withdrawn", _("已撤回")
    DECLINED = "declined", _("不予受理")


PHASES: dict[str, Phase] = {
    State.TO_TRIAGE: Phase.OPEN,
    State.DISPATCHED: Phase.OPEN,
    State.ACKNOWLEDGED: Phase.OPEN,
    State.HANDLING: Phase.OPEN,
    State.WAITING: Phase.WAITING,
    State.RETURN_ASKED: Phase.OPEN,
    State.DEFERRED: Phase.WAITING,
    State.MERGED: Phase.WAITING,
    State.ANSWERED: Phase.DONE,
    State.CONFIRMED: Phase.DONE,
    State.CLOSED: Phase.DONE,
    State.WITHDRAWN: Phase.DROPPED,
    State.DECLINED: Phase.DROPPED,
}


class Who(StrEnum):
    """What an actor is to a case; `access.relations` says who is what."""

    REQUESTER = "requester"
    HANDLER = "handler"
    DISPATCHER = "dispatcher"
    LEADER = "leader"
    INSPECTOR = "inspector"
    OVERSEER = "overseer"  # of the inspection above whoever handles a sealed case
    ASSISTANT = "assistant"  # of a unit that was called in to help
    HELPER = "helper"  # who fulfils, or may fulfil, what a requester wishes for
    PARTY = "party"  # one side of a matter between several
    SYSTEM = "system"


class ClockName(models.TextChoices):
    CONTACT = "contact", _("首次联系")
    ACKNOWLEDGE = "acknowledge", _("签收")
    HANDLING = "handling", _("办理")
    FOLLOW_UP = "follow_up", _("评价")
    INSTRUCTION = "instruction", _("批示答复")
    SUPERVISION = "supervision", _("督办报告")
    PROMISE = "promise", _("约定时间")  # by which the unit told the resident it would be done


class Audience(StrEnum):
    """Who hears of a move by SMS."""

    REQUESTER = "requester"
    ON_CALL = "on_call"  # whoever is on duty for the handling unit, who becomes its assignee
    ASSIGNEE = "assignee"
    ABOVE = "above"  # on duty for the unit above the handling unit
    DECIDER = "decider"  # on duty for the unit that decides about what is asked
    CALLED = "called"  # on duty for the units called in to help, or whom it concerns besides
    ASKER = "asker"  # whoever asked for what is now decided


@dataclass(frozen=True)
class Tell:
    audience: Audience
    template: str


@dataclass(frozen=True)
class Move:
    """One named move. `to=None` leaves the state as it is; `unit` says where the case goes."""

    name: str
    label: object
    start: frozenset[str]
    to: str | None
    who: frozenset[Who]
    needs: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    pauses: bool = False
    resumes: bool = False
    unit: str = ""  # "chosen": facts["unit"]; "above": the unit above
    tells: tuple[Tell, ...] = ()
    is_public: bool = True  # shown on the resident's page
    carries: tuple[str, ...] = field(default=())  # further facts kept in the entry when given


S, W, C, A = State, Who, ClockName, Audience
OPEN = frozenset(state for state in State if PHASES[state] == Phase.OPEN)
LIVE = OPEN | {S.WAITING, S.DEFERRED, S.MERGED}
WITH_UNIT = LIVE - {S.TO_TRIAGE, S.MERGED}  # what a unit handles by itself, now or later
ANSWERED_ONCE = frozenset({S.ANSWERED, S.CONFIRMED, S.CLOSED})
EVERY = frozenset(State)
ALL_CLOCKS = tuple(ClockName)
DECIDERS = (W.DISPATCHER, W.LEADER, W.OVERSEER)
STAFF = frozenset(Who) - {W.REQUESTER, W.SYSTEM, W.HELPER, W.PARTY}


def make(
    name: str,
    label: object,
    start: Iterable[str],
    to: str | None,
    who: Iterable[Who],
    **more: object,
) -> Move:
    return Move(name, label, frozenset(start), to, frozenset(who), **more)  # type: ignore[arg-type]


MOVES: dict[str, Move] = {
    move.name: move
    for move in (
        # Dispatch
        make(
            "dispatch", _("派单"), [S.TO_TRIAGE], S.DISPATCHED, [W.DISPATCHER],
            needs=("unit",), unit="chosen", starts=(C.CONTACT, C.ACKNOWLEDGE, C.HANDLING),
            tells=(Tell(A.ON_CALL, "duty_new"),), carries=("category", "urgency"),
        ),
        make(
            "redispatch", _("转派"), OPEN - {S.TO_TRIAGE}, S.DISPATCHED, [W.DISPATCHER, W.OVERSEER],
            needs=("unit", "words"), unit="chosen", stops=(C.ACKNOWLEDGE, C.PROMISE),
            starts=(C.ACKNOWLEDGE,),
            tells=(Tell(A.ON_CALL, "duty_new"), Tell(A.REQUESTER, "redispatched")),
        ),
        make(
            "pass_up", _("上报"), [S.DISPATCHED, S.ACKNOWLEDGED, S.HANDLING], S.DISPATCHED,
            [W.HANDLER], needs=("words",), unit="above",
            stops=(C.ACKNOWLEDGE, C.PROMISE), starts=(C.ACKNOWLEDGE,),
            tells=(Tell(A.ON_CALL, "passed_up"), Tell(A.REQUESTER, "redispatched")),
        ),
        make(
            "decline", pgettext_lazy("move", "不予受理"), OPEN, S.DECLINED,
            [W.DISPATCHER, W.OVERSEER], needs=("words", "channel"), stops=ALL_CLOCKS,
            tells=(Tell(A.REQUESTER, "declined"),),
        ),
        # The unit's work
        make(
            "acknowledge", _("签收"), [S.DISPATCHED], S.ACKNOWLEDGED, [W.HANDLER],
            stops=(C.ACKNOWLEDGE,), carries=("urgency", "category"),
        ),
        make(
            "take_on", _("接单并约时间"), [S.DISPATCHED], S.ACKNOWLEDGED, [W.HANDLER],
            needs=("promised",), stops=(C.ACKNOWLEDGE,), carries=("words",),
            tells=(Tell(A.REQUESTER, "promised"),),
        ),
        make(
            "promise", _("约定时间"), [S.ACKNOWLEDGED, S.HANDLING], None, [W.HANDLER],
            needs=("promised",), carries=("words",), tells=(Tell(A.REQUESTER, "promised"),),
        ),
        make(
            "categorise", _("改类别"), LIVE, None, [W.HANDLER, W.DISPATCHER], needs=("category",),
            is_public=False,
        ),
        make(
            "contact_reached", _("已联系上"), [S.DISPATCHED, S.ACKNOWLEDGED, S.HANDLING],
            S.HANDLING, [W.HANDLER], stops=(C.CONTACT, C.ACKNOWLEDGE), carries=("words",),
        ),
        make(
            "contact_missed", _("没人接听"), [S.DISPATCHED, S.ACKNOWLEDGED], S.ACKNOWLEDGED,
            [W.HANDLER], stops=(C.ACKNOWLEDGE,), tells=(Tell(A.REQUESTER, "contact_missed"),),
            carries=("words", "call", "unanswered"),
        ),
        make(
            "contact_wrong", _("号码不对"), [S.DISPATCHED, S.ACKNOWLEDGED], S.HANDLING,
            [W.HANDLER], stops=(C.CONTACT, C.ACKNOWLEDGE), carries=("words",),
        ),
        make(
            "note", _("备注"), WITH_UNIT | {S.MERGED}, None, STAFF, needs=("words",),
            is_public=False,
        ),
        make(
            "ask_resident", _("请诉求人补充"), [S.ACKNOWLEDGED, S.HANDLING], S.WAITING, [W.HANDLER],
            needs=("words",), pauses=True, tells=(Tell(A.REQUESTER, "question"),),
        ),
        make(
            "answer", _("答复并办结"), [S.ACKNOWLEDGED, S.HANDLING], S.ANSWERED, [W.HANDLER],
            needs=("words", "answer"),
            stops=(C.CONTACT, C.ACKNOWLEDGE, C.HANDLING, C.PROMISE), starts=(C.FOLLOW_UP,),
            tells=(Tell(A.REQUESTER, "answered"),),
        ),
        # Asking the unit above, and its decisions
        make(
            "ask_return", _("不属于本单位"), [S.DISPATCHED, S.ACKNOWLEDGED, S.HANDLING],
            S.RETURN_ASKED, [W.HANDLER], needs=("words",), stops=(C.PROMISE,),
            tells=(Tell(A.DECIDER, "return_asked"),), is_public=False,
        ),
        make(
            "refuse_return", _("维持原派单"), [S.RETURN_ASKED], S.ACKNOWLEDGED,
            [W.DISPATCHER, W.OVERSEER], needs=("words",), tells=(Tell(A.ASKER, "ask_decided"),),
            is_public=False,
        ),
        make(
            "ask_help", _("请求支援"), [S.ACKNOWLEDGED, S.HANDLING], None, [W.HANDLER],
            needs=("words",), tells=(Tell(A.DECIDER, "help_asked"),), is_public=False,
        ),
        make(
            "give_help", _("答复支援请求"), WITH_UNIT, None, DECIDERS,
            needs=("words",), tells=(Tell(A.ASKER, "ask_decided"),), is_public=False,
        ),
        make(
            "ask_extension", _("申请延期"), [S.ACKNOWLEDGED, S.HANDLING], None, [W.HANDLER],
            needs=("words", "days"), tells=(Tell(A.DECIDER, "extension_asked"),), is_public=False,
        ),
        make(
            "grant_extension", _("同意延期"), WITH_UNIT, None, [W.DISPATCHER, W.OVERSEER],
            tells=(Tell(A.ASKER, "ask_decided"), Tell(A.REQUESTER, "extended")), carries=("words",),
        ),
        make(
            "refuse_extension", _("不同意延期"), WITH_UNIT, None, [W.DISPATCHER, W.OVERSEER],
            needs=("words",), tells=(Tell(A.ASKER, "ask_decided"),), is_public=False,
        ),
        make(
            "ask_deferral", _("申请挂账"), [S.ACKNOWLEDGED, S.HANDLING], None, [W.HANDLER],
            needs=("words", "until"), tells=(Tell(A.DECIDER, "deferral_asked"),), is_public=False,
        ),
        make(
            "defer", _("挂账"), [S.ACKNOWLEDGED, S.HANDLING], S.DEFERRED, DECIDERS,
            needs=("words", "until"), stops=(C.PROMISE,), pauses=True,
            tells=(Tell(A.REQUESTER, "deferred"), Tell(A.ASSIGNEE, "deferred_duty")),
        ),
        make(
            "refuse_deferral", _("不同意挂账"), WITH_UNIT, None, DECIDERS,
            needs=("words",), tells=(Tell(A.ASKER, "ask_decided"),), is_public=False,
        ),
        make(
            "resume_deferred", _("恢复办理"), [S.DEFERRED], S.HANDLING,
            [W.HANDLER, *DECIDERS, W.SYSTEM], resumes=True,
            tells=(Tell(A.ASSIGNEE, "deferral_over"),), carries=("words",),
        ),
        # The same matter from several people: members are answered with their lead
        make(
            "merge", _("并单"), (OPEN | {S.WAITING}) - {S.RETURN_ASKED}, S.MERGED,
            [W.HANDLER, W.DISPATCHER], needs=("lead",), stops=ALL_CLOCKS,
            tells=(Tell(A.REQUESTER, "merged"),), carries=("words",),
        ),
        make(
            "split", _("拆分"), ANSWERED_ONCE | {S.MERGED}, S.DISPATCHED,
            [W.HANDLER, W.DISPATCHER], needs=("words",), stops=ALL_CLOCKS,
            starts=(C.CONTACT, C.ACKNOWLEDGE, C.HANDLING),
            tells=(Tell(A.ON_CALL, "duty_new"), Tell(A.REQUESTER, "split")),
        ),
        make(
            "take_in", _("并入一件"), LIVE, None, [W.SYSTEM], needs=("member",), is_public=False,
            tells=(Tell(A.ASSIGNEE, "taken_in"),), carries=("words", "urgency"),
        ),
        make(
            "member_added", _("并入件补充"), EVERY, None, [W.SYSTEM], needs=("member", "words"),
            tells=(Tell(A.ASSIGNEE, "added"),), is_public=False,
        ),
        make(
            "member_chased", _("并入件催办"), EVERY, None, [W.SYSTEM], needs=("member",),
            tells=(Tell(A.ASSIGNEE, "chased"),), is_public=False,
        ),
        make(
            "member_left", _("并入件离开"), EVERY, None, [W.SYSTEM], needs=("member",),
            is_public=False, carries=("words",),
        ),
        make(
            "follow_lead", _("随主件转办"), [S.MERGED], None, [W.SYSTEM], needs=("unit",),
            is_public=False, carries=("lead",),
        ),
        make(
            "take_over", _("接替主件"), [S.MERGED], S.DISPATCHED, [W.SYSTEM],
            starts=(C.CONTACT, C.ACKNOWLEDGE, C.HANDLING),
            tells=(Tell(A.ON_CALL, "duty_new"), Tell(A.REQUESTER, "split")),
        ),
        make(
            "answer_merged", _("随主件答复"), [S.MERGED], S.ANSWERED, [W.SYSTEM],
            needs=("answer",), starts=(C.FOLLOW_UP,), tells=(Tell(A.REQUESTER, "answered"),),
        ),
        make(
            "decline_merged", _("随主件不予受理"), [S.MERGED], S.DECLINED, [W.SYSTEM],
            needs=("words", "channel"), tells=(Tell(A.REQUESTER, "declined"),),
        ),
        # Units called in to help; the handling unit keeps the lead
        make(
            "assist", _("请求协办"), WITH_UNIT - {S.RETURN_ASKED}, None,
            [W.HANDLER, W.DISPATCHER], needs=("units", "words"), carries=("sees_identity",),
            tells=(Tell(A.CALLED, "assist_asked"),), is_public=False,
        ),
        make(
            "whistle", _("吹哨报到"), WITH_UNIT - {S.RETURN_ASKED}, None,
            [W.HANDLER, W.DISPATCHER], needs=("units", "words"), carries=("sees_identity",),
            tells=(Tell(A.CALLED, "whistled"),), is_public=False,
        ),
        make(
            "arrive", _("报到"), WITH_UNIT, None, [W.ASSISTANT], carries=("words",),
            is_public=False,
        ),
        make(
            "reply_assist", _("答复协办"), WITH_UNIT, None, [W.ASSISTANT], needs=("words",),
            tells=(Tell(A.ASSIGNEE, "assist_replied"),), is_public=False,
        ),
        # Watched, steered and taken up from above
        make(
            "instruct", _("批示"), WITH_UNIT, None, [W.LEADER], needs=("words",),
            tells=(Tell(A.ASSIGNEE, "instructed"),), is_public=False,
        ),
        make(
            "report_instruction", _("报告批示落实"), WITH_UNIT | ANSWERED_ONCE, None, [W.HANDLER],
            needs=("words",), stops=(C.INSTRUCTION,), tells=(Tell(A.ASKER, "reported"),),
            is_public=False,
        ),
        make(
            "supervise", _("督办"), WITH_UNIT, None, [W.LEADER, W.INSPECTOR],
            needs=("words", "until"), tells=(Tell(A.ASSIGNEE, "supervised"),), is_public=False,
        ),
        make(
            "list_supervision", _("挂牌督办"), WITH_UNIT, None, [W.LEADER, W.INSPECTOR],
            needs=("words", "until"), tells=(Tell(A.ASSIGNEE, "listed"),), is_public=False,
        ),
        make(
            "report_supervision", _("报告督办进展"), WITH_UNIT | ANSWERED_ONCE, None, [W.HANDLER],
            needs=("words",), stops=(C.SUPERVISION,), tells=(Tell(A.ASKER, "reported"),),
            is_public=False,
        ),
        make(
            "end_supervision", _("结束督办"), WITH_UNIT | ANSWERED_ONCE, None,
            [W.LEADER, W.INSPECTOR], needs=("words",), stops=(C.SUPERVISION,),
            tells=(Tell(A.ASSIGNEE, "supervision_ended"),), is_public=False,
        ),
        make(
            "elevate", _("提级办理"), [S.DISPATCHED, S.ACKNOWLEDGED, S.HANDLING, S.WAITING],
            S.DISPATCHED, [W.DISPATCHER, W.LEADER, W.INSPECTOR], needs=("unit", "words"),
            unit="chosen", stops=(C.ACKNOWLEDGE, C.PROMISE), starts=(C.ACKNOWLEDGE,), resumes=True,
            tells=(Tell(A.ON_CALL, "elevated"), Tell(A.REQUESTER, "redispatched")),
        ),
        make(
            "rework", _("回访重办"), ANSWERED_ONCE, S.DISPATCHED, [W.INSPECTOR],
            needs=("words",), stops=(C.FOLLOW_UP,), starts=(C.CONTACT, C.ACKNOWLEDGE, C.HANDLING),
            tells=(Tell(A.ON_CALL, "rework_duty"), Tell(A.REQUESTER, "reopened")),
        ),
        # Whoever has an interest in a case has nothing to do with it
        make(
            "withdraw_from", _("本人回避"), LIVE | ANSWERED_ONCE, None, STAFF,
            needs=("words",), is_public=False,
        ),
        make(
            "exclude", _("要求回避"), LIVE | ANSWERED_ONCE, None, [W.DISPATCHER, W.INSPECTOR],
            needs=("words",), carries=("person", "barred"), is_public=False,
        ),
        make(
            "readmit", _("取消回避"), LIVE | ANSWERED_ONCE, None, [W.DISPATCHER, W.INSPECTOR],
            needs=("conflict", "words"), is_public=False,
        ),
        # The resident's word on a call that a unit says it made (`contact.proof`)
        make(
            "contact_confirmed", _("诉求人确认接到电话"), (LIVE - {S.TO_TRIAGE}) | ANSWERED_ONCE,
            None, [W.REQUESTER], stops=(C.CONTACT,),
        ),
        make(
            "contact_denied", _("诉求人说没接到电话"), [S.ACKNOWLEDGED, S.HANDLING], S.ACKNOWLEDGED,
            [W.REQUESTER], starts=(C.CONTACT,),
            tells=(Tell(A.ASSIGNEE, "contact_denied"), Tell(A.ABOVE, "contact_denied")),
        ),
        make(
            "contact_denied_later", _("诉求人说没接到电话"),
            (LIVE - {S.TO_TRIAGE, S.ACKNOWLEDGED, S.HANDLING}) | ANSWERED_ONCE, None,
            [W.REQUESTER], tells=(Tell(A.ABOVE, "contact_denied"),),
        ),
        # A call that a platform put through (`mashang.calling`)
        make(
            "contact_recorded", _("通话记录证明已联系上"),
            [S.DISPATCHED, S.ACKNOWLEDGED, S.HANDLING], S.HANDLING, [W.SYSTEM],
            needs=("call", "talked", "answered"), stops=(C.CONTACT, C.ACKNOWLEDGE),
            carries=("caller",),
        ),
        make(
            "contact_recorded_later", _("通话记录证明已联系上"),
            (LIVE - {S.TO_TRIAGE, S.DISPATCHED, S.ACKNOWLEDGED, S.HANDLING}) | ANSWERED_ONCE, None,
            [W.SYSTEM], needs=("call", "talked", "answered"), stops=(C.CONTACT,),
            carries=("caller",),
        ),
        # The resident's
        make(
            "add", _("补充"), (LIVE | {S.ANSWERED}) - {S.WAITING}, None, [W.REQUESTER],
            needs=("words",), tells=(Tell(A.ASSIGNEE, "added"),),
        ),
        make(
            "reply", _("补充"), [S.WAITING], S.HANDLING, [W.REQUESTER],
            needs=("words",), resumes=True, tells=(Tell(A.ASSIGNEE, "added"),),
        ),
        make(
            "chase", _("催办"), LIVE, None, [W.REQUESTER], tells=(Tell(A.ASSIGNEE, "chased"),),
            carries=("words",),
        ),
        make(
            "withdraw", _("撤回"), LIVE, S.WITHDRAWN, [W.REQUESTER], stops=ALL_CLOCKS,
            tells=(Tell(A.ASSIGNEE, "withdrawn_duty"), Tell(A.REQUESTER, "withdrawn")),
            carries=("words",),
        ),
        make(
            "confirm", _("已解决"), [S.ANSWERED, S.CLOSED], S.CONFIRMED, [W.REQUESTER],
            needs=("score",), stops=(C.FOLLOW_UP,), carries=("words",),
        ),
        make(
            "dispute", _("没有解决"), [S.ANSWERED], S.CLOSED, [W.REQUESTER],
            needs=("score",), stops=(C.FOLLOW_UP,), tells=(Tell(A.ABOVE, "dissatisfied"),),
            carries=("words",),
        ),
        make(
            "reopen", _("重办"), [S.ANSWERED, S.CONFIRMED, S.CLOSED], S.DISPATCHED, [W.REQUESTER],
            needs=("words",), stops=(C.FOLLOW_UP,), starts=(C.CONTACT, C.ACKNOWLEDGE, C.HANDLING),
            tells=(Tell(A.ON_CALL, "reopened_duty"), Tell(A.REQUESTER, "reopened")),
        ),
        make(
            "erase", _("删除个人信息"), EVERY, None, [W.REQUESTER], stops=(C.CONTACT,),
            is_public=False,
        ),
        make("export", _("导出个人信息"), EVERY, None, [W.REQUESTER], is_public=False),
        # What the county's staff hear when they call back; `mashang.followup` makes it
        make(
            "follow_up", _("回访"), [S.ANSWERED, S.CONFIRMED, S.CLOSED], None, [W.INSPECTOR],
            needs=("outcome",), carries=("contacted", "solved", "score", "words"), is_public=False,
        ),
        # What the product itself records
        make("expire", _("到期办结"), [S.ANSWERED], S.CLOSED, [W.SYSTEM], stops=(C.FOLLOW_UP,)),
        make("look", _("查看电话"), EVERY, None, STAFF, needs=("what",), is_public=False),
        make("warn", _("提醒"), EVERY, None, [W.SYSTEM], is_public=False,
              carries=("clock", "told")),
        make("escalate", _("逐级上报"), EVERY, None, [W.SYSTEM], is_public=False,
              carries=("clock", "rung", "position", "told")),
        # `actions.handing_over` records these two, for people who may hand over as well.
        make("reassign", _("改派经办人"), WITH_UNIT, None, [W.SYSTEM], is_public=False,
              carries=("told", "reason")),
        make("unit_changed", _("单位调整"), WITH_UNIT, None, [W.SYSTEM], is_public=False,
              carries=("told", "reason")),
        make("remind_decider", _("催促审定"), EVERY, None, [W.SYSTEM], is_public=False,
              needs=("ask",), tells=(Tell(A.DECIDER, "ask_reminder"),)),
        make("assist_late", _("协办超时"), EVERY, None, [W.SYSTEM], is_public=False,
              needs=("assist",), tells=(Tell(A.CALLED, "assist_late"),)),
        make("sms_failed", _("短信未送达"), EVERY, None, [W.SYSTEM], is_public=False,
              carries=("template", "reason")),
    )
}  # fmt: skip

# Made by pages of their own and not from the list of moves.
NOT_FROM_THE_LIST = frozenset({"look", "follow_up"})
FILED = "file"  # the first entry of every chain; `actions.filing` writes it
INITIAL = (State.TO_TRIAGE, State.DISPATCHED)


def moves_from(state: str, who: Iterable[Who]) -> list[Move]:
    """What somebody who is `who` to a case may do with it in this state, in the table's order."""
    mine = frozenset(who)
    return [move for move in MOVES.values() if state in move.start and move.who & mine]


def problems(
    states: Iterable[str] = State,
    phases: Mapping[str, Phase] = PHASES,
    moves: Mapping[str, Move] | None = None,
    initial: Iterable[str] = INITIAL,
) -> list[str]:
    """What is wrong with a table, the request's unless told: nothing, or a sentence a fault."""
    states, moves = list(states), MOVES if moves is None else moves
    found = [f"{state} has no phase" for state in states if state not in phases]
    reached: set[str] = set(initial)
    while True:
        further = {
            move.to for move in moves.values() if move.to is not None and move.start & reached
        } - reached
        if not further:
            break
        reached |= further
    found += [f"no move reaches {state}" for state in states if state not in reached]
    for state in states:
        leaves = [m for m in moves.values() if state in m.start and m.to not in (None, state)]
        if phases.get(state) in (Phase.OPEN, Phase.WAITING) and not leaves:
            found.append(f"{state} is open and has no way out")
    for move in moves.values():
        if move.unit not in ("", "chosen", "above"):
            found.append(f"{move.name}: unknown way to a unit: {move.unit}")
        if not move.who:
            found.append(f"nobody may {move.name}")
    return found
