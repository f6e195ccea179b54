import { segment } from "../http.js";

/** Chats, who is online in them, and what is done to them on all devices of the account. */
export class ChatsResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  /** The one with the newest message first. */
  list(session, query = {}) {
    return this.#transport.request("GET", `${base(session)}/chats`, { query });
  }

  /** A whole chat, or with `messageIds` some of its messages; the other side sees it. */
  markRead(session, body) {
    return this.#change(session, "chats/read", body);
  }

  markUnread(session, body) {
    return this.#change(session, "chats/unread", body);
  }

  archive(session, body) {
    return this.#change(session, "chats/archive", body);
  }

  /** `success` is false when three chats are pinned already. */
  pin(session, body) {
    return this.#change(session, "chats/pin", body);
  }

  /** `muteUntil`: Unix milliseconds; null lets it ring again. */
  mute(session, body) {
    return this.#change(session, "chats/mute", body);
  }

  /** Its messages go, the chat stays. */
  clearMessages(session, chatId) {
    return this.#transport.request("DELETE", `${base(session)}/chats/${segment(chatId)}/messages`);
  }

  delete(session, body) {
    return this.#change(session, "chats/delete", body);
  }

  /** Shows the other side `typing`, `recording` or `paused`. */
  sendState(session, body) {
    return this.#change(session, "chats/typing", body);
  }

  /** Until the session is stopped; shows the session online. */
  subscribePresence(session, body) {
    return this.#change(session, "presence/subscribe", body);
  }

  /** What was last observed in a chat; null for nothing. */
  getPresence(session, chatId) {
    return this.#transport.request("GET", `${base(session)}/presence/${segment(chatId)}`);
  }

  #change(session, route, body) {
    return this.#transport.request("POST", `${base(session)}/${route}`, { body });
  }
}

function base(session) {
  return `/api/sessions/${segment(session)}`;
}
