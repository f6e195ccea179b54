const encoder = new TextEncoder();

/**
 * Whether a request to your webhook is the server's, unaltered, and not an old one sent again.
 *
 *     app.post("/hook", express.raw({ type: "application/json" }), async (request, response) => {
 *       if (!(await verifyWebhook(request.body, request.headers, secret))) return response.sendStatus(401);
 *
 * `body` is the raw body: text or bytes, never parsed and written again. With the headers of Standard Webhooks there, these
 * decide, and their time must be within `toleranceSeconds` (300). Without them, `X-OpenWA-Signature` decides, which has no
 * time. Anything missing or malformed is `false`, never an exception.
 */
export async function verifyWebhook(body, headers, secret, options = {}) {
  if (typeof secret !== "string" || secret === "") return false;
  const bytes = typeof body === "string" ? encoder.encode(body) : asBytes(body);
  if (!bytes) return false;
  const header = (name) => read(headers, name);
  if (header("webhook-signature") !== undefined) return verifyStandard(bytes, header, secret, options);
  return verifyOpenWA(bytes, header("x-openwa-signature"), secret);
}

async function verifyOpenWA(body, signature, secret) {
  const match = /^sha256=([0-9a-f]{64})$/i.exec(signature ?? "");
  if (!match) return false;
  return equal(fromHex(match[1]), await hmac(encoder.encode(secret), body));
}

async function verifyStandard(body, header, secret, { toleranceSeconds = 300, now = () => Date.now() }) {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header);
  if (!id || !/^\d{1,15}$/.test(timestamp ?? "")) return false;
  if (Math.abs(now() / 1000 - Number(timestamp)) > toleranceSeconds) return false;
  const start = encoder.encode(`${id}.${timestamp}.`);
  const message = new Uint8Array(start.length + body.length);
  message.set(start);
  message.set(body, start.length);
  const expected = await hmac(key(secret), message);
  let isValid = false;
  for (const signature of signatures.split(" ")) {
    const given = signature.startsWith("v1,") ? fromBase64(signature.slice(3)) : undefined;
    if (given && equal(given, expected)) isValid = true;
  }
  return isValid;
}

/** `whsec_` and base64 with its padding, as the server takes it; or the bytes of any other text. */
function key(secret) {
  const isStandard = /^whsec_(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret);
  return (isStandard && fromBase64(secret.slice(6))) || encoder.encode(secret);
}

async function hmac(key, message) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const { subtle } = globalThis.crypto ?? (await import("node:crypto")).webcrypto;
  const imported = await subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", imported, message));
}

/** In a time that does not depend on where they differ. */
function equal(left, right) {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) difference |= left[index] ^ right[index];
  return difference === 0;
}

/** From a `Headers`, or an object whose names may be in any case. */
function read(headers, name) {
  if (headers == null) return undefined;
  if (typeof headers.get === "function") return headers.get(name) ?? undefined;
  for (const [given, value] of Object.entries(headers)) {
    if (given.toLowerCase() === name) return Array.isArray(value) ? value[0] : value;
  }
  return undefined;
}

function asBytes(body) {
  if (body instanceof Uint8Array) return body;
  return body instanceof ArrayBuffer ? new Uint8Array(body) : undefined;
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g), (pair) => Number.parseInt(pair, 16));
}

function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
