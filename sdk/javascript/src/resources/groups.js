import { segment } from "../http.js";

export class GroupsResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  /** The groups the account is a member of. */
  list(session) {
    return this.#transport.request("GET", `/api/sessions/${segment(session)}/groups`);
  }

  get(session, groupId) {
    return this.#transport.request("GET", `/api/sessions/${segment(session)}/groups/${segment(groupId)}`);
  }
}
