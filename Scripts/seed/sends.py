"""What the page says about sending: each example as printed, each sentence and row as a check."""

import base64
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request

import examples

budi, alice, bob, john = "6281234567890", "628111111111", "628222222222", "628987654321"
group = "120363021234567890@g.us"
checks = []


def check(name):
    return lambda function: checks.append((name, function)) or function


def assert_sent(status, body, chat=f"{budi}@c.us"):
    assert status == 201, f"status {status}: {body}"
    assert set(body) == {"messageId", "timestamp"}, body
    assert re.fullmatch(rf"true_{re.escape(chat)}_3EB0[0-9A-F]+", body["messageId"]), body
    assert type(body["timestamp"]) is int and abs(body["timestamp"] - time.time()) < 300, body
    return body["messageId"]


def assert_equal(actual, expected, what=""):
    assert actual == expected, f"{what} is {actual!r}, not {expected!r}"


def assert_shows(message, **expected):
    for name, value in expected.items():
        assert_equal(message.get(name), value, name)


# Addresses


@check("a raw number resolves to its chat id")
def number_resolves(playground):
    for number in (budi, "+62 812-3456-7890"):
        status, body = playground.call("GET", f"/sessions/{playground.session}/contacts/check/{quoted(number)}")
        assert_equal((status, body.get("exists"), body.get("whatsappId")), (200, True, f"{budi}@c.us"))
    status, body = playground.call("GET", f"/sessions/{playground.session}/contacts/check/6289999999999")
    assert_equal((status, body.get("exists")), (200, False))


def quoted(text):
    return urllib.parse.quote(text, safe="")


@check("a text goes to a group by its @g.us address")
def text_to_group(playground):
    sent = assert_sent(*playground.send("send-text", {"chatId": group, "text": "Hello, all"}), chat=group)
    for number in (budi, alice, bob, john):
        assert_shows(playground.shown(number, sent), text="Hello, all")


# Text


@check("example: send a text message")
def send_text(playground):
    sent = assert_sent(*examples.run(playground, "send-text"))
    assert_shows(playground.shown(budi, sent), text="Hello from OpenWA!")


@check("a text has up to 4096 characters")
def text_length(playground):
    longest = "ä" * 4096
    sent = assert_sent(*playground.send("send-text", {"chatId": f"{budi}@c.us", "text": longest}))
    assert_shows(playground.shown(budi, sent), text=longest)
    status, body = playground.send("send-text", {"chatId": f"{budi}@c.us", "text": longest + "x"})
    assert_equal((status, body["message"]), (400, ["text must be shorter than or equal to 4096 characters"]))


# Media


def media_shown(playground, sent, kind, **expected):
    message = playground.shown(budi, sent, until=lambda message: message.get("media", {}).get("sha256"))
    assert_equal(message["kind"], kind, "kind")
    for name, value in expected.items():
        assert_equal(message["media"].get(name, message.get(name)), value, name)
    return message


def site(playground, path):
    """The bytes that the embedded example.com serves, by way of the control API."""
    with urllib.request.urlopen(f"{playground.control}/sites/example.com{path}", timeout=20) as answer:
        return answer.read()


def digest(data):
    return hashlib.sha256(data).hexdigest()


@check("example: image by URL")
def image_by_url(playground):
    sent = assert_sent(*examples.run(playground, "image-by-url"))
    image = site(playground, "/image.jpg")
    media_shown(
        playground, sent, "imageMessage", caption="Check out this image!", mimetype="image/jpeg",
        byteCount=len(image), sha256=digest(image))


@check("example: image by base64")
def image_by_base64(playground):
    sent = assert_sent(*examples.run(playground, "image-by-base64"))
    # As Node.js reads it: characters outside the alphabet are skipped.
    data = base64.b64decode("/9j/4AAQSkZJRg==")
    media_shown(playground, sent, "imageMessage", mimetype="image/jpeg", byteCount=len(data), sha256=digest(data))


@check("example: document")
def document(playground):
    sent = assert_sent(*examples.run(playground, "document"))
    report = site(playground, "/report.pdf")
    media_shown(
        playground, sent, "documentMessage", fileName="report.pdf", mimetype="application/pdf",
        byteCount=len(report), sha256=digest(report))


