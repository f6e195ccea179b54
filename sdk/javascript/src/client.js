import { HTTPTransport } from "./http.js";
import { ChatsResource } from "./resources/chats.js";
import { ContactsResource } from "./resources/contacts.js";
import { EventsResource } from "./resources/events.js";
import { GroupsResource } from "./resources/groups.js";
import { HealthResource } from "./resources/health.js";
import { KeysResource } from "./resources/keys.js";
import { MessagesResource } from "./resources/messages.js";
import { SessionsResource } from "./resources/sessions.js";
import { TemplatesResource } from "./resources/templates.js";
import { WebhooksResource } from "./resources/webhooks.js";

/**
 * A client of one OpenWA server.
 *
 *     const client = new OpenWAClient({ baseUrl: "http://localhost:2785", apiKey: "owa_k1_…" });
 *     const sent = await client.messages.sendText("my-session", { chatId: "6281234567890@c.us", text: "Hello" });
 *
 * Every send carries an idempotency key, a fresh one unless you give one, and is retried with the same key: a send whose
 * answer got lost is not sent twice.
 */
export class OpenWAClient {
  #transport;

  /** @param options `baseUrl` (server root, without `/api`), `apiKey`, and what index.d.ts lists. */
  constructor(options) {
    this.#transport = new HTTPTransport(options);
    this.sessions = new SessionsResource(this.#transport);
    this.messages = new MessagesResource(this.#transport);
    this.templates = new TemplatesResource(this.#transport);
    this.chats = new ChatsResource(this.#transport);
    this.contacts = new ContactsResource(this.#transport);
    this.groups = new GroupsResource(this.#transport);
    this.events = new EventsResource(this.#transport);
    this.webhooks = new WebhooksResource(this.#transport);
    this.keys = new KeysResource(this.#transport);
    this.health = new HealthResource(this.#transport);
  }

  /** What the API key may do. */
  auth() {
    return this.#transport.request("POST", "/api/auth/validate");
  }

  /** Any other route; `path` begins with `/api`. */
  request(method, path, options = {}) {
    return this.#transport.request(method, path, options);
  }
}
