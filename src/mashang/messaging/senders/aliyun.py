"""阿里云短信服务 (Dysmsapi 2017-05-25) through its official SDK, the extra `aliyun`.

Our key goes along as OutId: a message whose answer was lost is found by it among what was sent to
the phone that day (QuerySendDetails), and receipts carry it (SmsReport).
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mashang.core.text import clean_line
from mashang.messaging.senders.base import (
    UNKNOWN,
    Acceptance,
    Account,
    Heard,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    Reply,
    Report,
    TemporaryFailure,
    network_failure,
)

ENDPOINT = "dysmsapi.aliyuncs.com"
# What speaks of the account, the machine or the hour and not of the message
# (https://help.aliyun.com/document_detail/101346.html).
TRY_AGAIN = frozenset(
    {
        "isp.SYSTEM_ERROR",
        "isp.RAM_PERMISSION_DENY",
        "isv.OUT_OF_SERVICE",
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.PRODUCT_UN_SUBSCRIPT",
        "isv.PRODUCT_UNSUBSCRIBE",
        "isv.ACCOUNT_NOT_EXISTS",
        "isv.ACCOUNT_ABNORMAL",
        "isv.DAY_LIMIT_CONTROL",
        "isv.MONTH_LIMIT_CONTROL",
        "isv.DENY_IP_RANGE",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SIGN_STATE_ILLEGAL",
        "ServiceUnavailable",
        "InternalError",
    }
)
TRY_AGAIN_KINDS = (
    "Throttling",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "SignatureNonceUsed",
)
CITY = ZoneInfo("Asia/Shanghai")  # in which the provider tells times
SETTLED_AFTER = timedelta(minutes=2)  # a message that is not listed then never came
PAGE = 50


class Aliyun:
    """SendSms for one message at a time. Raises ImportError where the extra is not installed."""

    uses_network = True

    def __init__(self, account: Account):
        from alibabacloud_dysmsapi20170525 import models  # noqa: PLC0415
        from alibabacloud_dysmsapi20170525.client import Client  # noqa: PLC0415
        from alibabacloud_tea_openapi.models import Config  # noqa: PLC0415
        from darabonba.runtime import RuntimeOptions  # noqa: PLC0415

        self._models = models
        self._signature = account.signature
        self._client = Client(
            Config(
                access_key_id=account.key,
                access_key_secret=account.secret,
                endpoint=account.option("endpoint", ENDPOINT),
                protocol=account.option("protocol", "HTTPS"),
            )
        )
        wait = int(account.seconds * 1000)
        self._runtime = RuntimeOptions(
            autoretry=False, connect_timeout=min(wait, 3000), read_timeout=wait
        )

    def send(self, parcel: Parcel) -> str:
        request = self._models.SendSmsRequest(
            phone_numbers=parcel.phone,
            sign_name=self._signature,
            template_code=parcel.template,
            template_param=json.dumps(dict(parcel.params), ensure_ascii=False),
            out_id=parcel.key,
        )
        try:
            answer = self._client.send_sms_with_options(request, self._runtime).body
        except Exception as error:
            raise _failure(error) from error
        if answer.code == "OK" and answer.biz_id:
            return str(answer.biz_id)
        if not answer.code or answer.code == "OK":
            raise OutcomeUnknown("an answer without Code or BizId")
        raise _refusal(answer.code, answer.message)

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        if parcel.handed_at is None:
            return UNKNOWN
        now = datetime.now(CITY)
        days = {parcel.handed_at.astimezone(CITY).date(), now.date()}
        for day in sorted(days):
            for sent in self._sent(parcel.phone, f"{day:%Y%m%d}"):
                if sent.out_id == parcel.key:
                    return parcel.key  # no other reference is told here
        if now - parcel.handed_at < SETTLED_AFTER:
            raise TemporaryFailure("not listed yet")
        return None

    def _sent(self, phone: str, day: str) -> list[Any]:
        """Everything sent to the phone on the day, all pages."""
        found: list[Any] = []
        page = 1
        while True:
            request = self._models.QuerySendDetailsRequest(
                phone_number=phone, send_date=day, page_size=PAGE, current_page=page
            )
            try:
                answer = self._client.query_send_details_with_options(request, self._runtime).body
            except Exception as error:
                raise TemporaryFailure(type(error).__name__) from error
            if answer.code != "OK":
                raise TemporaryFailure(f"{answer.code} {answer.message}")
            rows = answer.sms_send_detail_dtos
            found += (rows and rows.sms_send_detail_dto) or []
            if len(found) >= int(answer.total_count or 0) or not rows:
                return found
            page += 1

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> tuple[Heard, bytes]:
        """SmsReport and SmsUp: a JSON array each."""
        rows = json.loads(body)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError("not an array of reports")
        reports, replies = [], []
        for row in rows:
            if "content" in row:
                phone, words = str(row["phone_number"]), str(row["content"])
                at = _moment(row.get("send_time"))
                reference = str(row.get("sequence_id") or f"{phone} {row.get('send_time')}")
                replies.append(Reply(reference, phone, words, at))
            else:
                words = clean_line(f"{row.get('err_code') or ''} {row.get('err_msg') or ''}")
                reports.append(
                    Report(
                        is_delivered=row["success"] in (True, "true"),
                        reference=str(row.get("biz_id") or ""),
                        key=str(row.get("out_id") or ""),
                        words=words,
                        at=_moment(row.get("report_time")),
                    )
                )
        return Heard(reports, replies), json.dumps({"code": 0, "msg": "接收成功"}).encode()


def _moment(told: object) -> datetime | None:
    try:
        return datetime.strptime(str(told), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CITY)
    except ValueError:
        return None


def _refusal(code: str, message: str) -> Exception:
    words = clean_line(f"{code} {message}")
    if code in TRY_AGAIN or code.startswith(TRY_AGAIN_KINDS):
        return TemporaryFailure(words)
    return PermanentFailure(words)


def _failure(error: Exception) -> Exception:
    """What an exception of the SDK means for the message."""
    code, status = getattr(error, "code", None), getattr(error, "status_code", None)
    if code and status and (status < 500 or code in TRY_AGAIN):
        return _refusal(str(code), str(getattr(error, "message", "")))
    return network_failure(error)
