// Node.js 18 has no global `crypto`; browsers have no `randomUUID` outside of secure pages.
const webCrypto = globalThis.crypto ?? (await import("node:crypto")).webcrypto;

/** A fresh idempotency key: 32 hexadecimal digits. */
export function newIdempotencyKey() {
  return Array.from(webCrypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
