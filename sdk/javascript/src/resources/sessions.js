import { segment } from "../http.js";

/** Sessions: WhatsApp accounts of the server. Wherever a session is named, its id and its name will do. */
export class SessionsResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  list(query = {}) {
    return this.#transport.request("GET", "/api/sessions", { query });
  }

  create(body) {
    return this.#transport.request("POST", "/api/sessions", { body });
  }

  get(session) {
    return this.#transport.request("GET", base(session));
  }

  delete(session) {
    return this.#transport.request("DELETE", base(session));
  }

  start(session) {
    return this.#transport.request("POST", `${base(session)}/start`);
  }

  stop(session) {
    return this.#transport.request("POST", `${base(session)}/stop`);
  }

  logout(session) {
    return this.#transport.request("POST", `${base(session)}/logout`);
  }

  forceKill(session) {
    return this.#transport.request("POST", `${base(session)}/force-kill`);
  }

  /** What is set for the session. */
  getConfig(session) {
    return this.#transport.request("GET", `${base(session)}/config`);
  }

  /** Sets what is given; `null` takes a setting back. */
  updateConfig(session, body) {
    return this.#transport.request("PATCH", `${base(session)}/config`, { body });
  }

  /** What the sessions are doing. */
  stats() {
    return this.#transport.request("GET", "/api/sessions/stats/overview");
  }

  /** Shows the session online or offline. */
  setOnlinePresence(session, body) {
    return this.#transport.request("PUT", `${base(session)}/presence`, { body });
  }

  /** `qrCode` is a PNG as a data URL. */
  getQrCode(session) {
    return this.#transport.request("GET", `${base(session)}/qr`);
  }

  /** A code to type on the phone of this number instead of scanning; the session must be `qr_ready`. */
  requestPairingCode(session, body) {
    return this.#transport.request("POST", `${base(session)}/pairing-code`, { body });
  }
}

function base(session) {
  return `/api/sessions/${segment(session)}`;
}
