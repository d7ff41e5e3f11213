"""Limits, ladders, the calendar and the texts of SMS: dated, looked at first, never rewritten."""

from datetime import date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from builders import a_filed
from mashang.audit.models import Record
from mashang.cases import rules
from mashang.cases.models import LadderStep, Limit
from mashang.configuration.views_staff import limits as views_limits
from mashang.configuration.views_staff import overview
from mashang.core.cached import forget_all
from mashang.core.models import Day
from mashang.messaging import templates, texts
from mashang.messaging.models import Template
from settings_pages import Operator
from tables import a_csv, loaded, refused
from visits import text_of

pytestmark = pytest.mark.django_db
CONTACT = "/limits/contact"
LADDER = "/ladders/ordinary/contact"


def today():
    return timezone.localdate()


def later(days):
    return (today() + timedelta(days=days)).isoformat()


def limit_of(name, day=None, urgency=""):
    forget_all()
    at = timezone.now() + (timedelta(days=day) if day else timedelta())
    found = rules.limit(name, at=at, urgency=urgency)
    return found.amount, found.unit


class TestLimits:
    def fields(self, **more):
        return {"amount": 20, "unit": "minutes", "warn_after": 10, "valid_from": later(3), **more}

    def test_a_new_limit_counts_from_its_day_and_running_clocks_keep_theirs(self, city, operator):
        clock = a_filed(city).case.clocks.get(name="contact")
        shown = operator.preview(CONTACT, **self.fields(reason="再快一点"))
        assert "30 分钟" in shown and "20 分钟" in shown and "正在计时的 1 件不变" in shown
        operator.saved(CONTACT, **self.fields(reason="再快一点"))
        assert limit_of("contact") == (30, "minutes")
        assert limit_of("contact", day=3) == (20, "minutes")
        due = clock.due_at
        clock.refresh_from_db()
        assert clock.due_at == due
        row = Limit.objects.get(name="contact", amount=20)
        assert (row.made_by, row.reason) == (city.operator, "再快一点")
        assert Record.objects.filter(kind="limit", account=city.operator).count() == 1
        page = operator.get("/limits")
        assert "还没有生效" in page and "朱运维" in page

    def test_a_limit_to_come_is_taken_back(self, city, operator):
        operator.saved(CONTACT, **self.fields())
        row = Limit.objects.get(name="contact", amount=20)
        assert operator.post(f"/withdraw/limit/{row.pk}").status_code == 302
        assert limit_of("contact", day=3) == (30, "minutes")
        assert "撤回" in operator.get(CONTACT)

    def test_a_longer_time_to_phone_needs_a_second_thought(self, city, operator):
        fields = self.fields(amount=2, unit="hours", warn_after=1)
        answer = operator.save(CONTACT, **fields)
        assert answer.status_code == 200 and "半小时内回电" in text_of(answer)
        assert not Limit.objects.filter(unit="hours", name="contact").exists()
        assert operator.save(CONTACT, confirmed=True, **fields).status_code == 302

    def test_handling_limits_go_by_urgency(self, city, operator):
        page = "/limits/handling/consultation"
        operator.saved(page, amount=1, unit="working_days", valid_from=later(0))
        assert limit_of("handling", urgency="consultation") == (1, "working_days")
        assert limit_of("handling", urgency="ordinary") == (5, "working_days")

    @pytest.mark.parametrize(
        ("wrong", "saying"),
        [
            ({"warn_after": 20}, "早于期限"),
            ({"amount": 0}, "至少是 1"),
            ({"amount": 90000, "warn_after": ""}, "太长了"),
            ({"valid_from": "2020-01-01"}, "不能改过去"),
        ],
    )
    def test_what_is_wrong_is_said(self, city, operator, wrong, saying):
        operator.refused(CONTACT, saying, **self.fields(**wrong))

    def test_a_bare_number_keeps_its_unit(self, city, operator):
        page = "/limits/contact_attempts"
        answer = operator.post(page, amount=2, unit="minutes", valid_from=later(0))
        assert answer.status_code == 422
        operator.saved(page, amount=2, unit="times", valid_from=later(0))
        assert operator.browser.get("/desk/settings/limits/nonsense").status_code == 404


