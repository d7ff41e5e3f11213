"""The adapters against servers that speak the providers' protocols."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fake_providers import FakeAliyun, FakeHuawei, FakeTencent, nowhere, running
from mashang.messaging.senders import (
    UNKNOWN,
    Account,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
)
from mashang.messaging.senders.aliyun import Aliyun
from mashang.messaging.senders.huawei import Huawei
from mashang.messaging.senders.tencent import Tencent


def parcel(key="case:1:receipt:1:r", **changes):
    values = {
        "key": key,
        "phone": "13900000001",
        "text": "【码上办】您反映的事项已收到，编号260000018。",
        "template": "SMS_1001",
        "params": {"number": "260000018", "caller": "颐和社区"},
        "handed_at": datetime.now(UTC),
    }
    return Parcel(**{**values, **changes})


def account(fake, **options):
    places = {"endpoint": fake.address, "protocol": "HTTP", **options}
    return Account("one", places, fake.key, fake.secret, "码上办", seconds=2.0)


@pytest.fixture(scope="module")
def aliyun():
    with running(FakeAliyun) as fake:
        yield fake


@pytest.fixture(scope="module")
def tencent():
    with running(FakeTencent) as fake:
        yield fake


@pytest.fixture(scope="module")
def huawei():
    with running(FakeHuawei) as fake:
        yield fake


@pytest.fixture(autouse=True)
def _as_new(request):
    yield
    for name in {"aliyun", "tencent", "huawei"} & set(request.fixturenames):
        fake = request.getfixturevalue(name)
        fake.accepted.clear()
        fake.messages.clear()
        fake.deed = lambda key: "accept"


class TestAliyun:
    def test_sends_signed_with_our_key_and_the_variables(self, aliyun):
        assert Aliyun(account(aliyun)).send(parcel()) == "biz-case:1:receipt:1:r"
        [sent] = aliyun.messages.values()
        assert sent["PhoneNumbers"] == "13900000001"
        assert (sent["SignName"], sent["TemplateCode"]) == ("码上办", "SMS_1001")
        assert sent["TemplateParam"] == {"number": "260000018", "caller": "颐和社区"}
        assert aliyun.refused_signatures == 0

    def test_a_wrong_secret_costs_no_message(self, aliyun):
        wrong = replace(account(aliyun), secret="another")
        with pytest.raises(TemporaryFailure, match="SignatureDoesNotMatch"):
            Aliyun(wrong).send(parcel())
        assert not aliyun.accepted

    @pytest.mark.parametrize(
        "code",
        ["isv.MOBILE_NUMBER_ILLEGAL", "isv.BUSINESS_LIMIT_CONTROL", "isv.BLACK_KEY_CONTROL_LIMIT"],
    )
    def test_what_is_wrong_with_the_message_is_final_in_its_words(self, aliyun, code):
        aliyun.deed = lambda key: code
        with pytest.raises(PermanentFailure, match=f"{code} 提供方的话"):
            Aliyun(account(aliyun)).send(parcel())

    @pytest.mark.parametrize(
        "code",
        ["isv.OUT_OF_SERVICE", "isp.SYSTEM_ERROR", "isv.DAY_LIMIT_CONTROL", "Throttling.User"],
    )
    def test_what_is_wrong_with_the_account_is_temporary(self, aliyun, code):
        aliyun.deed = lambda key: code
        with pytest.raises(TemporaryFailure, match=code):
            Aliyun(account(aliyun)).send(parcel())

    def test_nobody_there_is_temporary_and_the_phone_is_in_no_reason(self, aliyun):
        with pytest.raises(TemporaryFailure, match=r"^no connection$"):
            Aliyun(account(aliyun, endpoint=nowhere())).send(parcel())

    def test_a_server_in_trouble_says_so(self, aliyun):
        aliyun.deed = lambda key: 503
        with pytest.raises(TemporaryFailure, match="ServiceUnavailable"):
            Aliyun(account(aliyun)).send(parcel())

    @pytest.mark.parametrize("deed", ["lose", "break"])
    def test_a_lost_answer_is_unknown(self, aliyun, deed):
        aliyun.deed = lambda key: deed
        with pytest.raises(OutcomeUnknown) as raised:
            Aliyun(account(aliyun)).send(parcel())
        assert "13900000001" not in str(raised.value)

    def test_no_answer_in_time_is_unknown(self, aliyun):
        aliyun.deed = lambda key: "hang"
        with pytest.raises(OutcomeUnknown):
            Aliyun(replace(account(aliyun), seconds=0.2)).send(parcel())

    def test_an_accepted_message_is_found_by_our_key_on_any_page(self, aliyun):
        sender = Aliyun(account(aliyun))
        for number in range(51):
            aliyun.messages[f"k{number:02d}"] = {
                "PhoneNumbers": "13900000001",
                "TemplateCode": "SMS_1001",
                "at": datetime.now(UTC) + timedelta(hours=8),
            }
        assert sender.was_accepted(parcel("k50")) == "k50"
        with pytest.raises(TemporaryFailure):
            sender.was_accepted(parcel("never"))
        earlier = datetime.now(UTC) - timedelta(minutes=3)
        assert sender.was_accepted(parcel("never", handed_at=earlier)) is None

    def test_receipts_and_replies_are_read(self, aliyun):
        body = json.dumps(
            [
                {
                    "phone_number": "13900000001", "send_time": "2026-11-24 10:00:00",
                    "report_time": "2026-11-24 10:00:03", "success": True,
                    "err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "1",
                    "biz_id": "932702304080415357^0", "out_id": "case:1:receipt:1:r",
                },
                {
                    "phone_number": "13900000002", "report_time": "2026-11-24 10:00:04",
                    "success": False, "err_code": "MK:0004", "err_msg": "用户停机",
                    "biz_id": "2^0", "out_id": "k2",
                },
                {
                    "phone_number": "13900000001", "content": "1 解决了", "sign_name": "码上办",
                    "send_time": "2026-11-24 11:00:00", "dest_code": "8888", "sequence_id": 77,
                },
            ]
        ).encode()  # fmt: skip
        heard, answer = Aliyun(account(aliyun)).read_callback(body, {})
        good, bad = heard.reports
        assert (good.key, good.reference) == ("case:1:receipt:1:r", "932702304080415357^0")
        assert good.is_delivered
        assert good.at == datetime(2026, 11, 24, 2, 0, 3, tzinfo=UTC)
        assert (bad.is_delivered, bad.words) == (False, "MK:0004 用户停机")
        [reply] = heard.replies
        assert (reply.reference, reply.phone, reply.words) == ("77", "13900000001", "1 解决了")
        assert json.loads(answer) == {"code": 0, "msg": "接收成功"}
        for nonsense in (b"", b"{}", b"[1]", b'[{"phone_number": "1"}]'):
            with pytest.raises((ValueError, KeyError)):
                Aliyun(account(aliyun)).read_callback(nonsense, {})


def tencent_account(fake, **options):
    return account(fake, **{"protocol": "http", "app": "1400006666", **options})


class TestTencent:
    def test_sends_signed_with_our_key_and_the_values_in_order(self, tencent):
        assert Tencent(tencent_account(tencent)).send(parcel()) == "sn-case:1:receipt:1:r"
        [sent] = tencent.messages.values()
        assert sent == {
            "PhoneNumberSet": ["+8613900000001"],
            "SmsSdkAppId": "1400006666",
            "SignName": "码上办",
            "TemplateId": "SMS_1001",
            "TemplateParamSet": ["260000018", "颐和社区"],
            "SessionContext": "case:1:receipt:1:r",
        }
        assert tencent.refused_signatures == 0

    def test_a_wrong_secret_costs_no_message(self, tencent):
        wrong = replace(tencent_account(tencent), secret="another")
        with pytest.raises(TemporaryFailure, match="AuthFailure"):
            Tencent(wrong).send(parcel())

    @pytest.mark.parametrize(
        ("deed", "failure"),
        [
            ("FailedOperation.PhoneNumberInBlacklist", PermanentFailure),
            ("LimitExceeded.PhoneNumberDailyLimit", PermanentFailure),
            ("FailedOperation.InsufficientBalanceInSmsPackage", TemporaryFailure),
            ("InternalError.OtherError", TemporaryFailure),
            ("InternalError.Timeout", OutcomeUnknown),
            (502, OutcomeUnknown),
            ("lose", OutcomeUnknown),
            ("break", OutcomeUnknown),
        ],
    )
    def test_trouble_is_told_apart_by_the_documented_codes(self, tencent, deed, failure):
        tencent.deed = lambda key: deed
        with pytest.raises(failure) as raised:
            Tencent(tencent_account(tencent)).send(parcel())
        assert "13900000001" not in str(raised.value)

    def test_nobody_there_is_temporary_and_no_answer_is_unknown(self, tencent):
        with pytest.raises(TemporaryFailure):
            Tencent(tencent_account(tencent, endpoint=nowhere())).send(parcel())
        tencent.deed = lambda key: "hang"
        with pytest.raises(OutcomeUnknown):
            Tencent(replace(tencent_account(tencent), seconds=1)).send(parcel())

    def test_an_accepted_message_is_found_by_our_key(self, tencent):
        sender = Tencent(tencent_account(tencent))
        sender.send(parcel("k"))
        assert sender.was_accepted(parcel("k")) == "sn-k"
        with pytest.raises(TemporaryFailure):
            sender.was_accepted(parcel("never"))
        earlier = datetime.now(UTC) - timedelta(minutes=6)
        assert sender.was_accepted(parcel("never", handed_at=earlier)) is UNKNOWN

    def test_receipts_and_replies_are_read_and_pulled(self, tencent):
        sender = Tencent(tencent_account(tencent, pull=True))
        body = [
            {
                "user_receive_time": "2015-10-17 08:03:04", "nationcode": "86",
                "mobile": "13900000001", "report_status": "SUCCESS", "errmsg": "DELIVRD",
                "description": "用户短信送达成功", "sid": "sn-k",
            }
        ]  # fmt: skip
        heard, answer = sender.read_callback(json.dumps(body).encode(), {})
        assert (heard.reports[0].reference, heard.reports[0].is_delivered) == ("sn-k", True)
        assert json.loads(answer)["result"] == 0
        reply = {"extend": "1", "mobile": "13900000001", "nationcode": "86", "sign": "码上办",
                 "text": "1", "time": 1764000000}  # fmt: skip
        heard, _answer = sender.read_callback(json.dumps(reply).encode(), {})
        assert [(each.phone, each.words) for each in heard.replies] == [("13900000001", "1")]
        sender.send(parcel("k"))
        pulled = sender.poll()
        assert [(each.reference, each.is_delivered) for each in pulled.reports] == [("sn-k", False)]
        assert [each.words for each in pulled.replies] == ["2"]
        for nonsense in (b"", b"[1]", b"{}"):
            with pytest.raises((ValueError, KeyError)):
                sender.read_callback(nonsense, {})

    def test_receipts_are_kept_where_replies_cannot_be_pulled(self, tencent, monkeypatch):
        monkeypatch.setattr(tencent, "tells_replies", False)
        sender = Tencent(tencent_account(tencent, pull=True))
        with pytest.raises(TemporaryFailure, match="RequestLimitExceeded"):
            sender.poll()
        sender.send(parcel("k"))
        assert [each.reference for each in sender.poll().reports] == ["sn-k"]


def huawei_account(fake, **options):
    place = {"endpoint": f"http://{fake.address}", "channel": "8822102", **options}
    return replace(account(fake), options=place)


class TestHuawei:
    def test_sends_signed_with_our_key_and_the_values_in_order(self, huawei):
        callback = "https://city.example/messages/receipts/huawei/x"
        sender = Huawei(huawei_account(huawei, callback=callback))
        assert sender.send(parcel()) == "hw-case:1:receipt:1:r"
        [sent] = huawei.messages.values()
        assert sent == {
            "from": "8822102",
            "to": "+8613900000001",
            "templateId": "SMS_1001",
            "templateParas": '["260000018", "颐和社区"]',
            "statusCallback": callback,
            "extend": "case:1:receipt:1:r",
            "signature": "码上办",
        }
        assert huawei.refused_signatures == 0

    @pytest.mark.parametrize(
        ("deed", "failure"),
        [
            ("E200028", PermanentFailure),
            ("E200015", TemporaryFailure),
            (503, TemporaryFailure),
            (502, OutcomeUnknown),
            ("lose", OutcomeUnknown),
            ("break", OutcomeUnknown),
        ],
    )
    def test_trouble_is_told_apart_by_the_documented_codes(self, huawei, deed, failure):
        huawei.deed = lambda key: deed
        with pytest.raises(failure) as raised:
            Huawei(huawei_account(huawei)).send(parcel())
        assert "13900000001" not in str(raised.value)

    def test_a_wrong_secret_and_nobody_there_are_temporary(self, huawei):
        with pytest.raises(TemporaryFailure, match="E000103"):
            Huawei(replace(huawei_account(huawei), secret="another")).send(parcel())
        with pytest.raises(TemporaryFailure):
            Huawei(huawei_account(huawei, endpoint=f"http://{nowhere()}")).send(parcel())

    def test_what_cannot_be_asked_waits_for_its_receipt_and_is_then_unknown(self, huawei):
        sender = Huawei(huawei_account(huawei))
        with pytest.raises(TemporaryFailure):
            sender.was_accepted(parcel())
        earlier = datetime.now(UTC) - timedelta(minutes=6)
        assert sender.was_accepted(parcel(handed_at=earlier)) is UNKNOWN

    def test_receipts_are_read_once_for_all_parts(self, huawei):
        sender = Huawei(huawei_account(huawei))
        told = "smsMsgId=hw-1&status={}&total=2&sequence={}&extend=k"
        told += "&updateTime=2026-11-24T02%3A00%3A03Z"
        heard, _answer = sender.read_callback(told.format("DELIVRD", 1).encode(), {})
        [report] = heard.reports
        assert (report.reference, report.key, report.is_delivered) == ("hw-1", "k", True)
        assert report.at == datetime(2026, 11, 24, 2, 0, 3, tzinfo=UTC)
        heard, _answer = sender.read_callback(told.format("DELIVRD", 2).encode(), {})
        assert heard.reports == ()
        heard, _answer = sender.read_callback(told.format("UNDELIV", 2).encode(), {})
        assert not heard.reports[0].is_delivered
        with pytest.raises(ValueError, match="receipt"):
            sender.read_callback(b"a=b", {})
