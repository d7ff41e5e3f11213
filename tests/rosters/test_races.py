"""Two who arrange the same duty at the same moment: real processes on one database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from builders import City, make_city
from mashang.core.cached import forget_all
from mashang.people.models import Shift
from processes import Processes

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = """
from datetime import timedelta
from django.utils import timezone
from builders import staff
from mashang.core.errors import Refused
from mashang.people.hours import Hours
from mashang.people.models import Account, Unit
from mashang.rosters.actions import Plan, Swap, arrange, swap
racer, what = int(sys.argv[1]), sys.argv[2]
people = {account.username: account for account in Account.objects.all()}
unit, day = Unit.objects.get(code="yihe"), timezone.localdate() + timedelta(days=3)
by = staff(people[("lead", "dispatcher")[racer]])
print(flush=True); input()
try:
    if what == "arrange":
        arrange(unit, [Plan(people["lead"], Hours("1"), 3)], by=by)
    else:
        swap(unit, Swap(people["zhang"], people["lead"], day), by=by)
    print(json.dumps("done"))
except Refused:
    print(json.dumps("refused"))
"""


@pytest.fixture
def town(transactional_db) -> City:
    """Without frozen time, which the processes would not know of."""
    forget_all()
    return make_city()


@pytest.fixture
def team(town, tmp_path):
    team = Processes(tmp_path)
    yield team
    team.stop()


@pytest.mark.parametrize("what", ["arrange", "swap"])
def test_of_two_at_once_one_is_told_that_it_is_done(team, town, what):
    assert sorted(team.race(BOTH, what, times=2)) == ["done", "refused"]
    rows = Shift.objects.filter(unit=town.yihe_unit, account=town.lead, withdrawn_at=None)
    assert rows.count() == 1
    dated = Shift.objects.filter(is_dated=True, withdrawn_at=None)
    assert dated.count() == (2 if what == "swap" else 0)
    assert not dated.exclude(valid_from=timezone.localdate() + timedelta(days=3)).exists()
