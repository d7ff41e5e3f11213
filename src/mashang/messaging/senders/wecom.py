"""企业微信: group robots (https://developer.work.weixin.qq.com/document/path/91770) and messages of
an application (…/path/90236). Numbers of errors: …/path/90313."""

from urllib.parse import quote, urlencode

from mashang.messaging.senders.base import UNKNOWN, Acceptance, Account, AddressGone, Parcel
from mashang.messaging.senders.line import Line
from mashang.messaging.senders.office import ask, check, fetch, with_token
from mashang.messaging.senders.tokens import Token

URL = "https://qyapi.weixin.qq.com"
NO_ROBOT = frozenset({93000, 93008, 93017})
NO_USER = frozenset({40003, 40031, 60111, 81013})
# Busy, too much at once, or our server or application not allowed yet, which a person mends.
LATER = frozenset({-1, 6000, 40013, 40056, 41002, 41004, 45009, 45033, 48002, 60011, 60020, 301002})


class WecomGroup:
    """`parcel.address["key"]` is the robot's key, from its Webhook address."""

    uses_network = True

    def __init__(self, account: Account):
        self._line = Line(account.option("url", URL), seconds=account.seconds)

    def send(self, parcel: Parcel) -> str:
        path = f"/cgi-bin/webhook/send?key={quote(parcel.address.get('key', ''), safe='')}"
        told = ask(self._line, "POST", path, {"msgtype": "text", "text": {"content": parcel.text}})
        check(told, gone=NO_ROBOT, later=LATER)
        return ""

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return UNKNOWN


class WecomApp:
    """Key: corpid; secret: the application's Secret; option `agent`: its AgentId.
    `parcel.address["user"]` is the member's name there."""

    uses_network = True

    def __init__(self, account: Account):
        self._line = Line(account.option("url", URL), seconds=account.seconds)
        self._agent = int(account.option("agent", "0"))
        if not self._agent:
            raise ValueError("the option agent is missing")
        query = urlencode({"corpid": account.key, "corpsecret": account.secret})
        self._token = Token(lambda: fetch(self._line, f"/cgi-bin/gettoken?{query}"))

    def send(self, parcel: Parcel) -> str:
        content = {
            "touser": parcel.address.get("user", ""),
            "msgtype": "text",
            "agentid": self._agent,
            "text": {"content": parcel.text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": 1800,
        }

        def post(token: str) -> object:
            query = urlencode({"access_token": token})
            return ask(self._line, "POST", f"/cgi-bin/message/send?{query}", content)

        told = with_token(self._token, post)
        check(told, gone=NO_USER, later=LATER)
        if told.get("invaliduser") or told.get("unlicenseduser"):
            raise AddressGone("invaliduser")
        return str(told.get("msgid") or "")[:80]

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return UNKNOWN
