"""Webhooks of the playground, verified by two that know nothing of us: the published package `standardwebhooks`, and ten lines
that check OpenWA's own header. Altered requests are refused by both, replayed ones by the former."""

import base64
import hashlib
import hmac
import json
import sys
import time

from playground import Playground
from receiver import Receiver
from standardwebhooks import Webhook, WebhookVerificationError

budi = "6281234567890"
standard_secret = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
plain_secret = "a plain secret, long enough"
base64_secret = base64.b64encode(b"fedcba9876543210").decode()


def is_ours(headers, body, secret):
    """OpenWA's header, checked by hand."""
    given = headers.get("X-OpenWA-Signature", "")
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(given, expected)


def refused(verifier, body, headers):
    try:
        verifier.verify(body, headers)
    except WebhookVerificationError:
        return True
    return False


def main(openwa):
    environment = {"SSRF_ALLOWED_HOSTS": "127.0.0.1", "WEBHOOK_RETRY_DELAY": "200"}
    with Playground(openwa, environment) as playground, Receiver() as receiver:
        webhooks = f"/sessions/{playground.session}/webhooks"

        def made(path, **more):
            body = {"url": receiver.url(path), "events": ["*"]} | more
            status, webhook = playground.call("POST", webhooks, body)
            assert status == 201, webhook
            return webhook["id"]

        by_standard = made("/standard", secret=standard_secret)
        made("/plain", secret=plain_secret, events=["message.received"])
        made("/base64", secret=base64_secret, events=["message.received"])
        for undecodable in ["whsec_c2VjcmV0LXNlY3JldC0xMg", "whsec_c2Vj cmV0LXNlY3JldC0xMg=="]:
            status, refusal = playground.call("POST", webhooks, {"url": receiver.url("/no"), "secret": undecodable})
            assert status == 400 and refusal["message"][0].startswith("secret must be whsec_"), refusal
        made("/unsigned", events=["message.received"])

        # A phone says something; the first answer is a failure, so it comes twice under the same ids.
        receiver.answers = [503, 503, 503, 503]
        playground.drive("POST", f"/phones/{budi}/say", {"to": playground.own_number, "text": "Selamat pagi ☀️"})
        deliveries = receiver.wait("/standard", 2)
        (first, body), (second, again) = deliveries[:2]
        event = json.loads(body)
        assert event["event"] == "message.received" and event["data"]["body"] == "Selamat pagi ☀️", event
        assert event["data"]["from"] == f"{budi}@c.us"
        assert body == again, "an attempt repeats the same bytes"
        for name in ["webhook-id", "X-OpenWA-Delivery-Id", "X-OpenWA-Idempotency-Key"]:
            assert first[name] == second[name], name
        assert [first["X-OpenWA-Retry-Count"], second["X-OpenWA-Retry-Count"]] == ["0", "1"]
        print("ok  a message arrives, and its second attempt is the first one again")

        verifier = Webhook(standard_secret)
        for headers, delivered in deliveries:
            assert verifier.verify(delivered, headers) == event
            assert is_ours(headers, delivered, standard_secret)
        headers, delivered = receiver.wait("/plain", 2)[1]
        assert Webhook(plain_secret.encode()).verify(delivered, headers)["event"] == "message.received"
        # Of a text that is all base64 the package takes the bytes, or what it is decoded: both sign.
        headers_too, delivered_too = receiver.wait("/base64", 2)[1]
        for secret in [base64_secret.encode(), base64_secret]:
            assert Webhook(secret).verify(delivered_too, headers_too)["event"] == "message.received"
        assert is_ours(headers, delivered, plain_secret)
        headers, _ = receiver.wait("/unsigned", 2)[1]
        assert "webhook-signature" not in headers and "X-OpenWA-Signature" not in headers
        print("ok  both verifiers accept it; without a secret nothing is signed")

        assert refused(verifier, body.replace(b"pagi", b"sore"), first)
        assert not is_ours(first, body.replace(b"pagi", b"sore"), standard_secret)
        assert refused(verifier, body, {**first, "webhook-id": "evt_another"})
        old = {**first, "webhook-timestamp": str(int(first["webhook-timestamp"]) - 600)}
        message = f"{old['webhook-id']}.{old['webhook-timestamp']}.".encode() + body
        assert refused(verifier, body, old), "its time is signed"
        key = base64.b64decode(standard_secret.removeprefix("whsec_"))
        signed = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
        assert refused(verifier, body, {**old, "webhook-signature": "v1," + signed}), "an old request is refused"
        assert refused(Webhook(b"another secret"), body, first)
        print("ok  an altered, a replayed and a foreign request are refused")

        # A new secret: for a day the old one signs too.
        new_secret = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()
        status, _ = playground.call("PUT", f"{webhooks}/{by_standard}", {"secret": new_secret})
        assert status == 200
        count = len(receiver.wait("/standard", 0))
        playground.drive("POST", f"/phones/{budi}/say", {"to": playground.own_number, "text": "Sampai jumpa"})
        headers, delivered = receiver.wait("/standard", count + 1)[count]
        for secret in [standard_secret, new_secret]:
            Webhook(secret).verify(delivered, headers)
        assert is_ours(headers, delivered, new_secret)
        print("ok  a replaced secret signs beside the new one")

        # What we send is told too, and the test route works.
        status, sent = playground.send("send-text", {"chatId": f"{budi}@c.us", "text": "Hello"})
        assert status == 201
        names = set()
        deadline = time.monotonic() + 30
        while not {"message.sent", "message.ack"} <= names and time.monotonic() < deadline:
            names = {json.loads(body)["event"] for path, _, body in receiver.requests if path == "/standard"}
            time.sleep(0.05)
        assert {"message.sent", "message.ack"} <= names, names
        assert playground.call("POST", f"{webhooks}/{by_standard}/test") == (200, {"success": True, "statusCode": 200})
        headers, delivered = next((h, b) for p, h, b in receiver.requests if h["X-OpenWA-Event"] == "test")
        Webhook(new_secret).verify(delivered, headers)
        print("ok  sends and tests arrive, signed")

        # A failure is listed with its attempts, and sent again.
        failing = made("/failing", events=["message.received"], retryCount=1)
        receiver.answers = []
        playground.call("DELETE", f"{webhooks}/{by_standard}")
        status, _ = playground.call("PUT", f"{webhooks}/{failing}", {"url": "http://127.0.0.1:1/"})
        assert status == 200
        playground.drive("POST", f"/phones/{budi}/say", {"to": playground.own_number, "text": "Lost?"})
        deadline = time.monotonic() + 30
        failures = []
        while not failures and time.monotonic() < deadline:
            failures = [f for f in playground.call("GET", "/webhooks/delivery-failures")[1] if f["webhookId"] == failing]
            time.sleep(0.05)
        assert failures and failures[0]["replayable"], failures
        playground.call("PUT", f"{webhooks}/{failing}", {"url": receiver.url("/failing")})
        status, report = playground.call("POST", "/webhooks/delivery-failures/redrive", {"webhookId": failing})
        assert (status, report["delivered"], report["remaining"]) == (200, 1, 0), report
        headers, delivered = receiver.wait("/failing", 1)[0]
        assert headers["X-OpenWA-Idempotency-Key"] == failures[0]["idempotencyKey"]
        assert headers["X-OpenWA-Delivery-Id"] != failures[0]["deliveryId"]
        assert json.loads(delivered)["data"]["body"] == "Lost?"
        print("ok  what could not be delivered is sent again with its payload")


main(sys.argv[1])
