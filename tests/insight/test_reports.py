"""Reports: what they say, who gets them, how they are made, kept and mailed."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from openpyxl import load_workbook

from builders import staff
from counted_day import NOON, ON_THE_DAY, TODAY, count
from mashang.cases.models import Case
from mashang.insight.models import Report, ReportState, Subscription
from mashang.insight.reports import orders
from mashang.insight.reports.content import Table, content
from mashang.insight.reports.files import MAKERS
from mashang.insight.scopes import Scope
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
PAGE = "/desk/figures/reports"
MONDAY = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)  # 8:30 in the city


@pytest.fixture
def kept(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def mailing(settings):
    settings.MAIL_FROM = "figures@city.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def ordered(account, form: str = "xlsx", query: str = ON_THE_DAY) -> Report:
    answer = at_desk(account).post(f"{PAGE}?{query}", {"form": form})
    assert answer.status_code == 302, text_of(answer)
    return Report.objects.latest("pk")


def test_findings_are_sentences_with_their_numbers(scene):
    said = content(Scope(place=scene.city.county), TODAY)
    assert said.title == "白银区诉求办理情况"
    text = "".join(said.findings)
    assert "收到 10 件，上一段时间 0 件，多 10；其中有效受理 7 件。" in text
    assert "有效受理的 7 件里，单位已答复办结 4 件，办结率 57.14%。" in text
    assert "诉求人确认解决 1 件，确认解决率 14.29%" in text
    assert "首次联系用时：一半的事项不到 11 分钟，九成不到 46 分钟。" in text
    assert "反映最多的" not in text  # none has a category yet
    tables = {block.title: block for block in said.blocks if isinstance(block, Table)}
    assert (
        "颐和社区居委会",
        6,
        4,
        0,
        2,
        "66.67% (4/6)",
        "100.00% (4/4)",
        "50.00% (1/2)",
    ) in content(Scope(place=scene.city.township), TODAY).blocks[-3].rows
    assert ("满意率", 50.0, 1, 2, "—", 0) in tables["全部指标"].rows


def test_the_category_most_reported_is_one_that_somebody_chose(scene):
    Case.objects.filter(pk=scene.far.case.pk).update(category=scene.water, is_counted=False)
    count(NOON)
    text = "".join(content(Scope(place=scene.city.county.parent), TODAY).findings)
    assert "反映最多的是“供水”，1 件。" in text


def test_a_period_without_anything_makes_a_report_too(scene):
    empty = content(Scope(place=scene.city.far_village), TODAY.before)
    assert empty.findings == ["收到 0 件，上一段时间 0 件，持平；其中有效受理 0 件。"]
    for make in MAKERS.values():
        assert make(empty)


def test_each_form_of_file_holds_the_findings_and_the_tables(scene):
    said = content(Scope(place=scene.city.county), TODAY)
    book = load_workbook(BytesIO(MAKERS["xlsx"](said)))
    assert book["结论"]["A4"].value == said.findings[0]
    assert [cell.value for cell in book["全部指标"][2]][:3] == ["收到", None, 10]
    with ZipFile(BytesIO(MAKERS["docx"](said))) as parts:
        document = parts.read("word/document.xml").decode()
        assert said.findings[0] in document
        assert "颐和社区居委会" not in document  # of a county villages are left out
        assert any(name.endswith(".png") for name in parts.namelist())
    paper = MAKERS["pdf"](said)
    assert paper.startswith(b"%PDF")
    assert b"/FontFile2" in paper  # embedded


def test_a_text_that_looks_like_a_formula_stays_a_text(scene):
    scene.city.township.name = "=1+1"
    scene.city.township.save()
    book = load_workbook(BytesIO(MAKERS["xlsx"](content(Scope(place=scene.city.county), TODAY))))
    cell = book["下面各地"]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_report_is_made_in_the_background_and_kept(scene, kept):
    report = ordered(scene.city.county_duty)
    page = at_desk(scene.city.county_duty).get(PAGE)
    assert '<progress max="100" value="0"' in text_of(page)
    assert page["Refresh"] == "3"
    started = []
    assert orders.start_waiting(lambda command, **_more: started.append(command)) == 1
    assert started[0][-2:] == ["figures", "--reports"]
    call_command("figures", "--reports")
    report.refresh_from_db()
    assert (report.state, report.progress, report.trouble) == (ReportState.DONE, 100, "")
    answer = at_desk(scene.city.county_duty).get(f"{PAGE}/{report.pk}")
    assert load_workbook(BytesIO(b"".join(answer.streaming_content)))["结论"]
    assert "Refresh" not in at_desk(scene.city.county_duty).get(PAGE)
    assert [file.name for file in (kept / "reports").iterdir()] == [f"{report.pk}.xlsx"]


def test_a_report_is_there_for_who_reads_the_place_and_for_nobody_else(scene, kept):
    city = scene.city
    of_county = ordered(city.county_duty)
    of_unit = ordered(city.zhang)
    call_command("figures", "--reports")
    for account, report, status in (
        (city.county_duty, of_county, 200),
        (city.county_secretary, of_county, 200),
        (city.dispatcher, of_county, 404),
        (city.far_inspector, of_county, 404),
        (city.zhang, of_county, 404),
        (city.zhang, of_unit, 200),
        (city.dispatcher, of_unit, 200),
        (city.neighbour, of_unit, 404),
        (city.auditor, of_unit, 404),
    ):
        assert at_desk(account).get(f"{PAGE}/{report.pk}").status_code == status
        listed = f'href="{PAGE}/{report.pk}"'
        if status == 200:
            assert listed in text_of(at_desk(account).get(PAGE))
    assert at_desk(city.zhang).post(f"{PAGE}?place=620402", {"form": "pdf"}).status_code == 404


def test_what_cannot_be_made_says_so_and_holds_up_nothing(scene, kept, monkeypatch):
    broken, whole = ordered(scene.city.county_duty, "pdf"), ordered(scene.city.county_duty)
    monkeypatch.setitem(MAKERS, "pdf", lambda _said: 1 / 0)
    call_command("figures", "--reports")
    broken.refresh_from_db()
    whole.refresh_from_db()
    assert (broken.state, whole.state) == (ReportState.FAILED, ReportState.DONE)
    assert "生成时出错了" in text_of(at_desk(scene.city.county_duty).get(PAGE))
    assert at_desk(scene.city.county_duty).get(f"{PAGE}/{broken.pk}").status_code == 404


def test_one_whose_maker_died_is_made_again(scene, kept):
    report = ordered(scene.city.county_duty)
    Report.objects.filter(pk=report.pk).update(state=ReportState.RUNNING, beat_at=NOON)
    call_command("figures", "--reports")
    assert Report.objects.get(pk=report.pk).state == ReportState.RUNNING
    with time_machine.travel(NOON + orders.IS_DEAD_AFTER + timedelta(seconds=1), tick=False):
        call_command("figures", "--reports")
    assert Report.objects.get(pk=report.pk).state == ReportState.DONE


def test_nobody_orders_without_end_or_something_else(scene):
    browser = at_desk(scene.city.county_duty)
    assert browser.post(PAGE, {"form": "exe"}).status_code == 422
    for _turn in range(orders.MOST_WAITING):
        assert browser.post(PAGE, {"form": "xlsx"}).status_code == 302
    answer = browser.post(PAGE, {"form": "xlsx"})
    assert answer.status_code == 422
    assert "在排队" in text_of(answer)


WEEKLY = {"every": "week", "form": "xlsx", "email": "li@city.example"}


def test_a_subscriber_gets_the_week_before_by_mail_once(scene, kept, mailing):
    browser = at_desk(scene.city.county_duty)
    for _click in range(2):
        assert browser.post("/desk/figures/subscribe", WEEKLY).status_code == 302
    assert "li@city.example" in text_of(browser.get(PAGE))
    assert orders.order_due(at=NOON) == 0
    with time_machine.travel(MONDAY, tick=False):
        assert (orders.order_due(at=MONDAY), orders.order_due(at=MONDAY)) == (1, 0)
        call_command("figures", "--reports")
        call_command("figures", "--reports")
    (message,) = mail.outbox
    assert (message.to, message.from_email) == (["li@city.example"], "figures@city.example")
    assert message.subject == "白银区 2026年3月2日—3月8日"
    ((name, data, _type),) = message.attachments
    assert name.endswith(".xlsx")
    assert "收到 10 件" in load_workbook(BytesIO(data))["结论"]["A4"].value
    assert scene.satisfied.case.number not in str(message.message())


def test_who_left_the_post_is_mailed_nothing(scene, kept, mailing):
    at_desk(scene.city.county_duty).post("/desk/figures/subscribe", WEEKLY)
    scene.city.county_duty.posts.update(ends_on=NOON.date())
    with time_machine.travel(MONDAY, tick=False):
        assert orders.order_due(at=MONDAY) == 0
    assert Subscription.objects.get().ended_at is not None


def test_a_subscription_is_ended_by_its_owner_alone(scene, mailing):
    at_desk(scene.city.county_duty).post("/desk/figures/subscribe", WEEKLY)
    address = f"/desk/figures/subscriptions/{Subscription.objects.get().pk}/end"
    assert at_desk(scene.city.dispatcher).post(address).status_code == 404
    assert at_desk(scene.city.county_duty).post(address).status_code == 302
    assert orders.order_due(at=MONDAY) == 0


def test_a_mail_that_does_not_go_out_is_tried_again_and_given_up(scene, kept, mailing, monkeypatch):
    at_desk(scene.city.county_duty).post("/desk/figures/subscribe", WEEKLY)
    tries = []

    def refuse(self, **_more):
        tries.append(self)
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    with time_machine.travel(MONDAY, tick=False) as clock:
        orders.order_due(at=MONDAY)
        for _turn in range(orders.MOST_TRIES + 3):
            call_command("figures", "--reports")
            clock.shift(timedelta(minutes=11))
    assert len(tries) == orders.MOST_TRIES
    assert Report.objects.get().mailed_at is None


def test_without_mail_set_nothing_is_offered_and_a_bad_address_is_refused(scene, settings):
    browser = at_desk(scene.city.county_duty)
    assert "还没有设置发邮件" in text_of(browser.get(PAGE))
    assert browser.post("/desk/figures/subscribe", WEEKLY).status_code == 404
    settings.MAIL_FROM = "figures@city.example"
    answer = browser.post("/desk/figures/subscribe", WEEKLY | {"email": "not an address"})
    assert answer.status_code == 422
    assert "not an address" in text_of(answer)
    assert not Subscription.objects.exists()


def test_days_on_which_subscriptions_are_due(scene):
    actor, scope = staff(scene.city.county_duty), Scope(place=scene.city.county)
    due = {
        every: orders.subscribe(scope, every=every, form="pdf", email="a@b.example", by=actor)
        for every in ("day", "week", "month")
    }
    assert {every: str(row.next_on) for every, row in due.items()} == {
        "day": "2026-03-05", "week": "2026-03-09", "month": "2026-04-01",
    }  # fmt: skip
