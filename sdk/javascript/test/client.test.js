import assert from "node:assert/strict";
import { test } from "node:test";
import {
  OpenWABadRequestError,
  OpenWAClient,
  OpenWAConnectionError,
  OpenWAConflictError,
  OpenWARateLimitError,
  OpenWAResponseError,
  OpenWATimeoutError,
} from "../src/index.js";
import { withServer } from "./server.js";

const sent = { status: 201, body: { messageId: "true_6281234567890@c.us_3EB0AA", timestamp: 1719312000 } };
const text = { chatId: "6281234567890@c.us", text: "Hello" };
/** Waits in name only, and notes how long they were to be. */
const instant = (waits = []) => ({ sleep: async (milliseconds) => void waits.push(milliseconds) });

function client(baseUrl, options = {}) {
  return new OpenWAClient({ baseUrl, apiKey: "owa_k1_test", ...instant(), ...options });
}

test("A text goes out with the key, as JSON, under a fresh idempotency key", async () => {
  await withServer([sent], async ({ baseUrl, requests }) => {
    const result = await client(`${baseUrl}/`).messages.sendText("my-session", text);
    assert.equal(result.messageId, sent.body.messageId);
    const [request] = requests;
    assert.equal(request.method, "POST");
    assert.equal(request.url, "/api/sessions/my-session/messages/send-text");
    assert.equal(request.headers["x-api-key"], "owa_k1_test");
    assert.equal(request.headers["content-type"], "application/json");
    assert.match(request.headers["idempotency-key"], /^[0-9a-f]{32}$/);
    assert.deepEqual(JSON.parse(request.body), text);
  });
});

test("A send whose answer got lost is repeated under the same key", async () => {
  await withServer(["hang up", { status: 503, body: {} }, sent], async ({ baseUrl, requests }) => {
    await client(baseUrl).messages.sendText("my-session", text);
    assert.equal(requests.length, 3);
    assert.equal(new Set(requests.map((request) => request.headers["idempotency-key"])).size, 1);
  });
});

test("Two sends have two keys, and a given key and message id are used", async () => {
  await withServer([sent], async ({ baseUrl, requests }) => {
    const { messages } = client(baseUrl);
    await messages.sendText("s", text);
    await messages.sendText("s", text);
    await messages.react("s", { chatId: "1@c.us", messageId: "A", emoji: "" }, { idempotencyKey: "mine", messageId: "ABCDEF01" });
    const keys = requests.map((request) => request.headers["idempotency-key"]);
    assert.equal(new Set(keys).size, 3);
    assert.equal(keys[2], "mine");
    assert.equal(requests[2].headers["x-openwa-message-id"], "ABCDEF01");
  });
});

test("The pause before a retry is what the server asks for", async () => {
  const waits = [];
  const busy = { status: 429, headers: { "Retry-After": "7" }, body: { statusCode: 429, message: "Too many" } };
  await withServer([busy, sent], async ({ baseUrl }) => {
    await client(baseUrl, instant(waits)).messages.sendText("s", text);
    assert.deepEqual(waits, [7000]);
  });
});

test("A write without a key is not repeated after a lost connection", async () => {
  await withServer(["hang up", { status: 201, body: {} }], async ({ baseUrl, requests }) => {
    await assert.rejects(client(baseUrl).sessions.create({ name: "depot" }), OpenWAConnectionError);
    assert.equal(requests.length, 1);
  });
});

test("Retries end, with the last error", async () => {
  await withServer([{ status: 503, body: { statusCode: 503, message: "Busy", code: "SHUTTING_DOWN" } }], async ({ baseUrl, requests }) => {
    await assert.rejects(client(baseUrl, { retries: 1 }).sessions.list(), { name: "OpenWAUnavailableError", code: "SHUTTING_DOWN" });
    assert.equal(requests.length, 2);
  });
});

