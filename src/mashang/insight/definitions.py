"""Every figure by name: what counts, over which cases, what is left out, in which unit.

A `Part` is a set of cases under one condition. Counting a part, and listing the cases behind the
number, both use that condition and nothing else. A `Figure` is a part, or a part of a part: a rate
is always printed with both. The sentences here are what the page of definitions says.

Matters that concern cadres (sealed) are in no part at all: a small number of them would tell whom
they concern. The rates are those of the field (response, solved, satisfied, closure, on time,
return, redo).
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mashang.cases.contact import Proof
from mashang.cases.flow import Phase, State
from mashang.cases.models import Score
from mashang.insight.models import LIVE, Kept

Text = str | Promise


class Basis(StrEnum):
    """Which day a case counts on: that of its receipt, that of its closing, or now."""

    COHORT = "cohort"
    FLOW = "flow"
    STOCK = "stock"


BASES: dict[Basis, Text] = {
    Basis.COHORT: _("按收到的日子：这段时间收到的事项，不管什么时候办结"),
    Basis.FLOW: _("按办结的日子：这段时间办结的事项，不管什么时候收到"),
    Basis.STOCK: _("现在的情况：此刻还没有办结的事项，不管什么时候收到"),
}
# In every part: see above.
EVERYWHERE = Q(is_sealed=False)


@dataclass(frozen=True)
class Part:
    """The cases under one condition (on Fact), by the day that `basis` says."""

    name: str
    label: Text
    condition: Q
    basis: Basis = Basis.COHORT


DECLINED = Q(state=State.DECLINED)
WITHDRAWN = Q(state=State.WITHDRAWN)
DROPPED = Q(phase=Phase.DROPPED)
MEMBER = Q(is_member=True) & ~DROPPED
VALID = Q(is_member=False) & ~DROPPED
OPEN = Q(phase__in=LIVE)
DONE = Q(phase=Phase.DONE)
LIMITED = (Kept.MET, Kept.LATE)
TIMED = VALID & DONE & Q(handling__in=LIMITED)
RATED = DONE & ~Q(score="")
TOLD = DONE & Q(is_anonymous=False) & (Q(is_erased=False) | ~Q(score=""))
ANSWERED_ONCE = VALID & (DONE | Q(redos__gt=0))


def _kept(name: str, labels: tuple[Text, Text, Text, Text]) -> tuple[Part, ...]:
    """Of one limit: those that it is decided for, kept or not, and those that are left out."""
    ended, met, running, none = labels
    return (
        Part(name, ended, VALID & Q(**{f"{name}__in": LIMITED})),
        Part(f"{name}_met", met, VALID & Q(**{name: Kept.MET})),
        Part(f"{name}_running", running, VALID & Q(**{name: Kept.RUNNING})),
        Part(f"{name}_none", none, VALID & Q(**{name: ""})),
    )


PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        Part("received", _("收到"), Q()),
        Part("declined", _("不予受理"), DECLINED),
        Part("withdrawn", _("诉求人撤回"), WITHDRAWN),
        Part("merged", _("并入别的事项"), MEMBER),
        Part("valid", _("有效受理"), VALID),
        Part("open", _("还在办"), VALID & OPEN),
        Part("open_late", _("还在办，已经超期"), VALID & OPEN & Q(handling=Kept.LATE)),
        Part("closed", _("单位已答复办结"), VALID & DONE),
        Part("confirmed", _("诉求人确认解决"), VALID & DONE & Q(is_solved=True)),
        *_kept(
            "contact",
            (
                _("首次联系有结果或已超时"),
                _("期限内联系"),
                _("首次联系还没到期"),
                _("不用联系（匿名、还没派单等）"),
            ),
        ),
        *_kept(
            "acknowledge",
            (
                _("签收有结果或已超时"),
                _("每次派单都按时签收"),
                _("签收还没到期"),
                _("没有派单"),
            ),
        ),
        Part("contact_logged", _("联系上了（单位登记或有通话记录）"), VALID & ~Q(contact_proof="")),
        Part("contact_record", _("通话记录证明联系上了"), VALID & Q(contact_proof=Proof.RECORD)),
        Part("contact_proved", _("诉求人确认接到电话"), VALID & Q(contact_proof=Proof.PROVED)),
        Part("contact_claimed", _("只有单位登记"), VALID & Q(contact_proof=Proof.CLAIMED)),
        Part("contact_denied", _("诉求人说没接到电话"), VALID & Q(contact_proof=Proof.DENIED)),
        Part(
            "contact_unlogged",
            _("没有登记联系上（没打通、号码不对、不用联系、还没打等）"),
            VALID & Q(contact_proof=""),
        ),
        Part("on_time", _("按时办结"), VALID & DONE & Q(handling=Kept.MET)),
        Part("late", _("超期办结"), VALID & DONE & Q(handling=Kept.LATE)),
        Part("timed", _("办结且有办理期限"), TIMED),
        Part("untimed", _("办结但没有办理期限"), VALID & DONE & Q(handling="")),
        Part("returned", _("单位申请过退单"), VALID & Q(returns__gt=0)),
        Part("answered", _("答复过"), ANSWERED_ONCE),
        Part("unanswered", _("还没有答复过"), VALID & ~ANSWERED_ONCE),
        Part("redone", _("重办过"), ANSWERED_ONCE & Q(redos__gt=0)),
        Part("asked", _("请诉求人评价"), TOLD),
        Part("not_asked", _("没有请评价（匿名或已删除个人信息）"), DONE & ~TOLD),
        Part("rated", _("已评价"), RATED & TOLD),
        Part("unrated", _("请了没有评价"), TOLD & ~RATED),
        Part("satisfied", _("满意"), RATED & TOLD & Q(score=Score.SATISFIED)),
        Part("fair", _("基本满意"), RATED & TOLD & Q(score=Score.FAIR)),
        Part("dissatisfied", _("不满意"), RATED & TOLD & Q(score=Score.DISSATISFIED)),
        Part("solved", _("评价为已解决"), RATED & TOLD & Q(is_solved=True)),
        Part("contact_timed", _("量得出首次联系用时"), VALID & Q(contact_minutes__isnull=False)),
        Part(
            "acknowledge_timed",
            _("量得出签收用时"),
            VALID & Q(acknowledge_minutes__isnull=False),
        ),
        Part("answer_timed", _("量得出答复用时"), VALID & Q(answer_minutes__isnull=False)),
        Part("flow_closed", _("办结"), VALID & DONE, Basis.FLOW),
        Part("flow_timed", _("办结且有办理期限"), TIMED, Basis.FLOW),
        Part("flow_on_time", _("按时办结"), VALID & DONE & Q(handling=Kept.MET), Basis.FLOW),
        Part("flow_untimed", _("办结但没有办理期限"), VALID & DONE & Q(handling=""), Basis.FLOW),
        Part("in_hand", _("在办"), OPEN, Basis.STOCK),
        Part("in_hand_late", _("在办，已经超期"), OPEN & Q(handling=Kept.LATE), Basis.STOCK),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A number: how many are in `counts`, and of how many where `of` names a part.

    `leaves_out` are the parts that the denominator does without, each printed with its number.
    """

    name: str
    label: Text
    counts: str
    says: Text
    of: str = ""
    leaves_out: tuple[str, ...] = ()

    @property
    def numerator(self) -> Part:
        return PARTS[self.counts]

    @property
    def denominator(self) -> Part | None:
        return PARTS[self.of] if self.of else None

    @property
    def left_out(self) -> list[Part]:
        return [PARTS[name] for name in self.leaves_out]

    @property
    def basis(self) -> Basis:
        return self.numerator.basis

    @property
    def is_rate(self) -> bool:
        return bool(self.of)


