/** Types of the OpenWA client. Fields are those of the REST API; times are Unix seconds or ISO 8601 texts as noted there. */

export interface OpenWAClientOptions {
  /** The root of the server, without `/api`: `http://localhost:2785`. */
  baseUrl: string;
  apiKey: string;
  /** How long one attempt may take, in milliseconds (30000). */
  timeoutMs?: number;
  /** How often a request that may be repeated is repeated after a failure (2). */
  retries?: number;
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** Instead of the global `fetch`. */
  fetch?: typeof fetch;
}

export interface RequestOptions {
  query?: Record<string, string | number | boolean | undefined | null>;
  body?: unknown;
  /** Makes a write repeatable: 1 to 255 visible ASCII characters. */
  idempotencyKey?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface SendOptions {
  /** Names this send for 24 hours: the same key sends once. A fresh one is drawn when you give none. */
  idempotencyKey?: string;
  /** The WhatsApp id of the message, chosen by you: `^[0-9A-F]{8,64}$`. */
  messageId?: string;
  signal?: AbortSignal;
}

export declare class OpenWAClient {
  constructor(options: OpenWAClientOptions);
  readonly sessions: SessionsResource;
  readonly messages: MessagesResource;
  readonly templates: TemplatesResource;
  readonly webhooks: WebhooksResource;
  readonly chats: ChatsResource;
  readonly contacts: ContactsResource;
  readonly groups: GroupsResource;
  readonly events: EventsResource;
  readonly keys: KeysResource;
  readonly health: HealthResource;
  /** What the API key may do. */
  auth(): Promise<KeyValidation>;
  /** Any other route; `path` begins with `/api`. */
  request<Answer = unknown>(method: string, path: string, options?: RequestOptions): Promise<Answer>;
}

// Messages

/** `<phone>@c.us`, `<group>@g.us` or `<lid>@lid`. */
export type ChatId = string;

export interface SentMessage {
  messageId: string;
  /** Unix seconds. */
  timestamp: number;
}

export interface SuccessResult {
  success: boolean;
  message?: string;
}

export interface CustomLinkPreview {
  url: string;
  title: string;
  description?: string;
}

export interface SendTextBody {
  chatId: ChatId;
  /** 1 to 4096 characters. */
  text: string;
  /** People the text names as `@<number>`. */
  mentions?: ChatId[];
  quotedMessageId?: string;
  linkPreview?: boolean;
  customLinkPreview?: CustomLinkPreview;
}

interface MediaFields {
  chatId: ChatId;
  /** At most 255 characters. */
  filename?: string;
  /** At most 1024 characters; not for audio. */
  caption?: string;
  mentions?: ChatId[];
  quotedMessageId?: string;
}

/** Exactly one source: a public URL, base64 with its type, or bytes, which are uploaded as they are. */
export type SendMediaBody = MediaFields &
  (
    | { url: string; mimetype?: string; base64?: undefined; file?: undefined }
    | { base64: string; mimetype: string; url?: undefined; file?: undefined }
    | { file: Blob | Uint8Array | ArrayBuffer; mimetype?: string; url?: undefined; base64?: undefined }
  );

/** `ptt` makes it a voice note. */
export type SendAudioBody = SendMediaBody & { ptt?: boolean };

export interface SendLocationBody {
  chatId: ChatId;
  /** -90 to 90. */
  latitude: number;
  /** -180 to 180. */
  longitude: number;
  description?: string;
  address?: string;
  quotedMessageId?: string;
}

export interface SendContactBody {
  chatId: ChatId;
  contactName: string;
  contactNumber: string;
  quotedMessageId?: string;
}

export interface SendPollBody {
  chatId: ChatId;
  name: string;
  /** 2 to 12. */
  options: string[];
  allowMultipleAnswers?: boolean;
  quotedMessageId?: string;
}

export interface SendTemplateBody {
  chatId: ChatId;
  /** One of the two. */
  templateId?: string;
  templateName?: string;
  vars?: Record<string, string>;
  mentions?: ChatId[];
  linkPreview?: boolean;
}

export interface ReplyBody {
  chatId: ChatId;
  quotedMessageId: string;
  text: string;
  mentions?: ChatId[];
}

export interface ForwardBody {
  fromChatId: ChatId;
  toChatId: ChatId;
  messageId: string;
}

export interface ReactBody {
  chatId: ChatId;
  messageId: string;
  /** Empty takes the reaction away. */
  emoji: string;
}

export interface DeleteBody {
  chatId: ChatId;
  messageId: string;
  /** Default true. */
  forEveryone?: boolean;
}

export interface EditBody {
  chatId: ChatId;
  messageId: string;
  /** The new text, 1 to 4096 characters. */
  body: string;
  mentions?: ChatId[];
}

export interface BulkMedia {
  url?: string;
  base64?: string;
  mimetype?: string;
  filename?: string;
}

export type BulkMessageType =
  | "text" | "image" | "video" | "audio" | "document" | "sticker" | "location" | "contact" | "poll" | "template";

export interface BulkMessage {
  chatId: ChatId;
  type: BulkMessageType;
  content: {
    text?: string;
    caption?: string;
    image?: BulkMedia;
    video?: BulkMedia;
    audio?: BulkMedia & { ptt?: boolean };
    document?: BulkMedia;
    [kind: string]: unknown;
  };
  /** Fills `{{name}}` in the content's texts. */
  variables?: Record<string, string>;
}

export interface SendBulkBody {
  batchId?: string;
  /** At most 100. */
  messages: BulkMessage[];
  options?: {
    /** Milliseconds, 1000 to 60000 (3000). */
    delayBetweenMessages?: number;
    /** Adds 0 to 2 seconds (true). */
    randomizeDelay?: boolean;
    /** Ends the batch at the first failure (false). */
    stopOnError?: boolean;
  };
}

export type BatchState = "pending" | "processing" | "completed" | "cancelled" | "failed";

export interface BatchTicket {
  batchId: string;
  status: BatchState;
  totalMessages: number;
  estimatedCompletionTime: string;
  statusUrl: string;
}

export interface BatchProgress {
  total: number;
  sent: number;
  failed: number;
  pending: number;
  cancelled: number;
}

export interface BatchItemResult {
  chatId: ChatId;
  status: "pending" | "sent" | "failed" | "cancelled";
  messageId?: string;
  sentAt?: string;
  error?: { code: string; message: string };
}

export interface BatchStatus {
  batchId: string;
  status: BatchState;
  progress: BatchProgress;
  /** One for each message, in their order. */
  results: BatchItemResult[];
  startedAt: string | null;
  completedAt: string | null;
}

export interface BatchCancellation {
  batchId: string;
  status: BatchState;
  progress: BatchProgress;
}

export interface MessageQuery {
  chatId?: ChatId;
  from?: ChatId;
  /** 1 to 100 (50). */
  limit?: number;
  offset?: number;
  /** The `id` of the last message of the page before. */
  after?: string;
  messageId?: string;
  /** Unix milliseconds, inclusive and exclusive. */
  since?: number;
  until?: number;
  direction?: "incoming" | "outgoing";
  type?: string;
  orderBy?: "createdAt" | "timestamp";
  /** Files in `metadata.media.data`, in base64, as far as they fit (true). */
  inlineMedia?: boolean;
}

export interface StoredMessage {
  id: string;
  sessionId: string;
  waMessageId: string | null;
  chatId: ChatId;
  from: string;
  to: string;
  body: string;
  type: string;
  direction: "incoming" | "outgoing";
  /** Unix seconds. */
  timestamp: number;
  metadata: Record<string, unknown> | null;
  status: "pending" | "sent" | "delivered" | "read" | "failed";
  createdAt: string;
  /** Where its file is read, once it is stored. */
  mediaPath: string | null;
  mediaMimetype: string | null;
  [additional: string]: unknown;
}

export interface MessagePage {
  messages: StoredMessage[];
  total: number;
}

export interface MessageMedia {
  data: Uint8Array;
  contentType: string | null;
}

/** A step of a message on its way. */
export interface DeliveryStep {
  step: "accepted" | "received" | "encrypted" | "server" | "retried" | "delivered" | "read" | "played" | "failed";
  at: string | null;
  /** Whose device said so; device 0 is the phone. */
  contactId?: ChatId;
  device?: number;
  attempt?: number;
  devices?: { contactId: ChatId; device: number }[];
  /** Why it failed. */
  code?: string;
  meaning?: string;
}

export interface MessageDetails extends StoredMessage {
  starred: boolean;
  pinnedUntil: string | null;
  expiresAt: string | null;
  editedAt: string | null;
  timeline: DeliveryStep[];
}

/** A message as events tell it. */
export interface HistoryMessage {
  id: string;
  from: string;
  to: string;
  chatId: ChatId;
  body: string;
  type: string;
  timestamp: number;
  fromMe: boolean;
  isGroup: boolean;
  kind: string;
  [additional: string]: unknown;
}

export interface ReactionRecord {
  emoji: string;
  senders: { senderId: ChatId; emoji: string; timestamp: number }[];
}

export interface PollTally {
  name: string;
  allowMultipleAnswers: boolean;
  votes: { option: string; voters: { voterId: ChatId; timestamp: number }[] }[];
}

export interface MessageTarget {
  chatId: ChatId;
  messageId: string;
}

export declare class MessagesResource {
  private constructor();
  list(session: string, query?: MessageQuery): Promise<MessagePage>;
  get(session: string, chatId: ChatId, messageId: string): Promise<MessageDetails>;
  history(
    session: string, chatId: ChatId, query?: { limit?: number; includeMedia?: boolean; deep?: boolean },
  ): Promise<HistoryMessage[]>;
  reactions(session: string, chatId: ChatId, messageId: string): Promise<ReactionRecord[]>;
  votes(session: string, chatId: ChatId, messageId: string): Promise<PollTally>;
  pin(
    session: string, body: MessageTarget & { durationSeconds?: 86400 | 604800 | 2592000 }, options?: SendOptions,
  ): Promise<SuccessResult>;
  unpin(session: string, body: MessageTarget, options?: SendOptions): Promise<SuccessResult>;
  star(session: string, body: MessageTarget & { star: boolean }): Promise<SuccessResult>;
  votePoll(
    session: string, body: { chatId: ChatId; pollMessageId: string; options: string[] }, options?: SendOptions,
  ): Promise<SuccessResult>;
  clickButton(
    session: string, body: MessageTarget & { buttonId: string; text?: string }, options?: SendOptions,
  ): Promise<SentMessage>;
  sendText(session: string, body: SendTextBody, options?: SendOptions): Promise<SentMessage>;
  sendImage(session: string, body: SendMediaBody, options?: SendOptions): Promise<SentMessage>;
  sendVideo(session: string, body: SendMediaBody, options?: SendOptions): Promise<SentMessage>;
  sendAudio(session: string, body: SendAudioBody, options?: SendOptions): Promise<SentMessage>;
  sendDocument(session: string, body: SendMediaBody, options?: SendOptions): Promise<SentMessage>;
  sendSticker(session: string, body: SendMediaBody, options?: SendOptions): Promise<SentMessage>;
  sendLocation(session: string, body: SendLocationBody, options?: SendOptions): Promise<SentMessage>;
  sendContact(session: string, body: SendContactBody, options?: SendOptions): Promise<SentMessage>;
  sendPoll(session: string, body: SendPollBody, options?: SendOptions): Promise<SentMessage>;
  sendTemplate(session: string, body: SendTemplateBody, options?: SendOptions): Promise<SentMessage>;
  reply(session: string, body: ReplyBody, options?: SendOptions): Promise<SentMessage>;
  forward(session: string, body: ForwardBody, options?: SendOptions): Promise<SentMessage>;
  react(session: string, body: ReactBody, options?: SendOptions): Promise<SuccessResult>;
  delete(session: string, body: DeleteBody, options?: SendOptions): Promise<SuccessResult>;
  editMessage(session: string, body: EditBody, options?: SendOptions): Promise<SentMessage>;
  /** The file of a message, as its sender sent it; an error of status 404 when none is stored. */
  media(session: string, chatId: string, messageId: string, options?: { signal?: AbortSignal }): Promise<MessageMedia>;
  sendBulk(session: string, body: SendBulkBody, options?: SendOptions): Promise<BatchTicket>;
  batchStatus(session: string, batchId: string): Promise<BatchStatus>;
  cancelBatch(session: string, batchId: string): Promise<BatchCancellation>;
}

// Sessions

export type SessionStatus =
  | "created" | "initializing" | "qr_ready" | "authenticating" | "ready" | "disconnected" | "failed" | "action_required";

export interface Session {
  id: string;
  name: string;
  status: SessionStatus;
  phone: string | null;
  pushName: string | null;
  connectedAt: string | null;
  lastActive: string | null;
  createdAt: string;
  updatedAt: string;
  lastError: string | null;
  [additional: string]: unknown;
}

export interface SessionConfig {
  /** Decline every call as soon as it rings. */
  autoRejectCalls: boolean | null;
  /** 0 to 20; null for without end. */
  maxReconnectAttempts: number | null;
  /** 1000 to 300000 milliseconds. */
  reconnectBaseDelay: number | null;
}

export interface SessionStats {
  total: number;
  active: number;
  ready: number;
  disconnected: number;
  byStatus: Partial<Record<SessionStatus, number>>;
  /** In MiB. */
  memoryUsage: { heapUsed: number; heapTotal: number; rss: number };
}

export declare class SessionsResource {
  private constructor();
  list(query?: { limit?: number; offset?: number; name?: string }): Promise<Session[]>;
  create(body: { name: string; config?: Record<string, unknown> }): Promise<Session>;
  get(session: string): Promise<Session>;
  delete(session: string): Promise<null>;
  start(session: string): Promise<Session>;
  stop(session: string): Promise<Session>;
  logout(session: string): Promise<Session>;
  forceKill(session: string): Promise<Session>;
  getConfig(session: string): Promise<SessionConfig>;
  /** Sets what is given; `null` takes a setting back. */
  updateConfig(session: string, body: Partial<SessionConfig>): Promise<SessionConfig>;
  stats(): Promise<SessionStats>;
  setOnlinePresence(session: string, body: { available: boolean }): Promise<SuccessResult>;
  /** `qrCode` is a PNG as a data URL. */
  getQrCode(session: string): Promise<{ qrCode: string; status: SessionStatus }>;
  /** A code to type on the phone of this number (digits) instead of scanning; the session must be `qr_ready`. */
  requestPairingCode(session: string, body: { phoneNumber: string }): Promise<{ pairingCode: string; status: SessionStatus }>;
}

// Templates

export interface Template {
  id: string;
  sessionId: string;
  name: string;
  body: string;
  header: string | null;
  footer: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface TemplateBody {
  name: string;
  body: string;
  header?: string | null;
  footer?: string | null;
}

export declare class TemplatesResource {
  private constructor();
  list(session: string): Promise<Template[]>;
  get(session: string, templateId: string): Promise<Template>;
  create(session: string, body: TemplateBody): Promise<Template>;
  update(session: string, templateId: string, body: Partial<TemplateBody>): Promise<Template>;
  delete(session: string, templateId: string): Promise<null>;
}

// Events

export interface EventFilter {
  /** A session's id or name; all that the key reaches without it. */
  sessionId?: string;
  /** Names such as `message.received`; without them all but those that must be named. */
  events?: string | string[];
}

export interface OpenWAEvent {
  /** Its place in the log: what to read on from. */
  cursor: string;
  /** `evt_…`, the same on every channel. */
  id: string;
  /** Such as `message.received`. */
  event: string;
  /** ISO 8601. */
  timestamp: string;
  sessionId: string;
  idempotencyKey: string;
  /** What a webhook would get. */
  data: Record<string, unknown>;
}

export interface EventPage {
  events: OpenWAEvent[];
  cursor: string;
  hasMore: boolean;
}

export interface EventsResource {
  page(
    query?: EventFilter & { after?: string | number; wait?: number; limit?: number },
    options?: { signal?: AbortSignal },
  ): Promise<EventPage>;
  /** Every event in order, endlessly; reconnects by itself. */
  listen(
    options?: EventFilter & { after?: string | number; wait?: number; limit?: number; signal?: AbortSignal },
  ): AsyncGenerator<OpenWAEvent, void, undefined>;
}

// Chats, contacts and groups

export interface ChatSummary {
  id: ChatId;
  name: string;
  isGroup: boolean;
  kind: "individual" | "group" | "channel" | "status" | "broadcast" | "unknown";
  unreadCount: number;
  /** Unix seconds. */
  timestamp: number;
  lastMessage?: string;
  lastMessageType?: string;
  archived: boolean;
  pinned: boolean;
  muted: boolean;
  /** Unix milliseconds, 0 for ever. */
  muteExpiration?: number;
}

export interface ChatPresence {
  chatId: ChatId;
  participants: {
    id: ChatId;
    state: "available" | "unavailable" | "composing" | "recording" | "paused";
    /** Unix seconds. */
    lastSeen?: number;
  }[];
  groupOnlineCount?: number;
  observedAt: string;
}

export interface Page {
  /** 1 to 1000 (1000). */
  limit?: number;
  offset?: number;
}

export declare class ChatsResource {
  private constructor();
  list(session: string, query?: Page): Promise<ChatSummary[]>;
  markRead(session: string, body: { chatId: ChatId; messageIds?: string[] }): Promise<SuccessResult>;
  markUnread(session: string, body: { chatId: ChatId }): Promise<SuccessResult>;
  archive(session: string, body: { chatId: ChatId; archive: boolean }): Promise<SuccessResult>;
  pin(session: string, body: { chatId: ChatId; pin: boolean }): Promise<SuccessResult>;
  mute(session: string, body: { chatId: ChatId; muteUntil: number | null }): Promise<SuccessResult>;
  clearMessages(session: string, chatId: ChatId): Promise<SuccessResult>;
  delete(session: string, body: { chatId: ChatId }): Promise<SuccessResult>;
  sendState(session: string, body: { chatId: ChatId; state: "typing" | "recording" | "paused" }): Promise<SuccessResult>;
  subscribePresence(session: string, body: { chatId: ChatId }): Promise<SuccessResult>;
  getPresence(session: string, chatId: ChatId): Promise<ChatPresence | null>;
}

export interface Contact {
  id: ChatId;
  name: string | null;
  pushName: string | null;
  /** Null while only the privacy id is known. */
  number: string | null;
  isMyContact: boolean;
  isBlocked: boolean;
  profilePicUrl: string | null;
}

export declare class ContactsResource {
  private constructor();
  list(session: string, query?: Page): Promise<Contact[]>;
  get(session: string, contactId: ChatId): Promise<Contact>;
  listBlocked(session: string): Promise<ChatId[]>;
  profilePicture(session: string, contactId: ChatId): Promise<{ url: string | null }>;
  profilePictures(session: string, ids: ChatId[]): Promise<{ pictures: Record<ChatId, string | null> }>;
  phone(session: string, contactId: ChatId): Promise<{ contactId: ChatId; phone: string | null }>;
  upsert(session: string, contactId: ChatId, body: { firstName: string; lastName?: string }): Promise<SuccessResult>;
  delete(session: string, contactId: ChatId): Promise<SuccessResult>;
  block(session: string, contactId: ChatId): Promise<SuccessResult>;
  unblock(session: string, contactId: ChatId): Promise<SuccessResult>;
  /** Whether a number has WhatsApp, and the chat id to write to. */
  check(session: string, number: string): Promise<{ number: string; exists: boolean; whatsappId: ChatId | null }>;
}

export interface GroupSummary {
  id: ChatId;
  name: string;
  linkedParentJID: string | null;
  [additional: string]: unknown;
}

export declare class GroupsResource {
  private constructor();
  list(session: string): Promise<GroupSummary[]>;
  get(session: string, groupId: ChatId): Promise<Record<string, unknown> & { id: ChatId; name: string }>;
}

// Keys and health

export type Role = "viewer" | "operator" | "admin";

export interface APIKey {
  id: string;
  name: string;
  keyPrefix: string;
  role: Role;
  allowedIps?: string[];
  allowedSessions?: string[];
  isActive: boolean;
  expiresAt?: string;
  lastUsedAt?: string;
  usageCount: number;
  createdAt: string;
}

export interface APIKeyBody {
  name: string;
  role?: Role;
  allowedIps?: string[];
  allowedSessions?: string[];
  expiresAt?: string | null;
}

export interface KeyValidation {
  valid: boolean;
  role: Role;
  [additional: string]: unknown;
}

export declare class KeysResource {
  private constructor();
  list(): Promise<APIKey[]>;
  get(id: string): Promise<APIKey>;
  /** `apiKey` is the raw key, shown this once. */
  create(body: APIKeyBody): Promise<APIKey & { apiKey: string }>;
  update(id: string, body: Partial<APIKeyBody>): Promise<APIKey>;
  revoke(id: string): Promise<APIKey>;
  delete(id: string): Promise<null>;
}

export declare class HealthResource {
  private constructor();
  check(): Promise<Record<string, unknown> & { status: string }>;
  live(): Promise<Record<string, unknown> & { status: string }>;
  ready(): Promise<Record<string, unknown> & { status: string }>;
}

// Errors

export declare class OpenWAError extends Error {}
/** The server could not be reached, or the connection ended before its answer was complete. */
export declare class OpenWAConnectionError extends OpenWAError {}
/** No answer came within `timeoutMs`. */
export declare class OpenWATimeoutError extends OpenWAConnectionError {}
/** The server answered with a status outside 2xx. */
export declare class OpenWAResponseError extends OpenWAError {
  readonly status: number;
  /** The stable code, such as `IDEMPOTENCY_KEY_REUSED`. */
  readonly code?: string;
  /** The texts of a refused body, one for each broken rule; else the one message. */
  readonly details: string[];
  readonly requestId?: string;
  readonly retryAfterSeconds?: number;
  readonly body: unknown;
}
export declare class OpenWABadRequestError extends OpenWAResponseError {}
export declare class OpenWAUnauthorizedError extends OpenWAResponseError {}
export declare class OpenWAForbiddenError extends OpenWAResponseError {}
export declare class OpenWANotFoundError extends OpenWAResponseError {}
export declare class OpenWAConflictError extends OpenWAResponseError {}
export declare class OpenWAPayloadTooLargeError extends OpenWAResponseError {}
export declare class OpenWARateLimitError extends OpenWAResponseError {}
export declare class OpenWANotImplementedError extends OpenWAResponseError {}
export declare class OpenWAUnavailableError extends OpenWAResponseError {}

// Webhooks

export interface WebhookCondition {
  field: "sender" | "recipient" | "chatId" | "mentions" | "body" | "type" | "kind" | "isGroup" | "fromMe" | "hasMedia";
  operator: "is" | "isNot" | "contains" | "equals";
  value: string | string[] | boolean;
  caseSensitive?: boolean;
}

export interface WebhookBody {
  url: string;
  /** Names such as `message.received`, or `*`. Default: `["message.received"]`. */
  events?: string[];
  /** 16 to 255 characters: a text, or `whsec_` and base64 with its padding. */
  secret?: string;
  headers?: Record<string, string>;
  filters?: { conditions: WebhookCondition[] } | null;
  /** Attempts in all, 0 to 5. Default 3. */
  retryCount?: number;
  /** `chat` keeps the order within a chat. */
  ordering?: "none" | "chat";
  /** `extended` tries on for three days after the attempts. */
  retrySchedule?: "standard" | "extended";
  disableOnGone?: boolean;
  /** 0 to 30; 0 for never. */
  disableAfterDays?: number;
}

export interface Webhook {
  id: string;
  sessionId: string;
  url: string;
  events: string[];
  filters: { conditions: WebhookCondition[] } | null;
  active: boolean;
  retryCount: number;
  lastTriggeredAt: string | null;
  createdAt: string;
  updatedAt: string;
  ordering: "none" | "chat";
  retrySchedule: "standard" | "extended";
  disableOnGone: boolean;
  disableAfterDays: number;
  disabledReason: "gone" | "failing" | null;
  hasSecret: boolean;
}

export interface WebhookTestResult {
  success: boolean;
  statusCode?: number;
  error?: string;
}

export interface WebhookDelivery {
  id: string;
  eventId: string | null;
  event: string;
  deliveryId: string;
  state: "pending" | "delivered" | "failed" | "dropped";
  attempts: number;
  nextAttemptAt: string | null;
  lastStatusCode: number | null;
  lastError: string | null;
  lastAttemptAt: string | null;
  durationMs: number | null;
  createdAt: string;
  attemptLog?: {
    attempt: number;
    deliveryId: string;
    startedAt: string;
    durationMs: number;
    statusCode: number | null;
    error: string | null;
  }[];
}

export interface WebhookDeliveryFailure {
  id: string;
  webhookId: string;
  sessionId: string;
  event: string;
  url: string;
  idempotencyKey: string;
  deliveryId: string;
  attempts: number;
  lastStatusCode: number | null;
  lastError: string | null;
  createdAt: string;
  replayable: boolean;
}

export interface WebhookRedriveBody {
  sessionId?: string;
  webhookId?: string;
  ids?: string[];
  /** 1 to 500. Default 100. */
  limit?: number;
  /** Unix milliseconds. */
  since?: number;
  until?: number;
  includeDelivered?: boolean;
}

export interface WebhookRedriveResult {
  redriven: number;
  delivered: number;
  enqueued: number;
  failed: number;
  skipped: number;
  remaining: number;
}

export declare class WebhooksResource {
  private constructor();
  list(session: string): Promise<Webhook[]>;
  listAll(query?: { limit?: number; offset?: number }): Promise<Webhook[]>;
  create(session: string, body: WebhookBody): Promise<Webhook>;
  get(session: string, webhookId: string): Promise<Webhook>;
  /** An empty `secret` takes it away; a new one leaves the old one signing beside it for a day. */
  update(session: string, webhookId: string, body: Partial<WebhookBody> & { active?: boolean }): Promise<Webhook>;
  delete(session: string, webhookId: string): Promise<void>;
  test(session: string, webhookId: string): Promise<WebhookTestResult>;
  deliveries(
    session: string,
    webhookId: string,
    query?: { state?: WebhookDelivery["state"]; before?: string; limit?: number },
  ): Promise<WebhookDelivery[]>;
  delivery(session: string, webhookId: string, eventId: string): Promise<WebhookDelivery>;
  deliveryFailures(query?: { sessionId?: string; limit?: number; offset?: number }): Promise<WebhookDeliveryFailure[]>;
  redriveDeliveryFailures(body?: WebhookRedriveBody): Promise<WebhookRedriveResult>;
}

/**
 * Whether a request to your webhook is the server's, unaltered, and not an old one sent again. `body` is the raw body. Never
 * throws.
 */
export declare function verifyWebhook(
  body: string | Uint8Array | ArrayBuffer,
  headers: Headers | Record<string, string | string[] | undefined>,
  secret: string,
  options?: { toleranceSeconds?: number; now?: () => number },
): Promise<boolean>;