class TestLadders:
    def fields(self, *rungs, **more):
        found = {"unit": "minutes", "valid_from": later(1), **more}
        for number, (position, after) in enumerate(rungs):
            found |= {f"position_{number}": position, f"after_{number}": after}
        return found

    def rungs(self, days):
        forget_all()
        at = timezone.now() + timedelta(days=days)
        return [
            (step.rung, step.position, step.after)
            for step in rules.ladder("ordinary", clock="contact", at=at)
        ]

    def test_a_ladder_is_replaced_whole_from_its_day(self, city, operator):
        before = self.rungs(0)
        fields = self.fields(("commissioner", 0), ("county_head", 45))
        answer = operator.save(LADDER, **fields)
        assert answer.status_code == 200 and "少 4 级" in text_of(answer)
        assert operator.save(LADDER, confirmed=True, **fields).status_code == 302
        assert self.rungs(0) == before
        assert self.rungs(1) == [(2, "commissioner", 0), (3, "county_head", 45)]
        row = LadderStep.objects.filter(position="county_head", after=45).get()
        assert operator.post(f"/withdraw/ladder/{row.pk}").status_code == 302
        assert self.rungs(1) == before

    def test_the_form_begins_with_the_whole_ladder_so_no_rung_is_lost(self, city, operator):
        page = operator.get(LADDER)
        assert page.count(" selected>") >= 7  # six rungs and the unit of time
        assert "市委政法委书记" in operator.get("/ladders")

    def test_a_rung_that_nobody_holds_is_warned_of(self, city, operator):
        shown = operator.preview(LADDER, **self.fields(("cadre", 0)))
        assert "没有人" in shown

    @pytest.mark.parametrize(
        ("rungs", "saying"),
        [
            ([], "至少要有一级"),
            ([("commissioner", 30), ("county_head", 10)], "不早于上一级"),
            ([("commissioner", 0), ("commissioner", 10)], "写了两次"),
            ([("commissioner", "")], "写 0"),
        ],
    )
    def test_what_is_wrong_is_said(self, city, operator, rungs, saying):
        operator.refused(LADDER, saying, **self.fields(*rungs))

    def test_a_table_with_one_rung_alone_is_refused(self, city, tmp_path):
        path = a_csv(
            tmp_path / "ladder.csv",
            [
                ("ladder", "clock", "rung", "position", "after", "unit", "valid_from"),
                ("ordinary", "contact", 5, "county_secretary", 90, "minutes", later(1)),
            ],
        )
        limits = a_csv(tmp_path / "limits.csv", [("name", "amount", "unit", "valid_from")])
        before = self.rungs(1)
        with pytest.raises(CommandError, match="写全"):
            call_command("load_rules", ladder=path, limits=limits)
        assert self.rungs(1) == before


NOTICE = [
    ("节日", "放假自", "放假至", "上班日"),
    ("元旦", "2027-01-01", "2027-01-03", "2027-01-09"),
    ("春节", "2027-02-05", "2027-02-12", "2027-02-13、2027-02-20"),
]


@pytest.fixture
def autumn():
    with time_machine.travel(datetime(2026, 11, 24, 3, tzinfo=timezone.get_fixed_timezone(0))):
        yield


@pytest.mark.usefixtures("autumn")
class TestCalendar:
    def works(self, day):
        forget_all()
        return rules.calendar().is_working(day)

    def test_the_yearly_notice_is_loaded_from_a_table(self, city, tmp_path):
        path = a_csv(tmp_path / "notice.csv", NOTICE)
        assert self.works(date(2027, 1, 1)) == (True, False)
        loaded("load_calendar", path)
        assert self.works(date(2027, 1, 1)) == (False, True)
        assert self.works(date(2027, 2, 13)) == (True, True)  # a Saturday
        assert "未变 14" in loaded("load_calendar", path)

    def test_a_bad_notice_is_refused_whole(self, city, tmp_path):
        bad = [*NOTICE, ("错", "2027-03-09", "2027-03-01", ""), ("错", "", "", "明天")]
        said = refused("load_calendar", a_csv(tmp_path / "bad.csv", bad))
        assert "早于放假开始" in said and "没有填" in said
        assert not Day.objects.exists()

    def test_the_notice_is_imported_on_the_page(self, city, operator, tmp_path):
        path = a_csv(tmp_path / "notice.csv", NOTICE)
        file = SimpleUploadedFile("notice.csv", path.read_bytes())
        shown = text_of(operator.post("/calendar/import", step="preview", file=file))
        assert "2027-01-01 周五" in shown and "休息（元旦）" in shown

    def test_days_are_settled_by_hand_and_never_those_that_are_over(self, city, operator):
        operator.refused("/calendar", "过去的不改", first="2026-11-24", kind="rest")
        turned = {"first": "2026-12-02", "last": "2026-12-01", "kind": "rest"}
        operator.refused("/calendar", "早于开始", **turned)
        operator.saved(
            "/calendar", first="2026-12-01", last="2026-12-02", kind="rest", name="停电检修"
        )
        assert self.works(date(2026, 12, 1)) == (False, True)
        day = Day.objects.get(date=date(2026, 12, 2))
        assert (day.made_by, day.name) == (city.operator, "停电检修")
        assert "2026-12-01" in str(Record.objects.filter(kind="calendar").latest("seq").facts)
        operator.saved("/calendar", first="2026-12-01", kind="forget")
        assert self.works(date(2026, 12, 1)) == (True, True)

    def test_the_library_s_year_is_a_suggestion_that_is_looked_at_first(self, city, operator):
        operator.refused("/calendar/suggestion?year=2027", "没有 2027 年")
        shown = operator.preview("/calendar/suggestion?year=2026")
        assert "没有变化" in shown or "2026-12" in shown

    def test_a_year_is_shown_by_months_with_words_for_who_cannot_see_colours(self, city, operator):
        page = operator.get("/calendar?year=2026")
        assert page.count("<caption>") == 12
        assert "1 休息" in page
        assert operator.browser.get("/desk/settings/calendar?year=1999").status_code == 404

    def test_the_desk_warns_while_less_than_sixty_days_are_known(self, city, operator, tmp_path):
        assert "只到 2026-12-31" in operator.get("")
        assert '设置 <b class="entry-count">1</b>' in text_of(operator.browser.get("/desk"))
        out = StringIO()
        call_command("check", databases=["default"], stdout=out, stderr=out)
        assert "只到 2026-12-31" in out.getvalue()
        assert overview.warnings()
        whole = [
            NOTICE[0],
            *[(f"第{n}段", day, day, "") for n, day in enumerate(_every_day(2027, 3))],
        ]
        loaded("load_calendar", a_csv(tmp_path / "whole.csv", whole))
        forget_all()
        assert not overview.warnings()


