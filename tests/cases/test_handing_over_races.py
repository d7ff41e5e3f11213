"""Two who hand over at the same moment, and a worker killed half way: real processes."""

import pytest

from builders import a_filed
from mashang.cases.actions.handing_over import adopt_orphans
from mashang.cases.proving import Fault, verify
from mashang.people.models import Account
from processes import Processes
from visits import fresh

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = """
from builders import staff
from mashang.cases.actions.handing_over import adopt_orphans, hand_over
from mashang.people.models import Account, Unit
racer = int(sys.argv[1])
people = {account.username: account for account in Account.objects.all()}
unit = Unit.objects.get(code="yihe")
print(flush=True); input()
if racer == 0:
    done = len(hand_over(people["zhang"], unit, by=staff(people["lead"]), to=people["li"]).done)
elif racer == 1:
    done = len(hand_over(people["zhang"], unit, by=staff(people["dispatcher"])).done)
else:
    done = adopt_orphans()
print(json.dumps(done))
"""
KILLED = """
from mashang.cases.actions import handing_over
give, count = handing_over._give, 0
def die(*arguments, **more):
    global count
    give(*arguments, **more)
    count += 1
    if count == 2:
        os.kill(os.getpid(), signal.SIGKILL)
handing_over._give = die
handing_over.adopt_orphans()
"""


@pytest.fixture
def team(city, transactional_db, tmp_path):
    team = Processes(tmp_path)
    yield team
    team.stop()


@pytest.fixture
def three(city):
    cases = [a_filed(city).case for _n in range(3)]
    Account.objects.filter(pk=city.zhang.pk).update(is_active=False)
    return cases


def test_of_three_who_hand_over_at_once_each_case_is_handed_over_once(city, team, three):
    counts = team.race(BOTH, times=3)
    assert sum(counts) == 3
    for case in three:
        moves = list(case.entries.order_by("seq").values_list("move", flat=True))
        assert moves == ["file", "reassign"]
        assert fresh(case).assignee == city.li
    assert not [found for found in verify() if isinstance(found, Fault)]


def test_killed_half_way_it_goes_on_where_it_stopped(city, team, three):
    team.run(KILLED, returncode=-9)
    done = [case for case in three if fresh(case).assignee == city.li]
    assert len(done) == 1, "the second had not been committed"
    assert adopt_orphans() == 2
    assert {fresh(case).assignee for case in three} == {city.li}
    assert not [found for found in verify() if isinstance(found, Fault)]
