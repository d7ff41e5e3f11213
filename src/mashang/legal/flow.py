"""The flow of a question to counsel. No move carries words: those are encrypted rows apart."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from mashang.cases import flows
from mashang.cases.flow import Audience, ClockName, Move, Phase, Tell, Who


class State(models.TextChoices):
    ASKED = "asked", _("等律师答复")
    MORE = "more", _("等您补充")
    ANSWERED = "answered", _("已答复")
    WITHDRAWN = "withdrawn", _("已撤回")


PHASES = {
    State.ASKED: Phase.OPEN,
    State.MORE: Phase.WAITING,
    State.ANSWERED: Phase.DONE,
    State.WITHDRAWN: Phase.DROPPED,
}
LIVE = frozenset({State.ASKED, State.MORE})
COUNSEL, ASKER, SYSTEM = (frozenset({who}) for who in (Who.HANDLER, Who.REQUESTER, Who.SYSTEM))
HANDLING = (ClockName.HANDLING,)
TO_ASKER, TO_COUNSEL = Audience.REQUESTER, Audience.ASSIGNEE

MOVES = flows.table(
    State,
    Move(
        "assign", _("交给律师"), LIVE, None, SYSTEM,
        needs=("person", "station"), tells=(Tell(TO_COUNSEL, "legal_new"),)),
    Move(
        "ask_more", _("请补充"), frozenset({State.ASKED}), State.MORE, COUNSEL, pauses=True,
        tells=(Tell(TO_ASKER, "legal_more"),),
    ),
    Move(
        "answer", _("答复"), LIVE, State.ANSWERED, COUNSEL, stops=HANDLING,
        tells=(Tell(TO_ASKER, "legal_answered"),),
    ),
    Move(
        "stand_aside", _("回避"), LIVE, None, COUNSEL, tells=(Tell(TO_COUNSEL, "legal_new"),),
        is_public=False,
    ),
    Move(
        "tell_more", _("补充"), frozenset({State.ASKED}), None, ASKER,
        tells=(Tell(TO_COUNSEL, "legal_added"),),
    ),
    Move(
        "reply", _("补充"), frozenset({State.MORE}), State.ASKED, ASKER, resumes=True,
        tells=(Tell(TO_COUNSEL, "legal_added"),),
    ),
    Move(
        "ask_again", _("再问"), frozenset({State.ANSWERED}), State.ASKED, ASKER,
        tells=(Tell(TO_COUNSEL, "legal_added"),),
    ),
    Move("withdraw", _("撤回"), LIVE, State.WITHDRAWN, ASKER, stops=HANDLING),
    # The product's own: whoever leads the station hears that it is late, and nothing of it.
    Move("overdue", _("超过答复时间"), LIVE, None, SYSTEM, is_public=False),
)  # fmt: skip
