"""Servers that speak the providers' own protocols, written from their documents and independent
of their SDKs: signatures are computed anew, refused where they are wrong, and counted."""

import hashlib
import hmac
import json
import socket
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

CITY = timedelta(hours=8)


def nowhere():
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that hangs up is part of the tests."""


class FakeProvider:
    """`deed(key)` says what to do with a message: "accept", "lose" (accept, hang up), "hang"
    (accept, never answer), "break" (hang up without accepting), or a code to refuse with."""

    code = secret = ""

    def __init__(self):
        self.accepted = Counter()
        self.messages = {}
        self.refused_signatures = 0
        self.deed = lambda key: "accept"
        self.lock = threading.Lock()
        self.freed = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.answer_to(self, body)

            do_GET = do_POST = handle_any

            def log_message(self, *_args):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def take(self, handler, key, message):
        """Do what the deed says; true where the caller should answer that it was accepted."""
        deed = self.deed(key)
        if deed in ("accept", "lose", "hang"):
            with self.lock:
                self.accepted[key] += 1
                self.messages[key] = message
        if deed == "hang":
            self.freed.wait(20)
        if deed in ("lose", "hang", "break"):
            handler.close_connection = True
            return None
        return deed

    @staticmethod
    def tell(handler, content, status=200):
        body = json.dumps(content, ensure_ascii=False).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def answer_to(self, handler, body):
        raise NotImplementedError

    def close(self):
        self.freed.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, data):
    return hmac.new(key, data.encode(), hashlib.sha256)


class FakeAliyun(FakeProvider):
    """Dysmsapi 2017-05-25 with ACS3-HMAC-SHA256
    (https://help.aliyun.com/document_detail/315526.html)."""

    key, secret = "LTAI-test", "aliyun-secret"

    def signature_of(self, handler, body):
        parts = urlsplit(handler.path)
        query = sorted(parse_qsl(parts.query, keep_blank_values=True))
        said = handler.headers["Authorization"]
        fields = dict(part.split("=", 1) for part in said.split(" ", 1)[1].split(","))
        names = fields["SignedHeaders"].split(";")
        canonical = "\n".join(
            [
                handler.command,
                parts.path,
                "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in query),
                "".join(f"{name}:{handler.headers[name].strip()}\n" for name in names),
                ";".join(names),
                sha(body),
            ]
        )
        to_sign = f"ACS3-HMAC-SHA256\n{sha(canonical.encode())}"
        assert handler.headers["x-acs-content-sha256"] == sha(body)
        right = mac(self.secret.encode(), to_sign).hexdigest()
        return fields["Credential"] == self.key and fields["Signature"] == right, dict(query)

    def answer_to(self, handler, body):
        is_right, query = self.signature_of(handler, body)
        if not is_right:
            self.refused_signatures += 1
            words = {"Code": "SignatureDoesNotMatch", "Message": "Specified signature is wrong."}
            self.tell(handler, words, 400)
        elif handler.headers["x-acs-action"] == "SendSms":
            self.send_sms(handler, query)
        else:
            self.query(handler, query)

    def send_sms(self, handler, query):
        key = query["OutId"]
        message = {**query, "TemplateParam": json.loads(query["TemplateParam"]), "at": now()}
        deed = self.take(handler, key, message)
        if deed == "accept":
            words = {"Code": "OK", "Message": "OK", "BizId": f"biz-{key}", "RequestId": "r"}
            self.tell(handler, words)
        elif isinstance(deed, int):
            self.tell(handler, {"Code": "ServiceUnavailable", "Message": "busy"}, deed)
        elif deed:
            self.tell(handler, {"Code": deed, "Message": "提供方的话", "RequestId": "r"})

    def query(self, handler, query):
        rows = [
            {
                "PhoneNum": message["PhoneNumbers"],
                "SendStatus": 3,
                "OutId": key,
                "TemplateCode": message["TemplateCode"],
            }
            for key, message in self.messages.items()
            if message["PhoneNumbers"] == query["PhoneNumber"]
            and f"{message['at']:%Y%m%d}" == query["SendDate"]
        ]
        size, page = int(query["PageSize"]), int(query["CurrentPage"])
        shown = rows[(page - 1) * size : page * size]
        details = {"SmsSendDetailDTO": shown}
        self.tell(
            handler,
            {"Code": "OK", "TotalCount": str(len(rows)), "SmsSendDetailDTOs": details},
        )


def now():
    return datetime.now(UTC) + CITY


@contextmanager
def running(kind):
    fake = kind()
    try:
        yield fake
    finally:
        fake.close()


class FakeTencent(FakeProvider):
    """sms 2021-01-11 with TC3-HMAC-SHA256 (https://cloud.tencent.com/document/api/382/52071)."""

    key, secret = "AKID-test", "tencent-secret"
    tells_replies = True

    def is_signed(self, handler, body):
        said = handler.headers["Authorization"]
        assert said.startswith("TC3-HMAC-SHA256 ")
        fields = dict(part.strip().split("=", 1) for part in said.split(" ", 1)[1].split(","))
        names = fields["SignedHeaders"].split(";")
        assert {"content-type", "host"} <= set(names)
        canonical = "\n".join(
            [
                handler.command,
                "/",
                "",
                "".join(f"{name}:{handler.headers[name].strip().lower()}\n" for name in names),
                ";".join(names),
                sha(body),
            ]
        )
        stamp = handler.headers["X-TC-Timestamp"]
        day = f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d}"
        scope = f"{day}/sms/tc3_request"
        to_sign = "\n".join(["TC3-HMAC-SHA256", stamp, scope, sha(canonical.encode())])
        key = f"TC3{self.secret}".encode()
        for part in scope.split("/"):
            key = mac(key, part).digest()
        right = mac(key, to_sign).hexdigest()
        return fields["Credential"] == f"{self.key}/{scope}" and fields["Signature"] == right

    def answer_to(self, handler, body):
        action = handler.headers["X-TC-Action"]
        if not self.is_signed(handler, body):
            self.refused_signatures += 1
            error = {"Code": "AuthFailure.SignatureFailure", "Message": "wrong"}
            self.tell(handler, {"Response": {"Error": error, "RequestId": "r"}})
        elif action == "SendSms":
            self.send_sms(handler, json.loads(body))
        elif action == "PullSmsSendStatusByPhoneNumber":
            phone = json.loads(body)["PhoneNumber"]
            found = [
                {"SerialNo": f"sn-{key}", "SessionContext": key, "ReportStatus": "SUCCESS"}
                for key, message in self.messages.items()
                if message["PhoneNumberSet"] == [phone]
            ]
            self.tell(handler, {"Response": {"PullSmsSendStatusSet": found, "RequestId": "r"}})
        elif action == "PullSmsSendStatus":
            found = [
                {
                    "SerialNo": f"sn-{key}", "ReportStatus": "FAIL", "Description": "关机",
                    "UserReceiveTime": 1764000000, "SessionContext": "",
                }
                for key in self.messages
            ]  # fmt: skip
            self.tell(handler, {"Response": {"PullSmsSendStatusSet": found, "RequestId": "r"}})
        elif not self.tells_replies:
            error = {"Code": "RequestLimitExceeded", "Message": "slower"}
            self.tell(handler, {"Response": {"Error": error, "RequestId": "r"}})
        else:
            row = {
                "PhoneNumber": "+8613900000001", "SubscriberNumber": "13900000001",
                "ReplyContent": "2", "ReplyTime": 1764000001, "SignName": "码上办",
            }  # fmt: skip
            self.tell(handler, {"Response": {"PullSmsReplyStatusSet": [row], "RequestId": "r"}})

    def send_sms(self, handler, message):
        key = message["SessionContext"]
        deed = self.take(handler, key, message)
        status = {"PhoneNumber": message["PhoneNumberSet"][0], "SessionContext": key, "Fee": 1}
        if deed == "accept":
            status |= {"SerialNo": f"sn-{key}", "Code": "Ok", "Message": "send success"}
        elif isinstance(deed, int):
            self.tell(handler, {}, deed)
            return
        elif deed:
            status |= {"SerialNo": "", "Code": deed, "Message": "提供方的话"}
        else:
            return
        self.tell(handler, {"Response": {"SendStatusSet": [status], "RequestId": "r"}})


