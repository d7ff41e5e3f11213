"""The flow of a mediation by a people's mediation committee (人民调解).

Articles named here are those of 《中华人民共和国人民调解法》, in force since 2011-01-01; "rules"
are 《人民调解工作若干规定》, order 75 of the Ministry of Justice, 2002.
"""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mashang.cases.flow import Audience, Phase, Tell, Who, make
from mashang.cases.flows import table

NAME = "mediation"
NORMALLY_WITHIN = timedelta(days=30)  # rules art. 33: normally within one month
CONFIRMATION_WITHIN = timedelta(days=30)  # art. 33: from the day on which it takes effect
MONTH_CLOCK, COURT_CLOCK, VISIT_CLOCK = "med_month", "med_court", "med_visit"


class State(models.TextChoices):
    APPLIED = "applied", _("待受理")
    ASKING = "asking", _("征求各方同意")
    READY = "ready", _("各方同意，待调解")
    MEDIATING = "mediating", _("调解中")
    DRAFTED = "drafted", _("协议待签")
    EFFECTIVE = "effective", _("协议生效，履行中")
    FULFILLED = "fulfilled", _("履行完毕")
    BROKEN = "broken", _("协议没有履行")
    FAILED = "failed", _("调解终止")
    DECLINED = "declined", _("不予受理")
    WITHDRAWN = "withdrawn", _("已撤回")


