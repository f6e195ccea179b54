import { segment } from "../http.js";

export class ContactsResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  /** Whether a number has WhatsApp, and the chat id to write to. */
  check(session, number) {
    return this.#transport.request("GET", `/api/sessions/${segment(session)}/contacts/check/${segment(number)}`);
  }
}
