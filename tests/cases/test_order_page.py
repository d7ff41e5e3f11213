"""What stands on an order's page, for whom."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from builders import NAME, PHONE, WORDS, a_filed, requester_of, staff
from mashang.attachments.actions import keep
from mashang.attachments.checking import check_photo
from mashang.cases.actions import identity
from mashang.cases.actions.climbing import look_at_due
from mashang.cases.actions.moving import advance
from mashang.cases.models import Case, Channel
from mashang.people.actors import Resident
from pictures import a_photo
from visits import address, at_desk, bound_phone, link_of, text_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # 12:00 in the city, a Wednesday


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


@pytest.fixture
def filed(city):
    return a_filed(city, at=NOON)


@pytest.fixture
def case(filed):
    return filed.case


def page(account, case: Case, *, at: datetime = NOON, **more: object) -> str:
    """The order as this person sees it at the desk."""
    with time_machine.travel(at, tick=False):
        answer = at_desk(account).get(f"/desk/cases/{case.number}", **more)
    assert answer.status_code == 200
    return text_of(answer)


def biggest(page: str) -> list[str]:
    """The labels of what is shown big, in their order, as far as it is not folded away."""
    act = page.split('class="order-act"')[1].split("</section>", maxsplit=1)[0]
    visible = re.sub(r"(</summary>).*?</details>", r"\1", act, flags=re.DOTALL)
    found = re.findall(r'class="(?:button )?big[^"]*"[^>]*>\s*([^<]+)', visible)
    return [label.strip() for label in found]


# The case ----------------------------------------------------------------------------------------


def test_the_page_says_what_where_since_when_and_until_when(city, case):
    shown = page(city.zhang, case, at=minutes(18))
    assert case.number in shown
    assert "颐和社区3号楼" in shown
    assert "12:00 收到" in shown
    assert case.text in shown
    assert "请在 12:30 前回电，还剩 12 分钟" in shown
    assert "请在 3月5日 18:00 前签收" in shown
    assert "请在 3月11日 18:00 前办结答复，还剩 7 天" in shown


def test_a_report_by_voice_alone_says_so(city):
    case = a_filed(city, text="", at=NOON).case
    assert "请听语音" in page(city.zhang, case)


def test_a_limit_that_has_passed_is_said_in_words(city, case):
    shown = page(city.zhang, case, at=minutes(35))
    assert "回电已超时 5 分钟（应在 12:30 前）" in shown
    assert "不到 1 分钟" in page(city.zhang, case, at=minutes(30) - timedelta(seconds=20))


def test_time_spent_waiting_for_the_resident_stands_still(city, case):
    zhang = staff(city.zhang)
    advance(case, "contact_reached", by=zhang, at=minutes(5))
    advance(case, "ask_resident", by=zhang, at=minutes(6), words="是哪一个井盖？")
    shown = page(city.zhang, case, at=minutes(60))
    assert "办理时限暂停" in shown
    assert "已请诉求人补充" in shown


def test_a_limit_beyond_the_published_calendar_is_marked(city, case):
    shown = page(city.zhang, a_filed(city, at=datetime(2030, 1, 7, 4, tzinfo=UTC)).case)
    assert "放假安排还没有公布" in shown
    assert "放假安排还没有公布" not in page(city.zhang, case)


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"text": "楼道里煤气泄漏，味道很大"}, "紧急"),
        ({"is_anonymous": True, "name": "", "phone": ""}, "匿名"),
        ({"channel": Channel.COUNTER}, "窗口代办"),
    ],
)
def test_flags_are_words(city, changes, flag):
    assert flag in page(city.zhang, a_filed(city, at=NOON, **changes).case)


def test_an_emergency_shows_the_lines_to_call(city):
    urgent = a_filed(city, at=NOON, text="楼道里煤气泄漏，味道很大").case
    shown = page(city.zhang, urgent)
    for line in ("110", "119", "120", "122"):
        assert f'href="tel:{line}"' in shown


def test_an_ordinary_case_shows_none_of_them(city, case):
    assert 'href="tel:119"' not in page(city.zhang, case)


# Who asked ---------------------------------------------------------------------------------------


def test_name_and_phone_are_masked(city, case):
    shown = page(city.zhang, case)
    assert "何** 139****1234" in shown
    assert NAME not in shown
    assert PHONE not in shown


def test_a_leader_sees_the_case_and_not_who_asked(city, case):
    shown = page(city.commissioner, case)
    assert case.text in shown
    assert "139****" not in shown
    assert "何**" not in shown
    assert "查看电话并拨打" not in shown


def test_of_a_confidential_case_the_township_learns_who_phones_and_not_who_asked(city):
    hidden = a_filed(city, at=NOON, is_confidential=True).case
    shown = page(city.dispatcher, hidden)
    assert "只有白银区综治中心能看，由他们给诉求人打电话" in shown
    assert "不要告诉任何人是谁反映的" in shown
    assert "139****" not in shown
    assert "查看电话并拨打" not in shown
    assert "何** 139****1234" in page(city.county_duty, hidden)


def test_an_anonymous_case_asks_for_no_call(city):
    nameless = a_filed(city, at=NOON, is_anonymous=True, name="", phone="").case
    shown = page(city.zhang, nameless)
    assert "不用回电" in shown
    assert "查看电话并拨打" not in shown
    assert biggest(shown) == ["签收"]
    assert "登记联系结果" not in shown


def test_after_erasure_there_is_nobody_to_call(city, filed):
    identity.erase(filed.case, by=requester_of(filed), at=minutes(1))
    shown = page(city.zhang, filed.case, at=minutes(2))
    assert "已删除个人信息" in shown
    assert "查看电话并拨打" not in shown


# What to do --------------------------------------------------------------------------------------


def test_the_next_thing_to_do_is_the_biggest(city, case):
    zhang = staff(city.zhang)
    assert biggest(page(city.zhang, case)) == ["查看电话并拨打"]
    advance(case, "contact_reached", by=zhang, at=minutes(5))
    assert biggest(page(city.zhang, case)) == ["答复并办结"]
    advance(case, "answer", by=zhang, at=minutes(9), words="修好了", answer="已经修好。")
    done = page(city.zhang, case)
    assert biggest(done) == []
    assert "已答复，等诉求人评价" in done


def test_what_others_wait_for_comes_first_for_whoever_decides(city, case):
    zhang = staff(city.zhang)
    advance(case, "contact_reached", by=zhang, at=minutes(5))
    advance(case, "ask_help", by=zhang, at=minutes(6), words="需要吊车")
    shown = page(city.dispatcher, case)
    assert biggest(shown) == ["答复支援请求"]
    assert "需要吊车" in shown
    advance(case, "ask_extension", by=zhang, at=minutes(7), words="备料要时间", days=3)
    assert biggest(page(city.dispatcher, case)) == ["同意延期", "不同意延期"]
    advance(case, "ask_return", by=zhang, at=minutes(8), words="归物业管")
    assert biggest(page(city.dispatcher, case)) == ["转派", "维持原派单"]
    assert "已申请退单，等上级决定" in page(city.zhang, case)


def test_moves_that_would_be_refused_anyway_are_not_offered(city, case):
    zhang = staff(city.zhang)
    assert "答复支援请求" not in page(city.dispatcher, case)
    assert "同意延期" not in page(city.dispatcher, case)
    advance(case, "contact_reached", by=zhang, at=minutes(5))
    assert "/moves/ask_help" in page(city.zhang, case)
    advance(case, "ask_help", by=zhang, at=minutes(6), words="需要吊车")
    assert "/moves/ask_help" not in page(city.zhang, case)


def test_whoever_only_watches_is_told_who_handles_it(city, case):
    shown = page(city.county_head, case)
    assert "由颐和社区居委会办理" in shown
    assert "/moves/acknowledge" not in shown
    assert "/moves/instruct" in shown


# What happened -----------------------------------------------------------------------------------


def test_the_timeline_tells_who_when_what_in_which_words(city, filed):
    case, zhang = filed.case, staff(city.zhang)
    advance(case, "acknowledge", by=zhang, at=minutes(2), urgency="outage")
    identity.look_at_phone(case, by=zhang, at=minutes(3))
    advance(case, "contact_reached", by=zhang, at=minutes(4), words="下午去现场")
    advance(case, "add", by=requester_of(filed), at=minutes(5), words="还有一处也坏了")
    advance(case, "instruct", by=staff(city.county_head), at=minutes(6), words="抓紧办")
    advance(case, "ask_extension", by=zhang, at=minutes(7), words="备料要时间", days=3)
    advance(case, "answer", by=zhang, at=minutes(9), words="换了井盖", answer="已经修好。")
    shown = page(city.dispatcher, case, at=minutes(10)).split('class="timeline"')[1]
    for told in (
        "收到反映", "来源：网页", "签收", "紧急程度：停水停电停气停暖", "张桂兰",
        "已联系上", "下午去现场", "诉求人补充", "还有一处也坏了", "批示", "郑县长", "抓紧办",
        "申请延期", "3 个工作日", "备料要时间", "答复并办结", "换了井盖", "已经修好。", "3-4 12:04",
    ):  # fmt: skip
        assert told in shown, told


def test_the_timeline_tells_of_warnings_rungs_and_reassignments(city, case):
    look_at_due(at=minutes(20))
    look_at_due(at=minutes(30))
    advance(
        case, "redispatch", by=staff(city.dispatcher), at=minutes(31), unit=city.next_door_unit,
        words="井盖在隔壁社区",
    )  # fmt: skip
    shown = page(city.dispatcher, case, at=minutes(32)).split('class="timeline"')[1]
    for told in (
        "提醒", "时限：首次联系", "已通知：张桂兰", "逐级上报", "上报到：乡镇（街道）政法委员",
        "已通知：王政法", "转派", "交给：隔壁社区居委会", "经办人：邻居红", "井盖在隔壁社区",
    ):  # fmt: skip
        assert told in shown, told


def test_what_people_type_is_shown_and_never_run(city, filed):
    attack = "<script>alert(1)</script>'; DROP TABLE cases_case; --"
    case = a_filed(city, at=NOON, text=f"井盖坏了 {attack}", spot="<b>3</b>").case
    zhang = staff(city.zhang)
    advance(case, "contact_reached", by=zhang, at=minutes(1), words=attack)
    shown = page(city.zhang, case)
    assert "<script>alert" not in shown
    assert "<b>3</b>" not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


def test_the_page_asks_the_database_the_same_number_of_times_however_much_happened(city, case):
    zhang = staff(city.zhang)
    advance(case, "contact_reached", by=zhang, at=minutes(1))
    photo(case, seed=1)
    browser = at_desk(city.zhang)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert browser.get(f"/desk/cases/{case.number}").status_code == 200
        return len(counted)

    queries()  # what is kept for seconds is in memory from now on
    first = queries()
    for count in range(3):
        advance(case, "note", by=zhang, at=minutes(2 + count), words=f"备注 {count}")
        photo(case, seed=2 + count)
    assert queries() == first
    assert first <= 17


def test_there_is_no_style_or_script_in_the_page(city, case):
    shown = page(city.dispatcher, case)
    assert "<style" not in shown
    assert not re.search(r"\sstyle=|\son\w+=|javascript:", shown)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", shown))


def test_the_page_is_stored_nowhere(city, case):
    answer = at_desk(city.zhang).get(f"/desk/cases/{case.number}")
    assert answer["Cache-Control"] == "no-store"


def test_the_page_comes_in_large_type_and_in_english(city, case):
    browser = at_desk(city.zhang)
    browser.cookies["large"] = "1"
    browser.cookies["language"] = "en"
    shown = text_of(browser.get(f"/desk/cases/{case.number}"))
    assert '<html lang="en" class="large">' in shown
    assert case.text in shown


# Photos ------------------------------------------------------------------------------------------


def photo(case: Case, *, seed: int = 0, part: str = "report", owner: str = "") -> str:
    """The key of a photo kept for the case."""
    file = SimpleUploadedFile("a.jpg", a_photo((64, 64), seed=seed))
    return str(keep(check_photo(file), owner=owner or case.subject, part=part).pk)


def test_the_photos_of_a_case_are_shown_and_sent(city, case):
    key = photo(case)
    shown = page(city.zhang, case)
    assert f"/desk/cases/{case.number}/files/{key}" in shown
    answer = at_desk(city.zhang).get(f"/desk/cases/{case.number}/files/{key}?small")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    link = link_of(case, city.zhang)
    with time_machine.travel(NOON, tick=False):
        answer = bound_phone(link).get(address(link, f"/files/{key}"))
    assert answer.status_code == 200


def test_inner_photos_are_shown_beside_what_they_belong_to(city, case):
    advance(case, "contact_reached", by=staff(city.zhang), at=minutes(1))
    inner, public = photo(case, part="internal:2", seed=1), photo(case, part="entry:2", seed=2)
    timeline = page(city.zhang, case).split('class="timeline"')[1]
    assert inner in timeline
    assert public in timeline


def test_a_photo_of_another_case_or_of_a_draft_is_not_there(city, case):
    other = a_filed(city, at=NOON).case
    foreign, draft = photo(other), photo(case, owner="draft:x")
    missing = "00000000-0000-4000-8000-000000000000"
    link = link_of(case, city.zhang)
    with time_machine.travel(NOON, tick=False):
        desk, phone = at_desk(city.zhang), bound_phone(link)
        for key in (foreign, draft, missing, "x"):
            assert desk.get(f"/desk/cases/{case.number}/files/{key}").status_code == 404
            assert phone.get(address(link, f"/files/{key}")).status_code == 404


def test_a_photo_is_not_sent_to_a_browser_that_has_not_proved_itself(city, case):
    key = photo(case)
    with time_machine.travel(NOON, tick=False):
        answer = Client().get(address(link_of(case, city.zhang), f"/files/{key}"))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/html")
    assert at_desk(city.neighbour).get(f"/desk/cases/{case.number}/files/{key}").status_code == 404
    anonymous = Client().get(f"/desk/cases/{case.number}/files/{key}")
    assert anonymous.status_code == 302


# Numbers -----------------------------------------------------------------------------------------


def test_a_number_that_is_wrong_or_not_theirs_is_not_there(city, case):
    other_year = f"25{case.pk:06d}"
    for number in ("0", "x", "999999999", case.number[:-1] + "x", other_year, case.number + "0"):
        assert at_desk(city.zhang).get(f"/desk/cases/{number}").status_code == 404
    assert at_desk(city.neighbour).get(f"/desk/cases/{case.number}").status_code == 404


def test_whoever_is_not_signed_in_is_asked_to_whether_the_case_is_there_or_not(case):
    for number in (case.number, "260999990"):
        answer = Client().get(f"/desk/cases/{number}")
        assert answer.status_code == 302
        assert answer.url == f"/staff/sign-in?next=/desk/cases/{number}"


def test_a_resident_has_no_way_in_here(filed):
    browser = Client()
    token = filed.requester.tracking_token
    assert browser.get(f"/o/{token}").status_code == 404
    assert Resident().described() == {"kind": "resident"}
    assert WORDS not in text_of(browser.get(f"/desk/cases/{filed.case.number}"))
