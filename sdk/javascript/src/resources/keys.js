import { segment } from "../http.js";

const base = "/api/auth/api-keys";

/** API keys; all routes need an admin key that is not bound to sessions. */
export class KeysResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  list() {
    return this.#transport.request("GET", base);
  }

  get(id) {
    return this.#transport.request("GET", `${base}/${segment(id)}`);
  }

  /** The answer's `apiKey` is the raw key, shown this once. */
  create(body) {
    return this.#transport.request("POST", base, { body });
  }

  update(id, body) {
    return this.#transport.request("PUT", `${base}/${segment(id)}`, { body });
  }

  revoke(id) {
    return this.#transport.request("POST", `${base}/${segment(id)}/revoke`);
  }

  delete(id) {
    return this.#transport.request("DELETE", `${base}/${segment(id)}`);
  }
}
