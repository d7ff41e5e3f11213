"""The request as one kind of case among others."""

from django.utils.translation import gettext_lazy as _

from mashang.cases import access, flow, flows
from mashang.cases.actions.moves import CLOCKS, PREPARE

REQUEST = flows.Flow(
    name="request",
    label=_("诉求"),
    states=flow.State,
    phases=flow.PHASES,
    moves=flow.MOVES,
    initial=flow.INITIAL,
    relations=access.relations,
    visible=access.visible_to,
    may_see_identity=access.may_see_identity,
    prepare=PREPARE,
    clocks=CLOCKS,
    lapses={flow.ClockName.FOLLOW_UP: "expire"},
)
