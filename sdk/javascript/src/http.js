import { OpenWAConnectionError, OpenWAError, OpenWATimeoutError, responseError } from "./errors.js";
import { mayRetry, retryDelay } from "./retry.js";

/** A wait that the server asks for beyond this is left to the caller. */
const longestWait = 60_000;

/** One part of a path: escaped, but for `@`, `:` and `+`, which ids of chats are full of. */
export function segment(value) {
  const text = String(value ?? "");
  if (text === "" || text === "." || text === "..") throw new OpenWAError(`'${text}' cannot stand in a path`);
  return encodeURIComponent(text).replace(/%40/g, "@").replace(/%3A/gi, ":").replace(/%2B/gi, "+");
}

/** Performs requests: headers, time limit, retries, and what answers mean. */
export class HTTPTransport {
  constructor({ baseUrl, apiKey, timeoutMs = 30_000, retries = 2, headers = {}, fetch = globalThis.fetch, sleep = wait }) {
    if (typeof baseUrl !== "string" || !/^https?:\/\//i.test(baseUrl)) {
      throw new OpenWAError("baseUrl must be the root of the server, such as http://localhost:2785");
    }
    if (typeof fetch !== "function") throw new OpenWAError("This environment has no fetch: pass one as an option");
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.headers = { ...headers, "X-API-Key": apiKey };
    this.timeoutMs = timeoutMs;
    this.retries = retries;
    this.fetch = fetch;
    this.sleep = sleep;
  }

  /**
   * @param path begins with `/api`, its parts already escaped.
   * @param options.body a value to be sent as JSON, or a `FormData`.
   * @param options.idempotencyKey makes a write repeatable.
   * @param options.isFile the answer is a file: `{ data: Uint8Array, contentType }` comes back.
   * @returns the parsed JSON, the text of an answer that is none, or null where there is no body.
   */
  async request(method, path, options = {}) {
    const isRepeatable = method === "GET" || options.idempotencyKey !== undefined;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.attempt(method, path, options);
      } catch (error) {
        if (attempt >= this.retries || options.signal?.aborted || !mayRetry(error, isRepeatable)) throw error;
        const delay = retryDelay(attempt, error);
        if (delay > longestWait) throw error;
        await this.sleep(delay, options.signal);
      }
    }
  }

  async attempt(method, path, { query, body, idempotencyKey, headers = {}, signal, isFile = false }) {
    const all = { Accept: "application/json", ...this.headers, ...headers };
    if (idempotencyKey !== undefined) all["Idempotency-Key"] = idempotencyKey;
    const isForm = typeof FormData !== "undefined" && body instanceof FormData;
    if (body !== undefined && !isForm) all["Content-Type"] = "application/json";

    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.timeoutMs);
    const stop = () => limit.abort();
    signal?.addEventListener("abort", stop, { once: true });
    let response;
    let text;
    try {
      if (signal?.aborted) limit.abort();
      // Called as a plain function: a browser's fetch refuses another `this`.
      const { fetch } = this;
      response = await fetch(this.baseUrl + path + queryText(query), {
        method,
        headers: all,
        body: body === undefined || isForm ? body : JSON.stringify(body),
        redirect: "manual",
        signal: limit.signal,
      });
      if (isFile && response.ok) {
        const data = new Uint8Array(await response.arrayBuffer());
        return { data, contentType: response.headers.get("content-type") };
      }
      text = await response.text();
    } catch (cause) {
      if (signal?.aborted) throw signal.reason ?? cause;
      if (limit.signal.aborted) {
        throw new OpenWATimeoutError(`${method} ${path}: no answer within ${this.timeoutMs} ms`, { cause });
      }
      throw new OpenWAConnectionError(`${method} ${path}: ${cause?.cause?.message ?? cause?.message ?? cause}`, { cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
    const answer = parse(text);
    if (!response.ok) throw responseError(response.status, response.headers, answer);
    return answer;
  }
}

function parse(text) {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function queryText(query = {}) {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) pairs.append(name, String(value));
  }
  const text = pairs.toString();
  return text === "" ? "" : `?${text}`;
}

function wait(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(finish, milliseconds);
    function finish() {
      signal?.removeEventListener("abort", stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal?.addEventListener("abort", stop, { once: true });
  });
}
