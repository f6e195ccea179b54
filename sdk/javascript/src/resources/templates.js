import { segment } from "../http.js";

/** Texts with `{{placeholders}}`, kept per session and sent with `messages.sendTemplate`. */
export class TemplatesResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  list(session) {
    return this.#transport.request("GET", base(session));
  }

  get(session, templateId) {
    return this.#transport.request("GET", `${base(session)}/${segment(templateId)}`);
  }

  create(session, body) {
    return this.#transport.request("POST", base(session), { body });
  }

  update(session, templateId, body) {
    return this.#transport.request("PUT", `${base(session)}/${segment(templateId)}`, { body });
  }

  delete(session, templateId) {
    return this.#transport.request("DELETE", `${base(session)}/${segment(templateId)}`);
  }
}

function base(session) {
  return `/api/sessions/${segment(session)}/templates`;
}
