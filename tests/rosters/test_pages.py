"""The duty pages: what they say, who opens them, what a press does."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from builders import someone
from mashang.core.cached import forget_all
from mashang.core.models import Day
from mashang.people.models import Absence, Account, Post, Role, Shift, Unit
from visits import at_desk, text_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 28)
HOLIDAY = date(2026, 10, 1)
UNIT = "/desk/duty/units/yihe"


def page(account: Account, address: str = "/desk/duty", status: int = 200) -> str:
    answer = at_desk(account).get(address)
    assert answer.status_code == status
    return text_of(answer)


def cell(shown: str, day: date) -> str:
    """What stands in the calendar on a day."""
    wanted = f'<span class="date">{day.month}-{day.day}</span>'
    return next(part for part in shown.split("<td")[1:] if wanted in part)


# Reading -----------------------------------------------------------------------------------------


def test_a_day_says_who_in_which_order_and_what_the_calendar_makes_of_it(city):
    Day.objects.create(date=HOLIDAY, is_working=False, name="国庆节")
    Day.objects.create(date=HOLIDAY + timedelta(days=2), is_working=True, name="国庆节")
    Shift.objects.filter(account=city.li).update(starts="18:00", ends="08:00")
    shown = page(city.zhang, f"{UNIT}?view=month&day=2026-10-01")
    holiday = cell(shown, HOLIDAY)
    assert holiday.index("张桂兰") < holiday.index("李建国")
    assert "18:00–次日 08:00" in holiday
    assert "放假（国庆节）" in holiday
    assert "补班（国庆节）" in cell(shown, HOLIDAY + timedelta(days=2))
    assert "2026 年 10 月" in shown


def test_absences_deputies_and_dead_phones_are_said_in_words(city):
    begins = HOLIDAY.strftime("%Y-%m-%dT01:00:00Z")  # 09:00 in the city
    ends = HOLIDAY.strftime("%Y-%m-%dT04:00:00Z")
    Absence.objects.create(account=city.zhang, deputy=city.lead, starts_at=begins, ends_at=ends)
    Absence.objects.create(account=city.li, starts_at=begins, ends_at=ends)
    shown = cell(page(city.zhang, f"{UNIT}?day=2026-10-01"), HOLIDAY)
    assert "09:00–12:00 离岗，周书成代班" in shown
    assert "! 09:00–12:00 离岗，没有人代班" in shown
    Account.objects.filter(pk=city.li.pk).update(phone_index="")
    assert "没有手机号" in cell(page(city.zhang, f"{UNIT}?day=2026-10-02"), date(2026, 10, 2))


def test_a_dated_day_says_so_and_shows_the_open_hours(city):
    Post.objects.filter(account=city.lead).update(is_lead=False)
    Shift.objects.create(
        unit=city.yihe_unit, account=city.li, is_dated=True, valid_from=HOLIDAY, valid_to=HOLIDAY,
        starts="08:00", ends="18:00",
    )  # fmt: skip
    shown = cell(page(city.zhang, f"{UNIT}?day=2026-10-01"), HOLIDAY)
    assert "专排" in shown
    assert "张桂兰" not in shown
    assert re.findall(r"没人</b>\s*([\d:–]+)", shown) == ["00:00–08:00", "18:00–24:00"]


def test_yesterday_shows_what_was(city):
    shift = Shift.objects.get(account=city.zhang)
    Shift.objects.filter(pk=shift.pk).update(withdrawn_at="2026-09-27T06:00:00Z")
    shown = page(city.zhang, f"{UNIT}?day=2026-09-27")
    yesterday = cell(shown, date(2026, 9, 27))
    assert "张桂兰" in yesterday
    assert "到 14:00 为止" in yesterday
    assert "张桂兰" in cell(shown, date(2026, 9, 26))
    assert "张桂兰" not in cell(shown, TODAY)


@pytest.mark.parametrize("odd", ["view=year", "day=yesterday", "day=9999-12-31", "page=x"])
def test_nonsense_in_the_address_shows_today(city, odd):
    assert "9-28" in page(city.dispatcher, f"/desk/duty?{odd}")
    assert "9-28" in page(city.dispatcher, f"{UNIT}?{odd}")


def test_units_stand_side_by_side_and_are_found_by_place_and_name(city):
    shown = page(city.county_duty)
    for name in ("颐和社区居委会", "隔壁社区居委会", "人民路街道办", "白银区综治中心"):
        assert name in shown
    assert "白银区督查岗" not in shown
    assert "远山村委会" not in shown
    found = page(city.county_duty, "/desk/duty?name=隔壁")
    assert "邻居红" in found
    assert "张桂兰" not in found
    below = page(city.county_duty, "/desk/duty?place=620402001007")
    assert "张桂兰" in below
    assert "邻居红" not in below


def test_everybody_reads_their_own_units_roster_and_nobody_elses(city):
    assert "张桂兰" in page(city.zhang)
    assert "邻居红" not in page(city.zhang)
    assert "登记离岗" not in page(city.zhang, UNIT)
    page(city.zhang, "/desk/duty/units/next-door", status=404)
    page(city.far_cadre, UNIT, status=404)
    for name in ("operator", "auditor"):
        page(getattr(city, name), status=404)
        page(getattr(city, name), UNIT, status=404)


def test_no_page_shows_a_phone_number(city):
    shown = (
        page(city.dispatcher) + page(city.dispatcher, UNIT) + page(city.zhang, "/desk/duty/mine")
    )
    for account in Account.objects.all():
        assert account.phone not in shown


def test_what_is_open_is_counted_here_and_on_the_front_page(city):
    assert "每个时候都有人" in page(city.dispatcher)
    assert "没人值班" not in page(city.dispatcher, "/desk")
    Shift.objects.filter(unit=city.next_door_unit).delete()
    Shift.objects.filter(unit=city.yihe_unit).delete()
    forget_all()  # as arranging it at the desk does
    shown = page(city.dispatcher)
    assert "今后 14 天有 1 个单位有时候没人值班" in shown
    assert "1 个单位有时候只有负责人" in shown
    assert "今后 14 天有 1 个单位有时候没人值班，请安排" in page(city.dispatcher, "/desk")
    assert "没人值班" not in page(city.zhang, "/desk")
    assert "没人值班" not in page(city.commissioner, "/desk"), "who cannot mend it is not bothered"


@pytest.mark.parametrize("view", ["week", "month"])
def test_as_many_queries_for_three_units_as_for_one(city, view):
    Absence.objects.create(
        account=city.zhang, deputy=city.li, starts_at="2026-09-29T00:00Z",
        ends_at="2026-09-30T00:00Z",
    )  # fmt: skip
    browser = at_desk(city.county_duty)

    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(f"/desk/duty?view={view}{query}").status_code == 200
        return len(asked)

    queries("")
    assert queries("&place=620402001007") == queries("&place=620402001")


def test_a_units_page_takes_as_many_queries_with_three_on_it_as_with_one(city):
    Shift.objects.filter(account=city.li).delete()
    browser = at_desk(city.dispatcher)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(UNIT).status_code == 200
        return len(asked)

    Absence.objects.create(
        account=city.zhang, starts_at="2026-09-29T00:00Z", ends_at="2026-09-30T00:00Z"
    )
    browser.get(UNIT)  # what a first look puts into memory is there
    one = queries()
    for number in range(2):
        extra = someone(f"extra{number}", f"新人{number}", city.yihe_unit, Role.HANDLER, on_duty=5)
        Absence.objects.create(
            account=extra, starts_at="2026-09-29T00:00Z", ends_at="2026-09-30T00:00Z"
        )
    assert queries() == one


# Arranging ---------------------------------------------------------------------------------------


def a_shift(city, **changes: object) -> dict[str, object]:
    return {
        "account": city.li.pk, "kind": "regular", "weekdays": ["1", "2"], "starts": "08:00",
        "ends": "12:00", "first": "2026-09-29", "order": 2, **changes,
    }  # fmt: skip


def test_a_shift_is_added_changed_and_ended(city):
    browser = at_desk(city.lead)
    answer = browser.post(f"{UNIT}/shifts", a_shift(city))
    assert answer.status_code == 302
    shift = Shift.objects.latest("id")
    assert (shift.weekdays, str(shift.starts), shift.valid_from) == (
        "12", "08:00:00", date(2026, 9, 29),
    )  # fmt: skip
    there = f"{UNIT}/shifts/{shift.pk}"
    assert "李建国" in text_of(browser.get(there))
    browser.post(there, {"step": "change", **a_shift(city, ends="13:00", first="2026-10-05")})
    shift.refresh_from_db()
    assert shift.valid_to == date(2026, 10, 4)
    newest = Shift.objects.latest("id")
    assert str(newest.ends) == "13:00:00"
    browser.post(f"{UNIT}/shifts/{newest.pk}", {"step": "end", "last": "2026-10-20"})
    newest.refresh_from_db()
    assert newest.valid_to == date(2026, 10, 20)


def test_a_holiday_rota_of_seven_days_is_one_press(city):
    sent = a_shift(city, kind="dated", weekdays=[], first="2026-10-01", last="2026-10-07")
    at_desk(city.lead).post(f"{UNIT}/shifts", sent)
    assert Shift.objects.filter(is_dated=True, account=city.li).count() == 7


def test_what_cannot_be_is_said_with_everything_still_there(city):
    browser = at_desk(city.lead)
    answer = browser.post(f"{UNIT}/shifts", a_shift(city, first="2026-09-01"))
    shown = text_of(answer)
    assert answer.status_code == 422
    assert "过去的日子不能再改" in shown
    assert 'value="2026-09-01"' in shown
    assert browser.post(f"{UNIT}/shifts", a_shift(city, account="")).status_code == 422
    assert (
        browser.post(f"{UNIT}/shifts", a_shift(city, last="2029-10-01", kind="dated")).status_code
        == 422
    )


def test_a_swap_and_an_absence(city):
    browser = at_desk(city.dispatcher)
    browser.post(f"{UNIT}/swap", {"day": "2026-10-01", "one": city.zhang.pk, "other": city.lead.pk})
    assert Shift.objects.filter(is_dated=True, account=city.lead, order=1).exists()
    sent = {
        "account": city.li.pk, "starts_at": "2026-10-02T08:00", "ends_at": "2026-10-02T18:00",
        "deputy": city.dispatcher.pk,
    }  # fmt: skip
    assert browser.post(f"{UNIT}/absences", sent).status_code == 302
    absence = Absence.objects.get()
    assert absence.deputy == city.dispatcher
    assert absence.starts_at.isoformat() == "2026-10-02T00:00:00+00:00"
    assert "李建国" in text_of(browser.get(UNIT))
    browser.post(f"/desk/duty/absences/{absence.pk}/end", {"unit": "yihe"})
    absence.refresh_from_db()
    assert absence.ends_at == absence.starts_at


def test_ones_own_absence(city):
    browser = at_desk(city.zhang)
    sent = {"starts_at": "2026-10-02T08:00", "ends_at": "2026-10-02T18:00", "deputy": city.li.pk}
    assert browser.post("/desk/duty/mine", sent).status_code == 302
    assert "李建国代班" in text_of(browser.get("/desk/duty/mine"))
    assert browser.post("/desk/duty/mine", sent).status_code == 422
    absence = Absence.objects.get()
    assert at_desk(city.neighbour).post(f"/desk/duty/absences/{absence.pk}/end").status_code == 404
    assert browser.post(f"/desk/duty/absences/{absence.pk}/end").status_code == 302


@pytest.mark.parametrize("name", ["zhang", "neighbour", "far_cadre", "commissioner"])
def test_others_change_nothing(city, name):
    browser, before = at_desk(getattr(city, name)), list(Shift.objects.values())
    shift = Shift.objects.get(account=city.zhang)
    absence = {
        "account": city.li.pk,
        "starts_at": "2026-10-02T08:00",
        "ends_at": "2026-10-02T09:00",
    }
    for address, sent in (
        (f"{UNIT}/shifts", a_shift(city)),
        (f"{UNIT}/shifts/{shift.pk}", {"step": "end"}),
        (f"{UNIT}/swap", {"day": "2026-10-01", "one": city.zhang.pk, "other": city.li.pk}),
        (f"{UNIT}/absences", absence),
        ("/desk/duty/import", {}),
    ):
        assert browser.post(address, sent).status_code == 404, address
    assert list(Shift.objects.values()) == before
    assert not Absence.objects.exists()
    assert browser.get("/desk/duty/template").status_code == 404


def test_a_shift_of_another_unit_is_not_there(city):
    other = Shift.objects.get(unit=city.next_door_unit)
    assert at_desk(city.dispatcher).get(f"{UNIT}/shifts/{other.pk}").status_code == 404


def test_nobody_is_asked_to_sign_in_in_vain(city):
    assert Client().get("/desk/duty")["Location"].startswith("/staff/sign-in")
    assert Unit.objects.filter(code="yihe").exists()
