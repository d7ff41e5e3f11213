"""What goes into the register: by whom, from where, about what, and no secret."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from builders import NAME, PASSWORD, PHONE, WORDS, a_filed, requester_of, staff
from mashang.audit.actions import record
from mashang.audit.models import Record
from mashang.audit.proving import verify
from mashang.cases.actions import identity
from mashang.messaging import actions as messages
from mashang.messaging.models import Message, MessageState
from mashang.people.actors import SYSTEM
from mashang.people.models import Unit
from processes import Processes
from tables import a_csv, loaded
from visits import at_desk

pytestmark = pytest.mark.django_db
ADDRESS = "10.1.2.3"
RACER = """
from mashang.audit.actions import record
from mashang.people.actors import SYSTEM
print(flush=True); input()
for number in range(20):
    record("export", by=SYSTEM, data={"row": f"{sys.argv[1]}-{number}"})
print("0")
"""


def last(kind: str) -> Record:
    return Record.objects.filter(kind=kind).first()


def sign_in(username: str, password: str = PASSWORD, browser: Client | None = None):
    given = {"username": username, "password": password}
    return (browser or Client()).post("/staff/sign-in", given, REMOTE_ADDR=ADDRESS)


def test_signing_in_and_out_is_recorded_with_the_person_and_the_address(city):
    browser = Client()
    sign_in("zhang", browser=browser)
    signed_in = last("sign_in")
    assert (signed_in.account, signed_in.address) == (city.zhang, ADDRESS)
    assert (signed_in.unit, signed_in.place) == (city.yihe_unit, city.yihe.code)
    browser.post("/staff/sign-out", REMOTE_ADDR=ADDRESS)
    assert (last("sign_out").account, last("sign_out").address) == (city.zhang, ADDRESS)


def test_a_wrong_password_is_recorded_about_the_account_and_without_the_password(city):
    sign_in("zhang", "not-the-right-one")
    failed = last("sign_in_failed")
    assert (failed.about, failed.account, failed.address) == (
        f"account:{city.zhang.pk}", None, ADDRESS,
    )  # fmt: skip
    assert "not-the-right-one" not in str(Record.objects.values())


def test_a_name_that_does_not_exist_is_not_kept_since_it_may_be_a_password(city):
    sign_in("hunter2-typed-here", "x")
    assert last("sign_in_failed").about == ""
    assert "hunter2-typed-here" not in str(Record.objects.values())


def test_a_look_at_a_phone_is_in_the_cases_chain_and_in_the_register(city):
    case = a_filed(city).case
    at_desk(city.zhang).post(f"/desk/cases/{case.number}/call", REMOTE_ADDR=ADDRESS)
    look = last("look")
    assert (look.account, look.about, look.place, look.address) == (
        city.zhang, case.subject, case.place_id, ADDRESS,
    )  # fmt: skip
    assert case.entries.latest("seq").move == "look"
    kept = str(Record.objects.values())
    assert not [secret for secret in (PHONE, NAME, WORDS) if secret in kept]


def test_a_look_that_cannot_be_recorded_shows_nothing_and_leaves_no_entry(city, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError

    monkeypatch.setattr(identity, "record", broken)
    case = a_filed(city).case
    with pytest.raises(RuntimeError):
        identity.look_at_phone(case, by=staff(city.zhang))
    assert not case.entries.filter(move="look").exists()


def test_a_resident_who_takes_their_data_leaves_no_address(city, rf):
    filed = a_filed(city)
    request = rf.post("/")
    request.client_address = ADDRESS
    identity.exported(filed.case, by=requester_of(filed))
    assert (last("data_taken").about, last("data_taken").address) == (filed.case.subject, "")
    assert record("data_taken", by=requester_of(filed), request=request).address == ""


def test_filing_a_report_writes_nothing_into_the_register(city):
    a_filed(city)
    assert not Record.objects.exclude(kind="load").exists()


def test_messages_sent_again_or_cancelled_by_hand_are_recorded(city):
    case = a_filed(city).case
    message = Message.objects.filter(subject=case.subject).first()
    operator = staff(city.operator)
    messages.abort_message(message, by=operator)
    messages.retry(message, by=operator)
    for kind in ("message_aborted", "message_retried"):
        assert (last(kind).account, last(kind).about) == (city.operator, case.subject)
        assert last(kind).facts["template"] == message.template
    assert PHONE not in str(Record.objects.values())
    browser = at_desk(city.operator)
    Message.objects.filter(pk=message.pk).update(state=MessageState.QUEUED)
    form = {"action": "abort_chosen", "_selected_action": [message.pk]}
    browser.post(reverse("admin:messaging_message_changelist"), form)
    assert Record.objects.filter(kind="message_aborted").count() == 2
    assert not Record.objects.filter(kind="setting").exists()


def test_changes_in_the_administration_are_recorded_field_by_field(city):
    browser = at_desk(city.operator)
    form = {
        "code": "water", "name": "水务局", "kind": "department", "place": "620402",
        "parent": city.centre.pk, "is_active": "on", "spelled": "",
    }  # fmt: skip
    added = browser.post(reverse("admin:people_unit_add"), form, REMOTE_ADDR=ADDRESS)
    assert added.status_code == 302
    unit = Unit.objects.get(code="water")
    row = last("unit")
    assert (row.account, row.about, row.address) == (
        city.operator,
        f"unit:{unit.pk}",
        ADDRESS,
    )
    assert row.facts["what"] == "added"
    assert row.facts["changes"]["名称"] == [None, "水务局"]


def test_of_a_new_phone_only_that_it_was_set_is_kept(city):
    browser = at_desk(city.operator)
    form = {
        "username": "zhang", "name": "张桂芳", "is_active": "on",
        "new_phone": "19900009999",
    }  # fmt: skip
    address = reverse("admin:people_account_change", args=[city.zhang.pk])
    assert browser.post(address, form).status_code == 302
    row = last("person")
    assert row.about == f"account:{city.zhang.pk}"
    assert row.facts["changes"] == {
        "姓名": ["张桂兰", "张桂芳"], "设置手机号": "***",
    }  # fmt: skip
    kept = str(Record.objects.values())
    assert "19900009999" not in kept


def test_what_is_removed_or_done_to_many_is_recorded(city):
    browser = at_desk(city.operator)
    shift = city.zhang.shifts.get()
    browser.post(reverse("admin:people_shift_delete", args=[shift.pk]), {"post": "yes"})
    assert last("duty").facts["what"] == "removed"
    rest = [shift.pk for shift in city.li.shifts.all()]
    form = {"action": "delete_selected", "_selected_action": rest, "post": "yes"}
    browser.post(reverse("admin:people_shift_changelist"), form)
    assert Record.objects.filter(kind="duty").count() == 2
    link = a_filed(city).case.order_links.first()
    form = {"action": "revoke_chosen", "_selected_action": [link.pk]}
    browser.post(reverse("admin:cases_orderlink_changelist"), form)
    assert (last("link").facts["what"], last("link").facts["count"]) == ("revoke_chosen", 1)


def test_a_table_that_was_loaded_is_recorded_and_a_trial_run_is_not(city, tmp_path):
    sheet = a_csv(tmp_path / "people.csv", [("单位代码", "单位名称"), ("yihe", "颐和新名")])
    call_command("load_people", str(sheet), "--dry-run", stdout=StringIO())
    assert not Record.objects.filter(kind="load", data__contains="people.csv").exists()
    loaded("load_people", sheet)
    assert last("load").facts["file"] == "people.csv"
    assert last("load").who == {"kind": "system"}
    loaded("load_people", sheet)
    assert Record.objects.filter(kind="load", data__contains="people.csv").count() == 1


def test_only_known_kinds_are_taken_and_long_facts_are_cut():
    with pytest.raises(ValueError, match="no kind"):
        record("something-else", by=SYSTEM)
    assert len(record("export", by=SYSTEM, data={"row": "x" * 999}).facts["row"]) == 200


def test_what_is_rolled_back_was_never_recorded(city):
    before = Record.objects.count()
    with transaction.atomic():
        record("export", by=SYSTEM)
        transaction.set_rollback(True)
    assert Record.objects.count() == before
    record("export", by=SYSTEM)
    assert verify().fault == ""


@pytest.mark.django_db(transaction=True)
def test_many_processes_at_once_make_one_chain_without_gaps(tmp_path):
    team = Processes(tmp_path)
    try:
        team.race(RACER, times=4)
    finally:
        team.stop()
    assert list(Record.objects.order_by("seq").values_list("seq", flat=True)) == [*range(1, 81)]
    assert len({row.data for row in Record.objects.all()}) == 80
    assert verify().fault == ""


def test_somebody_without_a_post_is_recorded_too(city):
    city.zhang.posts.all().delete()
    row = record("sign_in", by=staff(city.zhang))
    assert (row.account, row.unit, row.place) == (city.zhang, None, "")
