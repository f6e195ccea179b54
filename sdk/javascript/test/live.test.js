// Against the real program: OPENWA names the executable, whose playground is started with a fresh folder.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { OpenWABadRequestError, OpenWAClient, OpenWAForbiddenError, OpenWANotFoundError } from "../src/index.js";

const session = "my-session";
const chatId = "6281234567890@c.us";
const group = "120363021234567890@g.us";

describe("The client against the playground", { skip: process.env.OPENWA === undefined && "OPENWA is not set" }, () => {
  let folder;
  let program;
  let client;
  let control;
  const found = {};

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "openwa-client-"));
    program = spawn(process.env.OPENWA, ["serve", "--playground", "--port", "0"], {
      cwd: folder,
      env: { ...process.env, DATA_DIRECTORY: join(folder, "data") },
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: program.stdout })) {
      found.baseUrl ??= line.match(/export BASE="(.*)\/api"/)?.[1];
      found.apiKey ??= line.match(/export API_KEY="(.*)"/)?.[1];
      control ??= line.match(/phones are driven at (http\S+)/)?.[1];
      if (found.baseUrl && found.apiKey && control) break;
    }
    program.stdout.resume();
    client = new OpenWAClient(found);
  });

  after(async () => {
    const ended = new Promise((resolve) => program.once("exit", resolve));
    program.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true });
  });

  /** What the phone shows of a message, as soon as it does. */
  async function shown(messageId, number = "6281234567890") {
    const id = messageId.split("_")[2];
    for (let after = 0; ; ) {
      const answer = await fetch(`${control}/phones/${number}/inbox?after=${after}&waitSeconds=20`);
      const page = await answer.json();
      const message = page.messages.find((message) => message.id === id);
      if (message) return message;
      assert.ok(page.messages.length > 0, `phone ${number} does not show ${id}`);
      after = page.next;
    }
  }

  test("A listener hears what a phone says, reads on from its cursor, and finds it by a word", async () => {
    const { cursor } = await client.events.page({ after: "latest" });
    const say = (text) =>
      fetch(`${control}/phones/6281234567890/say`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ to: "628550000001", type: "text", text }),
      });
    const heard = async (after) => {
      for await (const event of client.events.listen({ after, events: "message.received", sessionId: session })) return event;
    };
    const first = heard(cursor);
    await say("the first parcel");
    const event = await first;
    assert.equal(event.data.body, "the first parcel");
    assert.equal(event.data.from, chatId);
    await say("the second parcel");
    assert.equal((await heard(event.cursor)).data.body, "the second parcel");
    const found = await client.request("GET", "/api/search", { query: { q: "first parcel" } });
    assert.deepEqual(found.hits.map((hit) => hit.waMessageId), [event.data.id]);
  });

  test("Every kind of send reaches the phone", async () => {
    const { messages } = client;
    const bytes = new TextEncoder().encode("%PDF-1.4 as bytes");
    const sends = {
      conversation: await messages.sendText(session, { chatId, text: "Hello" }),
      imageMessage: await messages.sendImage(session, { chatId, url: "https://example.com/image.jpg", caption: "Look" }),
      audioMessage: await messages.sendAudio(session, { chatId, url: "https://example.com/voice.ogg", ptt: true }),
      videoMessage: await messages.sendVideo(session, { chatId, url: "https://example.com/video.mp4" }),
      stickerMessage: await messages.sendSticker(session, { chatId, url: "https://example.com/sticker.webp" }),
      documentMessage: await messages.sendDocument(session, { chatId, file: bytes, filename: "r.pdf", mimetype: "application/pdf" }),
      locationMessage: await messages.sendLocation(session, { chatId, latitude: -6.2088, longitude: 106.8456 }),
      contactMessage: await messages.sendContact(session, { chatId, contactName: "John Doe", contactNumber: "628987654321" }),
      pollCreation: await messages.sendPoll(session, { chatId, name: "Lunch?", options: ["Yes", "No"] }),
    };
    for (const [kind, sent] of Object.entries(sends)) {
      assert.match(sent.messageId, /^true_6281234567890@c\.us_3EB0[0-9A-F]+$/);
      assert.equal(typeof sent.timestamp, "number");
      assert.ok((await shown(sent.messageId)).kind.startsWith(kind), kind);
    }
  });

  test("Messages are replied to, forwarded, reacted to, edited and deleted", async () => {
    const { messages } = client;
    const { messageId } = await messages.sendText(session, { chatId, text: "The first" });
    const reply = await messages.reply(session, { chatId, quotedMessageId: messageId, text: "The second" });
    assert.equal((await shown(reply.messageId)).text, "The second");
    const forwarded = await messages.forward(session, { fromChatId: chatId, toChatId: "628111111111@c.us", messageId });
    assert.equal((await shown(forwarded.messageId, "628111111111")).text, "The first");
    assert.deepEqual(await messages.react(session, { chatId, messageId, emoji: "👍" }), { success: true });
    const edited = await messages.editMessage(session, { chatId, messageId, body: "The corrected first" });
    assert.equal(edited.messageId, messageId);
    assert.deepEqual(await messages.delete(session, { chatId, messageId: reply.messageId }), { success: true });
  });

  test("The same key sends once, and answers the same", async () => {
    const body = { chatId, text: "Once" };
    const first = await client.messages.sendText(session, body, { idempotencyKey: "order-4711" });
    const second = await client.messages.sendText(session, body, { idempotencyKey: "order-4711" });
    assert.deepEqual(second, first);
    await assert.rejects(client.messages.sendText(session, { chatId, text: "Other" }, { idempotencyKey: "order-4711" }), {
      status: 422,
      code: "IDEMPOTENCY_KEY_REUSED",
    });
  });

  test("A message carries the id that its sender chose", async () => {
    const sent = await client.messages.sendText(session, { chatId, text: "Mine" }, { messageId: "ABCDEF0123456789" });
    assert.equal(sent.messageId, `true_${chatId}_ABCDEF0123456789`);
  });

  test("A template is kept, filled and sent", async () => {
    const template = await client.templates.create(session, { name: "welcome", body: "Hi {{name}}", footer: "Bye" });
    const sent = await client.messages.sendTemplate(session, { chatId, templateName: "welcome", vars: { name: "Sam" } });
    assert.equal((await shown(sent.messageId)).text, "Hi Sam\n\nBye");
    assert.equal((await client.templates.update(session, template.id, { footer: null })).footer, null);
    assert.deepEqual((await client.templates.list(session)).map(({ id }) => id), [template.id]);
    assert.equal(await client.templates.delete(session, template.id), null);
    await assert.rejects(client.templates.get(session, template.id), OpenWANotFoundError);
  });

  test("A batch is followed and cancelled", async () => {
    const item = { chatId, type: "text", content: { text: "Hi {{name}}" }, variables: { name: "Sam" } };
    const options = { delayBetweenMessages: 60_000 };
    const { batchId } = await client.messages.sendBulk(session, { messages: [item, item], options });
    const cancelled = await client.messages.cancelBatch(session, batchId);
    assert.equal(cancelled.status, "cancelled");
    const status = await client.messages.batchStatus(session, batchId);
    assert.equal(status.results.length, 2);
    assert.equal(status.results[1].status, "cancelled");
  });

  test("Sessions, contacts, groups, stored messages and health are read", async () => {
    assert.equal((await client.sessions.get(session)).status, "ready");
    assert.ok((await client.sessions.list()).some(({ name }) => name === session));
    assert.equal((await client.contacts.check(session, "6281234567890")).whatsappId, chatId);
    assert.ok((await client.groups.list(session)).some(({ id }) => id === group));
    assert.equal((await client.groups.get(session, group)).id, group);
    assert.ok((await client.messages.list(session, { chatId, limit: 1 })).messages.length === 1);
    assert.equal((await client.health.check()).status, "ok");
    assert.equal((await client.auth()).valid, true);
  });

  test("A key's role and life are managed", async () => {
    const { apiKey, id } = await client.keys.create({ name: "reader", role: "viewer" });
    const reader = new OpenWAClient({ ...found, apiKey });
    await assert.rejects(reader.messages.sendText(session, { chatId, text: "No" }), OpenWAForbiddenError);
    assert.equal((await client.keys.revoke(id)).isActive, false);
    assert.equal(await client.keys.delete(id), null);
  });

  test("A refused body names its fields", async () => {
    await assert.rejects(client.messages.sendText(session, { chatId }), (error) => {
      assert.ok(error instanceof OpenWABadRequestError);
      assert.ok(error.details.includes("text must be a string"));
      return true;
    });
  });
});
