"""A question to counsel: who gets it, who must not, who cannot see it, and what becomes of it."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from builders import NOON, City, a_post, a_unit, make_city, someone
from mashang.cases.actions.climbing import look_at_due
from mashang.cases.actions.identity import erase, exported
from mashang.cases.models import Case, Conflict
from mashang.cases.proving import verify
from mashang.cases.resident_access import resident_of
from mashang.legal.actions import find_counsel
from mashang.legal.models import Interest, Note, Publication, Question
from mashang.messaging.models import Message
from mashang.people.models import Account, Role, Shift, UnitKind
from visits import at_desk, bound_phone, link_of

pytestmark = pytest.mark.django_db
WORDS = "丈夫把家里的存款转给了他弟弟，我想离婚，钱还能要回来吗？"
ANSWER = "可以要求少分或不分给他，依据《民法典》第一千零九十二条，先保全证据。"
ASKER, PHONE, OTHER = "何秀英", "13909431234", "王大壮"


@dataclass
class Scene:
    city: City
    first: Account  # on duty, called first
    second: Account
    head: Account  # leads the station, answers nothing
    county: Account  # counsel of the county, above


@pytest.fixture
def scene(db) -> Scene:
    city = make_city()
    above = a_unit("county-counsel", "白银区法律援助中心", UnitKind.COUNSEL, city.county)
    station = a_unit("counsel", "人民路公共法律服务站", UnitKind.COUNSEL, city.township, above)
    return Scene(
        city,
        someone("counsel-1", "林律师", station, Role.HANDLER, on_duty=1),
        someone("counsel-2", "方律师", station, Role.HANDLER, on_duty=2),
        someone("station-head", "司所长", station, Role.LEADER, is_lead=True),
        someone("counsel-3", "高律师", above, Role.HANDLER, on_duty=1),
    )


def ask(**changes: str):
    given = {
        "topic": "family", "place": "颐和社区", "words": WORDS, "other_party": OTHER,
        "name": ASKER, "phone": PHONE, "token": "t" * 20, **changes,
    }  # fmt: skip
    answer = Client().post("/legal/ask", given)
    assert answer.status_code == 303, answer.content.decode()
    return Case.every.select_related("assignee", "requester").latest("pk"), answer["Location"]


def texts(*accounts: Account) -> list[str]:
    wanted = {account.phone for account in accounts}
    return [m.template for m in Message.objects.order_by("pk") if m.phone in wanted]


@time_machine.travel(NOON, tick=False)
def test_a_question_is_answered_by_counsel_on_duty_within_the_promised_time(scene, client):
    page = client.get("/legal/ask").content.decode()
    assert "2 个工作日内答复：现在问，最晚 3月6日 18:00" in page
    refused = client.post("/legal/ask", {"words": WORDS, "phone": "1", "topic": "family"})
    assert refused.status_code == 422 and WORDS in refused.content.decode()
    case, address = ask()
    assert ask()[0] == case  # sent twice
    assert case.assignee == scene.first and texts(scene.first) == ["legal_new"]
    desk = at_desk(scene.first)
    listed = desk.get("/desk/legal").content.decode()
    assert case.number in listed
    shown = desk.get(f"/desk/cases/{case.number}").content.decode()
    assert WORDS in shown and OTHER in shown and PHONE[-8:] not in shown
    called = desk.post(f"/desk/cases/{case.number}/call").content.decode()
    assert PHONE[-8:] in called and case.entries.filter(move="look").exists()
    moves = f"/desk/cases/{case.number}/moves"
    assert desk.post(f"{moves}/ask_more", {"words": "存款是婚后的吗？"}).status_code == 302
    assert "存款是婚后的吗？" in client.get(address).content.decode()
    assert client.post(f"{address}/add", {"words": "是婚后的"}).status_code == 303
    assert desk.post(f"{moves}/answer", {"words": ""}).status_code == 422
    assert desk.post(f"{moves}/answer", {"words": ANSWER}).status_code == 302
    answered = client.get(address).content.decode()
    assert ANSWER in answered and "已答复" in answered
    assert client.post(f"{address}/add", {"words": "那房子呢？"}).status_code == 303
    case.refresh_from_db()
    assert case.state == "asked" and case.due_at > NOON
    # Nothing of it stands in the clear, and the chain holds
    raw = Case.every.values_list("text", "answer", "answers").get(pk=case.pk)
    assert WORDS not in str(raw) and ANSWER not in str(raw)
    entries = str(list(case.entries.values_list("data", flat=True)))
    assert not any(words in entries for words in (WORDS, ANSWER, "那房子呢", OTHER))
    assert [fault for fault in verify() if not isinstance(fault, int)] == []


@time_machine.travel(NOON, tick=False)
def test_nobody_else_reads_it_and_those_above_know_no_more_than_that_it_exists(scene):
    case, address = ask()
    city = scene.city
    pages = {
        city.zhang: (), city.dispatcher: ("/desk/messages",), city.commissioner: (),
        city.inspector: (f"/desk/search?q={PHONE}",), city.operator: ("/desk/messages",),
        city.auditor: ("/desk/audit",), scene.second: (), scene.head: (),
    }  # fmt: skip
    for account, also in pages.items():
        browser = at_desk(account)
        assert browser.get(f"/desk/cases/{case.number}").status_code == 404, account
        assert browser.get(f"/desk/legal/publish/{case.number}").status_code == 404
        assert browser.post(f"/desk/cases/{case.number}/call").status_code == 404
        for page in ("/desk?queue=all", f"/desk/search?q={case.number}", "/desk/legal", *also):
            answer = browser.get(page)
            body = "" if answer.status_code == 404 else answer.content.decode()
            for secret in (WORDS, OTHER, "婚姻家庭", f"/desk/cases/{case.number}"):
                assert secret not in body, (account, page, secret)
    counts = at_desk(city.dispatcher).get("/desk/legal").content.decode()
    assert "人民路公共法律服务站" in counts and case.number not in counts
    assert "人民路公共法律服务站" not in at_desk(city.far_cadre).get("/desk/legal").content.decode()
    with time_machine.travel(NOON + timedelta(days=5), tick=False):
        look_at_due()
        assert "legal_overdue" in texts(scene.head) and len(texts(city.dispatcher)) == 0
        late = at_desk(city.dispatcher).get("/desk/legal").content.decode()
        assert case.number in late and WORDS not in late
    # The link in the SMS opens for its own counsel alone
    phone = bound_phone(link_of(case, scene.first))
    link = f"/o/{link_of(case, scene.first).token}"
    assert WORDS in phone.get(link).content.decode()
    assert Client().get(f"{address}x").status_code == 404


@time_machine.travel(NOON, tick=False)
def test_counsel_with_an_interest_is_passed_over_and_that_is_recorded(scene):
    a_post(scene.first, scene.city.yihe_unit, Role.HANDLER)
    desk = at_desk(scene.first)
    for kind, name in (("kin", "王 大壮"), ("unit", "白银宏达建材公司")):
        desk.post("/desk/legal/interests", {"kind": kind, "name": name})
    assert Interest.objects.count() == 2
    for number, other in enumerate(
        (scene.first.name, "颐和社区居委会", OTHER, "白银宏达建材公司（老板姓刘）")
    ):
        case, _address = ask(other_party=other, token=f"{number}" * 20)
        assert case.assignee == scene.second, other
        assert Conflict.objects.get(case=case).account == scene.first
        assert desk.get(f"/desk/cases/{case.number}").status_code == 404
    assert texts(scene.first) == []
    moves = f"/desk/cases/{case.number}/moves"
    assert "已回避" in at_desk(scene.second).post(f"{moves}/stand_aside").content.decode()
    case.refresh_from_db()
    assert case.assignee == scene.county and case.unit.code == "county-counsel"
    assert at_desk(scene.second).get(f"/desk/cases/{case.number}").status_code == 404
    assert at_desk(scene.county).post(f"{moves}/stand_aside").status_code == 200
    assert find_counsel() == 0  # nobody is left; it waits
    case.refresh_from_db()
    assert case.assignee is None


@time_machine.travel(NOON, tick=False)
def test_a_question_waits_for_counsel_and_leaves_whoever_leaves(scene, client):
    far = client.post(
        "/legal/ask",
        {"topic": "family", "place": "远山村", "words": WORDS, "name": ASKER, "phone": PHONE},
    )
    assert far.status_code == 422 and "12348" in far.content.decode()
    shifts = Shift.objects.filter(unit__kind=UnitKind.COUNSEL)
    mine = list(shifts)
    shifts.delete()
    case, _address = ask()
    assert case.assignee is None and find_counsel() == 0
    Shift.objects.bulk_create(mine)
    assert find_counsel() == 1
    case.refresh_from_db()
    assert case.assignee == scene.first
    scene.first.posts.update(ends_on=NOON.date() - timedelta(days=1))
    assert at_desk(scene.first).get(f"/desk/cases/{case.number}").status_code == 404
    assert find_counsel() == 1
    case.refresh_from_db()
    assert case.assignee == scene.second


@time_machine.travel(NOON, tick=False)
def test_an_answer_is_published_with_consent_without_identities_by_two(scene, client):
    silent, _address = ask()
    case, address = ask(may_publish="on", token="u" * 20, words=WORDS + "请教。")
    assert case.assignee == scene.first
    mine, colleague = at_desk(scene.first), at_desk(scene.second)
    for each in (silent, case):
        mine.post(f"/desk/cases/{each.number}/moves/answer", {"words": ANSWER})
    draft = {"question": "配偶转走存款，离婚时能要回来吗？", "answer": ANSWER}
    page = f"/desk/legal/publish/{case.number}"
    assert mine.post(f"/desk/legal/publish/{silent.number}", draft).status_code == 422
    for leak in (ASKER, OTHER, "颐和社区", "139 0943 1234"):
        refused = mine.post(page, {**draft, "question": draft["question"] + leak})
        assert refused.status_code == 422 and "认出人" in refused.content.decode(), leak
    assert mine.post(page, draft).status_code == 302
    row = Publication.objects.get()
    decide = f"/desk/legal/publications/{row.pk}"
    mine.post(decide, {"do": "publish"})
    assert client.get(f"/legal/answers/{row.pk}").status_code == 404  # not one's own
    assert at_desk(scene.city.dispatcher).post(decide, {"do": "publish"}).status_code == 404
    waiting = colleague.get("/desk/legal/publications").content.decode()
    assert draft["question"] in waiting and WORDS not in waiting
    colleague.post(decide, {"do": "return"})  # without a reason
    row.refresh_from_db()
    assert row.state == "draft"
    colleague.post(decide, {"do": "publish"})
    assert draft["question"] in client.get("/legal/answers?q=存款 离婚").content.decode()
    assert draft["question"] not in client.get("/legal/answers?q=土地").content.decode()
    assert ANSWER in client.get(f"/legal/answers/{row.pk}").content.decode()
    # Erasing takes it back, with all that was said
    Note.objects.create(question_id=case.pk, is_from_asker=True, words="再补充", at=NOON)
    assert exported(case, by=resident_of(case))["律师答复"] == ANSWER
    erase(case, by=resident_of(case))
    question = Question.objects.get(case=case)
    assert question.words is question.answer is question.other_party is None
    assert client.get(f"/legal/answers/{row.pk}").status_code == 404
    assert "内容已经删除" in client.get(address).content.decode()


@time_machine.travel(NOON, tick=False)
def test_lists_of_counsel_ask_as_much_for_three_as_for_one(scene):
    desk, counted = at_desk(scene.first), []
    seen = ((scene.first, "/desk/legal"), (scene.city.dispatcher, "/desk/legal"),
            (scene.second, "/desk/legal/publications"))  # fmt: skip
    for who, page in seen:
        at_desk(who).get(page)  # or the first look reads what is kept in memory afterwards
    for number in range(3):
        case, _address = ask(token=f"{number}" * 20, may_publish="on")
        desk.post(f"/desk/cases/{case.number}/moves/answer", {"words": ANSWER})
        draft = {"question": f"能要回来吗？第{number}问", "answer": ANSWER}
        desk.post(f"/desk/legal/publish/{case.number}", draft)
        if number == 1:
            continue
        found = []
        for who, page in seen:
            with CaptureQueriesContext(connection) as queries:
                answer = at_desk(who).get(page)
            found.append((len(queries), answer.status_code))
        counted.append(found)
    assert counted[0] == counted[1]
    shown = at_desk(scene.city.dispatcher).get("/desk/legal").content.decode()
    assert re.search(r"<td[^>]*>3</td>", shown)
