/**
 * What can go wrong, as types. `instanceof OpenWAError` catches all of them.
 *
 * An answer of the server becomes an `OpenWAResponseError` or the subclass of its status; a request that got no answer
 * becomes an `OpenWAConnectionError` or `OpenWATimeoutError`.
 */
export class OpenWAError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The server could not be reached, or the connection ended before its answer was complete. */
export class OpenWAConnectionError extends OpenWAError {}

/** No answer came within `timeoutMs`. */
export class OpenWATimeoutError extends OpenWAConnectionError {}

/** The server answered with a status outside 2xx. */
export class OpenWAResponseError extends OpenWAError {
  constructor(response) {
    super(response.message);
    /** HTTP status. */
    this.status = response.status;
    /** The stable code, such as `IDEMPOTENCY_KEY_REUSED`; undefined for answers without one. */
    this.code = response.code;
    /** The texts of a refused body, one for each broken rule; else the one message. */
    this.details = response.details;
    /** Names this request in the server's log. */
    this.requestId = response.requestId;
    /** How long the server asks to wait before trying again. */
    this.retryAfterSeconds = response.retryAfterSeconds;
    /** The parsed body, or its text. */
    this.body = response.body;
  }
}

export class OpenWABadRequestError extends OpenWAResponseError {}
export class OpenWAUnauthorizedError extends OpenWAResponseError {}
export class OpenWAForbiddenError extends OpenWAResponseError {}
export class OpenWANotFoundError extends OpenWAResponseError {}
export class OpenWAConflictError extends OpenWAResponseError {}
export class OpenWAPayloadTooLargeError extends OpenWAResponseError {}
export class OpenWARateLimitError extends OpenWAResponseError {}
export class OpenWANotImplementedError extends OpenWAResponseError {}
export class OpenWAUnavailableError extends OpenWAResponseError {}

const byStatus = {
  400: OpenWABadRequestError,
  401: OpenWAUnauthorizedError,
  403: OpenWAForbiddenError,
  404: OpenWANotFoundError,
  409: OpenWAConflictError,
  413: OpenWAPayloadTooLargeError,
  429: OpenWARateLimitError,
  501: OpenWANotImplementedError,
  503: OpenWAUnavailableError,
};

/** The error of an answer that was read whole; not for callers. */
export function responseError(status, headers, body, now = Date.now()) {
  const envelope = body !== null && typeof body === "object" && "statusCode" in body ? body : {};
  const details = [envelope.message ?? []].flat();
  const Type = byStatus[status] ?? OpenWAResponseError;
  return new Type({
    status,
    message: details.length > 0 ? details.join(", ") : `The server answered with status ${status}`,
    code: envelope.code,
    details,
    requestId: envelope.requestId ?? headers.get("x-request-id") ?? undefined,
    retryAfterSeconds: envelope.retryAfterSeconds ?? retryAfterSeconds(headers.get("retry-after"), now),
    body,
  });
}

/** Seconds, or an HTTP date (RFC 9110 section 10.2.3). */
function retryAfterSeconds(text, now) {
  if (text === null) return undefined;
  if (/^\d+$/.test(text.trim())) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
