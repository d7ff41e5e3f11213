"""业主下单，党组织派单，物业接单: an owner's order from the scan to the owner's word; what several
owners raised; loading estates."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from builders import NAME, NOON, PHONE
from counted_day import count
from mashang.audit.models import Record
from mashang.cases.actions.climbing import look_at_due
from mashang.cases.models import Case, CatalogueRule, Clock
from mashang.core.cached import forget_all
from mashang.estates.models import Estate, MeetingTopic
from mashang.messaging.models import Message
from residents import text_of, tracking
from tables import a_csv, loaded, refused
from visits import at_desk, desk_of, fresh

WORDS = "电梯关门时咣当响，停层不平。"
_tokens = iter(range(10**6))


def order(garden, what: str = "电梯", **typed: str) -> Case:
    given = {
        "token": f"a-token-of-an-order-{next(_tokens):04d}", "answer_order": what, "text": WORDS,
        "name": NAME, "phone": PHONE, **typed,
    }  # fmt: skip
    answer = Client().post(f"/q/{garden.code.code}?type=estate_order&sent", given)
    assert answer.status_code == 303, text_of(answer)
    return Case.objects.latest("pk")


def local(at) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def sms(template: str) -> list[str]:
    return [m.phone for m in Message.objects.filter(template=template).order_by("pk")]


def hand_to_the_manager(garden, case: Case) -> None:
    desk_of(garden.secretary, case).made("redispatch", unit=garden.manager.pk, words="请接单")


def test_an_order_goes_by_the_branch_to_the_manager_who_promises_a_time_and_the_owner_confirms(
    garden,
):
    with time_machine.travel(NOON, tick=False) as clock:
        page = text_of(Client().get(f"/q/{garden.code.code}"))
        assert "业主下单" in page and "要办什么" in page
        case = order(garden)
        assert (case.unit, case.category.code) == (garden.estate.branch, "lift")
        assert sms("duty_new") == [garden.secretary.phone]
        for nobody_yet in (garden.concierge, garden.chair, garden.city.neighbour):
            assert at_desk(nobody_yet).get(f"/desk/cases/{case.number}").status_code == 404
        # The catalogue names a department: the branch may hand it there as well.
        assert garden.department.name in desk_of(garden.secretary, case).shown

        hand_to_the_manager(garden, case)
        visit = desk_of(garden.concierge, case)
        assert "接单并约时间" in visit.shown
        visit.refused("take_on", "约定的时间已经过了", promised=local(NOON - timedelta(hours=1)))
        visit.refused("take_on", "不能晚于办理期限", promised=local(NOON + timedelta(days=30)))
        tomorrow = NOON + timedelta(hours=20)
        visit.made("take_on", promised=local(tomorrow))
        assert sms("promised") == [PHONE]
        assert "和诉求人约好" in visit.look()
        assert "银馨物业和您约好 3月5日 08:00 前办好" in text_of(Client().get(tracking(case)))
        visit.made("contact_reached", words="约好上门")
        clock.move_to(NOON + timedelta(hours=5))
        visit = desk_of(garden.concierge, case)  # signed in anew
        visit.made("answer", words="换了门机皮带", answer="已经修好了，请您再看看。")
        assert Clock.objects.get(case=case, name="promise").stopped_at
        clock.move_to(NOON + timedelta(hours=6))
        answer = Client().post(
            tracking(case, "/rate"), {"is_solved": "yes", "score": "satisfied", "words": ""}
        )
        assert answer.status_code == 303, text_of(answer)
        assert fresh(case).state == "confirmed"
        count(NOON + timedelta(hours=6))

        desk = at_desk(garden.secretary)
        page = text_of(desk.get("/desk/estates/620402001007901"))
        assert "932 户，2991 人" in page
        link = re.search(r'href="([^"]*part=confirmed)">1<', page).group(1).replace("&amp;", "&")
        assert case.number in text_of(desk.get(link))
        # The manager reads the unit's own row and its lists, and no other's.
        theirs = text_of(at_desk(garden.concierge).get("/desk/estates/620402001007901"))
        assert "银馨物业" in theirs and theirs.count('<th scope="row">') == 1
        link = re.search(r'href="([^"]*part=confirmed)">1<', theirs).group(1).replace("&amp;", "&")
        assert case.number in text_of(at_desk(garden.concierge).get(link))
        other = link.replace(f"unit={garden.manager.pk}", f"unit={garden.estate.branch_id}")
        assert at_desk(garden.concierge).get(other).status_code == 404
        # Residents read numbers, and nothing of the order.
        public = text_of(Client().get("/estates/620402001007901"))
        assert "1 / 1" in public and f"/q/{garden.code.code}?type=estate_order" in public
        for hidden in (case.number, NAME, PHONE, WORDS[:6]):
            assert hidden not in public


def test_a_manager_returns_an_order_with_a_reason_and_the_branch_decides(garden):
    case = order(garden, "维修")
    hand_to_the_manager(garden, case)
    desk_of(garden.concierge, case).made("ask_return", words="红线外的管子，不归物业")
    assert sms("return_asked") == [garden.secretary.phone]
    visit = desk_of(garden.secretary, case)
    assert "红线外的管子，不归物业" in visit.shown
    assert "红线外" not in text_of(Client().get(tracking(case)))
    visit.made("redispatch", unit=garden.city.yihe_unit.pk, words="请社区联系水务")
    assert fresh(case).unit == garden.city.yihe_unit
    assert at_desk(garden.concierge).get(f"/desk/cases/{case.number}").status_code == 404


def test_of_a_promise_that_is_not_kept_the_branch_is_told_once_and_the_owner_reads_it(garden):
    with time_machine.travel(NOON, tick=False) as clock:
        case = order(garden, "维修")
        hand_to_the_manager(garden, case)
        visit = desk_of(garden.concierge, case)
        visit.made("contact_reached", words="约好")
        visit.made("promise", promised=local(NOON + timedelta(hours=3)))
        visit.made("promise", promised=local(NOON + timedelta(hours=4)))
        clock.move_to(NOON + timedelta(hours=3, minutes=1))
        look_at_due()
        assert sms("promise_warning") == [garden.concierge.phone]
        for later in (4, 5):
            clock.move_to(NOON + timedelta(hours=later, minutes=1))
            look_at_due()
        told = {garden.concierge.phone, garden.secretary.phone}
        assert len(sms("promise_overdue")) == 2 and set(sms("promise_overdue")) == told
        assert "已经晚了" in text_of(Client().get(tracking(case)))


@pytest.mark.parametrize("what", ["estates", "desk"])
def test_the_pages_cost_the_same_with_one_order_and_with_three(
    garden, what, django_assert_max_num_queries
):
    address = "/estates/620402001007901" if what == "estates" else "/desk/estates/620402001007901"
    browser = Client() if what == "estates" else at_desk(garden.secretary)
    costs = []
    for number in (1, 2):
        for _order in range(number):
            order(garden, text=f"{WORDS}{next(_tokens)}")
        count(timezone.now())
        browser.get(address)
        with django_assert_max_num_queries(40) as asked:
            assert browser.get(address).status_code == 200
        costs.append(len(asked))
    assert costs[0] == costs[1]


PAGE = "/desk/estates/620402001007901"
SAID = {"title": "装充电桩", "words": "装在哪里，装几个，谁来管。", "meets_on": "2026-12-01"}


def test_what_several_owners_raised_is_merged_and_put_before_a_meeting_that_all_may_read(garden):
    cases = [order(garden, "别的", text=f"请装充电桩，{n}单元没地方充电") for n in (1, 2, 3)]
    secretary = at_desk(garden.secretary)
    assert "1单元没地方充电" in text_of(secretary.get(PAGE))
    keys = [case.pk for case in cases]
    raised = f"{PAGE}/topics"
    assert at_desk(garden.concierge).post(raised, SAID).status_code == 404
    assert at_desk(garden.city.neighbour).get(PAGE).status_code == 404
    alone = secretary.post(raised, {**SAID, "lead": keys[0]})
    assert alone.status_code == 422 and "请选两件以上" in text_of(alone)
    bad = secretary.post(raised, {**SAID, "words": f"找 {PHONE}", "lead": keys[0], "case": keys})
    assert bad.status_code == 422 and "好像有电话" in text_of(bad)
    assert not MeetingTopic.objects.exists() and fresh(cases[1]).state == "dispatched"

    answer = secretary.post(raised, {**SAID, "lead": keys[0], "case": keys})
    assert answer.status_code == 302, text_of(answer)
    assert [fresh(case).state for case in cases] == ["dispatched", "merged", "merged"]
    assert sms("merged") == [PHONE, PHONE]
    sheet = text_of(secretary.get(answer["Location"]))
    assert "3 位业主反映" in sheet and "到会签名" in sheet
    decided = secretary.post(answer["Location"], {"decide": "1", "words": "装六个，南门西侧。"})
    assert decided.status_code == 302
    assert Record.objects.filter(kind="topic").count() == 2
    public = text_of(Client().get("/estates/620402001007901"))
    for shown in ("装充电桩", "3 位业主反映", "装六个，南门西侧。"):
        assert shown in public
    for hidden in (NAME, PHONE, "单元没地方", cases[0].number):
        assert hidden not in public
    # Everybody of the estate reads the sheet; whoever does not dispatch there changes nothing.
    assert at_desk(garden.chair).get(answer["Location"]).status_code == 200
    assert at_desk(garden.chair).post(answer["Location"], SAID).status_code == 404


HEADER = ("小区地点代码", "户数", "人数", "党组织单位代码", "物业单位代码", "由党组织派单的类别")


def test_estates_are_loaded_from_a_table_with_the_rules_that_send_orders_to_the_branch(
    garden, tmp_path
):
    CatalogueRule.objects.filter(place=garden.estate.place).delete()
    garden.estate.delete()
    row = ("620402001007901", "932", "2991", "branch", "manager", "lift、repair")
    path = a_csv(tmp_path / "estates.csv", [HEADER, row])
    assert "新增 1" in loaded("load_estates", path)
    assert Estate.objects.get().manager == garden.manager
    forget_all()
    assert order(garden).unit.code == "branch"
    assert "未变 1" in loaded("load_estates", path)
    assert CatalogueRule.objects.filter(place=garden.building.parent).count() == 2
    bad = ("620402001007901", "很多", "", "yihe", "nobody", "unheard")
    said = refused("load_estates", a_csv(tmp_path / "bad.csv", [HEADER, bad]))
    for fault in ("应写数字", "党组织要登记成", "没有这个单位", "没有这个类别"):
        assert fault in said
    assert Estate.objects.get().households == 932
    assert "没有找到" in text_of(Client().get("/estates?q=nowhere"))
    assert "银馨家园" in text_of(Client().get("/estates"))
