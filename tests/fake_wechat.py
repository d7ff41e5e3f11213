"""微信公众号, written from its documents and independent of the adapter: stable tokens, template
messages, who somebody is in WeChat's browser, and the event that tells how a message ended."""

import hashlib
import json
import time
from urllib.parse import parse_qs, parse_qsl, urlsplit

from fake_offices import FakeOffice

EVENT = """<xml><ToUserName><![CDATA[gh_1]]></ToUserName>
<FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>1395658920</CreateTime>
<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>
<MsgID>{msgid}</MsgID><Status><![CDATA[{status}]]></Status></xml>"""


class FakeWechat(FakeOffice):
    key, secret, callbacks = "wx-app-id", "wx-app-secret", "callback-token"
    template = "TM00001"

    def __init__(self):
        super().__init__()
        self.url = f"http://{self.address}"
        self.codes, self.followers, self.sent = {}, {"o-resident"}, []

    def answer_to(self, handler, body):
        parts = urlsplit(handler.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/cgi-bin/stable_token":
            wanted = json.loads(body)
            assert handler.command == "POST" and wanted["grant_type"] == "client_credential"
            self.token(handler, wanted["appid"], wanted["secret"])
        elif parts.path == "/sns/oauth2/access_token":
            self.who(handler, query)
        elif not self.is_good(query):
            self.tell(handler, {"errcode": 42001, "errmsg": "access_token expired rid: 1"})
        else:
            assert parts.path == "/cgi-bin/message/template/send"
            self.template_send(handler, json.loads(body))

    def token(self, handler, name, word):
        if (name, word) != (self.key, self.secret):
            self.tell(handler, {"errcode": 40125, "errmsg": "invalid appsecret rid: 1"})
            return
        self.tokens += 1
        self.tell(handler, {"access_token": f"t{self.tokens}", "expires_in": 7200})

    def who(self, handler, query):
        assert query["grant_type"] == "authorization_code"
        assert (query["appid"], query["secret"]) == (self.key, self.secret)
        openid = self.codes.pop(query["code"], None)
        if openid is None:
            self.tell(handler, {"errcode": 40029, "errmsg": "invalid code"})
            return
        told = {"access_token": "of-a-user", "expires_in": 7200, "openid": openid}
        self.tell(handler, {**told, "refresh_token": "r", "scope": "snsapi_base"})

    def template_send(self, handler, content):
        if self.status:
            self.tell(handler, {}, self.status)
        elif self.refuse:
            self.tell(handler, {"errcode": self.refuse, "errmsg": "why rid: 65f0"})
        elif content["touser"] not in self.followers:
            self.tell(handler, {"errcode": 43004, "errmsg": "require subscribe rid: 65f0"})
        elif content["template_id"] != self.template:
            self.tell(handler, {"errcode": 40037, "errmsg": "invalid template_id"})
        else:
            assert all(set(value) == {"value"} for value in content["data"].values())
            assert len(content["client_msg_id"]) == 32
            if self.take(handler, content["client_msg_id"], content):
                self.sent.append(content)
                told = {"errcode": 0, "errmsg": "ok", "msgid": 200228332 + len(self.sent)}
                self.tell(handler, told)

    # What it calls back with

    def signed(self, token=None):
        """The query of a request of WeChat's."""
        stamp, nonce = str(int(time.time())), "1320562132"
        parts = sorted((token or self.callbacks, stamp, nonce))
        signature = hashlib.sha1("".join(parts).encode()).hexdigest()
        return {"signature": signature, "timestamp": stamp, "nonce": nonce}

    @staticmethod
    def event(msgid, status="success", event="TEMPLATESENDJOBFINISH"):
        return EVENT.format(openid="o-resident", event=event, msgid=msgid, status=status)

    # The part of the browser

    def follow(self, address, openid="o-resident"):
        """What WeChat's browser comes back to from `address`: path and query."""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert parts.path == "/connect/oauth2/authorize" and parts.fragment == "wechat_redirect"
        assert asked["scope"] == "snsapi_base" and asked["response_type"] == "code"
        assert asked["appid"] == self.key and asked["state"].isalnum()
        assert len(asked["state"]) <= 128
        code = f"code-{len(self.codes)}-{openid}"
        self.codes[code] = openid
        return f"{urlsplit(asked['redirect_uri']).path}?code={code}&state={asked['state']}"