test("A refusal of the body has one detail for each broken rule, and is not repeated", async () => {
  const refusal = {
    status: 400,
    headers: { "X-Request-ID": "r-1" },
    body: { statusCode: 400, message: ["chatId should not be empty", "text must be a string"], error: "Bad Request" },
  };
  await withServer([refusal], async ({ baseUrl, requests }) => {
    await assert.rejects(client(baseUrl).messages.sendText("s", text), (error) => {
      assert.ok(error instanceof OpenWABadRequestError && error instanceof OpenWAResponseError);
      assert.equal(error.message, "chatId should not be empty, text must be a string");
      assert.deepEqual(error.details, refusal.body.message);
      assert.equal(error.status, 400);
      assert.equal(error.requestId, "r-1");
      return true;
    });
    assert.equal(requests.length, 1);
  });
});

test("Conflicts and limits have types of their own, with code and wait", async () => {
  const reused = { status: 409, body: { statusCode: 409, message: "Taken", code: "MESSAGE_ID_TAKEN" } };
  const limited = { status: 429, headers: { "Retry-After": "3600" }, body: { statusCode: 429, message: "Slow down" } };
  await withServer([reused, limited], async ({ baseUrl }) => {
    const { messages } = client(baseUrl);
    await assert.rejects(messages.sendText("s", text), (error) => error instanceof OpenWAConflictError && error.code === "MESSAGE_ID_TAKEN");
    await assert.rejects(messages.sendText("s", text), (error) => error instanceof OpenWARateLimitError && error.retryAfterSeconds === 3600);
  });
});

test("No answer in time is a timeout", async () => {
  await withServer(["say nothing"], async ({ baseUrl }) => {
    await assert.rejects(client(baseUrl, { timeoutMs: 30, retries: 0 }).health.check(), OpenWATimeoutError);
  });
});

test("A caller's signal ends the request with the caller's reason", async () => {
  await withServer(["say nothing"], async ({ baseUrl }) => {
    const stop = new AbortController();
    const pending = client(baseUrl).messages.sendText("s", text, { signal: stop.signal });
    stop.abort(new Error("changed my mind"));
    await assert.rejects(pending, /changed my mind/);
  });
});

test("A redirect is an error, not followed", async () => {
  await withServer([{ status: 302, headers: { Location: "/elsewhere" } }], async ({ baseUrl, requests }) => {
    await assert.rejects(client(baseUrl).sessions.list(), { status: 302 });
    assert.equal(requests.length, 1);
  });
});

test("Ids in paths are escaped, but for the characters chat ids are made of", async () => {
  await withServer([{ body: {} }], async ({ baseUrl, requests }) => {
    await client(baseUrl).groups.get("a b/c", "120363021234567890@g.us");
    assert.equal(requests[0].url, "/api/sessions/a%20b%2Fc/groups/120363021234567890@g.us");
    assert.throws(() => client(baseUrl).sessions.get(".."), /cannot stand in a path/);
  });
});

test("Filters that are undefined stay out of the query, booleans are words", async () => {
  await withServer([{ body: { messages: [], total: 0 } }], async ({ baseUrl, requests }) => {
    await client(baseUrl).messages.list("s", { chatId: "6281@c.us", limit: 5, after: undefined, inlineMedia: false });
    assert.equal(requests[0].url, "/api/sessions/s/messages?chatId=6281%40c.us&limit=5&inlineMedia=false");
  });
});

test("Bytes are uploaded as multipart, lists by repeating the name, and the file last", async () => {
  await withServer([sent], async ({ baseUrl, requests }) => {
    await client(baseUrl).messages.sendDocument("s", {
      chatId: "6281234567890@c.us",
      mentions: ["628111111111@c.us", "628222222222@c.us"],
      file: new TextEncoder().encode("%PDF-1.4"),
      filename: "report.pdf",
      mimetype: "application/pdf",
    });
    const [request] = requests;
    assert.match(request.headers["content-type"], /^multipart\/form-data; boundary=/);
    assert.equal(request.body.match(/name="mentions"/g).length, 2);
    assert.match(request.body, /name="file"; filename="report\.pdf"\r\nContent-Type: application\/pdf\r\n\r\n%PDF-1\.4/);
    assert.ok(request.body.indexOf('name="file"') > request.body.indexOf('name="mimetype"'));
  });
});

