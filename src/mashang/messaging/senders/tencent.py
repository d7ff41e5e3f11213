"""腾讯云短信 (sms 2021-01-11) through its official SDK, the extra `tencent`.

Our key goes along as SessionContext. It comes back in what is pulled by phone where the city had
that opened by the provider; a message whose answer was lost and that is not found there fails as
unknown, and is not sent again by itself.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
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

ENDPOINT, REGION = "sms.tencentcloudapi.com", "ap-guangzhou"
# What speaks of the account, the machine or the hour and not of the message
# (https://cloud.tencent.com/document/product/382/59177).
TRY_AGAIN_KINDS = (
    "AuthFailure",
    "UnauthorizedOperation",
    "InternalError",
    "RequestLimitExceeded",
    "ResourceInsufficient",
    "ResourceUnavailable",
    "IpNotInWhitelist",
    "FailedOperation.InsufficientBalanceInSmsPackage",
    "FailedOperation.SignatureIncorrectOrUnapproved",
    "LimitExceeded.AppMainlandChinaDailyLimit",
    "LimitExceeded.DailyLimit",
    "InvalidParameterValue.SdkAppIdNotExist",
)
MAY_BE_SENT = frozenset({"InternalError.Timeout", "ServerNetworkError"})
CITY = ZoneInfo("Asia/Shanghai")
RECEIPTS_WITHIN = timedelta(minutes=5)  # asked so long before nobody can tell
PULLED = 100


class Tencent:
    """SendSms for one message at a time. Option `app` is the SmsSdkAppId."""

    uses_network = True

    def __init__(self, account: Account):
        from tencentcloud.common import credential  # noqa: PLC0415
        from tencentcloud.common.profile.client_profile import ClientProfile  # noqa: PLC0415
        from tencentcloud.common.profile.http_profile import HttpProfile  # noqa: PLC0415
        from tencentcloud.sms.v20210111 import models  # noqa: PLC0415
        from tencentcloud.sms.v20210111.sms_client import SmsClient  # noqa: PLC0415

        self._models = models
        self._account = account
        place = HttpProfile(
            endpoint=account.option("endpoint", ENDPOINT),
            protocol=account.option("protocol", "https"),
            reqTimeout=max(1, round(account.seconds)),
            keepAlive=True,
        )
        key = credential.Credential(account.key, account.secret)
        region = account.option("region", REGION)
        self._client = SmsClient(key, region, ClientProfile(httpProfile=place))

    def send(self, parcel: Parcel) -> str:
        request = self._models.SendSmsRequest()
        request.PhoneNumberSet = [f"+86{parcel.phone}"]
        request.SmsSdkAppId = self._account.option("app")
        request.SignName = self._account.signature
        request.TemplateId = parcel.template
        request.TemplateParamSet = list(parcel.params.values())
        request.SessionContext = parcel.key
        try:
            answers = self._client.SendSms(request).SendStatusSet or []
        except Exception as error:
            raise _failure(error) from error
        if len(answers) != 1 or not answers[0].Code:
            raise OutcomeUnknown("an answer without a status")
        [answer] = answers
        if answer.Code == "Ok" and answer.SerialNo:
            return str(answer.SerialNo)
        raise _refusal(answer.Code, answer.Message or "")

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        if parcel.handed_at is None:
            return UNKNOWN
        now = datetime.now(UTC)
        request = self._models.PullSmsSendStatusByPhoneNumberRequest()
        request.BeginTime = int(parcel.handed_at.timestamp()) - 60
        request.EndTime = int(now.timestamp())
        request.Offset, request.Limit = 0, PULLED
        request.PhoneNumber = f"+86{parcel.phone}"
        request.SmsSdkAppId = self._account.option("app")
        try:
            found = self._client.PullSmsSendStatusByPhoneNumber(request).PullSmsSendStatusSet or []
        except Exception as error:
            raise _cannot_be_asked(error) from error
        for status in found:
            if status.SessionContext == parcel.key:
                return str(status.SerialNo)
        if now - parcel.handed_at < RECEIPTS_WITHIN:
            raise TemporaryFailure("no receipt yet")
        return UNKNOWN

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> tuple[Heard, bytes]:
        """Receipts are an array, a reply is an object."""
        told = json.loads(body)
        answer = json.dumps({"result": 0, "errmsg": "OK"}).encode()
        if isinstance(told, dict):
            return Heard(replies=[_reply(told)]), answer
        if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
            raise ValueError("not an array of receipts")
        reports = [
            Report(
                is_delivered=row["report_status"] == "SUCCESS",
                reference=str(row["sid"]),
                words=clean_line(f"{row.get('errmsg') or ''} {row.get('description') or ''}"),
                at=_moment(row.get("user_receive_time")),
            )
            for row in told
        ]
        return Heard(reports), answer

    def poll(self) -> Heard:
        """Only where the provider opened pulling, and the option `pull` says so. What is pulled
        once is not given again: where the second question fails, the first one's answer counts."""
        if not self._account.options.get("pull"):
            return Heard()
        statuses = self._models.PullSmsSendStatusRequest()
        replies = self._models.PullSmsReplyStatusRequest()
        for request in (statuses, replies):
            request.Limit, request.SmsSdkAppId = PULLED, self._account.option("app")
        try:
            reported = self._client.PullSmsSendStatus(statuses).PullSmsSendStatusSet or []
        except Exception as error:
            raise _cannot_be_asked(error) from error
        try:
            replied = self._client.PullSmsReplyStatus(replies).PullSmsReplyStatusSet or []
        except Exception as error:
            if not reported:
                raise _cannot_be_asked(error) from error
            replied = []
        return Heard(
            [
                Report(
                    is_delivered=row.ReportStatus == "SUCCESS",
                    reference=str(row.SerialNo),
                    key=row.SessionContext or "",
                    words=clean_line(row.Description or ""),
                    at=_stamp(row.UserReceiveTime),
                )
                for row in reported
            ],
            [
                Reply(
                    f"{row.PhoneNumber} {row.ReplyTime}",
                    str(row.SubscriberNumber),
                    str(row.ReplyContent),
                    _stamp(row.ReplyTime),
                )
                for row in replied
            ],
        )


def _reply(told: Mapping[str, Any]) -> Reply:
    phone, at = str(told["mobile"]), told["time"]
    return Reply(f"{phone} {at}", phone, str(told["text"]), _stamp(at))


def _moment(told: object) -> datetime | None:
    try:
        return datetime.strptime(str(told), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CITY)
    except ValueError:
        return None


def _stamp(told: object) -> datetime | None:
    text = str(told)
    return datetime.fromtimestamp(int(text), UTC) if text.isdigit() and len(text) < 12 else None


def _refusal(code: str, message: str) -> Exception:
    words = clean_line(f"{code} {message}")
    if code in MAY_BE_SENT:
        return OutcomeUnknown(code)
    if code.startswith(TRY_AGAIN_KINDS):
        return TemporaryFailure(words)
    return PermanentFailure(words)


def _cannot_be_asked(error: Exception) -> TemporaryFailure:
    return TemporaryFailure(str(getattr(error, "code", "") or type(error).__name__))


def _failure(error: Exception) -> Exception:
    code = getattr(error, "code", None)
    if not code or code == "ClientNetworkError":
        return network_failure(error)
    return _refusal(str(code), str(getattr(error, "message", "") or ""))
