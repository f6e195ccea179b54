import { segment } from "../http.js";

/** Webhooks: where a session's events are posted to, and what became of them. */
export class WebhooksResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  list(session) {
    return this.#transport.request("GET", base(session));
  }

  /** The webhooks of all sessions that the key reaches. */
  listAll(query = {}) {
    return this.#transport.request("GET", "/api/webhooks", { query });
  }

  create(session, body) {
    return this.#transport.request("POST", base(session), { body });
  }

  get(session, webhookId) {
    return this.#transport.request("GET", one(session, webhookId));
  }

  update(session, webhookId, body) {
    return this.#transport.request("PUT", one(session, webhookId), { body });
  }

  delete(session, webhookId) {
    return this.#transport.request("DELETE", one(session, webhookId));
  }

  /** Posts a `test` event now; tells what the endpoint answered. */
  test(session, webhookId) {
    return this.#transport.request("POST", `${one(session, webhookId)}/test`);
  }

  deliveries(session, webhookId, query = {}) {
    return this.#transport.request("GET", `${one(session, webhookId)}/deliveries`, { query });
  }

  /** One delivery with its attempts. */
  delivery(session, webhookId, eventId) {
    return this.#transport.request("GET", `${one(session, webhookId)}/deliveries/${segment(eventId)}`);
  }

  deliveryFailures(query = {}) {
    return this.#transport.request("GET", "/api/webhooks/delivery-failures", { query });
  }

  redriveDeliveryFailures(body = {}) {
    return this.#transport.request("POST", "/api/webhooks/delivery-failures/redrive", { body });
  }
}

function base(session) {
  return `/api/sessions/${segment(session)}/webhooks`;
}

function one(session, webhookId) {
  return `${base(session)}/${segment(webhookId)}`;
}