def _every_day(year, months):
    day, days = date(year, 1, 1), []
    while day < date(year, months + 1, 1):
        days.append(day.isoformat())
        day += timedelta(days=1)
    return days


class TestWording:
    PAGE = "/wordings/receipt_plain"

    def fields(self, body, **more):
        return {"is_enabled": "on", "body": body, "valid_from": later(0), **more}

    def sent(self):
        forget_all()
        return templates.render("receipt_plain", {"number": "260001234", "link": "https://x/t/1"})

    def test_the_city_s_own_words_are_sent_from_their_day(self, city, operator):
        body = "收到了，编号{number}。进度：{link}"
        operator.saved(self.PAGE, **self.fields(body, provider_code="SMS_7"))
        assert "收到了，编号260001234" in self.sent()
        assert templates.provider_code("receipt_plain") == "SMS_7"
        row = Template.objects.get()
        assert row.made_by == city.operator
        operator.saved(self.PAGE, valid_from=later(2), body=body)  # not ticked: back again
        assert "收到了" in self.sent()
        with time_machine.travel(timezone.now() + timedelta(days=3)):
            assert "已收到" in self.sent()

    def test_what_is_useless_or_unknown_is_refused(self, city, operator):
        operator.refused(self.PAGE, "没法用", **self.fields("收到了，编号{number}。"))
        operator.refused(self.PAGE, "没有这些变量", **self.fields("{name}您好{link}"))
        operator.refused(self.PAGE, "不能有【】", **self.fields("【市】收到{number}{link}"))
        operator.refused(self.PAGE, "花括号", **self.fields("收到{number}{link}{"))
        operator.refused(self.PAGE, "请写短信", **self.fields(""))
        assert not Template.objects.exists()

    def test_a_second_part_or_a_left_out_variable_needs_a_second_thought(self, city, operator):
        long = "收到了，编号{number}。" + "我们会尽快办理。" * 6 + "{link}"
        answer = operator.save(self.PAGE, **self.fields(long))
        assert answer.status_code == 200 and "要拆成 2 条" in text_of(answer)
        answer = operator.save(self.PAGE, **self.fields("收到了。{link}"))
        assert "没有用到{number}" in text_of(answer)
        assert not Template.objects.exists()
        answer = operator.save(self.PAGE, confirmed=True, **self.fields("收到了。{link}"))
        assert answer.status_code == 302

    def test_every_text_has_its_page(self, city, operator):
        page = operator.get("/wordings")
        assert all(f"/wordings/{code}" in page for code in texts.TEXTS)
        assert "{link}" in operator.get("/wordings/duty_new")
        assert operator.browser.get("/desk/settings/wordings/nothing").status_code == 404


def test_a_dispatcher_of_the_county_reads_all_of_it_and_changes_nothing(city):
    seer = Operator(city.county_duty)
    pages = ("", "/limits", CONTACT, "/ladders", LADDER, "/calendar", "/wordings", TestWording.PAGE)
    for page in pages:
        assert "先看会改什么" not in seer.get(page)
    for page in (CONTACT, LADDER, "/calendar", TestWording.PAGE):
        assert seer.post(page, step="preview").status_code == 404


def test_every_rule_that_the_product_brings_has_its_page(city):
    assert {row.key for row in Limit.objects.all()} <= set(views_limits.LIMIT_KEYS)
    assert {row.key for row in LadderStep.objects.all()} <= set(views_limits.LADDER_KEYS)
