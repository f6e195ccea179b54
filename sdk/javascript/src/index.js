export { OpenWAClient } from "./client.js";
export {
  OpenWABadRequestError,
  OpenWAConflictError,
  OpenWAConnectionError,
  OpenWAError,
  OpenWAForbiddenError,
  OpenWANotFoundError,
  OpenWANotImplementedError,
  OpenWAPayloadTooLargeError,
  OpenWARateLimitError,
  OpenWAResponseError,
  OpenWATimeoutError,
  OpenWAUnauthorizedError,
  OpenWAUnavailableError,
} from "./errors.js";
export { verifyWebhook } from "./verify.js";
