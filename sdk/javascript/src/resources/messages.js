import { segment } from "../http.js";
import { newIdempotencyKey } from "../idempotency.js";

/** Sending, and what happens to messages afterwards. Bodies have the fields of the REST routes. */
export class MessagesResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  list(session, query = {}) {
    return this.#transport.request("GET", base(session), { query });
  }

  /** One message with its timeline: what became of it, device by device. */
  get(session, chatId, messageId) {
    return this.#transport.request("GET", `${base(session)}/${segment(chatId)}/${segment(messageId)}`);
  }

  /** A chat's newest messages, oldest first. */
  history(session, chatId, query = {}) {
    return this.#transport.request("GET", `${base(session)}/${segment(chatId)}/history`, { query });
  }

  reactions(session, chatId, messageId) {
    return this.#transport.request("GET", `${base(session)}/${segment(chatId)}/${segment(messageId)}/reactions`);
  }

  /** Who chose what in a poll. */
  votes(session, chatId, messageId) {
    return this.#transport.request("GET", `${base(session)}/${segment(chatId)}/${segment(messageId)}/votes`);
  }

  sendText(session, body, options) {
    return this.#send(session, "send-text", body, options);
  }

  sendImage(session, body, options) {
    return this.#sendMedia(session, "send-image", body, options);
  }

  sendVideo(session, body, options) {
    return this.#sendMedia(session, "send-video", body, options);
  }

  sendAudio(session, body, options) {
    return this.#sendMedia(session, "send-audio", body, options);
  }

  sendDocument(session, body, options) {
    return this.#sendMedia(session, "send-document", body, options);
  }

  sendSticker(session, body, options) {
    return this.#sendMedia(session, "send-sticker", body, options);
  }

  sendLocation(session, body, options) {
    return this.#send(session, "send-location", body, options);
  }

  sendContact(session, body, options) {
    return this.#send(session, "send-contact", body, options);
  }

  sendPoll(session, body, options) {
    return this.#send(session, "send-poll", body, options);
  }

  sendTemplate(session, body, options) {
    return this.#send(session, "send-template", body, options);
  }

  reply(session, body, options) {
    return this.#send(session, "reply", body, options);
  }

  forward(session, body, options) {
    return this.#send(session, "forward", body, options);
  }

  /** An empty `emoji` takes the reaction away. */
  react(session, body, options) {
    return this.#send(session, "react", body, options);
  }

  /** For everyone unless `forEveryone` is false. */
  delete(session, body, options) {
    return this.#send(session, "delete", body, options);
  }

  editMessage(session, body, options) {
    return this.#send(session, "edit", body, options);
  }

  /** For everybody, a day unless `durationSeconds` says a week or thirty days. */
  pin(session, body, options) {
    return this.#send(session, "pin", body, options);
  }

  unpin(session, body, options) {
    return this.#send(session, "unpin", body, options);
  }

  star(session, body) {
    return this.#transport.request("POST", `${base(session)}/star`, { body });
  }

  /** For options by their texts, instead of what was voted before; none takes the vote back. */
  votePoll(session, body, options) {
    return this.#send(session, "vote-poll", body, options);
  }

  /** Answers a business's buttons or list. */
  clickButton(session, body, options) {
    return this.#send(session, "click-button", body, options);
  }

  /** The file of a message: `{ data: Uint8Array, contentType }`; an OpenWAError of status 404 when none is stored. */
  media(session, chatId, messageId, { signal } = {}) {
    const path = `${base(session)}/${segment(chatId)}/${segment(messageId)}/media`;
    return this.#transport.request("GET", path, { isFile: true, headers: { Accept: "*/*" }, signal });
  }

  sendBulk(session, body, options) {
    return this.#send(session, "send-bulk", body, options);
  }

  batchStatus(session, batchId) {
    return this.#transport.request("GET", `${base(session)}/batch/${segment(batchId)}`);
  }

  cancelBatch(session, batchId) {
    return this.#transport.request("POST", `${base(session)}/batch/${segment(batchId)}/cancel`);
  }

  #send(session, route, body, { idempotencyKey = newIdempotencyKey(), messageId, signal } = {}) {
    return this.#transport.request("POST", `${base(session)}/${route}`, {
      body,
      idempotencyKey,
      headers: messageId === undefined ? {} : { "X-OpenWA-Message-Id": messageId },
      signal,
    });
  }

  #sendMedia(session, route, body, options) {
    return this.#send(session, route, body.file === undefined ? body : form(body), options);
  }
}

/** A body with a `file` goes as multipart/form-data: lists by repeating the name, the file last. */
function form({ file, ...fields }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== null) form.append(name, String(one));
    }
  }
  const blob = file instanceof Blob ? file : new Blob([file], { type: fields.mimetype ?? "" });
  form.append("file", blob, fields.filename ?? blob.name ?? "file");
  return form;
}

function base(session) {
  return `/api/sessions/${segment(session)}/messages`;
}
