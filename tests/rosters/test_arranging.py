"""Changing rosters: from now on, never what was; by whoever may; recorded."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from builders import a_post, someone, staff
from mashang.audit.models import Record
from mashang.core.errors import Refused
from mashang.people.duty import who_is_on_call
from mashang.people.hours import Hours
from mashang.people.models import Absence, Account, Post, Role, Shift
from mashang.rosters import actions
from mashang.rosters.access import arranged_by
from mashang.rosters.actions import NotThere, Plan, Swap

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 28)
HOLIDAY = date(2026, 10, 1)
DAYTIME = Hours("12345", time(8), time(18))


def moment(hour: int, day: date = TODAY) -> datetime:
    return datetime.combine(day, time(hour), UTC) - timedelta(hours=8)


def called(city, at: datetime) -> str:
    found = who_is_on_call(city.yihe_unit, at=at)
    return f"{found.account.username} {found.reason}"


def clear(city) -> None:
    Shift.objects.filter(unit=city.yihe_unit).delete()


def arrange(city, *plans: Plan, by: Account | None = None) -> None:
    actions.arrange(city.yihe_unit, plans, by=staff(by or city.lead))


# Who may -----------------------------------------------------------------------------------------


def test_who_arranges_what(city):
    def names(account: Account) -> set[str]:
        return set(arranged_by(staff(account)).values_list("code", flat=True))

    assert names(city.lead) == {"yihe"}
    assert names(city.dispatcher) == {"township", "yihe", "next-door"}
    assert names(city.county_duty) >= {"centre", "township", "yihe", "next-door"}
    assert "inspection" not in names(city.county_duty), "nobody else chooses who inspects"
    assert names(city.inspection_lead) == {"inspection"}
    for nobody in (city.zhang, city.commissioner, city.operator, city.auditor, city.security):
        assert names(nobody) == set()


@pytest.mark.parametrize("name", ["zhang", "neighbour", "commissioner", "operator"])
def test_others_arrange_nothing(city, name):
    actor = getattr(city, name)
    before = Shift.objects.count()
    with pytest.raises(NotThere):
        arrange(city, Plan(city.zhang, DAYTIME), by=actor)
    with pytest.raises(NotThere):
        actions.end(city.yihe_unit, Shift.objects.get(account=city.zhang).pk, by=staff(actor))
    with pytest.raises(NotThere):
        actions.swap(city.yihe_unit, Swap(city.zhang, city.li, TODAY), by=staff(actor))
    assert Shift.objects.count() == before
    assert not Record.objects.filter(kind="duty").exists()


def test_a_county_cannot_put_its_own_people_on_inspection(city):
    with pytest.raises(NotThere):
        actions.arrange(
            city.inspection, [Plan(city.inspector, DAYTIME)], by=staff(city.county_duty)
        )


# Arranging ---------------------------------------------------------------------------------------


def test_a_regular_shift_is_called_and_recorded(city):
    clear(city)
    arrange(city, Plan(city.li, DAYTIME))
    assert called(city, moment(13)) == "li shift"
    assert called(city, moment(20)) == "lead lead"
    (record,) = Record.objects.filter(kind="duty")
    assert record.account == city.lead
    assert record.about == f"unit:{city.yihe_unit.pk}"
    for said in ("李建国", "周一至周五", "08:00–18:00"):
        assert said in record.data


def test_a_holiday_rota_overrides_the_regular_one(city):
    days = actions.dates_between(HOLIDAY, HOLIDAY + timedelta(days=2))
    arrange(city, *(Plan(city.lead, Hours(), day=day) for day in days))
    assert called(city, moment(12, HOLIDAY - timedelta(days=1))) == "zhang shift"
    assert called(city, moment(12, HOLIDAY)) == "lead shift"
    assert called(city, moment(12, HOLIDAY + timedelta(days=3))) == "zhang shift"


@pytest.mark.parametrize(
    ("plan", "saying"),
    [
        ({"day": TODAY - timedelta(days=1)}, "过去的日子"),
        ({"first": TODAY - timedelta(days=1)}, "过去的日子"),
        ({"first": TODAY, "last": TODAY - timedelta(days=1)}, "早于"),
        ({"day": TODAY + timedelta(days=900)}, "太远"),
    ],
)
def test_what_is_past_or_nonsense_is_refused(city, plan, saying):
    before = Shift.objects.count()
    with pytest.raises(Refused, match=saying):
        arrange(city, Plan(city.li, DAYTIME, **plan))
    assert Shift.objects.count() == before


def test_only_people_of_the_unit_with_a_phone_are_put_on_it(city):
    with pytest.raises(Refused, match="不在颐和社区居委会任职"):
        arrange(city, Plan(city.neighbour, DAYTIME))
    silent = someone("silent", "没手机", city.yihe_unit, Role.HANDLER)
    Account.objects.filter(pk=silent.pk).update(phone="", phone_index="")
    with pytest.raises(Refused, match="手机号"):
        arrange(city, Plan(Account.objects.get(pk=silent.pk), DAYTIME))
    Post.objects.filter(account=city.li).update(ends_on=HOLIDAY - timedelta(days=1))
    arrange(city, Plan(city.li, Hours(), day=HOLIDAY - timedelta(days=1)))
    with pytest.raises(Refused, match="不在颐和社区居委会任职"):
        arrange(city, Plan(city.li, Hours(), day=HOLIDAY))


def test_the_same_shift_twice_is_made_once(city):
    arrange(city, Plan(city.li, DAYTIME))
    with pytest.raises(Refused, match="已经排过了"):
        arrange(city, Plan(city.li, DAYTIME))


# Ending and changing -----------------------------------------------------------------------------


def test_a_shift_ends_after_its_last_day_and_what_was_stays_readable(city):
    shift = Shift.objects.get(account=city.zhang)
    actions.end(city.yihe_unit, shift.pk, by=staff(city.lead), last=TODAY + timedelta(days=1))
    assert called(city, moment(12, TODAY - timedelta(days=30))) == "zhang shift"
    assert called(city, moment(12, TODAY + timedelta(days=1))) == "zhang shift"
    assert called(city, moment(12, TODAY + timedelta(days=2))) == "li shift"


def test_a_shift_taken_off_now_counted_until_now(city, noon):
    shift = Shift.objects.get(account=city.zhang)
    actions.end(city.yihe_unit, shift.pk, by=staff(city.lead))
    assert called(city, moment(11)) == "zhang shift"
    assert called(city, moment(12)) == "li shift"
    with pytest.raises(Refused, match="已经被撤下"):
        actions.end(city.yihe_unit, shift.pk, by=staff(city.lead))


def test_taking_off_the_last_dated_duty_brings_the_regular_ones_back(city):
    arrange(city, Plan(city.lead, Hours(), day=HOLIDAY))
    shift = Shift.objects.get(is_dated=True)
    actions.end(city.yihe_unit, shift.pk, by=staff(city.lead))
    assert called(city, moment(12, HOLIDAY)) == "zhang shift"


def test_a_change_from_a_day_on_leaves_the_days_before_as_they_were(city):
    shift = Shift.objects.get(account=city.zhang)
    plan = Plan(city.zhang, Hours("67"), 1, first=HOLIDAY)
    actions.change(city.yihe_unit, shift.pk, plan, by=staff(city.lead))
    assert called(city, moment(12, HOLIDAY - timedelta(days=1))) == "zhang shift"
    assert called(city, moment(12, HOLIDAY)) == "li shift"  # a Thursday
    assert called(city, moment(12, HOLIDAY + timedelta(days=2))) == "zhang shift"
    assert called(city, moment(12, TODAY - timedelta(days=10))) == "zhang shift"


def test_a_change_for_today_counts_from_now(city):
    shift = Shift.objects.get(account=city.zhang)
    plan = Plan(city.zhang, Hours("1", time(15), time(16)), 1, first=TODAY)
    actions.change(city.yihe_unit, shift.pk, plan, by=staff(city.lead))
    assert called(city, moment(11)) == "zhang shift"
    assert called(city, moment(13)) == "li shift"
    assert called(city, moment(15)) == "zhang shift"


# Swapping ----------------------------------------------------------------------------------------


@pytest.fixture
def by_day(city):
    """Zhang on Thursdays, Li on Fridays."""
    clear(city)
    arrange(city, Plan(city.zhang, Hours("4")), Plan(city.li, Hours("5")))


FRIDAY = HOLIDAY + timedelta(days=1)


def test_somebody_takes_over_one_day(city, by_day):
    actions.swap(city.yihe_unit, Swap(city.zhang, city.li, HOLIDAY), by=staff(city.lead))
    assert called(city, moment(12, HOLIDAY)) == "li shift"
    assert called(city, moment(12, FRIDAY)) == "li shift"
    assert called(city, moment(12, HOLIDAY + timedelta(days=7))) == "zhang shift"


def test_two_change_days(city, by_day):
    swap = Swap(city.zhang, city.li, HOLIDAY, back=FRIDAY)
    actions.swap(city.yihe_unit, swap, by=staff(city.lead))
    assert called(city, moment(12, HOLIDAY)) == "li shift"
    assert called(city, moment(12, FRIDAY)) == "zhang shift"
    again = Swap(city.li, city.zhang, HOLIDAY, back=FRIDAY)
    actions.swap(city.yihe_unit, again, by=staff(city.lead))
    assert called(city, moment(12, HOLIDAY)) == "zhang shift"
    assert called(city, moment(12, FRIDAY)) == "li shift"


def test_two_on_the_same_day_change_places_and_the_third_stays(city):
    arrange(city, Plan(city.lead, Hours(), 3))
    actions.swap(city.yihe_unit, Swap(city.zhang, city.li, HOLIDAY), by=staff(city.lead))
    rows = Shift.objects.filter(is_dated=True).order_by("order")
    assert [(row.order, row.account) for row in rows] == [
        (1, city.li), (2, city.zhang), (3, city.lead),
    ]  # fmt: skip


def test_a_swap_that_fits_nothing_is_refused_whole(city, by_day):
    for swap in (
        Swap(city.lead, city.li, HOLIDAY),
        Swap(city.zhang, city.li, HOLIDAY, back=FRIDAY + timedelta(days=1)),
        Swap(city.zhang, city.zhang, HOLIDAY),
        Swap(city.zhang, city.li, TODAY - timedelta(days=4)),
    ):
        with pytest.raises(Refused):
            actions.swap(city.yihe_unit, swap, by=staff(city.lead))
    assert not Shift.objects.filter(is_dated=True).exists()


# Absences ----------------------------------------------------------------------------------------


def away(city, account=None, *, deputy=None, by=None, starts=None, hours=10):
    account, starts = account or city.zhang, starts or moment(8, HOLIDAY)
    return actions.report_absence(
        account, starts_at=starts, ends_at=starts + timedelta(hours=hours), deputy=deputy,
        by=staff(by or account),
    )  # fmt: skip


def test_one_reports_ones_own_absence_with_a_deputy(city):
    away(city, deputy=city.lead)
    assert called(city, moment(9, HOLIDAY)) == "lead deputy"
    assert called(city, moment(18, HOLIDAY)) == "zhang shift"
    (record,) = Record.objects.filter(kind="duty")
    assert record.about == f"account:{city.zhang.pk}"


def test_others_report_it_only_where_they_arrange(city):
    away(city, by=city.dispatcher)
    for name in ("li", "neighbour", "far_cadre", "commissioner"):
        with pytest.raises(NotThere):
            away(city, by=getattr(city, name), starts=moment(8, FRIDAY))


def test_a_deputy_is_near_and_can_be_told(city):
    with pytest.raises(Refused, match="同一单位或上级单位"):
        away(city, deputy=city.far_cadre)
    away(city, deputy=city.dispatcher)


def test_no_absence_in_the_past_none_twice_none_for_ever(city):
    for starts, hours in (
        (moment(8, TODAY - timedelta(days=1)), 2),
        (moment(8), 2),
        (moment(8, HOLIDAY), -1),
        (moment(8, HOLIDAY), 24 * 400),
    ):
        with pytest.raises(Refused):
            away(city, starts=starts, hours=hours)
    away(city)
    with pytest.raises(Refused, match="已经报过"):
        away(city, starts=moment(10, HOLIDAY))
    assert Absence.objects.count() == 1


def test_one_that_began_this_morning_counts_from_now(city):
    made = away(city, starts=moment(8), hours=10)
    assert made.starts_at == moment(12)
    assert called(city, moment(11)) == "zhang shift"


def test_back_early(city, noon):
    made = away(city, starts=moment(8), hours=10)
    noon.move_to(moment(14))
    actions.end_absence(made, by=staff(city.lead))
    assert called(city, moment(13)) == "li shift", "what was stays"
    assert called(city, moment(14)) == "zhang shift"
    with pytest.raises(Refused):
        actions.end_absence(made, by=staff(city.lead))
    with pytest.raises(NotThere):
        actions.end_absence(away(city), by=staff(city.neighbour))


def test_whoever_serves_in_two_units_is_excused_by_either(city):
    a_post(city.li, city.next_door_unit, Role.HANDLER)
    head = someone("head-there", "隔壁头", city.next_door_unit, Role.HANDLER, is_lead=True)
    assert away(city, city.li, by=head).account == city.li