INVALID = ("declined", "withdrawn", "merged")
UNRATED = ("unrated", "not_asked")
FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("received", _("收到"), "received", _("这段时间收到的全部事项。")),
        Figure(
            "valid", _("有效受理"), "valid",
            _("收到的事项里，去掉不予受理、诉求人撤回和并入别的事项的。大多数比率拿它作分母。"),
            leaves_out=INVALID,
        ),
        Figure(
            "contact", _("及时响应率"), "contact_met",
            _(
                "有效受理的事项里，第一次打电话联系诉求人没有超过期限（原定 30 分钟）的。"
                "按约定次数打过都没人接，也算联系过。"
            ),
            "contact", ("contact_running", "contact_none", *INVALID),
        ),
        Figure(
            "contact_record", _("首次联系：通话记录证明"), "contact_record",
            _(
                "联系上的事项里，工作人员通过平台拨打、诉求人接起并且通话够时长（原定 10 秒）的。"
                "诉求人自己确认过的算在“诉求人确认”里，不重复算。"
            ),
            "contact_logged", ("contact_unlogged", *INVALID),
        ),
        Figure(
            "contact_proved", _("首次联系：诉求人确认"), "contact_proved",
            _(
                "联系上的事项里，诉求人在短信链接或查询页面上自己点了“接到了”的。"
                "说没接到、后来又确认的也算。只看第一次联系，重办后的不算。"
            ),
            "contact_logged", ("contact_unlogged", *INVALID),
        ),
        Figure(
            "contact_claimed", _("首次联系：只有单位登记"), "contact_claimed",
            _(
                "联系上的事项里，诉求人没有表示接没接到、也没有通话记录的。没有表示不等于没有联系。"
            ),
            "contact_logged", ("contact_unlogged", *INVALID),
        ),
        Figure(
            "contact_denied", _("首次联系：诉求人否认"), "contact_denied",
            _(
                "联系上的事项里，诉求人说没接到电话的。"
                "后来又打过、诉求人没有确认、也没有通话记录的仍算在这里。"
                "及时响应率按单位登记和通话记录算，要和这四个数一起看。"
            ),
            "contact_logged", ("contact_unlogged", *INVALID),
        ),
        Figure(
            "acknowledge", _("按时签收率"), "acknowledge_met",
            _("有效受理的事项里，每一次派单都在期限内签收（或在期限内改派）的。"),
            "acknowledge", ("acknowledge_running", "acknowledge_none", *INVALID),
        ),
        Figure(
            "closure", _("办结率（单位答复）"), "closed",
            _("有效受理的事项里，承办单位已经答复办结的。这是单位的说法；诉求人的说法是“确认解决率”，两个数要一起看。"),
            "valid", INVALID,
        ),
        Figure(
            "confirmed", _("确认解决率（诉求人）"), "confirmed",
            _("有效受理的事项里，诉求人自己说解决了的。没有评价的不算解决，所以总比办结率低。"),
            "valid", INVALID,
        ),
        Figure(
            "on_time", _("按时办结率（收到的）"), "on_time",
            _("这段时间收到、已经办结的有效事项里，办理没有超过期限的。等诉求人补充和挂账的时间不算；重办过的，看最后一次。"),
            "timed", ("untimed", "open", *INVALID),
        ),
        Figure(
            "flow_on_time", _("按时办结率（办结的）"), "flow_on_time",
            _("这段时间办结的有效事项里，办理没有超过期限的，不管什么时候收到。"),
            "flow_timed", ("flow_untimed",),
        ),
        Figure(
            "flow_closed", _("办结"), "flow_closed",
            _("这段时间办结的有效事项，不管什么时候收到。后来重办的，算在最后一次办结的日子。"),
        ),
        Figure(
            "returned", _("退单率"), "returned",
            _("有效受理的事项里，承办单位申请过退单（“不属于本单位”）的，不管同没同意。"),
            "valid", INVALID,
        ),
        Figure(
            "redone", _("重办率"), "redone",
            _("答复过的有效事项里，诉求人要求重办，或者回访后退回重办的。"),
            "answered", ("unanswered", *INVALID),
        ),
        Figure(
            "rated", _("参评率"), "rated",
            _("已经答复、请诉求人评价的事项里，收到评价的。并入别的事项的也各自请评价。匿名的、删除了个人信息的，没法请。"),
            "asked", ("not_asked",),
        ),
        Figure(
            "satisfied", _("满意率"), "satisfied",
            _("评价过的事项里，评“满意”的；“基本满意”不算满意，单列一行。要和参评率一起看：评价的人少，满意率就说明不了多少。"),
            "rated", UNRATED,
        ),
        Figure(
            "fair", _("基本满意率"), "fair", _("评价过的事项里，评“基本满意”的。"),
            "rated", UNRATED,
        ),
        Figure(
            "dissatisfied", _("不满意率"), "dissatisfied",
            _("评价过的事项里，评“不满意”的。"),
            "rated", UNRATED,
        ),
        Figure(
            "solved", _("解决率"), "solved",
            _("评价过的事项里，诉求人说“已解决”的。"), "rated", UNRATED,
        ),
        Figure(
            "in_hand", _("在办"), "in_hand",
            _("此刻还没有办结的全部事项，包括等诉求人补充的、挂账的、并入别的事项的。"),
        ),
        Figure(
            "in_hand_late", _("在办已超期"), "in_hand_late",
            _("此刻还没有办结、办理期限已经过了的事项。"),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Duration:
    """How long a step took: the middle one, and what nine of ten do not exceed."""

    name: str
    label: Text
    column: str
    part: str
    says: Text


DURATIONS: dict[str, Duration] = {
    each.name: each
    for each in (
        Duration(
            "contact_time", _("首次联系用时"), "contact_minutes", "contact_timed",
            _("从派单到第一次联系有结果，按钟点算，夜里和周末也算。"),
        ),
        Duration(
            "acknowledge_time", _("签收用时"), "acknowledge_minutes", "acknowledge_timed",
            _("从第一次派单到签收（或改派），按钟点算。"),
        ),
        Duration(
            "answer_time", _("答复用时"), "answer_minutes", "answer_timed",
            _("从收到到答复办结，按钟点算；重办过的，到最后一次办结。"),
        ),
    )
}  # fmt: skip
