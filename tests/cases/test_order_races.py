"""Two people, or one code, at the same moment: real processes on one database."""

import pytest
from django.apps import apps

from processes import Processes

pytestmark = pytest.mark.django_db(transaction=True)

FILE = """
from builders import a_filed, make_city
city = make_city()
case = a_filed(city).case
print(json.dumps([case.pk, case.number]))
"""
ACKNOWLEDGE = """
import re
from mashang.people.models import Account
from visits import at_desk, text_of
racer, number = int(sys.argv[1]), sys.argv[2]
browser = at_desk(Account.objects.get(username=("zhang", "li", "lead")[racer]))
page = text_of(browser.get(f"/desk/cases/{number}"))
seen = re.search(r'name="seen" value="(\\d+)"', page).group(1)
print(flush=True); input()
answer = browser.post(f"/desk/cases/{number}/moves/acknowledge", {"seen": seen})
print(json.dumps([answer.status_code, "比您快一步" in text_of(answer)]))
"""
TAP = ACKNOWLEDGE.replace('("zhang", "li", "lead")[racer]', '"zhang"').replace(
    "moves/acknowledge", "moves/contact_missed"
)
ENTRIES = """
from mashang.cases.models import Case
from mashang.cases.proving import verify
case = Case.objects.get(pk=sys.argv[1])
moves = [entry.move for entry in case.entries.order_by("seq")]
print(json.dumps([moves, [str(fault) for fault in verify() if not isinstance(fault, int)]]))
"""
SEND_CODE = """
from django.test import Client
from mashang.cases.models import OrderLink
from visits import address, code_sent_to
link = OrderLink.objects.get(case=sys.argv[1])
Client().post(address(link, "/code"))
print(json.dumps([address(link), code_sent_to(link.account)]))
"""
BIND = """
from django.test import Client
browser, there, code = Client(), sys.argv[2], sys.argv[3]
browser.get(there)
print(flush=True); input()
print(json.dumps(browser.post(f"{there}/bind", {"code": code}).status_code))
"""


@pytest.fixture
def team(tmp_path):
    team = Processes(tmp_path, [model._meta.label for model in apps.get_models()])
    yield team
    team.stop()


@pytest.fixture
def filed(team):
    return team.run(FILE)


def test_of_three_who_acknowledge_at_once_one_wins_and_two_learn_who_was_faster(team, filed):
    key, number = filed
    answers = team.race(ACKNOWLEDGE, number, times=3)
    assert sorted(answers) == [[302, False], [409, True], [409, True]]
    assert team.run(ENTRIES, str(key)) == [["file", "acknowledge"], []]


def test_two_taps_at_the_same_moment_make_one_entry(team, filed):
    key, number = filed
    assert team.race(TAP, number, times=2) == [[302, False], [302, False]]
    assert team.run(ENTRIES, str(key)) == [["file", "contact_missed"], []]


def test_a_code_typed_in_two_browsers_at_once_opens_one(team, filed):
    there, code = team.run(SEND_CODE, str(filed[0]))
    assert sorted(team.race(BIND, there, code, times=2)) == [302, 422]
