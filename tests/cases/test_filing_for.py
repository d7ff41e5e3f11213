"""Filing for somebody at the counter or on the phone."""

import json
import re
from datetime import date, timedelta

import pytest

from builders import NAME, PHONE, WORDS, a_filed
from mashang.cases.actions.telling import tracking_url
from mashang.cases.models import Case, CaseType, Category
from mashang.cases.proving import Fault, verify
from mashang.core.cached import forget_all
from mashang.core.pictures import qr_picture
from mashang.messaging.models import Message
from processes import Processes
from visits import at_desk, text_of

HERE = "/desk/file"
GIVEN = {
    "channel": "counter", "text": WORDS, "name": NAME, "phone": PHONE, "has_agreed": "1",
    "repeats": "seen",
}  # fmt: skip


@pytest.fixture
def counter(city, noon):
    """张桂兰 at the counter of 颐和社区."""
    browser = at_desk(city.zhang)
    shown = text_of(browser.get(HERE))
    browser.token = re.search(r'name="token" value="([^"]+)"', shown)[1]
    return browser


def send(browser, **changes):
    return browser.post(HERE, {"token": getattr(browser, "token", ""), **GIVEN, **changes})


pytestmark = pytest.mark.django_db


def test_who_filed_it_how_and_that_the_person_agreed_is_in_the_chain(city, counter):
    roads = Category.objects.create(code="roads", name="道路井盖")
    forget_all()  # categories are kept for seconds
    answer = send(counter, category="roads", urgency="outage", channel="phone")
    assert answer.status_code == 303
    case = Case.objects.get()
    assert (case.channel, case.category, case.urgency) == ("phone", roads, "outage")
    assert (case.place, case.unit, case.assignee) == (city.yihe, city.yihe_unit, city.zhang)
    entry = case.entries.get()
    assert (entry.account, entry.data["has_agreed"]) == (city.zhang, True)
    shown = text_of(counter.get(f"/desk/cases/{case.number}"))
    assert "张桂兰" in shown
    assert "来源：电话代办" in shown
    assert "诉求人同意登记" in shown
    assert not [found for found in verify() if isinstance(found, Fault)]


def test_the_resident_gets_the_receipt_and_the_duty_its_order(city, counter):
    send(counter)
    sent = {(sms.template, sms.phone) for sms in Message.objects.all()}
    assert sent == {("receipt", PHONE), ("duty_new", city.zhang.phone)}


def test_the_slip_has_the_number_and_no_identity(city, counter):
    answer = send(counter)
    shown = text_of(counter.get(answer["Location"]))
    case = Case.objects.get()
    assert case.number in shown
    assert "颐和社区" in shown
    assert "/track" in shown
    for secret in (NAME, PHONE, WORDS[:8], case.requester.tracking_token):
        assert secret not in shown


def test_whoever_gets_no_sms_has_the_link_on_paper(city, counter):
    for gets_none in ({"phone": "0943-8221234"}, {"is_anonymous": "1", "text": WORDS + "匿名"}):
        counter.token = ""
        answer = send(counter, **gets_none)
        case = Case.objects.latest("id")
        shown = text_of(counter.get(answer["Location"]))
        assert case.requester.tracking_token in shown
        assert qr_picture(tracking_url(case.requester)) in shown


@pytest.fixture
def consultation(db) -> CaseType:
    topic = {"name": "topic", "label": "哪方面", "kind": "choice", "is_required": True,
             "privacy": "public", "choices": ["交通", "社保"]}  # fmt: skip
    card = {"name": "card", "label": "身份证后四位", "kind": "text", "privacy": "identity"}
    made = CaseType.objects.create(
        code="consultation", name="咨询", channels=["counter"], urgency="consultation",
        valid_from=date(2026, 1, 1),
        fields=[topic, card],
    )  # fmt: skip
    forget_all()
    return made


def test_a_types_own_form_is_filled_in_at_the_counter_too(city, consultation, counter):
    there = f"{HERE}?type=consultation"
    assert f'href="{there}"' in text_of(counter.get(HERE))
    shown = text_of(counter.get(there))
    assert "哪方面" in shown and "身份证后四位" in shown
    given = {"token": counter.token, **GIVEN, "answer_card": "77X1"}
    refused = counter.post(there, given)
    assert refused.status_code == 422
    assert "请填“哪方面”" in text_of(refused) and 'value="77X1"' in text_of(refused)
    assert counter.post(there, {**given, "answer_topic": "社保"}).status_code == 303
    case = Case.objects.get()
    assert (case.type, case.urgency, case.answers) == (
        "consultation", "consultation", {"topic": "社保"},
    )  # fmt: skip
    assert "77X1" not in json.dumps(case.entries.get().data)
    shown = text_of(counter.get(f"/desk/cases/{case.number}"))
    assert "社保" in shown and "77X1" not in shown


def test_a_type_that_is_not_for_the_counter_is_not_offered_there(city, consultation, counter):
    CaseType.objects.update(channels=["code"])
    forget_all()
    assert "type=consultation" not in text_of(counter.get(HERE))
    assert "哪方面" not in text_of(counter.get(f"{HERE}?type=consultation"))


def test_the_slip_is_there_for_whoever_filed_it_for_a_day(city, counter, noon):
    there = send(counter)["Location"]
    for name in ("li", "dispatcher", "inspector"):
        assert at_desk(getattr(city, name)).get(there).status_code == 404
    noon.shift(timedelta(hours=25))
    assert at_desk(city.zhang).get(there).status_code == 404


