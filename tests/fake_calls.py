"""A gateway that puts calls through (docs/calls.md), and an Asterisk as its manager interface shows
it, both written from the documents and independent of the adapters."""

import hashlib
import hmac
import json
import socketserver
import threading
import time
from urllib.parse import unquote

from fake_providers import FakeProvider


class FakeCallGateway(FakeProvider):
    """`deed` as in FakeProvider; `events` is what it tells of a key when it is asked."""

    secret = "a-shared-secret-of-calls"

    def __init__(self):
        super().__init__()
        self.events, self.asked = {}, []

    def signature(self, *parts):
        return hmac.new(self.secret.encode(), b"\n".join(parts), hashlib.sha256).hexdigest()

    def answer_to(self, handler, body):
        stamp = handler.headers["X-Mashang-Timestamp"].encode()
        parts = (stamp, handler.command.encode(), handler.path.encode(), body)
        if self.signature(*parts) != handler.headers["X-Mashang-Signature"]:
            self.refused_signatures += 1
            self.tell(handler, {"reason": "not signed"}, 401)
        elif handler.command == "GET":
            key = unquote(handler.path.rpartition("/")[2])
            self.asked.append(key)
            if key in self.accepted:
                self.tell(handler, {"accepted": True, "events": self.events.get(key, [])})
            else:
                self.tell(handler, {"accepted": False}, 404)
        else:
            call = json.loads(body)
            assert handler.path == "/v1/calls" and call["record"] is False
            assert handler.headers["Idempotency-Key"] == call["key"]
            deed = self.take(handler, call["key"], call)
            if deed == "accept":
                self.tell(handler, {"reference": f"ref-{call['key']}"}, 202)
            elif deed:
                self.tell(handler, {"reason": "why 13900000001"}, deed)

    def callback(self, *events):
        """Body and headers of a callback about these events."""
        body = json.dumps({"events": events}).encode()
        stamp = str(int(time.time()))
        signature = self.signature(stamp.encode(), body)
        return body, {"X-Mashang-Timestamp": stamp, "X-Mashang-Signature": signature}


class FakeAsterisk(socketserver.ThreadingTCPServer):
    """AMI 5: login by challenge; `script` is what happens to a channel that was originated, each
    a packet without what names it. `{call}` is its Uniqueid, `{action}` the ActionID."""

    allow_reuse_address = daemon_threads = True
    user, secret = "mashang", "ami-secret"

    def __init__(self):
        self.originated, self.live, self.script, self.links = [], set(), [], []
        super().__init__(("127.0.0.1", 0), Manager)
        self.address = f"tcp://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Manager(socketserver.StreamRequestHandler):
    def packet(self):
        found = {}
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            name, _colon, value = line.partition(": ")
            found[name] = value
        return found

    def say(self, **packet):
        lines = [f"{name}: {value}\r\n" for name, value in packet.items()]
        self.wfile.write(("".join(lines) + "\r\n").encode())

    def handle(self):
        self.server.links.append(self.connection)
        self.wfile.write(b"Asterisk Call Manager/5.0.2\r\n")
        challenge = self.packet()
        assert challenge == {"Action": "Challenge", "AuthType": "MD5"}
        self.say(Response="Success", Challenge="840415273")
        login = self.packet()
        right = hashlib.md5(b"840415273" + self.server.secret.encode()).hexdigest()
        if (login["Username"], login["Key"]) != (self.server.user, right):
            self.say(Response="Error", Message="Authentication failed")
            return
        self.say(Response="Success", Message="Authentication accepted")
        self.say(Event="FullyBooted", Status="Fully Booted")
        while action := self.packet():
            getattr(self, action["Action"].lower())(action)

    def ping(self, _action):
        self.say(Response="Success", Ping="Pong")

    def originate(self, action):
        self.server.originated.append(action)
        if action["Channel"].startswith("none/"):
            self.say(Response="Error", ActionID=action["ActionID"], Message="Permission denied")
            return
        message = "Originate successfully queued"
        self.say(Response="Success", ActionID=action["ActionID"], Message=message)
        self.say(Event="Newchannel", Uniqueid=action["ChannelId"], Channel=action["Channel"])
        names = {"call": action["ChannelId"], "action": action["ActionID"]}
        for packet in self.server.script:
            self.say(**{name: value.format(**names) for name, value in packet.items()})

    def coreshowchannels(self, action):
        number = action["ActionID"]
        self.say(Response="Success", ActionID=number, EventList="start", Message="will follow")
        for channel in self.server.live:
            self.say(Event="CoreShowChannel", ActionID=number, Uniqueid=channel, Channel="PJSIP/1")
        event = "CoreShowChannelsComplete"
        self.say(Event=event, ActionID=number, EventList="Complete", ListItems="1")
