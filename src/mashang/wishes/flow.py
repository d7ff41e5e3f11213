"""The flow of a wish: posted, checked and shown, claimed, delivered, confirmed."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mashang.cases.flow import Audience, Phase, Tell, Who, make
from mashang.cases.flows import table

NAME = "wish"
CLAIM_LASTS = timedelta(days=7)  # whoever claims brings it within a week, or another may
CONFIRM_WITHIN = timedelta(days=15)
CHECK_CLOCK, CLAIM_CLOCK, CONFIRM_CLOCK = "wish_check", "wish_claim", "wish_confirm"


class State(models.TextChoices):
    POSTED = "posted", _("待核实")
    SHOWN = "shown", _("等人认领")
    CLAIMED = "claimed", _("已认领")
    DELIVERED = "delivered", _("已送达，待本人确认")
    FULFILLED = "fulfilled", _("心愿实现")
    ENDED = "ended", _("已送达，本人没有回话")
    DECLINED = "declined", _("没有通过")
    WITHDRAWN = "withdrawn", _("已撤回")


S, W, A = State, Who, Audience
PHASES = {
    S.POSTED: Phase.OPEN,
    S.SHOWN: Phase.OPEN,
    S.CLAIMED: Phase.OPEN,
    S.DELIVERED: Phase.OPEN,
    S.FULFILLED: Phase.DONE,
    S.ENDED: Phase.DONE,
    S.DECLINED: Phase.DROPPED,
    S.WITHDRAWN: Phase.DROPPED,
}
MOVES = table(
    State,
    make(
        "check", _("核实并公布"), [S.POSTED], S.SHOWN, [W.HANDLER],
        needs=("public_words", "handover"), tells=(Tell(A.REQUESTER, "wish_shown"),),
        carries=("words",),
    ),
    make(
        "decline", pgettext_lazy("wish", "不公布"), [S.POSTED, S.SHOWN], S.DECLINED, [W.HANDLER],
        needs=("words",), tells=(Tell(A.REQUESTER, "wish_declined"),),
    ),
    make(
        "claim", _("认领"), [S.SHOWN], S.CLAIMED, [W.HELPER, W.HANDLER], needs=("claimant",),
        tells=(Tell(A.REQUESTER, "wish_claimed"),),
    ),
    make(
        "match", _("用一份愿意帮的来认领"), [S.SHOWN], S.CLAIMED, [W.HANDLER], needs=("offer",),
        tells=(Tell(A.REQUESTER, "wish_claimed"),),
    ),
    make(
        "deliver", _("已送达"), [S.CLAIMED], S.DELIVERED, [W.HELPER, W.HANDLER], needs=("words",),
        stops=(CLAIM_CLOCK,), tells=(Tell(A.REQUESTER, "wish_delivered"),),
    ),
    make(
        "give_back", _("退回认领"), [S.CLAIMED], S.SHOWN, [W.HELPER, W.HANDLER],
        stops=(CLAIM_CLOCK,), carries=("words",),
    ),
    make("lapse", _("认领到期"), [S.CLAIMED], S.SHOWN, [W.SYSTEM], stops=(CLAIM_CLOCK,)),
    make(
        "confirm", _("收到了"), [S.DELIVERED], S.FULFILLED, [W.REQUESTER, W.HANDLER],
        stops=(CONFIRM_CLOCK,), carries=("words",),
    ),
    make(
        "not_received", _("没有收到"), [S.DELIVERED], S.CLAIMED, [W.REQUESTER, W.HANDLER],
        stops=(CONFIRM_CLOCK,), carries=("words",),
    ),
    make("expire", _("到期办结"), [S.DELIVERED], S.ENDED, [W.SYSTEM], stops=(CONFIRM_CLOCK,)),
    make(
        "withdraw", _("撤回"), [S.POSTED, S.SHOWN, S.CLAIMED], S.WITHDRAWN,
        [W.REQUESTER, W.HANDLER], stops=(CLAIM_CLOCK,), carries=("words",),
    ),
    make(
        "reword", _("改公布的话"), [S.SHOWN], None, [W.HANDLER],
        needs=("public_words", "handover"), is_public=False,
    ),
    make(
        "note", _("备注"), list(State), None, [W.HANDLER], needs=("words",), is_public=False,
    ),
)  # fmt: skip
LAPSES = {CLAIM_CLOCK: "lapse", CONFIRM_CLOCK: "expire"}
