"""Two workers who count while somebody moves cases, and one killed half way: real processes."""

import pytest
from django.core.management import call_command

from builders import a_filed, make_city
from mashang.cases.models import Case
from mashang.core.cached import forget_all
from mashang.insight.keeping import keep_up
from mashang.insight.models import Fact, Tally
from processes import Processes

pytestmark = pytest.mark.django_db(transaction=True)

WORKING = """
import time
from builders import staff
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case
from mashang.insight.keeping import keep_up
from mashang.people.models import Account
racer = int(sys.argv[1])
zhang = staff(Account.objects.get(username="zhang"))
print(flush=True); input()
done = 0
if racer == 0:
    for case in Case.objects.order_by("pk"):
        advance(case, "contact_reached", by=zhang)
        done += 1
else:
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        done += keep_up(batch=3)
        time.sleep(0.01)
print(json.dumps(done))
"""
KILLED = """
from mashang.insight import keeping, tallies
def die(_days):
    os.kill(os.getpid(), signal.SIGKILL)
keeping.tallies.refresh = die
keeping.keep_up()
"""


@pytest.fixture
def team(transactional_db, tmp_path):
    team = Processes(tmp_path)
    yield team
    team.stop()


@pytest.fixture
def cases(transactional_db) -> list[Case]:
    forget_all()
    city = make_city()
    return [a_filed(city).case for _number in range(8)]


def test_two_workers_and_a_mover_leave_figures_that_agree(team, cases):
    moved, *counted = team.race(WORKING, times=3)
    assert moved == 8
    assert sum(counted) >= 8
    while keep_up():
        pass
    assert Fact.objects.filter(contact="met").count() == 8
    assert (
        sum(row.counts["contact_met"] for row in Tally.objects.filter(place="6204", is_month=False))
        == 8
    )
    call_command("figures", "--check")


def test_a_worker_killed_between_facts_and_tallies_leaves_neither(team, cases):
    team.run(KILLED, returncode=-9)
    assert not Fact.objects.exists()
    assert not Case.objects.filter(is_counted=True).exists()
    assert keep_up() == 8
    call_command("figures", "--check")
