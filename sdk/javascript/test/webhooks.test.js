import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { OpenWAClient, verifyWebhook } from "../src/index.js";
import { withServer } from "./server.js";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
// The published example of Standard Webhooks.
const standard = {
  "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
  "webhook-timestamp": "1614265330",
  "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const body = '{"test": 2432232314}';
const then = { now: () => 1614265330_000 };

test("The published example of Standard Webhooks is verified, as text and as bytes, from any kind of headers", async () => {
  assert.equal(await verifyWebhook(body, standard, secret, then), true);
  assert.equal(await verifyWebhook(new TextEncoder().encode(body), new Headers(standard), secret, then), true);
  const rotated = { ...standard, "webhook-signature": `v1,AAAA v1a,BBBB ${standard["webhook-signature"]}` };
  assert.equal(await verifyWebhook(body, rotated, secret, then), true);
});

test("An altered or old request, another secret and malformed headers are refused without an exception", async () => {
  const refused = [
    [`${body} `, standard, secret, then],
    [body, standard, secret, { now: () => then.now() + 301_000 }],
    [body, standard, secret, { now: () => then.now() - 301_000 }],
    [body, standard, "another-secret-0", then],
    [body, { ...standard, "webhook-id": "msg_other" }, secret, then],
    [body, { ...standard, "webhook-timestamp": "yesterday" }, secret, then],
    [body, { ...standard, "webhook-signature": "v1,%%%" }, secret, then],
    [body, {}, secret, then],
    [body, undefined, secret, then],
    [body, standard, "", then],
    [undefined, standard, secret, then],
  ];
  for (const given of refused) assert.equal(await verifyWebhook(...given), false);
});

test("Without those headers the signature of OpenWA decides", async () => {
  const plain = "a plain secret, long enough";
  const signature = `sha256=${createHmac("sha256", plain).update(body).digest("hex")}`;
  assert.equal(await verifyWebhook(body, { "X-OpenWA-Signature": signature }, plain), true);
  assert.equal(await verifyWebhook(body, { "x-openwa-signature": [signature.toUpperCase().replace("SHA", "sha")] }, plain), true);
  assert.equal(await verifyWebhook(`${body}x`, { "X-OpenWA-Signature": signature }, plain), false);
  assert.equal(await verifyWebhook(body, { "X-OpenWA-Signature": "sha256=00" }, plain), false);
});

test("What is no strict base64 behind whsec_ is a key of its bytes", async () => {
  for (const odd of ["whsec_c2VjcmV0LXNlY3JldC0xMg", "whsec_c2Vj cmV0LXNlY3JldC0xMg==", "whsec_c2Vjc-V0LXNlY3JldC0x"]) {
    const signature = createHmac("sha256", odd).update(`id.1614265330.${body}`).digest("base64");
    const headers = { "webhook-id": "id", "webhook-timestamp": "1614265330", "webhook-signature": `v1,${signature}` };
    assert.equal(await verifyWebhook(body, headers, odd, then), true);
  }
});

test("A plain secret is a key for Standard Webhooks too", async () => {
  const plain = "a plain secret, long enough";
  const signature = createHmac("sha256", plain).update(`id.1614265330.${body}`).digest("base64");
  const headers = { "webhook-id": "id", "webhook-timestamp": "1614265330", "webhook-signature": `v1,${signature}` };
  assert.equal(await verifyWebhook(body, headers, plain, then), true);
});

test("Each method asks for its route", async () => {
  await withServer([{ body: [] }], async ({ baseUrl, requests }) => {
    const { webhooks } = new OpenWAClient({ baseUrl, apiKey: "owa_k1_test" });
    await webhooks.list("depot");
    await webhooks.listAll({ limit: 5 });
    await webhooks.create("depot", { url: "https://example.com/hook" });
    await webhooks.get("depot", "w/1");
    await webhooks.update("depot", "w1", { active: false });
    await webhooks.delete("depot", "w1");
    await webhooks.test("depot", "w1");
    await webhooks.deliveries("depot", "w1", { state: "failed" });
    await webhooks.delivery("depot", "w1", "evt_1");
    await webhooks.deliveryFailures({ sessionId: "depot" });
    await webhooks.redriveDeliveryFailures({ limit: 10 });
    assert.deepEqual(
      requests.map((request) => `${request.method} ${request.url}`),
      [
        "GET /api/sessions/depot/webhooks",
        "GET /api/webhooks?limit=5",
        "POST /api/sessions/depot/webhooks",
        "GET /api/sessions/depot/webhooks/w%2F1",
        "PUT /api/sessions/depot/webhooks/w1",
        "DELETE /api/sessions/depot/webhooks/w1",
        "POST /api/sessions/depot/webhooks/w1/test",
        "GET /api/sessions/depot/webhooks/w1/deliveries?state=failed",
        "GET /api/sessions/depot/webhooks/w1/deliveries/evt_1",
        "GET /api/webhooks/delivery-failures?sessionId=depot",
        "POST /api/webhooks/delivery-failures/redrive",
      ],
    );
    assert.deepEqual(JSON.parse(requests[4].body), { active: false });
  });
});
