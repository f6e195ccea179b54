"""Every kind of message that a phone says: the stored row, what the webhook got and what the socket got, side by side."""

import base64
import hashlib
import hmac
import http.server
import json
import random
import threading
import urllib.request

from gateway import budi, fetch, own, until

secret = "side-by-side-secret"


class Receiver:
    """Takes every webhook and keeps it, with whether its signature is right: ten lines of any receiver."""

    def __init__(self):
        self.events = []
        keep = self.events

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
                assert hmac.compare_digest(self.headers["X-OpenWA-Signature"], expected), "signature"
                keep.append(json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


def made_up(name):
    """Bytes that no other file has, with the first ones of its kind."""
    starts = {"jpg": b"\xff\xd8\xff\xe0", "mp4": b"\0\0\0\x18ftypmp42", "ogg": b"OggS", "pdf": b"%PDF-1.7\n", "webp": b"RIFF"}
    return starts[name.split(".")[-1]] + random.Random(name).randbytes(70_001)


def kinds():
    """(what is said, the type it has to have); files bring their bytes along."""
    def file(kind, name, mimetype, **more):
        data = made_up(name)
        return {"type": kind, "base64": base64.b64encode(data).decode(), "mimetype": mimetype, **more}, kind, data

    choices = [{"id": "a", "text": "Yes"}, {"id": "b", "text": "No"}]
    rows = [{"id": "r1", "text": "Small"}, {"id": "r2", "text": "Large"}]
    return [
        ({"type": "text", "text": "plain", "mentions": [own]}, "text", None),
        ({"type": "link", "text": "see https://example.com/", "link": "https://example.com/", "title": "Ex"}, "text", None),
        file("image", "image.jpg", "image/jpeg", caption="a picture"),
        file("video", "video.mp4", "video/mp4", caption="a film"),
        (file("gif", "gif.mp4", "video/mp4")[0], "video", made_up("gif.mp4")),
        file("audio", "voice.ogg", "audio/ogg"),
        file("voice", "voice.ogg", "audio/ogg; codecs=opus"),
        file("document", "report.pdf", "application/pdf", fileName="report.pdf", caption="a report"),
        file("sticker", "sticker.webp", "image/webp"),
        ({**file("image", "once.jpg", "image/jpeg")[0], "isViewOnce": True, "reachesCompanions": True}, "image",
         made_up("once.jpg")),
        ({"type": "location", "latitude": -6.2, "longitude": 106.8, "name": "Monas"}, "location", None),
        ({"type": "liveLocation", "latitude": -6.2, "longitude": 106.8, "caption": "here"}, "location", None),
        ({"type": "contact", "name": "Dewi", "number": "628111111111"}, "contact", None),
        ({"type": "contacts", "contacts": [{"name": "A", "number": "628111111111"}, {"name": "B", "number": "628222222222"}]},
         "contact", None),
        ({"type": "poll", "question": "Lunch?", "options": ["Rice", "Noodles"]}, "poll", None),
        ({"type": "buttons", "text": "Sure?", "choices": choices}, None, None),
        ({"type": "list", "title": "Sizes", "text": "Which?", "buttonText": "Choose", "sections": [{"rows": rows}]}, None, None),
        ({"type": "order", "orderId": "7", "title": "Beans", "itemCount": 2, "currency": "IDR", "amount1000": 90000}, "order", None),
        ({"type": "product", "productId": "9", "title": "Beans", "currency": "IDR", "amount1000": 45000}, "product", None),
        ({"type": "event", "name": "Opening", "startSeconds": 1900000000}, None, None),
        ({"type": "text", "text": "gone tomorrow", "expirationSeconds": 86400}, "text", None),
        ({"type": "raw", "message": base64.b64encode(bytes.fromhex("ca3e03616263")).decode()}, "unknown", None),
    ]


def side_by_side(world, listener):
    """The three of each kind say the same; prints a line for each."""
    receiver = Receiver()
    world.call("POST", f"/api/sessions/{world.session}/webhooks",
               {"url": receiver.url, "events": ["*"], "secret": secret})
    for content, kind, data in kinds():
        said = fetch("POST", f"{world.control}/phones/{budi}/say", {"to": own, **content}, {})["id"]
        hook = wait(lambda: by_id(receiver.events, "message.received", said), f"the webhook of {content['type']}")
        socket = wait(
            lambda: by_id([f["payload"] for f in listener.frames if f["type"] == "event"], "message.received", said),
            f"the socket's {content['type']}")
        compare(world, said, hook["data"], socket["data"], kind, data, content["type"])
    changes(world, receiver, listener)


def compare(world, said, hook, socket, kind, data, name):
    row = world.call("GET", f"/api/sessions/{world.session}/messages?messageId={said}")["messages"][0]
    assert hook == socket, f"{name}: the webhook has {hook}, the socket {socket}"
    assert hook["id"] == row["waMessageId"], (hook["id"], row["waMessageId"])
    for field in "chatId", "from", "to", "body", "type", "timestamp":
        assert hook[field] == row[field], f"{name}: {field} is {hook[field]} and {row[field]}"
    assert kind is None or hook["type"] == kind, f"{name} came as {hook['type']}"
    note = ""
    if data is not None:
        digest = hashlib.sha256(data).hexdigest()
        inline = base64.b64decode(hook["media"]["data"])
        assert hashlib.sha256(inline).hexdigest() == digest, f"{name}: other bytes in the webhook"
        path = f"/api/sessions/{world.session}/messages/{row['chatId']}/{row['waMessageId']}/media"
        request = urllib.request.Request(world.base + path, headers={"X-API-Key": world.api_key})
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert hashlib.sha256(answer.read()).hexdigest() == digest, f"{name}: other bytes from the route"
        note = f", {len(data)} bytes, sha256 {digest[:8]}…"
    extra = sorted(set(hook) - {"id", "from", "to", "chatId", "body", "type", "timestamp", "fromMe", "isGroup", "kind", "contact"})
    print(f"        {name}: {row['type']}, body {row['body']!r}{note}" + (f", with {', '.join(extra)}" if extra else ""))


def changes(world, receiver, listener):
    """A reaction, an edit and a deletion: the same on both channels, and the row as they left it."""
    speak = lambda **content: fetch("POST", f"{world.control}/phones/{budi}/say", {"to": own, **content}, {})["id"]
    target = speak(type="text", text="to be changed")
    wait(lambda: by_id(receiver.events, "message.received", target), "the text")
    for event, content in (
        ("message.reaction", {"type": "reaction", "emoji": "👍"}),
        ("message.edited", {"type": "edit", "text": "changed"}),
        ("message.revoked", {"type": "revoke"}),
    ):
        speak(id=target, **content)
        hook = wait(lambda: by_id(receiver.events, event, target), f"the webhook of {event}")
        payloads = lambda: [f["payload"] for f in listener.frames if f["type"] == "event"]
        socket = wait(lambda: by_id(payloads(), event, target), f"the socket's {event}")
        assert hook["data"] == socket["data"], f"{event}: {hook['data']}, {socket['data']}"
        row = world.call("GET", f"/api/sessions/{world.session}/messages?messageId={target}")["messages"][0]
        print(f"        {content['type']}: the row has type {row['type']}, body {row['body']!r}")
        assert (row["body"], row["type"]) == {
            "message.reaction": ("to be changed", "text"),
            "message.edited": ("changed", "text"),
            "message.revoked": ("", "revoked"),
        }[event], row


def by_id(events, name, message_id):
    for event in events:
        data = event["data"]
        ids = [data.get(field) or "" for field in ("revokedId", "messageId", "id")]
        if event["event"] == name and any(text.split("_")[2:3] == [message_id] for text in ids):
            return event
    return None


def wait(find, what):
    found = []
    until(lambda: found.append(find()) or found[-1], what)
    return found[-1]
