import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenWAClient, OpenWAResponseError } from "../src/index.js";
import { withServer } from "./server.js";

function client(baseUrl, waits = []) {
  return new OpenWAClient({
    baseUrl,
    apiKey: "owa_k1_test",
    retries: 0,
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
}

const event = (cursor) => ({ cursor: String(cursor), id: `evt_${cursor}`, event: "message.received", data: {} });
const page = (cursor, ...events) => ({ body: { events: events.map(event), cursor: String(cursor), hasMore: false } });

async function take(count, events) {
  const seen = [];
  for await (const event of events) {
    seen.push(event.cursor);
    if (seen.length === count) break;
  }
  return seen;
}

test("A listener reads on from the cursor of each page, and sees every event once", async () => {
  await withServer([page(3, 1, 3), page(7), page(9, 8, 9)], async ({ baseUrl, requests }) => {
    const seen = await take(4, client(baseUrl).events.listen({ after: 0, events: ["message.received", "message.ack"] }));
    assert.deepEqual(seen, ["1", "3", "8", "9"]);
    const queries = requests.map((request) => new URL(request.url, baseUrl).searchParams);
    assert.deepEqual(queries.map((query) => query.get("after")), ["0", "3", "7"]);
    assert.equal(queries[0].get("events"), "message.received,message.ack");
    // Less than the client's own limit of 30 s.
    assert.equal(queries[0].get("wait"), "25");
  });
});

test("Without a cursor it begins with what happens next, from a place that is settled first", async () => {
  await withServer([page(41), "hang up", page(42, 42)], async ({ baseUrl, requests }) => {
    assert.deepEqual(await take(1, client(baseUrl).events.listen()), ["42"]);
    const queries = requests.map((request) => new URL(request.url, baseUrl).searchParams);
    assert.deepEqual(queries.map((query) => query.get("after")), ["latest", "41", "41"]);
  });
});

test("A server that is away or busy is asked again, as long as it takes, from the same place", async () => {
  const waits = [];
  const away = ["hang up", { status: 503, body: {}, headers: { "Retry-After": "2" } }, { status: 502, body: {} }, "hang up"];
  await withServer([...away, page(6, 6)], async ({ baseUrl, requests }) => {
    assert.deepEqual(await take(1, client(baseUrl, waits).events.listen({ after: "5" })), ["6"]);
    assert.equal(requests.length, 5);
    assert.equal(waits.length, 4);
    assert.equal(waits[1], 2000);
  });
});

test("A cursor whose events are gone is thrown, not skipped", async () => {
  const gone = { status: 410, body: { statusCode: 410, message: "gone", code: "EVENT_CURSOR_EXPIRED" } };
  await withServer([gone], async ({ baseUrl }) => {
    await assert.rejects(take(1, client(baseUrl).events.listen({ after: "5" })), (error) => {
      assert.ok(error instanceof OpenWAResponseError);
      assert.equal(error.code, "EVENT_CURSOR_EXPIRED");
      return true;
    });
  });
});

test("A listener ends when it is told to", async () => {
  await withServer(["say nothing"], async ({ baseUrl }) => {
    const stop = new AbortController();
    const listening = take(1, client(baseUrl).events.listen({ after: "5", signal: stop.signal }));
    stop.abort(new Error("enough"));
    await assert.rejects(listening, /enough/);
  });
});
