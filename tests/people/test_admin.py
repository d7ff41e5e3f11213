"""The operator's admin pages: a phone is set and never read, exclusive offices are refused."""

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from mashang.core.crypto import blind_index
from mashang.people.models import Account, Device, Post, Role, Unit, UnitKind
from mashang.places.models import Kind, Level, Place

PHONE = "19900000033"
LIST = "admin:people_account_changelist"


@pytest.fixture
def unit(db):
    place = Place.objects.create(
        code="6204", name="白银市", full_name="白银市", level=Level.PREFECTURE, kind=Kind.CITY
    )
    return Unit.objects.create(code="centre", name="综治中心", kind=UnitKind.CENTRE, place=place)


@pytest.fixture
def operator(unit):
    account = Account.objects.create_user("operator", "a-long-enough-password", name="朱运维")
    Post.objects.create(account=account, unit=unit, role=Role.SYSTEM_OPERATOR, place=unit.place)
    return account


@pytest.fixture
def zhang(db):
    return Account.objects.create_user("zhang", None, name="张桂兰", phone=PHONE)


@pytest.fixture
def desk(client, operator):
    client.force_login(operator)
    return client


def post_form(account, unit, **changes):
    return {
        "account": account.pk,
        "unit": unit.pk,
        "role": Role.HANDLER,
        "position": "",
        "title": "",
        "place": unit.place_id,
        "starts_on": "2020-01-01",
        **changes,
    }


def change(account):
    return reverse("admin:people_account_change", args=[account.pk])


def test_no_page_of_an_account_shows_its_phone(desk, zhang):
    for address in (reverse(LIST), reverse(LIST) + "?q=zhang", change(zhang)):
        page = desk.get(address)
        assert page.status_code == 200
        assert "张桂兰" in page.text
        assert PHONE not in page.text
        assert PHONE[-4:] not in page.text


def test_a_phone_can_be_set_and_old_devices_are_dead_afterwards(desk, zhang):
    device = Device.objects.create(account=zhang, secret_digest="x")
    form = {"username": "zhang", "name": "张桂兰", "is_active": "on", "new_phone": "199 0000 0044"}
    assert desk.post(change(zhang), form).status_code == 302
    zhang.refresh_from_db()
    assert (zhang.phone, zhang.phone_index) == ("19900000044", blind_index("19900000044"))
    device.refresh_from_db()
    assert device.revoked_at is not None


def test_an_empty_phone_and_password_change_neither(desk, zhang):
    device = Device.objects.create(account=zhang, secret_digest="x")
    form = {"username": "zhang", "name": "张桂芳", "is_active": "on"}
    desk.post(change(zhang), {**form, "new_phone": "", "new_password": ""})
    before = zhang.password
    zhang.refresh_from_db()
    assert (zhang.name, zhang.phone, zhang.password) == ("张桂芳", PHONE, before)
    device.refresh_from_db()
    assert device.revoked_at is None


@pytest.mark.parametrize("typed", ["12345", "0943-8231234", PHONE, "abc"])
def test_a_wrong_or_foreign_phone_is_refused(desk, zhang, operator, typed):
    form = {"username": "operator", "name": "朱运维", "is_active": "on", "new_phone": typed}
    assert desk.post(change(operator), form).status_code == 200
    operator.refresh_from_db()
    assert operator.phone == ""


def test_nobody_sets_anothers_password_or_switches_an_account_off_here(desk, zhang):
    form = {"username": "zhang", "name": "张桂兰", "new_password": "a-long-enough-password"}
    assert "password" not in desk.get(change(zhang)).text.partition("<form")[2].lower()
    desk.post(change(zhang), form)
    before = zhang.password
    zhang.refresh_from_db()
    assert (zhang.password, zhang.is_active) == (before, True)


def test_a_new_account_cannot_sign_in_without_a_password(desk):
    desk.post(
        reverse("admin:people_account_add"), {"username": "li", "name": "李", "is_active": "on"}
    )
    assert not Account.objects.get(username="li").has_usable_password()


def test_offices_that_exclude_each_other_are_refused(desk, operator, zhang, unit):
    add = reverse("admin:people_post_add")
    page = desk.post(add, post_form(operator, unit, role=Role.AUDITOR))
    assert "不能同时是" in page.text
    assert Post.objects.filter(account=operator).count() == 1
    assert desk.post(add, post_form(zhang, unit, role=Role.AUDITOR)).status_code == 302
    page = desk.post(add, post_form(zhang, unit, ends_on="2019-01-01"))
    assert "早于" in page.text


def test_accounts_units_and_posts_cannot_be_deleted(desk, zhang):
    address = reverse("admin:people_account_delete", args=[zhang.pk])
    desk.post(address, {"post": "yes"})
    assert Account.objects.filter(pk=zhang.pk).exists()


def test_a_device_can_be_revoked_from_the_list(desk, zhang):
    device = Device.objects.create(account=zhang, secret_digest="x")
    form = {"action": "revoke_chosen", "_selected_action": [device.pk]}
    desk.post(reverse("admin:people_device_changelist"), form)
    device.refresh_from_db()
    assert device.revoked_at <= timezone.now()


def test_every_list_opens(desk, zhang, unit):
    call_command("check")
    for name in (
        "places_place",
        "people_unit",
        "people_account",
        "people_post",
        "people_shift",
        "people_absence",
        "people_device",
        "codes_batch",
        "codes_code",
        "core_day",
    ):
        assert desk.get(reverse(f"admin:{name}_changelist") + "?q=a").status_code == 200


def test_nobody_but_the_operator_gets_in(client, zhang):
    client.force_login(zhang)
    assert client.get(reverse(LIST)).status_code != 200
