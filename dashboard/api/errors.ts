import type { ApiErrorBody } from '#node/client';
import { ERROR_TEXTS, SERVICE_ERROR_CODES, ServiceError } from '#node/services';
import type { ApiErrorCode, Facts, HttpErrorCode } from '#node/services';

/** A refusal of the HTTP layer; `facts` as in a ServiceError: no plaintext, keys, keywords or names. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;
  readonly facts: Facts;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: HttpErrorCode, facts: Facts = {}, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    this.code = code;
    this.facts = facts;
    this.headers = headers;
  }
}

export interface ErrorAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: { error: ApiErrorBody };
}

/** The answer for anything thrown. What nobody foresaw is `internal`, and nothing of it is shown. */
export function answerFor(error: unknown): ErrorAnswer {
  if (error instanceof HttpError) return answerOf(error.code, error.facts, error.headers);
  if (error instanceof ServiceError && SERVICE_ERROR_CODES.includes(error.code)) {
    const retryAfterMs = error.facts['retryAfterMs'];
    const headers: Record<string, string> = {};
    if (error.code === 'rate-limited' && typeof retryAfterMs === 'number') {
      headers['Retry-After'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
    }
    if (error.code === 'unauthorized') headers['WWW-Authenticate'] = 'Bearer';
    return answerOf(error.code, error.facts, headers);
  }
  return answerOf('internal', {}, {});
}

function answerOf(code: ApiErrorCode, facts: Facts, headers: Readonly<Record<string, string>>): ErrorAnswer {
  const { status, message, safe, action } = ERROR_TEXTS[code];
  const error: ApiErrorBody = { code, message, safe, action };
  if (Object.keys(facts).length > 0) error.facts = facts;
  return { status, headers, body: { error } };
}

/** What of an unforeseen error is fit for a log: its name and code, and where it happened, without its message. */
export function describeFailure(error: unknown): { error: string; at: string[] } {
  if (!(error instanceof Error)) return { error: typeof error, at: [] };
  const code: unknown = 'code' in error ? error.code : undefined;
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    error: typeof code === 'string' ? `${error.name}:${code}` : error.name,
    at: frames.slice(0, 6).map((line) => line.trim()),
  };
}
