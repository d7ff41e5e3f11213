"""微信公众号 (a verified service account): template messages
(https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html)
and who somebody is in WeChat's browser, by OAuth 2 with the scope snsapi_base
(…/OA_Web_Apps/Wechat_webpage_authorization.html). Numbers of errors:
…/Getting_Started/Global_Return_Code.html.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlencode

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
)
from mashang.messaging.senders.line import Line
from mashang.messaging.senders.office import ask, check, code_of, fetch, with_token
from mashang.messaging.senders.tokens import Token

URL, AUTHORIZE = "https://api.weixin.qq.com", "https://open.weixin.qq.com"
# Not followed, not taken, or nobody of this account's.
NO_USER = frozenset({40003, 43004, 43101})
# Busy, too much, or what a person mends: our server's address, the account's rights.
LATER = frozenset({-1, 40164, 43009, 45009, 45011, 45047, 48001, 50002, 61024})
USED_CODE = frozenset({40029, 40163, 41008, 42003})
FIELD = re.compile(rb"<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</\1>", re.DOTALL)
FINISHED = "TEMPLATESENDJOBFINISH"


class Wechat:
    """Key: AppID; secret: AppSecret. Options: `token`, as entered on the platform beside the
    address of ours that it calls; `name` of the account, which people follow."""

    uses_network = True

    def __init__(self, account: Account):
        self._line = Line(account.option("url", URL), seconds=account.seconds)
        self._authorize = account.option("authorize", AUTHORIZE)
        self._app, self._secret = account.key, account.secret
        self._callbacks = account.option("token")
        self.name = account.option("name")
        # Stable ones, since each worker has its own: another kind ends what was given before.
        wanted = {
            "grant_type": "client_credential",
            "appid": self._app,
            "secret": self._secret,
        }
        self._token = Token(lambda: fetch(self._line, "/cgi-bin/stable_token", wanted))

    @property
    def tells(self) -> bool:
        """Whether we hear of it where a message that was taken did not arrive."""
        return bool(self._callbacks)

    def send(self, parcel: Parcel) -> str:
        values = {name: value for name, value in parcel.params.items() if name != "link"}
        content = {
            "touser": parcel.address.get("openid", ""),
            "template_id": parcel.template,
            "data": {name: {"value": value} for name, value in values.items()},
            # The same one within ten minutes is sent once.
            "client_msg_id": hashlib.sha256(parcel.key.encode()).hexdigest()[:32],
        }
        if link := parcel.params.get("link"):
            content["url"] = link

        def post(token: str) -> object:
            query = urlencode({"access_token": token})
            return ask(self._line, "POST", f"/cgi-bin/message/template/send?{query}", content)

        told = with_token(self._token, post)
        check(told, gone=NO_USER, later=LATER)
        return str(told.get("msgid") or "")[:80]

    def was_accepted(self, parcel: Parcel) -> Acceptance:
        return UNKNOWN

    # Who somebody is

    def address_to_ask(self, *, back: str, state: str) -> str:
        """Where WeChat's browser goes to come to `back` with a code, without asking the person."""
        query = urlencode(
            {
                "appid": self._app,
                "redirect_uri": back,
                "response_type": "code",
                "scope": "snsapi_base",
                "state": state,
            }
        )
        return f"{self._authorize}/connect/oauth2/authorize?{query}#wechat_redirect"

    def openid_of(self, code: str) -> str:
        """Who came back with this code, good once. Raises PermanentFailure for one that is not
        good, TemporaryFailure where WeChat cannot be asked now."""
        query = urlencode(
            {
                "appid": self._app,
                "secret": self._secret,
                "code": code,
                "grant_type": "authorization_code",
            }
        )
        answer_of = f"/sns/oauth2/access_token?{query}"
        try:
            told = ask(self._line, "GET", answer_of, has_code=False)
        except OutcomeUnknown as error:
            raise TemporaryFailure(str(error)) from None
        if told.get("openid"):
            return str(told["openid"])
        number = code_of(told)
        kind = PermanentFailure if number in USED_CODE else TemporaryFailure
        raise kind(f"code: {number}")

    # What it calls back with

    def is_theirs(self, query: Mapping[str, str]) -> bool:
        """Whether a request to us is WeChat's: SHA-1 over token, time and nonce, sorted."""
        parts = sorted((self._callbacks, query.get("timestamp", ""), query.get("nonce", "")))
        right = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
        return bool(self._callbacks) and hmac.compare_digest(
            right.encode(), query.get("signature", "").encode()
        )

    def read_event(self, body: bytes) -> Heard:
        """What an event tells of a message; nothing for any other event, and for what people
        write to the account. Only flat fields are read, so nothing that is written into them can
        be more than a value."""
        fields = {
            name.decode(): (quoted or plain).decode("utf-8", "replace")
            for name, quoted, plain in FIELD.findall(body)
        }
        if fields.get("Event") != FINISHED or not fields.get("MsgID", "").isdigit():
            return Heard()
        status = fields.get("Status", "")
        return Heard([Report(status == "success", reference=fields["MsgID"], words=status[:80])])
