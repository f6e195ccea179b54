import { segment } from "../http.js";

/** The account's address book, whom it blocks, and what is known of people. */
export class ContactsResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  list(session, query = {}) {
    return this.#transport.request("GET", base(session), { query });
  }

  get(session, contactId) {
    return this.#transport.request("GET", `${base(session)}/${segment(contactId)}`);
  }

  /** Whether a number has WhatsApp, and the chat id to write to. */
  check(session, number) {
    return this.#transport.request("GET", `${base(session)}/check/${segment(number)}`);
  }

  /** Ids of blocked people. */
  listBlocked(session) {
    return this.#transport.request("GET", `${base(session)}/blocked`);
  }

  profilePicture(session, contactId) {
    return this.#transport.request("GET", `${base(session)}/${segment(contactId)}/profile-picture`);
  }

  /** At most 50 ids. */
  profilePictures(session, ids) {
    return this.#transport.request("GET", `${base(session)}/profile-pictures`, { query: { ids: ids.join(",") } });
  }

  /** The number behind a privacy id, once it is known. */
  phone(session, contactId) {
    return this.#transport.request("GET", `${base(session)}/${segment(contactId)}/phone`);
  }

  /** Saves a person under a name, or changes it. */
  upsert(session, contactId, body) {
    return this.#transport.request("PUT", `${base(session)}/${segment(contactId)}`, { body });
  }

  delete(session, contactId) {
    return this.#transport.request("DELETE", `${base(session)}/${segment(contactId)}`);
  }

  block(session, contactId) {
    return this.#transport.request("POST", `${base(session)}/${segment(contactId)}/block`);
  }

  unblock(session, contactId) {
    return this.#transport.request("DELETE", `${base(session)}/${segment(contactId)}/block`);
  }
}

function base(session) {
  return `/api/sessions/${segment(session)}/contacts`;
}
