"""钉钉: group robots with the signature 加签
(https://open.dingtalk.com/document/robots/custom-robot-access) and work notifications
(https://open.dingtalk.com/document/orgapp/asynchronous-sending-of-enterprise-session-messages)."""

import base64
import hashlib
import hmac
import time
from urllib.parse import urlencode

from mashang.messaging.senders.base import (
    UNKNOWN,
    Acceptance,
    Account,
    Parcel,
    TemporaryFailure,
)
from mashang.messaging.senders.line import Line
from mashang.messaging.senders.office import ask, check, code_of, fetch, with_token
from mashang.messaging.senders.tokens import Token

URL = "https://oapi.dingtalk.com"
SECURITY = 310000  # signature, key word, address or time not as the robot's settings demand
NO_ROBOT = frozenset({300005, 400101, 400102, SECURITY})
NO_USER = frozenset({33012, 40031, 60121})
# Busy, too much at once, or our server's address not allowed yet, which a person mends.
LATER = frozenset({-1, 88, 60020, 90002, 90006, 90018, 130101, 130102, 410100})


def signature(secret: str, stamp: str) -> str:
    """Base64 of HMAC-SHA-256 under the robot's secret over the time in milliseconds, a line feed
    and the secret itself."""
    signed = f"{stamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


class DingGroup:
    """`parcel.address` has the robot's `token`, from its Webhook address, and its `secret`."""

    uses_network = True

    def __init__(self, account: Account):
        self._line = Line(account.option("url", URL), seconds=account.seconds)

    def send(self, parcel: Parcel) -> str:
        query = {"access_token": parcel.address.get("token", "")}
        if secret := parcel.address.get("secret"):
            stamp = str(time.time_ns() // 1_000_000)
            query |= {"timestamp": stamp, "sign": signature(secret, stamp)}
        content = {"msgtype": "text", "text": {"content": parcel.text}}
        told = ask(self._line, "POST", f"/robot/send?{urlencode(query)}", content)
        if code_of(told) == SECURITY and "timestamp" in str(told.get("errmsg")):
            raise TemporaryFailure("310000 timestamp")  # this machine's clock, not the robot
        check(told, gone=NO_ROBOT, later=LATER)
        return ""

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return UNKNOWN


class DingApp:
    """Key: AppKey; secret: AppSecret; option `agent`: AgentId. `parcel.address["user"]` is the
    member's userid."""

    uses_network = True

    def __init__(self, account: Account):
        self._line = Line(account.option("url", URL), seconds=account.seconds)
        self._agent = int(account.option("agent", "0"))
        if not self._agent:
            raise ValueError("the option agent is missing")
        query = urlencode({"appkey": account.key, "appsecret": account.secret})
        self._token = Token(lambda: fetch(self._line, f"/gettoken?{query}"))

    def send(self, parcel: Parcel) -> str:
        content = {
            "agent_id": self._agent,
            "userid_list": parcel.address.get("user", ""),
            "msg": {"msgtype": "text", "text": {"content": parcel.text}},
        }

        def post(token: str) -> object:
            query = urlencode({"access_token": token})
            path = f"/topapi/message/corpconversation/asyncsend_v2?{query}"
            return ask(self._line, "POST", path, content)

        told = with_token(self._token, post)
        check(told, gone=NO_USER, later=LATER)
        return str(told.get("task_id") or "")[:80]

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return UNKNOWN