@check("example: audio / voice note")
def audio(playground):
    sent = assert_sent(*examples.run(playground, "audio"))
    voice = site(playground, "/voice.ogg")
    message = media_shown(playground, sent, "audioMessage", byteCount=len(voice), sha256=digest(voice))
    assert_equal((message["type"], message["media"]["mimetype"]), ("audio", "audio/ogg"))
    note = assert_sent(*playground.send(
        "send-audio", {"chatId": f"{budi}@c.us", "url": "https://example.com/voice.ogg", "ptt": True}))
    # Phones play a voice note only when it is called by this type, whatever the server of the file calls it.
    message = media_shown(playground, note, "audioMessage", mimetype="audio/ogg; codecs=opus", sha256=digest(voice))
    assert_equal(message["type"], "voice")


@check("send-video and send-sticker take the identical body")
def video_and_sticker(playground):
    for route, kind, path, mimetype in (
        ("send-video", "videoMessage", "/video.mp4", "video/mp4"),
        ("send-sticker", "stickerMessage", "/sticker.webp", "image/webp"),
    ):
        data = site(playground, path)
        by_url = {"chatId": f"{budi}@c.us", "url": f"https://example.com{path}"}
        sent = assert_sent(*playground.send(route, by_url))
        media_shown(playground, sent, kind, mimetype=mimetype, sha256=digest(data))
        by_base64 = {"chatId": f"{budi}@c.us", "base64": base64.b64encode(data).decode(), "mimetype": mimetype}
        sent = assert_sent(*playground.send(route, by_base64))
        media_shown(playground, sent, kind, mimetype=mimetype, sha256=digest(data))


@check("filename up to 255, caption up to 1024 characters")
def media_field_limits(playground):
    body = {"chatId": f"{budi}@c.us", "url": "https://example.com/report.pdf", "filename": "f" * 255, "caption": "c" * 1024}
    sent = assert_sent(*playground.send("send-document", body))
    media_shown(playground, sent, "documentMessage", fileName="f" * 255, caption="c" * 1024)
    status, answer = playground.send("send-document", body | {"filename": "f" * 256, "caption": "c" * 1025})
    assert_equal(status, 400)
    assert_equal(
        sorted(answer["message"]),
        ["caption must be shorter than or equal to 1024 characters", "filename must be shorter than or equal to 255 characters"])


@check("a caption is ignored for audio")
def audio_caption(playground):
    body = {"chatId": f"{budi}@c.us", "url": "https://example.com/voice.ogg", "caption": "Not shown"}
    message = media_shown(playground, assert_sent(*playground.send("send-audio", body)), "audioMessage")
    assert "Not shown" not in str(message.get("text")), message


@check("there is no nested { image: { url } } wrapper")
def no_nested_media(playground):
    status, body = playground.send("send-image", {"chatId": f"{budi}@c.us", "image": {"url": "https://example.com/image.jpg"}})
    assert_equal((status, body["message"][0]), (400, "property image should not exist"))


# Location, contact


@check("example: send a location")
def location(playground):
    sent = assert_sent(*examples.run(playground, "location"))
    shown = playground.shown(budi, sent)
    assert_equal(shown["kind"], "locationMessage")
    assert_shows(shown["location"], latitude=-6.2088, longitude=106.8456, name="Jakarta", address="Central Jakarta")


@check("description and address of a location are optional")
def bare_location(playground):
    sent = assert_sent(*playground.send("send-location", {"chatId": f"{budi}@c.us", "latitude": 90, "longitude": -180}))
    assert_shows(playground.shown(budi, sent)["location"], latitude=90, longitude=-180)


@check("example: send a contact card")
def contact(playground):
    sent = assert_sent(*examples.run(playground, "contact"))
    shown = playground.shown(budi, sent)
    assert_equal(shown["kind"], "contactMessage")
    assert_equal([(card["name"], card["number"]) for card in shown["contacts"]], [("John Doe", "628987654321")])


# React, reply, forward


