/** Open routes: no key needed. */
export class HealthResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  check() {
    return this.#transport.request("GET", "/api/health");
  }

  live() {
    return this.#transport.request("GET", "/api/health/live");
  }

  ready() {
    return this.#transport.request("GET", "/api/health/ready");
  }
}