def test_two_taps_make_one_case(counter):
    assert send(counter)["Location"] == send(counter)["Location"]
    assert Case.objects.count() == 1


def test_what_the_resident_filed_already_is_named_and_not_filed_again(city, counter):
    filed = a_filed(city, text=WORDS, spot="", code=None)
    answer = send(counter)
    assert answer.status_code == 409
    assert f"编号 {filed.case.number}" in text_of(answer)
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "saying"),
    [
        ({"has_agreed": ""}, "请先问诉求人是否同意登记"),
        ({"channel": "code"}, "请选择是在窗口"),
        ({"text": "短"}, "至少 4 个字"),
        ({"phone": "123"}, "电话号码不对"),
        ({"name": ""}, "姓名"),
        ({"urgency": "whenever"}, "请选择紧急程度"),
        ({"category": "nothing"}, "请选择类别"),
        ({"place_text": "远山村"}, "不在您负责的范围里"),
    ],
)
def test_what_is_missing_is_said_and_everything_typed_stays(city, counter, changes, saying):
    answer = send(counter, **changes)
    shown = text_of(answer)
    assert answer.status_code == 422
    assert saying in shown
    for name in ("text", "name", "phone"):
        assert changes.get(name, GIVEN[name]) in shown
    assert not Case.objects.exists()


def test_a_dispatcher_files_for_any_place_of_theirs_and_no_other(city, noon):
    browser = at_desk(city.dispatcher)
    assert send(browser, place_text="隔壁社区").status_code == 303
    assert Case.objects.get().unit == city.next_door_unit
    assert send(browser, place_text="远山村").status_code == 422
    assert "请写事情发生在哪个村或社区" in text_of(send(browser))


def test_a_complaint_about_a_cadre_taken_at_the_counter_is_sealed_from_the_counter(city, counter):
    answer = send(counter, is_sealed="1", accused_level="village")
    case = Case.objects.get()
    assert (case.is_sealed, case.assignee) == (True, city.inspector)
    slip = text_of(counter.get(answer["Location"]))
    assert "督查岗" in slip
    assert "打开办件" not in slip
    assert counter.get(f"/desk/cases/{case.number}").status_code == 404


def test_words_that_sound_like_a_complaint_are_asked_about(city, counter):
    text = "村主任贪污低保款，还收了红包，请查一查。"
    asked = send(counter, text=text)
    assert "反映的是干部或单位的问题吗" in text_of(asked)
    assert not Case.objects.exists()
    send(counter, text=text, accusation="yes", accused_level="village")
    assert Case.objects.get().is_sealed


@pytest.mark.parametrize("name", ["commissioner", "operator", "auditor", "security"])
def test_whoever_does_not_file_finds_no_form(city, noon, name):
    browser = at_desk(getattr(city, name))
    assert browser.get(HERE).status_code == 404
    assert send(browser).status_code == 404
    assert "代为登记" not in text_of(browser.get("/desk"))
    assert not Case.objects.exists()


def test_the_form_stands_in_the_navigation_of_those_who_file(city, noon):
    assert f'href="{HERE}"' in text_of(at_desk(city.zhang).get("/desk"))


RACE = """
from mashang.people.models import Account
from visits import at_desk
browser = at_desk(Account.objects.get(username="zhang"))
given = json.loads(sys.argv[2])
print(flush=True); input()
answer = browser.post("/desk/file", given)
print(json.dumps([answer.status_code, answer["Location"]]))
"""


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_the_same_moment_make_one_case(city, transactional_db, tmp_path):

    team = Processes(tmp_path)
    given = json.dumps({**GIVEN, "token": "a-token-of-the-counter-1"})
    answers = team.race(RACE, given, times=2)
    team.stop()
    assert answers[0] == answers[1]
    assert Case.objects.count() == 1


TAP = "三号楼门口的消防栓漏水三天了，水流到马路上结了冰，老人摔了一跤"


def test_what_may_be_there_already_is_shown_with_the_reason_and_holds_nothing_up(city, counter):
    first = a_filed(city, text=TAP, name="慕小满", phone="13912345678").case
    sealed = a_filed(city, text=TAP + "！", is_sealed=True, accused_level="village").case
    far = a_filed(city, text=TAP + "。", place=city.next_door).case  # another unit's
    again = "消防栓漏水，三号楼门口的马路上结了冰，老人摔了一跤，没人管"
    shown = text_of(send(counter, text=again, repeats=""))
    assert first.number in shown and "都在颐和社区，都说到“" in shown
    assert "慕小满" not in shown and "13912345678" not in shown
    assert sealed.number not in shown and far.number not in shown
    assert Case.objects.count() == 3
    assert again in shown and "照样登记" in shown, "what was typed stays, and the way on is there"
    answer = send(counter, text=again, repeats="seen")
    assert answer.status_code == 303
    assert send(counter, text=again, repeats="")["Location"] == answer["Location"], (
        "sent again, nothing asked"
    )
    assert Case.objects.count() == 4
    about = {"accusation": "yes", "accused_level": "village", "repeats": ""}
    assert send(counter, text=again + "，主任不管", **about).status_code == 303
    assert Case.objects.filter(is_sealed=True).count() == 2
    assert send(counter, text="想问问养老金什么时候开始发", repeats="").status_code == 303
