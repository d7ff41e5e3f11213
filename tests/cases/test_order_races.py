"""Two people, or one code, at the same moment: real processes on one database."""

import pytest
from django.test import Client

from builders import a_filed
from mashang.cases.models import Case
from mashang.cases.proving import Fault, verify
from processes import Processes
from visits import address, code_sent_to, link_of

pytestmark = pytest.mark.django_db(transaction=True)

MOVE = """
import re
from mashang.people.models import Account
from visits import at_desk, text_of
racer, number, move, names = int(sys.argv[1]), *sys.argv[2:]
browser = at_desk(Account.objects.get(username=names.split()[racer]))
page = text_of(browser.get(f"/desk/cases/{number}"))
seen = re.search(r'name="seen" value="(\\d+)"', page).group(1)
print(flush=True); input()
answer = browser.post(f"/desk/cases/{number}/moves/{move}", {"seen": seen})
print(json.dumps([answer.status_code, "比您快一步" in text_of(answer)]))
"""
BIND = """
from django.test import Client
browser, there, code = Client(), *sys.argv[2:]
browser.get(there)
print(flush=True); input()
print(json.dumps(browser.post(f"{there}/bind", {"code": code}).status_code))
"""


@pytest.fixture
def case(city, transactional_db):
    return a_filed(city).case


@pytest.fixture
def team(case, tmp_path):
    team = Processes(tmp_path)
    yield team
    team.stop()


def moves(case: Case) -> list[str]:
    """What happened to the case, its chain being sound."""
    assert not [found for found in verify() if isinstance(found, Fault)]
    return list(case.entries.order_by("seq").values_list("move", flat=True))


def test_of_three_who_acknowledge_at_once_one_wins_and_two_learn_who_was_faster(team, case):
    answers = team.race(MOVE, case.number, "acknowledge", "zhang li lead", times=3)
    assert sorted(answers) == [[302, False], [409, True], [409, True]]
    assert moves(case) == ["file", "acknowledge"]


def test_two_taps_at_the_same_moment_make_one_entry(team, case):
    answers = team.race(MOVE, case.number, "contact_missed", "zhang zhang", times=2)
    assert answers == [[302, False], [302, False]]
    assert moves(case) == ["file", "contact_missed"]


def test_a_code_typed_in_two_browsers_at_once_opens_one(city, team, case):
    link = link_of(case, city.zhang)
    Client().post(address(link, "/code"))
    code = code_sent_to(city.zhang)
    assert sorted(team.race(BIND, address(link), code, times=2)) == [302, 422]