class FakeHuawei(FakeProvider):
    """batchSendSms with SDK-HMAC-SHA256
    (https://support.huaweicloud.com/api-msgsms/sms_05_0061.html)."""

    key, secret = "huawei-key", "huawei-secret"

    def is_signed(self, handler, body):
        said = handler.headers["Authorization"]
        assert said.startswith("SDK-HMAC-SHA256 ")
        fields = dict(part.strip().split("=", 1) for part in said.split(" ", 1)[1].split(","))
        names = fields["SignedHeaders"].split(";")
        canonical = "\n".join(
            [
                handler.command,
                f"{urlsplit(handler.path).path}/",
                "",
                "".join(f"{name}:{handler.headers[name].strip()}\n" for name in names),
                ";".join(names),
                handler.headers["X-Sdk-Content-Sha256"] or sha(body),
            ]
        )
        moment = handler.headers["X-Sdk-Date"]
        to_sign = f"SDK-HMAC-SHA256\n{moment}\n{sha(canonical.encode())}"
        right = mac(self.secret.encode(), to_sign).hexdigest()
        return fields["Access"] == self.key and fields["Signature"] == right

    def answer_to(self, handler, body):
        if not self.is_signed(handler, body):
            self.refused_signatures += 1
            words = {"code": "E000103", "description": "The app_key is invalid."}
            self.tell(handler, words, 401)
            return
        message = dict(parse_qsl(body.decode()))
        key = message["extend"]
        deed = self.take(handler, key, message)
        one = {"originTo": message["to"], "from": message["from"], "createTime": "t"}
        if deed == "accept":
            one |= {"smsMsgId": f"hw-{key}", "status": "000000"}
            told = {"code": "000000", "description": "Success", "result": [one]}
            self.tell(handler, told)
        elif isinstance(deed, int):
            self.tell(handler, {}, deed)
        elif deed:
            one |= {"smsMsgId": "", "status": deed}
            self.tell(handler, {"code": "E000510", "description": "提供方的话", "result": [one]})
