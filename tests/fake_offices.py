"""企业微信, 钉钉, a push service and a mail server, written from their documents and independent of
the adapters: signatures, tokens and encryption are checked anew."""

import base64
import hashlib
import hmac
import json
import socketserver
import threading
import time
from urllib.parse import parse_qsl, urlsplit

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fake_providers import FakeProvider


def padded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class FakeOffice(FakeProvider):
    """`refuse` is an errcode to answer with; of the tokens `t1`, `t2`, … only the last is good."""

    key, secret = "corp-id", "corp-secret"
    robot, robot_secret = "robot-key", "SECrobot"

    def __init__(self):
        super().__init__()
        self.tokens, self.refuse, self.status = 0, 0, 0

    def fresh(self):
        self.accepted.clear()
        self.messages.clear()
        self.deed = lambda key: "accept"
        self.refuse, self.status = 0, 0

    def token(self, handler, name, word):
        if (name, word) != (self.key, self.secret):
            self.tell(handler, {"errcode": 40001, "errmsg": "invalid credential"})
            return
        self.tokens += 1
        told = {"errcode": 0, "access_token": f"t{self.tokens}", "expires_in": 7200}
        self.tell(handler, told)

    def is_good(self, query):
        return query.get("access_token") == f"t{self.tokens}"

    def accept(self, handler, content, answer):
        """`content` is kept under its text, where the deed says that it is accepted."""
        if self.status:
            self.tell(handler, {}, self.status)
        elif self.refuse:
            words = "why, hint: [16], from ip: 1.2.3.4"
            self.tell(handler, {"errcode": self.refuse, "errmsg": words})
        elif self.take(handler, content["text"]["content"], content):
            self.tell(handler, {"errcode": 0, "errmsg": "ok", **answer})


class FakeWecom(FakeOffice):
    def answer_to(self, handler, body):
        parts = urlsplit(handler.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/cgi-bin/gettoken":
            self.token(handler, query["corpid"], query["corpsecret"])
            return
        content = json.loads(body)
        assert content["msgtype"] == "text"
        if parts.path == "/cgi-bin/webhook/send":
            if query["key"] != self.robot:
                self.tell(handler, {"errcode": 93000, "errmsg": "invalid webhook url"})
                return
            self.accept(handler, content, {})
        elif parts.path == "/cgi-bin/message/send":
            if not self.is_good(query):
                self.tell(handler, {"errcode": 42001, "errmsg": "access_token expired"})
                return
            assert content["agentid"] == 1000002
            unknown = {"invaliduser": "nobody"} if content["touser"] == "nobody" else {}
            self.accept(handler, content, {"msgid": "m1", **unknown})


class FakeDing(FakeOffice):
    def answer_to(self, handler, body):
        parts = urlsplit(handler.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/gettoken":
            self.token(handler, query["appkey"], query["appsecret"])
            return
        content = json.loads(body)
        if parts.path == "/robot/send":
            if query["access_token"] != self.robot:
                self.tell(handler, {"errcode": 300005, "errmsg": "token is not exist"})
                return
            stamp = query.get("timestamp", "0")
            signed = f"{stamp}\n{self.robot_secret}".encode()
            right = hmac.new(self.robot_secret.encode(), signed, hashlib.sha256).digest()
            if query.get("sign") != base64.b64encode(right).decode():
                self.refused_signatures += 1
                self.tell(handler, {"errcode": 310000, "errmsg": "sign not match"})
                return
            if abs(time.time() - int(stamp) / 1000) > 3600:
                self.tell(handler, {"errcode": 310000, "errmsg": "invalid timestamp"})
                return
            self.accept(handler, content, {})
        elif parts.path == "/topapi/message/corpconversation/asyncsend_v2":
            if not self.is_good(query):
                told = {"errcode": 88, "sub_code": "40014", "sub_msg": "不合法的access_token"}
                self.tell(handler, told)
                return
            assert content["agent_id"] == 1000002
            if content["userid_list"] == "nobody":
                self.tell(handler, {"errcode": 33012, "errmsg": "无效的USERID"})
                return
            self.accept(handler, content["msg"], {"task_id": 256271667526})


class FakePush(FakeProvider):
    """RFC 8030: one browser, whose subscription is `subscription`."""

    def __init__(self):
        super().__init__()
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"
        self.texts, self.status, self.public = [], 201, ""

    @property
    def subscription(self):
        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return {
            "endpoint": f"http://{self.address}/wpush/v2/abc?d=1",
            "p256dh": base64.urlsafe_b64encode(point).rstrip(b"=").decode(),
            "auth": base64.urlsafe_b64encode(self.auth).rstrip(b"=").decode(),
        }

    def answer_to(self, handler, body):
        kind, _space, said = handler.headers["Authorization"].partition(" ")
        fields = dict(each.strip().split("=", 1) for each in said.split(","))
        assert kind == "vapid" and fields["k"] == self.public
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), padded(fields["k"]))
        claims = jwt.decode(
            fields["t"], point, algorithms=["ES256"], audience=f"http://{self.address}"
        )
        assert claims["sub"] == "mailto:ops@city.example"
        assert claims["exp"] - time.time() <= 24 * 3600
        assert handler.path == "/wpush/v2/abc?d=1" and int(handler.headers["TTL"]) > 0
        if self.status == 201 and self.take(handler, "push", body):
            plain = http_ece.decrypt(body, private_key=self.private, auth_secret=self.auth)
            self.texts.append(json.loads(plain))
        if self.status:
            self.tell(handler, {}, self.status)


class FakeMail(socketserver.ThreadingTCPServer):
    """Enough of RFC 5321 to take a mail; `refusals` answers a command with something else."""

    allow_reuse_address = daemon_threads = True
    key = secret = ""

    def __init__(self):
        self.mails, self.refusals = [], {}
        super().__init__(("127.0.0.1", 0), Talk)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Talk(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.say("220 mail")
        to = ""
        while line := self.rfile.readline().decode().strip():
            command = line.split()[0].upper()
            refusal = self.server.refusals.get(command)
            if refusal == "hang up":
                return
            if command == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
            if refusal:
                self.say(refusal.format(to=to))
            elif command == "DATA":
                self.say("354 go on")
                lines = []
                while (one := self.rfile.readline()) != b".\r\n":
                    lines.append(one)
                if self.server.refusals.get("end") == "hang up":
                    return
                self.server.mails.append((to, b"".join(lines)))
                self.say("250 taken")
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")
