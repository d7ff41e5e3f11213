"""Two people at the same moment: merging, deciding, taking a conflict's case over."""

import json

import pytest

from builders import a_filed, staff
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.cases.proving import Fault, verify
from processes import Processes

pytestmark = pytest.mark.django_db(transaction=True)
MOVE = """
from builders import staff
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.core.errors import Refused
from mashang.people.models import Account
racer, plan = int(sys.argv[1]), json.loads(sys.argv[2])
name, key, move, facts = plan[racer]
if "lead" in facts:
    facts["lead"] = Case.objects.get(pk=facts["lead"])
case, by = Case.objects.get(pk=key), staff(Account.objects.get(username=name))
print(flush=True); input()
try:
    advance(case, move, by=by, **facts)
    print(json.dumps("done"))
except Refused as refused:
    print(json.dumps("refused"))
"""


@pytest.fixture
def team(city, transactional_db, tmp_path):
    team = Processes(tmp_path)
    yield team
    team.stop()


def proved() -> None:
    assert not [found for found in verify() if isinstance(found, Fault)]


def race(team, *plan):

    return team.race(MOVE, json.dumps(plan), times=len(plan))


def test_a_member_merged_while_its_lead_is_answered_is_answered_or_stays_out(city, team):
    lead, member = a_filed(city).case, a_filed(city, phone="13909430002").case
    advance(lead, "contact_reached", by=staff(city.zhang))
    answers = race(
        team,
        ["zhang", lead.pk, "answer", {"words": "换了", "answer": "换好了。"}],
        ["li", member.pk, "merge", {"lead": lead.pk}],
    )
    states = (Case.objects.get(pk=lead.pk).state, Case.objects.get(pk=member.pk).state)
    assert states in {
        ("answered", "answered"),  # merged first
        ("answered", "dispatched"),  # answered first, the merger refused
        ("handling", "merged"),  # at once: the answer is to be sent again
    }
    assert "done" in answers
    proved()


def test_two_cases_merged_into_each_other_at_once_make_one_lead(city, team):
    one, other = a_filed(city).case, a_filed(city, phone="13909430002").case
    answers = race(
        team,
        ["zhang", one.pk, "merge", {"lead": other.pk}],
        ["li", other.pk, "merge", {"lead": one.pk}],
    )
    assert sorted(answers) == ["done", "refused"]
    assert Case.objects.filter(state="merged").count() == 1
    proved()


def test_of_two_who_decide_at_once_one_decides(city, team):
    case = a_filed(city).case
    advance(case, "contact_reached", by=staff(city.zhang))
    advance(case, "ask_extension", by=staff(city.zhang), words="备料", days=3)
    answers = race(
        team,
        ["dispatcher", case.pk, "grant_extension", {}],
        ["county-duty", case.pk, "refuse_extension", {"words": "先围起来"}],
    )
    assert sorted(answers) == ["done", "refused"]
    proved()
