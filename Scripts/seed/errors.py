"""The page's table of common errors, row by row, cause by cause."""

import base64
import json
import uuid

from sends import assert_equal, assert_sent, budi

checks = []
text = {"chatId": f"{budi}@c.us", "text": "Hello"}


def check(name):
    return lambda function: checks.append((name, function)) or function


def assert_refused(answer, status, message, error):
    code, body = answer
    assert_equal(code, status, "status")
    assert_equal({name: body.get(name) for name in ("statusCode", "message", "error")},
                 {"statusCode": status, "message": message, "error": error}, "envelope")


@check("400: validation failed, with one text for each broken rule")
def validation(playground):
    texts = [
        "chatId should not be empty", "chatId must be a string",
        "text must be shorter than or equal to 4096 characters", "text should not be empty", "text must be a string",
    ]
    assert_refused(playground.send("send-text", {}), 400, texts, "Bad Request")


@check("400: an unknown body field")
def unknown_field(playground):
    assert_refused(playground.send("send-text", text | {"foo": 1}), 400, ["property foo should not exist"], "Bad Request")


@check("400: neither url nor base64, on every media route")
def no_source(playground):
    for route in ("send-image", "send-video", "send-audio", "send-document", "send-sticker"):
        answer = playground.send(route, {"chatId": f"{budi}@c.us"})
        assert_equal(answer[0], 400, route)
        assert "base64" in str(answer[1]["message"]), answer


@check("400: base64 without mimetype")
def no_mimetype(playground):
    answer = playground.send("send-image", {"chatId": f"{budi}@c.us", "base64": "/9j/4AAQSkZJRg=="})
    assert_refused(answer, 400, "mimetype is required when using base64 data", "Bad Request")


@check("400: a URL that the SSRF guard blocks")
def blocked_url(playground):
    for url in (
        "http://127.0.0.1/x.jpg", "http://localhost:2785/api/health", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/",
        "http://[::1]/x.jpg", "http://2130706433/x.jpg", "http://[::ffff:10.0.0.1]/x.jpg",
    ):
        answer = playground.send("send-image", {"chatId": f"{budi}@c.us", "url": url})
        assert_equal((url, answer[0]), (url, 400))
        if isinstance(answer[1]["message"], str):
            assert_equal(answer[1]["message"], "Destination address is not allowed", url)


@check("400: coordinates out of range")
def coordinates(playground):
    for field, value, message in (
        ("latitude", 90.1, "latitude must be a latitude string or number"),
        ("longitude", -180.5, "longitude must be a longitude string or number"),
    ):
        body = {"chatId": f"{budi}@c.us", "latitude": 0, "longitude": 0} | {field: value}
        status, answer = playground.send("send-location", body)
        assert_equal(status, 400)
        assert any(field in text for text in answer["message"]), answer


@check("400: a session that is unknown, and one that was not started")
def inactive_session(playground):
    name = "depot-" + uuid.uuid4().hex[:8]
    for _ in range(2):
        answer = playground.call("POST", f"/sessions/{name}/messages/send-text", text)
        assert_refused(answer, 400, f"Session '{name}' is not active. Start the session first.", "Bad Request")
        playground.call("POST", "/sessions", {"name": name})
    for route, body in (
        ("send-bulk", {"messages": []}), ("react", {"chatId": f"{budi}@c.us", "messageId": "3EB0AA", "emoji": ""}),
        ("send-location", {"chatId": f"{budi}@c.us", "latitude": 0, "longitude": 0}),
    ):
        answer = playground.call("POST", f"/sessions/{name}/messages/{route}", body)
        assert_refused(answer, 400, f"Session '{name}' is not active. Start the session first.", "Bad Request")


@check("401: a key that is missing or invalid")
def no_key(playground):
    assert_refused(playground.send("send-text", text, key=""), 401, "API key is required", "Unauthorized")
    wrong = "owa_k1_" + "0" * 64
    assert_refused(playground.send("send-text", text, key=wrong), 401, "Invalid API key", "Unauthorized")


def new_key(playground, **fields):
    status, body = playground.call("POST", "/auth/api-keys", {"name": "seed check"} | fields)
    assert_equal(status, 201, body)
    return body["apiKey"]


@check("401: a key outside its sessions")
def other_session(playground):
    status, session = playground.call("POST", "/sessions", {"name": "other-" + uuid.uuid4().hex[:8]})
    assert_equal(status, 201)
    key = new_key(playground, allowedSessions=[session["id"]])
    assert_refused(playground.send("send-text", text, key=key), 401, "API key not authorized for this session", "Unauthorized")


@check("401: a key outside its addresses")
def other_address(playground):
    key = new_key(playground, allowedIps=["198.51.100.7"])
    assert_refused(playground.send("send-text", text, key=key), 401, "IP address not allowed", "Unauthorized")


@check("403: a key below operator; an operator's will do")
def low_role(playground):
    key = new_key(playground, role="viewer")
    answer = playground.send("send-text", text, key=key)
    assert_refused(answer, 403, "Insufficient permissions. Required: operator", "Forbidden")
    assert_sent(*playground.send("send-text", text, key=new_key(playground)))


@check("404: an unknown batch, to read and to cancel")
def unknown_batch(playground):
    path = f"{playground.messages}/batch/batch_00000000"
    message = "Batch 'batch_00000000' not found"
    assert_refused(playground.call("GET", path), 404, message, "Not Found")
    assert_refused(playground.call("POST", path + "/cancel"), 404, message, "Not Found")


cap = 52_428_800


@check("413: base64 media above 50 MiB decoded; 50 MiB pass")
def too_large(playground):
    fitting = base64.b64encode(b"\x25PDF" + bytes(cap - 4)).decode()
    body = {"chatId": f"{budi}@c.us", "base64": fitting, "mimetype": "application/pdf", "filename": "large.pdf"}
    assert_sent(*playground.send("send-document", body))
    body["base64"] = base64.b64encode(b"\x25PDF" + bytes(cap - 3)).decode()
    status, answer = playground.send("send-document", body)
    assert_equal((status, answer["statusCode"], answer["error"]), (413, 413, "Payload Too Large"))
    assert_equal(answer["message"], f"Base64 media exceeds the maximum allowed size of {cap} bytes")


@check("500: WhatsApp refuses the message")
def refused(playground):
    playground.drive("PUT", f"/phones/{playground.own_number}/refusal", {"code": 463})
    try:
        status, body = playground.send("send-text", text)
    finally:
        playground.drive("PUT", f"/phones/{playground.own_number}/refusal", {"code": None})
    assert_equal((status, body["statusCode"], body["error"]), (500, 500, "Internal Server Error"))
    assert_sent(*playground.send("send-text", text))


@check("every error has the standard envelope, also those of the HTTP layer")
def envelopes(playground):
    for answer in (
        playground.call("GET", "/nope"), playground.call("POST", f"{playground.messages}/send-text", data=b"{ nonsense",
                                                         headers={"Content-Type": "application/json"}),
    ):
        status, body = answer
        assert_equal(body["statusCode"], status)
        assert body["message"] and body["error"], json.dumps(body)