@check("example: react to a message, and take the reaction away with an empty emoji")
def react(playground):
    sent = assert_sent(*examples.run(playground, "send-text"))
    answer = examples.run(playground, "react", {"true_6281234567890@c.us_3EB0ABCD": sent})
    assert_equal(answer, (200, {"success": True}))
    playground.shown(budi, sent, until=lambda message: [r["emoji"] for r in message["reactions"]] == ["👍"])
    body = {"chatId": f"{budi}@c.us", "messageId": sent, "emoji": ""}
    assert_equal(playground.send("react", body), (200, {"success": True}))
    playground.shown(budi, sent, until=lambda message: message["reactions"] == [])


@check("all three fields of a reaction are required")
def react_fields(playground):
    status, body = playground.send("react", {})
    assert_equal(status, 400)
    for field in ("chatId", "messageId", "emoji"):
        assert any(text.startswith(field) for text in body["message"]), body


@check("a reply quotes a prior message")
def reply(playground):
    quoted_id = assert_sent(*playground.send("send-text", {"chatId": f"{budi}@c.us", "text": "The first"}))
    sent = assert_sent(*playground.send(
        "reply", {"chatId": f"{budi}@c.us", "quotedMessageId": quoted_id, "text": "The second"}))
    shown = playground.shown(budi, sent)
    assert_shows(shown, text="The second")
    assert_equal((shown["quoted"]["id"], shown["quoted"]["text"]), (quoted_id.split("_")[2], "The first"))


@check("a forward copies a message from one chat to another")
def forward(playground):
    body = {"fromChatId": f"{budi}@c.us", "toChatId": f"{alice}@c.us"}
    text = assert_sent(*playground.send("send-text", {"chatId": f"{budi}@c.us", "text": "Pass it on"}))
    sent = assert_sent(*playground.send("forward", body | {"messageId": text}), chat=f"{alice}@c.us")
    shown = playground.shown(alice, sent)
    assert_shows(shown, text="Pass it on")
    assert shown["forwardingScore"] >= 1, shown

    image = assert_sent(*examples.run(playground, "image-by-url"))
    sent = assert_sent(*playground.send("forward", body | {"messageId": image}), chat=f"{alice}@c.us")
    shown = playground.shown(alice, sent, until=lambda message: message.get("media", {}).get("sha256"))
    assert_equal(shown["media"]["sha256"], digest(site(playground, "/image.jpg")), "sha256")


# Bulk


@check("example: send to many recipients, and poll the batch until it is completed")
def bulk(playground):
    status, ticket = examples.run(playground, "bulk")
    assert_equal(status, 202)
    batch = ticket["batchId"]
    assert re.fullmatch(r"batch_[0-9a-f]{8}", batch), ticket
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", ticket["estimatedCompletionTime"]), ticket
    assert_equal(
        {name: ticket[name] for name in ("status", "totalMessages", "statusUrl")},
        {"status": "pending", "totalMessages": 2, "statusUrl": f"/api{playground.messages}/batch/{batch}"})
    seen = []
    body = until_batch(playground, batch, lambda body: seen.append(body) or body["status"] == "completed")
    for step in seen:
        assert step["status"] in ("pending", "processing", "completed"), step
        assert_equal([result["chatId"] for result in step["results"]], [f"{alice}@c.us", f"{bob}@c.us"])
        assert {result["status"] for result in step["results"]} <= {"pending", "sent"}, step
    assert any(step["progress"]["sent"] == 1 and step["progress"]["pending"] == 1 for step in seen), "no step seen between"
    assert_equal(body["progress"], {"total": 2, "sent": 2, "failed": 0, "pending": 0, "cancelled": 0})
    first, second = body["results"]
    assert_shows(playground.shown(alice, first["messageId"]), text="Hi Alice")
    promo = playground.shown(bob, second["messageId"], until=lambda message: message.get("media", {}).get("sha256"))
    assert_equal(promo["media"]["sha256"], digest(site(playground, "/promo.jpg")), "sha256")
    assert "Promo" in (promo.get("text"), promo["media"].get("caption")), promo


