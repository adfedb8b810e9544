import { SERVICE_ERROR_CODES } from './services.ts';
import type { ServiceErrorCode } from './services.ts';

/** Refusals of the HTTP layer itself, before or beside a service. */
export const HTTP_ERROR_CODES = [
  'host-refused',
  'origin-refused',
  'media-type-refused',
  'method-refused',
  'sessions-full',
  'streams-full',
  'wrap-refused',
] as const;
export type HttpErrorCode = (typeof HTTP_ERROR_CODES)[number];

/** Every code that can stand in `error.code` of an answer of the API. */
export const API_ERROR_CODES = [...SERVICE_ERROR_CODES, ...HTTP_ERROR_CODES] as const;
export type ApiErrorCode = ServiceErrorCode | HttpErrorCode;

/** What a person reads when something was refused or failed. Never holds facts of the request. */
export interface ErrorText {
  /** The HTTP status of the answer. */
  readonly status: number;
  /** What happened. */
  readonly message: string;
  /** What is safe in spite of it. */
  readonly safe: string;
  /** What the person can do. */
  readonly action: string;
}

const UNCHANGED = 'Nothing was changed.';

const SERVICE_TEXTS: Record<ServiceErrorCode, ErrorText> = {
  malformed: {
    status: 400,
    message: 'The request does not have the shape that this address takes.',
    safe: UNCHANGED,
    action:
      'Compare the request with /api/v1/openapi.json. The facts name the first field that is wrong. If a program of ours sent it, program and node may be of different versions.',
  },
  'too-large': {
    status: 413,
    message: 'The request is larger than this address takes.',
    safe: UNCHANGED,
    action: 'Send it in smaller parts. The facts name the limit in bytes.',
  },
  unauthorized: {
    status: 401,
    message: 'This needs a session, and there is none, or it has ended.',
    safe: 'Your keys and records are where they were. Sessions end after 15 minutes without use and after 12 hours.',
    action: 'Sign in again and repeat the request.',
  },
  forbidden: {
    status: 403,
    message: 'This account may not do this.',
    safe: UNCHANGED,
    action:
      'If the facts name a state of the account (pending, refused, suspended, revoked), ask the administrator of your institution. A transaction must be sent from the session of the account that signed it.',
  },
  'not-found': {
    status: 404,
    message: 'There is nothing here.',
    safe: 'Nothing was lost by asking.',
    action:
      'Check the address. A block that is newer than this node’s height will be here when the node has it.',
  },
  'rate-limited': {
    status: 429,
    message: 'Too many requests in a short time.',
    safe: `${UNCHANGED} The limit of a stranger never counts against a signed-in account.`,
    action: 'Wait for the seconds that the Retry-After header names, then repeat the request.',
  },
  'refused-by-ledger': {
    status: 422,
    message: 'The rules of the ledger refuse this transaction.',
    safe: 'The transaction has no effect, now or later, unless it is signed and sent anew.',
    action: 'The fact `refusal` names the rule; docs/ERRORS.md says what each rule asks for.',
  },
  'no-quorum': {
    status: 503,
    message: 'Too few institutions are in reach to agree on anything new.',
    safe: 'Nothing is lost. What was agreed stays agreed, and it can still be read.',
    action:
      'Wait until one more institution is back, then repeat the request. The page of the node shows who is missing.',
  },
  'not-committed-in-time': {
    status: 504,
    message: 'The institutions did not agree on the transaction within the time of this request.',
    safe: 'It may still be agreed until it expires. It can never take effect twice.',
    action: 'Look whether it has taken effect before you send it again.',
  },
  'mempool-full': {
    status: 503,
    message: 'Too many transactions are waiting on this node.',
    safe: `${UNCHANGED} The transaction was not accepted.`,
    action: 'Repeat the request in a few seconds.',
  },
  'storage-full': {
    status: 507,
    message: 'The disk of this node is nearly full: it takes no uploads now.',
    safe: 'What was stored so far is safe, here and at other institutions. The ledger and reading go on.',
    action: 'Tell the operator of the node. The upload goes on where it stopped when there is room again.',
  },
  'quota-reached': {
    status: 507,
    message: 'You have more stored here without a finished record than one person may.',
    safe: 'Finished records are not concerned, and nothing of them was changed.',
    action:
      'Finish the uploads that were begun. What nobody finishes is deleted after a day, and then there is room again.',
  },
  'not-enough-holders': {
    status: 503,
    message: 'Too few institutions confirm that they hold the record.',
    safe: 'What was uploaded is kept on this node. The record is not announced, so nobody can miss it.',
    action: 'Ask for the receipts again when more institutions are in reach. Keep the original until then.',
  },
  'block-unavailable': {
    status: 503,
    message: 'No institution in reach has this part of the record just now.',
    safe: 'What was not erased is on the institutions that signed for it.',
    action: 'Try again when more institutions are in reach.',
  },
  'not-enough-proxies': {
    status: 503,
    message: 'Too few institutions take part in opening the shared record.',
    safe: 'The record stays sealed. The request is in the ledger, where the patient sees it.',
    action: 'The facts and the refusals say which institutions are missing. Try again when they are back.',
  },
  unavailable: {
    status: 503,
    message: 'This node can not answer this now.',
    safe: UNCHANGED,
    action: 'Try again in a few seconds, or use another node of your institution.',
  },
  internal: {
    status: 500,
    message: 'This node made a mistake while it answered.',
    safe: 'Records are sealed before they reach a node, and the ledger takes only complete transactions.',
    action:
      'Look whether your last step has taken effect, then repeat it. Tell the operator the time of the error.',
  },
};

const HTTP_TEXTS: Record<HttpErrorCode, ErrorText> = {
  'host-refused': {
    status: 421,
    message: 'This node does not answer under this host name.',
    safe: 'A foreign page that points its name at this node gets nothing from it.',
    action: 'Use the address that the node printed when it started.',
  },
  'origin-refused': {
    status: 403,
    message: 'Another page tried to use this node from your browser.',
    safe: UNCHANGED,
    action:
      'Close that page. If it was a program of yours, let it send no Origin and no Sec-Fetch-Site header.',
  },
  'media-type-refused': {
    status: 415,
    message: 'The content type of the request is not taken here.',
    safe: UNCHANGED,
    action:
      'Send application/json, or application/vnd.ipld.dag-cbor to /api/v1/store, without a content encoding.',
  },
  'method-refused': {
    status: 405,
    message: 'This address does not take this method.',
    safe: UNCHANGED,
    action: 'The Allow header names the methods that it takes.',
  },
  'sessions-full': {
    status: 503,
    message: 'No further session can be opened on this node just now.',
    safe: 'Sessions that are open go on.',
    action: 'Wait a minute and sign in again.',
  },
  'streams-full': {
    status: 503,
    message: 'Too many live views are open on this node.',
    safe: 'Views that are open go on, and every other address answers as before.',
    action: 'Close a live view, or ask /api/v1/status now and then.',
  },
  'wrap-refused': {
    status: 409,
    message: 'This way to sign in can not be kept here.',
    safe: 'Every way to sign in that you have stays as it is.',
    action:
      'If the facts say `taken`, choose another account name or passphrase. If they say `full`, remove a passkey that you no longer use.',
  },
};

/** The text of every code; docs/ERRORS.md documents the same codes (a test compares both ways). */
export const ERROR_TEXTS: Readonly<Record<ApiErrorCode, ErrorText>> = { ...SERVICE_TEXTS, ...HTTP_TEXTS };