test("A message's file comes as bytes with its type; without one there is the server's error", async () => {
  const missing = { status: 404, body: { statusCode: 404, message: "No media stored for this message", code: "MEDIA_NOT_STORED" } };
  const file = { headers: { "Content-Type": "image/png" }, bytes: Buffer.from([0x89, 0x50, 0xff, 0x00]) };
  await withServer([file, missing], async ({ baseUrl, requests }) => {
    const media = await client(baseUrl).messages.media("s", "6281@c.us", "false_6281@c.us_3EB0");
    assert.deepEqual([...media.data], [0x89, 0x50, 0xff, 0x00]);
    assert.equal(media.contentType, "image/png");
    assert.equal(requests[0].url, "/api/sessions/s/messages/6281@c.us/false_6281@c.us_3EB0/media");
    await assert.rejects(client(baseUrl).messages.media("s", "6281@c.us", "x"), { status: 404, code: "MEDIA_NOT_STORED" });
  });
});

test("An empty answer is null, a text is a text", async () => {
  await withServer([{ status: 204 }], async ({ baseUrl }) => {
    assert.equal(await client(baseUrl).sessions.delete("s"), null);
  });
});

test("A base URL without a scheme is refused at once", () => {
  assert.throws(() => new OpenWAClient({ baseUrl: "localhost:2785", apiKey: "k" }), /baseUrl/);
});

test("Chats, contacts and messages are read and changed at their routes", async () => {
  const chatId = "1@c.us";
  const calls = [
    [(c) => c.chats.list("s", { limit: 5 }), "GET", "/chats?limit=5"],
    [(c) => c.chats.mute("s", { chatId, muteUntil: null }), "POST", "/chats/mute", { chatId, muteUntil: null }],
    [(c) => c.chats.clearMessages("s", chatId), "DELETE", "/chats/1@c.us/messages"],
    [(c) => c.chats.sendState("s", { chatId, state: "typing" }), "POST", "/chats/typing", { chatId, state: "typing" }],
    [(c) => c.chats.getPresence("s", chatId), "GET", "/presence/1@c.us"],
    [(c) => c.contacts.profilePictures("s", [chatId, "2@c.us"]), "GET", "/contacts/profile-pictures?ids=1@c.us,2@c.us"],
    [(c) => c.contacts.upsert("s", chatId, { firstName: "A" }), "PUT", "/contacts/1@c.us", { firstName: "A" }],
    [(c) => c.contacts.unblock("s", chatId), "DELETE", "/contacts/1@c.us/block"],
    [(c) => c.messages.get("s", chatId, "true_1@c.us_A"), "GET", "/messages/1@c.us/true_1@c.us_A"],
    [(c) => c.messages.history("s", chatId, { deep: true }), "GET", "/messages/1@c.us/history?deep=true"],
    [(c) => c.messages.votes("s", chatId, "A"), "GET", "/messages/1@c.us/A/votes"],
    [(c) => c.messages.votePoll("s", { chatId, pollMessageId: "A", options: [] }), "POST", "/messages/vote-poll",
      { chatId, pollMessageId: "A", options: [] }],
    [(c) => c.sessions.getConfig("s"), "GET", "/config"],
    [(c) => c.sessions.updateConfig("s", { autoRejectCalls: true }), "PATCH", "/config", { autoRejectCalls: true }],
    [(c) => c.sessions.setOnlinePresence("s", { available: true }), "PUT", "/presence", { available: true }],
  ];
  await withServer([{ status: 200, body: {} }], async ({ baseUrl, requests }) => {
    for (const [index, [call, method, path, body]] of calls.entries()) {
      await call(client(baseUrl));
      assert.equal(requests[index].method, method);
      assert.equal(decodeURIComponent(requests[index].url), `/api/sessions/s${path}`);
      if (body) assert.deepEqual(JSON.parse(requests[index].body), body);
    }
  });
});
