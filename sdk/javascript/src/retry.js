import { OpenWAConnectionError, OpenWAResponseError } from "./errors.js";

/** Refused before anything was done: whatever was asked may be asked again. */
const refusedUnseen = new Set([429, 503]);
/** May come from a proxy after the server had acted: repeat only what is safe to repeat. */
const unclear = new Set([502, 504]);

/**
 * Whether a failed attempt may be repeated.
 *
 * @param isRepeatable reads, and writes that carry an idempotency key: doing them twice does them once.
 */
export function mayRetry(error, isRepeatable) {
  if (error instanceof OpenWAConnectionError) return isRepeatable;
  if (!(error instanceof OpenWAResponseError)) return false;
  if (refusedUnseen.has(error.status)) return true;
  if (error.code === "IDEMPOTENCY_KEY_IN_PROGRESS") return isRepeatable;
  return unclear.has(error.status) && isRepeatable;
}

/** Milliseconds before the attempt after `attempt` (0 for the first); what the server asks for wins. */
export function retryDelay(attempt, error, random = Math.random) {
  if (error.retryAfterSeconds !== undefined) return error.retryAfterSeconds * 1000;
  const ceiling = Math.min(8_000, 250 * 2 ** attempt);
  return ceiling / 2 + (random() * ceiling) / 2;
}