@check("cancelling a running batch moves what is pending to cancelled")
def cancel(playground):
    items = [{"chatId": f"{alice}@c.us", "type": "text", "content": {"text": f"Number {n}"}} for n in range(3)]
    options = {"delayBetweenMessages": 60000, "randomizeDelay": False}
    status, ticket = playground.send("send-bulk", {"messages": items, "options": options})
    assert_equal(status, 202)
    batch = ticket["batchId"]
    running = until_batch(playground, batch, lambda body: body["progress"]["sent"] == 1)
    assert_equal((running["status"], [r["status"] for r in running["results"]]), ("processing", ["sent", "pending", "pending"]))
    status, body = playground.call("POST", f"{playground.messages}/batch/{batch}/cancel")
    assert_equal((status, body["batchId"], body["status"]), (200, batch, "cancelled"))
    assert_equal(body["progress"], {"total": 3, "sent": 1, "failed": 0, "pending": 0, "cancelled": 2})
    body = until_batch(playground, batch, lambda body: body["status"] == "cancelled")
    assert_equal([r["status"] for r in body["results"]], ["sent", "cancelled", "cancelled"])


def until_batch(playground, batch, condition):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        status, body = playground.call("GET", f"{playground.messages}/batch/{batch}")
        assert_equal(status, 200)
        if condition(body):
            return body
        time.sleep(0.05)
    raise AssertionError(f"the batch stays at {body}")


@check("stopOnError halts on the first failure, otherwise the batch goes on")
def stop_on_error(playground):
    nobody = {"chatId": "6289999999999@c.us", "type": "text", "content": {"text": "Hello?"}}
    somebody = {"chatId": f"{john}@c.us", "type": "text", "content": {"text": "Hello"}}
    options = {"delayBetweenMessages": 1000, "randomizeDelay": False}
    for stops, states, final in ((True, ["failed", "pending"], "failed"), (False, ["failed", "sent"], "completed")):
        _, ticket = playground.send("send-bulk", {"messages": [nobody, somebody], "options": options | {"stopOnError": stops}})
        body = until_batch(playground, ticket["batchId"], lambda body: body["status"] in ("failed", "completed"))
        assert_equal((body["status"], [r["status"] for r in body["results"]]), (final, states))


@check("a batch has at most 100 messages, and a delay of 1000 to 60000 ms")
def bulk_limits(playground):
    item = {"chatId": f"{alice}@c.us", "type": "text", "content": {"text": "x"}}
    status, body = playground.send("send-bulk", {"messages": [item] * 101})
    assert_equal((status, body["message"]), (400, ["messages must contain no more than 100 elements"]))
    for delay, text in ((999, "must not be less than 1000"), (60001, "must not be greater than 60000")):
        status, body = playground.send("send-bulk", {"messages": [item], "options": {"delayBetweenMessages": delay}})
        assert_equal((status, body["message"]), (400, [f"options.delayBetweenMessages {text}"]))


# JavaScript


@check("example: send from the JavaScript SDK, type-checked and run as printed")
def javascript(playground):
    """The package name is an alias of ours; the address on the page is substituted."""
    if shutil.which("tsc") is None:
        raise AssertionError("tsc is missing: apt-get install node-typescript")
    folder = playground.folder / "javascript"
    (folder / "node_modules/@rmyndharis").mkdir(parents=True)
    (folder / "package.json").write_text('{ "type": "module" }')
    sdk = pathlib.Path(__file__).parents[2] / "sdk/javascript"
    os.symlink(sdk, folder / "node_modules/@rmyndharis/openwa")
    print("      substituted: the package @rmyndharis/openwa is sdk/javascript, http://localhost:2785 is the playground")
    snippet = (examples.folder / "send-from-javascript.ts").read_text()
    snippet = snippet.replace("http://localhost:2785", playground.base.removesuffix("/api"))
    (folder / "send.ts").write_text("declare const process: { env: Record<string, string | undefined> };\n" + snippet)
    compiled = subprocess.run(
        ["tsc", "--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext",
         "--lib", "es2022,dom", "send.ts"], cwd=folder, capture_output=True, text=True)
    assert_equal((compiled.returncode, compiled.stdout), (0, ""), "tsc")
    ran = subprocess.run(
        ["node", "send.js"], cwd=folder, env=os.environ | {"OPENWA_API_KEY": playground.api_key}, capture_output=True,
        text=True, timeout=60)
    assert_equal((ran.returncode, ran.stderr), (0, ""), "node")
    sent = ran.stdout.strip()
    assert re.fullmatch(rf"true_{budi}@c\.us_3EB0[0-9A-F]+", sent), sent
    assert_shows(playground.shown(budi, sent), text="Hello from the OpenWA SDK!")