S, W, A = State, Who, Audience
PHASES = {
    S.APPLIED: Phase.OPEN,
    S.ASKING: Phase.OPEN,
    S.READY: Phase.OPEN,
    S.MEDIATING: Phase.OPEN,
    S.DRAFTED: Phase.OPEN,
    S.EFFECTIVE: Phase.WAITING,
    S.FULFILLED: Phase.DONE,
    S.BROKEN: Phase.DONE,
    S.FAILED: Phase.DONE,
    S.DECLINED: Phase.DROPPED,
    S.WITHDRAWN: Phase.DROPPED,
}
BEFORE_AGREEING = [S.ASKING, S.READY, S.MEDIATING, S.DRAFTED]
EACH = (W.PARTY, W.HANDLER)
# What a side writes is no fact of an entry: it is kept, encrypted, with the side alone.
MOVES = table(
    State,
    make("accept", _("受理"), [S.APPLIED], S.ASKING, [W.HANDLER], needs=("topic",)),
    make(
        "decline", pgettext_lazy("mediation", "不予受理"), [S.APPLIED], S.DECLINED, [W.HANDLER],
        needs=("words", "door"), tells=(Tell(A.REQUESTER, "med_ended"),),
    ),
    # Art. 17: where one side clearly refuses, there is no mediation.
    make("consent", _("同意调解"), [S.ASKING], None, EACH, needs=("party",), carries=("way",)),
    make("begin", _("各方都同意了"), [S.ASKING], S.READY, [W.SYSTEM]),
    make(
        "refuse", _("不同意调解"), [S.ASKING], S.FAILED, EACH, needs=("party",),
        stops=(MONTH_CLOCK,), carries=("way",),
    ),
    # Whoever is not alone on its side may leave the others to go on.
    make(
        "leave", _("退出，其他人继续"), BEFORE_AGREEING, None, EACH, needs=("party",),
        carries=("way",),
    ),
    make("reword", _("协议要重新拟"), [S.DRAFTED], S.MEDIATING, [W.SYSTEM]),
    make("name_party", _("补登一位当事人"), [S.APPLIED], None, [W.HANDLER], needs=("person",)),
    # Nobody is mediated with unasked: it waits until whoever joins has agreed too.
    make("join", _("再加一位当事人"), BEFORE_AGREEING, S.ASKING, [W.HANDLER], needs=("person",)),
    make(
        "represent", _("登记代理人"), [S.APPLIED, *BEFORE_AGREEING], None, [W.HANDLER],
        needs=("party", "agent"), is_public=False,
    ),
    make("say", _("写给调解员"), BEFORE_AGREEING, None, [W.PARTY], needs=("party", "statement"),
         is_public=False),
    make(
        "invite", _("约定调解时间"), [S.READY, S.MEDIATING], None, [W.HANDLER],
        needs=("meets_at", "where"),
    ),
    make(
        "minutes", _("记录一次调解"), [S.READY, S.MEDIATING], S.MEDIATING, [W.HANDLER],
        needs=("session",), is_public=False,
    ),
    make(
        "draft", _("拟好协议书，请各方签"), [S.MEDIATING, S.DRAFTED], S.DRAFTED, [W.HANDLER],
        needs=("agreement",),
    ),
    make("sign", _("签了协议"), [S.DRAFTED], None, EACH, needs=("party",), carries=("way",)),
    make(
        "seal", _("调解员签名、盖章，协议生效"), [S.DRAFTED], S.EFFECTIVE, [W.HANDLER],
        stops=(MONTH_CLOCK,),
    ),
    make(
        "agree_orally", _("口头协议"), [S.MEDIATING], S.EFFECTIVE, [W.HANDLER],
        needs=("agreement",), stops=(MONTH_CLOCK,),
    ),
    make(
        "court", _("司法确认的情况"), [S.EFFECTIVE], None, [W.HANDLER], needs=("words",),
        stops=(COURT_CLOCK,),
    ),
    make(
        "visit", _("回访履行情况"), [S.EFFECTIVE], None, [W.HANDLER], needs=("words",),
        carries=("kept",), stops=(VISIT_CLOCK,), is_public=False,
    ),
    make(
        "fulfil", _("履行完毕"), [S.EFFECTIVE], S.FULFILLED, [W.HANDLER],
        stops=(COURT_CLOCK, VISIT_CLOCK), carries=("words",),
    ),
    make(
        "broken", _("没有履行，告知可以起诉"), [S.EFFECTIVE], S.BROKEN, [W.HANDLER],
        needs=("words", "door"), stops=(COURT_CLOCK, VISIT_CLOCK),
    ),
    make(
        "name_mediator", _("指定调解员"), [S.ASKING, S.READY, S.MEDIATING, S.DRAFTED], None,
        [W.HANDLER], needs=("mediator",),
    ),
    # Art. 23 (1): a side may choose or accept the mediator, so may also not accept one.
    make(
        "object", _("要求换调解员"), [S.ASKING, S.READY, S.MEDIATING], None, EACH,
        needs=("party",), carries=("way",),
    ),
    # Art. 26: ended, and both are told of arbitration, administrative and judicial ways.
    make(
        "fail", _("调解不成，终止"), BEFORE_AGREEING, S.FAILED, [W.HANDLER],
        needs=("words", "door"), stops=(MONTH_CLOCK,),
    ),
    make(
        "end", _("要求终止调解"), [S.READY, S.MEDIATING, S.DRAFTED], S.FAILED, EACH,
        needs=("party",), stops=(MONTH_CLOCK,), carries=("way",),
    ),
    make(
        "withdraw", _("撤回申请"), [S.APPLIED, S.ASKING], S.WITHDRAWN, [W.REQUESTER, W.HANDLER],
        stops=(MONTH_CLOCK,),
    ),
    make("note", _("备注"), list(State), None, [W.HANDLER], needs=("words",), is_public=False),
    make("overrun", _("满一个月"), BEFORE_AGREEING, None, [W.SYSTEM], stops=(MONTH_CLOCK,),
         is_public=False),
    make("court_over", _("司法确认的申请期限已过"), [S.EFFECTIVE], None, [W.SYSTEM],
         stops=(COURT_CLOCK,)),
    make("visit_due", _("该回访了"), [S.EFFECTIVE], None, [W.SYSTEM], stops=(VISIT_CLOCK,),
         is_public=False),
)  # fmt: skip
LAPSES = {MONTH_CLOCK: "overrun", COURT_CLOCK: "court_over", VISIT_CLOCK: "visit_due"}
