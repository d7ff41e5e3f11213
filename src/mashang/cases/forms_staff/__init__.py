"""What a member of the staff fills in for each move.

The rules stand in `flow` and `actions.moves`; a form only gathers the facts that a move takes,
so that what is missing is said in one place and in one wording.
"""

from typing import Any

from mashang.cases.forms_staff import units, working
from mashang.cases.forms_staff.base import MoveForm, OptionalWordsForm, WordsForm
from mashang.cases.order_access import Order

__all__ = ["FORMS", "MoveForm", "move_form"]

FORMS: dict[str, type[MoveForm]] = {
    "dispatch": units.DispatchForm,
    "redispatch": units.RedispatchForm,
    "elevate": units.ElevateForm,
    "decline": working.DeclineForm,
    "acknowledge": working.SortForm,
    "take_on": working.PromiseForm,
    "promise": working.PromiseForm,
    "categorise": working.CategoriseForm,
    "contact_reached": OptionalWordsForm,
    "contact_missed": OptionalWordsForm,
    "contact_wrong": OptionalWordsForm,
    "answer": working.AnswerForm,
    "ask_extension": working.ExtensionForm,
    "grant_extension": OptionalWordsForm,
    "ask_deferral": working.DeferralForm,
    "defer": working.DeferralForm,
    "resume_deferred": OptionalWordsForm,
    "merge": working.MergeForm,
    "assist": units.CallInForm,
    "whistle": units.CallInForm,
    "arrive": OptionalWordsForm,
    "supervise": units.SuperviseForm,
    "list_supervision": units.SuperviseForm,
    "exclude": units.ExcludeForm,
    "readmit": units.ReadmitForm,
}


def move_form(name: str, order: Order, **more: Any) -> MoveForm:
    """The form of a move; `more`: what was sent, as `data` and `files`."""
    return FORMS.get(name, WordsForm)(name, order, **more)
