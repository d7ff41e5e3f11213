"""The providers of messages as data, and the wordings that they approved."""

import re
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from builders import someone
from mashang.audit.models import Record
from mashang.messaging import receiving
from mashang.messaging.models import Approval, Provider
from mashang.people.models import Role
from settings_pages import Operator

pytestmark = pytest.mark.django_db
HERE = "/providers"


@pytest.fixture
def today():
    return timezone.localdate().isoformat()


def fields(today, **changes):
    values = {
        "code": "aliyun-1", "name": "阿里云", "kind": "aliyun",
        "purposes": ["code", "resident", "duty"], "weight": "60", "signature": "白银码上办",
        "price": "0.045", "options": "endpoint = dysmsapi.aliyuncs.com\nseconds = 4",
        "is_enabled": "on", "valid_from": today, "reason": "合同 2026-11",
    }  # fmt: skip
    return {**values, **changes}


def test_a_provider_is_added_changed_and_recorded(operator, today):
    with override_settings(PROVIDER_SECRETS={"ALIYUN_1_KEY": "k", "ALIYUN_1_SECRET": "s"}):
        operator.saved(f"{HERE}/new", **fields(today))
    made = Provider.objects.get()
    assert (made.code, made.price, made.weight) == ("aliyun-1", 45, 60)
    assert made.options == {"endpoint": "dysmsapi.aliyuncs.com", "seconds": 4}
    page = operator.get(HERE)
    assert "阿里云（阿里云短信）" in page
    changed = fields(today, weight="0", is_enabled="")
    del changed["code"]
    operator.save(f"{HERE}/of/aliyun-1", confirmed=True, **changed)
    assert Provider.objects.standing().get().weight == 0
    assert Record.objects.filter(kind="provider").count() == 2


def test_it_warns_of_a_missing_secret_and_of_what_nobody_would_carry(operator, today):
    shown = operator.preview(f"{HERE}/new", **fields(today, purposes=["duty"]))
    assert "MASHANG_PROVIDER_ALIYUN_1_SECRET" in shown
    assert "验证码、居民通知没有通道可走" in shown
    answer = operator.save(f"{HERE}/new", **fields(today, purposes=["duty"]))
    assert answer.status_code == 200
    assert not Provider.objects.exists()


def test_nonsense_is_refused(operator, today):
    operator.refused(f"{HERE}/new", "不是“名称 = 值”", **fields(today, options="endpoint"))
    for option in ("seconds = soon", "seconds = 60", "at_once = 0", "at_once = many"):
        operator.refused(f"{HERE}/new", "的整数", **fields(today, options=option))
    operator.refused(f"{HERE}/new", "100", **fields(today, weight="101"))
    operator.refused(f"{HERE}/new", "不能改过去", **fields(today, valid_from="2020-01-01"))
    Provider.objects.create(code="aliyun-1", name="一", kind="demo", purposes=[])
    operator.refused(f"{HERE}/new", "已经有了", **fields(today))


def test_the_page_tells_where_receipts_go_to_who_may_change(operator, city):
    dispatcher = Operator(someone("qu", "区派单", city.centre, Role.DISPATCHER))
    Provider.objects.create(code="one", name="一", kind="demo", purposes=[])
    address = f"/messages/receipts/one/{receiving.token_of('one')}"
    assert address in operator.get(f"{HERE}/of/one")
    assert address not in dispatcher.get(f"{HERE}/of/one")
    assert dispatcher.post(f"{HERE}/of/one", step="preview").status_code == 404


class TestApprovals:
    PAGE = f"{HERE}/of/ali/receipt"

    @pytest.fixture(autouse=True)
    def ali(self, db):
        return Provider.objects.create(code="ali", name="阿里云", kind="aliyun", purposes=[])

    def test_a_wording_is_noted_with_its_number_limits_and_parts(self, operator, today):
        variables = "number 12\ncaller 20\ndue 20\nlink 80"
        noted = {
            "state": "approved", "provider_code": "SMS_1", "variables": variables,
            "valid_from": today,
        }  # fmt: skip
        shown = operator.preview(self.PAGE, **noted)
        assert re.search(r"计 \d 条", shown)
        operator.saved(self.PAGE, **noted)
        row = Approval.objects.get()
        assert row.variables == [["number", 12], ["caller", 20], ["due", 20], ["link", 80]]
        assert "SMS_1" in operator.get(f"{HERE}/of/ali")

    def test_limits_that_examples_break_are_warned_of(self, operator, today):
        noted = {"state": "approved", "provider_code": "S", "valid_from": today}
        shown = operator.preview(self.PAGE, **noted, variables="number 6\nlink 30")
        assert "超过 6 个字的会发不出去" in shown
        assert "没有写打电话的单位、期限" in shown

    def test_nonsense_is_refused(self, operator, today):
        noted = {"state": "approved", "valid_from": today}
        operator.refused(self.PAGE, "请写通道给的模板号", **noted)
        noted["provider_code"] = "S"
        operator.refused(self.PAGE, "没有变量 {waited}", **noted, variables="waited 5")
        operator.refused(self.PAGE, "不是“变量名 最多字数”", **noted, variables="number")
        operator.refused(self.PAGE, "写了两遍", **noted, variables="due 5\ndue 6")
        assert operator.browser.get("/desk/settings/providers/of/ali/none").status_code == 404

    def test_wechat_has_names_of_its_own_and_is_given_no_purpose(self, operator, today):
        account = fields(today, code="wx", name="微信", kind="wechat", purposes=["duty"])
        with override_settings(PROVIDER_SECRETS={"WX_KEY": "k", "WX_SECRET": "s"}):
            operator.save(f"{HERE}/new", confirmed=True, **account)
            assert Provider.objects.get(code="wx").purposes == []
            page = operator.get(f"{HERE}/of/wx")
        assert f"/wechat/events/wx/{receiving.token_of('wx')}" in page
        assert "duty_new" not in page and "verification" not in page
        here = f"{HERE}/of/wx/contact_missed"
        noted = {"state": "approved", "provider_code": "TM1", "valid_from": today}
        operator.refused(here, "不是“变量名 最多字数”", **noted, variables="unit 20")
        operator.refused(here, "不是“变量名 最多字数”", **noted, variables="unit 20 a-b")
        shown = operator.preview(here, **noted, variables="unit 20 thing1")
        assert "没有写" not in shown
        operator.saved(here, **noted, variables="unit 20 thing1")
        assert Approval.objects.get(provider="wx").variables == [["unit", 20, "thing1"]]
        assert "unit 20 thing1" in operator.get(here)

    def test_one_that_has_not_begun_is_taken_back(self, operator):
        later = timezone.localdate() + timedelta(days=2)
        row = Approval.objects.create(
            provider="ali", template="receipt", state="submitted", valid_from=later
        )
        operator.post(f"/withdraw/approval/{row.pk}")
        assert not Approval.objects.standing().exists()
