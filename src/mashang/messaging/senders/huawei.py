"""华为云消息&短信 through its official SDK, the extra `huawei`.

Our key goes along as `extend` and comes back in the receipt alone: there is nothing to ask. A
message whose answer was lost waits some minutes for its receipt and then fails as unknown.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from mashang.core.text import clean_line
from mashang.messaging.senders.base import (
    UNKNOWN,
    Acceptance,
    Account,
    Heard,
    OutcomeUnknown,
    Parcel,
    PermanentFailure,
    Report,
    TemporaryFailure,
    network_failure,
)

ENDPOINT = "https://smsapi.cn-north-4.myhuaweicloud.com:443"
ACCEPTED = "000000"
# What speaks of the account, the machine or the hour and not of the message
# (https://support.huaweicloud.com/api-msgsms/sms_05_0050.html).
TRY_AGAIN = frozenset(
    {
        "E000000",  # system error
        "E000001", "E000002", "E000003", "E000004", "E000005", "E000006", "E000007",  # signing
        "E000020", "E000021", "E000022", "E000027", "E000040", "E000101", "E000102", "E000103",
        "E000104", "E000105", "E000106", "E000503", "E000510", "E000620", "E000623",
        "E200015",  # too much at once
        "E200030", "E200037",  # signature not ready
        "APIGW.0301", "APIGW.0308",
    }
)  # fmt: skip
RECEIPTS_WITHIN = timedelta(minutes=5)


class Huawei:
    """batchSendSms for one message at a time. Option `channel` is the number that the city's
    signature was given (通道号), `callback` where receipts are to come."""

    uses_network = True

    def __init__(self, account: Account):
        from huaweicloudsdkcore.http.http_config import HttpConfig  # noqa: PLC0415
        from huaweicloudsdksmsapi.v1 import model  # noqa: PLC0415
        from huaweicloudsdksmsapi.v1.smsapi_client import SMSApiClient  # noqa: PLC0415
        from huaweicloudsdksmsapi.v1.smsapi_credentials import SMSApiCredentials  # noqa: PLC0415

        self._models = model
        self._account = account
        config = HttpConfig.get_default_config()
        config.retry_times = 0
        config.timeout = (min(account.seconds, 3.0), account.seconds)
        self._client = (
            SMSApiClient.new_builder()
            .with_http_config(config)
            .with_credentials(SMSApiCredentials(account.key, account.secret))
            .with_endpoints([account.option("endpoint", ENDPOINT)])
            .build()
        )

    def send(self, parcel: Parcel) -> str:
        body = self._models.BatchSendSmsRequestBody(
            _from=self._account.option("channel"),
            to=f"+86{parcel.phone}",
            template_id=parcel.template,
            template_paras=json.dumps(list(parcel.params.values()), ensure_ascii=False),
            status_callback=self._account.option("callback") or None,
            extend=parcel.key,
            signature=self._account.signature,
        )
        try:
            answer = self._client.batch_send_sms(self._models.BatchSendSmsRequest(body=body))
        except Exception as error:
            raise _failure(error) from error
        found = answer.result or []
        if len(found) == 1 and found[0].status == ACCEPTED and found[0].sms_msg_id:
            return str(found[0].sms_msg_id)
        code = found[0].status if found else answer.code
        if not code or code == ACCEPTED:
            raise OutcomeUnknown("an answer without a status")
        raise _refusal(str(code), str(answer.description or ""))

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        now = datetime.now(UTC)
        if parcel.handed_at is not None and now - parcel.handed_at < RECEIPTS_WITHIN:
            raise TemporaryFailure("no receipt yet")
        return UNKNOWN

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> tuple[Heard, bytes]:
        """One receipt a request, as a form; of a long message one for each part."""
        told = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if not told.get("smsMsgId") or not told.get("status"):
            raise ValueError("not a receipt")
        status = told["status"]
        if status == "ACCEPTD" or (status == "DELIVRD" and told.get("sequence", "1") != "1"):
            return Heard(), b""
        report = Report(
            is_delivered=status == "DELIVRD",
            reference=told["smsMsgId"],
            key=told.get("extend", ""),
            words=clean_line(status),
            at=_moment(told.get("updateTime")),
        )
        return Heard([report]), b""


def _moment(told: object) -> datetime | None:
    try:
        return datetime.strptime(str(told), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _refusal(code: str, message: str) -> Exception:
    words = clean_line(f"{code} {message}")
    return TemporaryFailure(words) if code in TRY_AGAIN else PermanentFailure(words)


def _failure(error: Exception) -> Exception:
    """What an exception of the SDK means. Where it does not know the body of a refusal, it gives
    it whole as the message."""
    status, code = getattr(error, "status_code", None), str(getattr(error, "error_code", "") or "")
    words = str(getattr(error, "error_msg", "") or "")
    try:
        told = json.loads(words)
        code, words = str(told.get("code") or code), str(told.get("description") or "")
    except (ValueError, AttributeError):
        pass
    if status in (401, 403, 429, 503):
        return TemporaryFailure(clean_line(f"{code or status} {words}"))
    if status and code and status < 500:
        return _refusal(code, words)
    return network_failure(error)
