"""Filing: what exists once a resident was told that the report is in."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from builders import NAME, PHONE, a_filed, a_report
from mashang.cases.actions.filing import file_report
from mashang.cases.flow import ClockName, State
from mashang.cases.models import Case, Entry, OrderLink, Urgency
from mashang.messaging.models import Message
from mashang.people.actors import Resident
from mashang.people.models import Absence, Account, Shift, Unit

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # 12:00 in the city, a Wednesday


def clocks_of(case: Case) -> dict[str, datetime]:
    return {clock.name: clock.due_at for clock in case.clocks.all()}


def messages_of(case: Case) -> dict[str, Message]:
    return {message.template: message for message in Message.objects.filter(subject=case.subject)}


def test_a_report_gets_a_number_an_owner_clocks_and_messages(city):
    filed = a_filed(city, at=NOON)
    case = Case.objects.get(pk=filed.case.pk)
    assert filed.is_new
    assert case.state == State.DISPATCHED
    assert case.unit == city.yihe_unit
    assert case.assignee == city.zhang
    assert clocks_of(case) == {
        ClockName.CONTACT: NOON + timedelta(minutes=30),
        ClockName.ACKNOWLEDGE: datetime(2026, 3, 5, 10, 0, tzinfo=UTC),
        ClockName.HANDLING: datetime(2026, 3, 11, 10, 0, tzinfo=UTC),
    }
    told = messages_of(case)
    assert told.keys() == {"duty_new", "receipt"}
    assert told["duty_new"].phone == city.zhang.phone
    assert told["duty_new"].params["due"] == "12:30"
    assert told["duty_new"].params["community"] == "颐和社区"
    assert told["receipt"].phone == PHONE
    link = OrderLink.objects.get(case=case)
    assert told["duty_new"].params["link"].endswith(f"/o/{link.token}")


def test_no_sms_carries_the_residents_words_name_or_phone(city):
    case = a_filed(city, text="王家门口的井盖坏了，请来修一修", name=NAME, phone=PHONE).case
    for message in messages_of(case).values():
        said = "".join(message.params.values())
        assert NAME not in said
        assert PHONE not in said
        assert "井盖" not in said


def test_the_identity_is_sealed_in_the_database(city):
    case = a_filed(city).case
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM cases_requester WHERE case_id = %s", [case.pk])
        name, phone = cursor.fetchone()
    assert name.startswith("aes-gcm:")
    assert NAME not in name
    assert PHONE not in phone
    case.requester.refresh_from_db()
    assert (case.requester.name, case.requester.phone) == (NAME, PHONE)


def test_the_same_token_makes_one_case(city):
    report = a_report(city)
    first = file_report(report, by=Resident())
    second = file_report(report, by=Resident())
    assert second.case == first.case
    assert not second.is_new
    assert (Case.objects.count(), Message.objects.count()) == (1, 2)


def test_the_same_words_from_the_same_phone_make_one_case_within_a_day(city):
    first = a_filed(city, text="路灯不亮", at=NOON)
    again = a_filed(city, text="路灯不亮", at=NOON + timedelta(hours=23))
    later = a_filed(city, text="路灯不亮", at=NOON + timedelta(hours=25))
    assert again.case == first.case
    assert later.case != first.case


def test_the_same_words_from_other_people_are_other_cases(city):
    first = a_filed(city, text="路灯不亮")
    other = a_filed(city, text="路灯不亮", phone="13909435678")
    assert other.case != first.case


def test_two_anonymous_people_with_the_same_words_are_two_cases(city):
    quiet = {"text": "路灯不亮", "name": "", "phone": "", "is_anonymous": True}
    assert a_filed(city, **quiet).case != a_filed(city, **quiet).case


def test_an_anonymous_report_has_no_contact_clock_and_no_receipt_sms(city):
    case = a_filed(city, name="", phone="", is_anonymous=True).case
    assert ClockName.CONTACT not in clocks_of(case)
    assert messages_of(case).keys() == {"duty_anonymous"}
    sealed = a_filed(city, name="", phone="", is_anonymous=True, is_sealed=True).case
    assert messages_of(sealed).keys() == {"sealed_anonymous"}


def test_what_sounds_like_an_emergency_is_filed_as_urgent(city):
    case = a_filed(city, text="二单元着火了，冒烟", at=NOON).case
    assert case.urgency == Urgency.DANGER
    assert clocks_of(case)[ClockName.HANDLING] == NOON + timedelta(hours=2)
    assert "duty_urgent" in messages_of(case)


def test_a_confidential_report_goes_to_the_countys_centre(city):
    case = a_filed(city, is_confidential=True).case
    assert (case.unit, case.assignee) == (city.centre, city.county_duty)


@pytest.mark.parametrize(
    ("level", "unit"),
    [("village", "inspection"), ("township", "inspection"), ("unknown", "inspection"),
     ("", "inspection"), ("county", "city_inspection")],
)  # fmt: skip
def test_a_sealed_report_goes_to_inspection_above_whoever_it_concerns(city, level, unit):
    case = a_filed(city, is_sealed=True, accused_level=level).case
    assert case.unit == getattr(city, unit)
    duty = messages_of(case)["sealed_new"]
    assert "颐和" not in "".join(duty.params.values())
    below = {city.zhang, city.li, city.lead, city.dispatcher, city.commissioner, *city.heads}
    assert duty.phone not in {account.phone for account in below}


def test_a_code_with_its_own_unit_goes_there(city):
    city.code.unit = city.township_unit
    city.code.save()
    assert a_filed(city).case.unit == city.township_unit


def test_the_deputy_is_told_when_the_cadre_is_absent(city):
    Absence.objects.create(
        account=city.zhang,
        deputy=city.neighbour,
        starts_at=NOON - timedelta(days=1),
        ends_at=NOON + timedelta(days=1),
    )
    assert a_filed(city, at=NOON).case.assignee == city.neighbour


def test_the_next_on_the_shift_is_told_when_the_first_is_absent_without_deputy(city):
    Absence.objects.create(
        account=city.zhang, starts_at=NOON - timedelta(days=1), ends_at=NOON + timedelta(days=1)
    )
    assert a_filed(city, at=NOON).case.assignee == city.li


def test_the_units_lead_is_told_when_nobody_is_on_duty(city):
    Shift.objects.filter(unit=city.yihe_unit).delete()
    assert a_filed(city).case.assignee == city.lead


def test_the_unit_above_is_told_when_the_unit_has_nobody_at_all(city):
    Shift.objects.filter(unit=city.yihe_unit).delete()
    city.yihe_unit.posts.all().delete()
    case = a_filed(city).case
    assert (case.unit, case.assignee) == (city.yihe_unit, city.dispatcher)


def test_a_night_shift_runs_past_midnight(city):
    Shift.objects.filter(unit=city.yihe_unit).delete()
    Shift.objects.create(
        unit=city.yihe_unit, account=city.li, starts="22:00", ends="06:00",
        weekdays="3", valid_from="2020-01-01",
    )  # fmt: skip
    thursday_two_in_the_morning = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
    assert a_filed(city, at=thursday_two_in_the_morning).case.assignee == city.li
    assert a_filed(city, at=NOON).case.assignee == city.lead


def test_every_change_of_the_duty_counts_at_the_very_next_report(city):
    """Statements are kept from report to report, rows never are."""

    def called() -> str:
        case = a_filed(city, at=NOON).case
        return f"{case.unit.name} {case.assignee.username}"

    yihe, above = city.yihe_unit.name, city.township_unit.name
    assert called() == f"{yihe} zhang"
    away = Absence.objects.create(
        account=city.zhang, starts_at=NOON, ends_at=NOON + timedelta(hours=1)
    )
    assert called() == f"{yihe} li"
    away.delete()
    assert called() == f"{yihe} zhang"
    Shift.objects.filter(account=city.zhang).delete()
    assert called() == f"{yihe} li"
    Account.objects.filter(pk=city.li.pk).update(is_active=False)
    assert called() == f"{yihe} lead"
    Unit.objects.filter(pk=city.yihe_unit.pk).update(is_active=False)
    assert called() == f"{above} dispatcher"


def test_a_report_takes_at_most_ten_queries_to_store(city):
    a_filed(city)
    report = a_report(city)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        file_report(report, by=Resident())
    written = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(written) <= 10, "\n".join(written)


def test_a_failure_on_the_way_leaves_nothing_behind(city, monkeypatch):
    def broken(drafts):
        raise RuntimeError("the power went")

    monkeypatch.setattr("mashang.cases.actions.filing.queue", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        a_filed(city)
    assert (Case.objects.count(), Entry.objects.count(), Message.objects.count()) == (0, 0, 0)
