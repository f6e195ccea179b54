import { OpenWAConnectionError, OpenWAResponseError } from "../errors.js";
import { retryDelay } from "../retry.js";

/** Seconds between the end of a wait and the client's own time limit. */
const margin = 5;

/** Answers that a later attempt may not get: the server is busy, restarting, or behind a proxy that says so. */
function passes(error) {
  if (error instanceof OpenWAConnectionError) return true;
  return error instanceof OpenWAResponseError && (error.status === 429 || error.status >= 500);
}

/** What happens, from the server's durable log: nothing is missed, not even over restarts of either side. */
export class EventsResource {
  #transport;

  constructor(transport) {
    this.#transport = transport;
  }

  /** One page: the events after a cursor, or, with `wait`, the next that come. Keep its `cursor` for the next call. */
  page({ after, wait, limit, sessionId, events } = {}, { signal } = {}) {
    const query = { after, wait, limit, sessionId, events: events === undefined ? undefined : [events].flat().join(",") };
    return this.#transport.request("GET", "/api/events", { query, signal });
  }

  /**
   * Every event, one after the other, for as long as the loop goes on:
   *
   *     for await (const event of client.events.listen({ after: saved })) {
   *       await handle(event);
   *       saved = event.cursor;
   *     }
   *
   * Begins after the cursor given, or with what happens next. A server that cannot be reached is asked again until it can.
   * Whatever else goes wrong is thrown, such as a cursor whose events are no longer kept (status 410).
   */
  async *listen({ after, wait = 30, limit, sessionId, events, signal } = {}) {
    const seconds = Math.max(0, Math.min(wait, Math.floor(this.#transport.timeoutMs / 1000) - margin));
    const filter = { limit, sessionId, events };
    // Where it begins is settled once, so that no event falls between two attempts.
    let cursor = after ?? (await this.#again(() => this.page({ ...filter, after: "latest", wait: 0 }, { signal }), signal)).cursor;
    while (!signal?.aborted) {
      const page = await this.#again(() => this.page({ ...filter, after: cursor, wait: seconds }, { signal }), signal);
      for (const event of page.events) yield event;
      cursor = page.cursor;
    }
  }

  async #again(ask, signal) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await ask();
      } catch (error) {
        if (signal?.aborted || !passes(error)) throw error;
        await this.#transport.sleep(retryDelay(attempt, error), signal);
      }
    }
  }
}
