import { API_PREFIX, errorSchema } from './api.ts';
import { ClientError } from './client-error.ts';
import { deadline, networkError } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import type { Shape } from './wire-shape.ts';

/** Largest JSON answer that is read: a proof of STATE_KEYS_MAX keys, or a whole ledger block, in base64url. */
export const ANSWER_BYTES_MAX = 24 * 1024 * 1024;
/** How long a call waits for its turn at a node that takes no more requests just now. */
const PACED_MS_MAX = 60_000;
const ERROR_BYTES_MAX = 64 * 1024;

/** `renewing` signs in (again) once when the node wants a session; `no-session` sends no token at all. */
export type SessionUse = 'renewing' | 'no-renewal' | 'no-session';

interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly json?: unknown;
  readonly body?: { readonly type: string; readonly bytes: Uint8Array };
}

/** HTTP to one node: limits, time-outs, the session token and the shape of answers. Verifies nothing. */
export class NodeApi {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  #token: string | undefined;
  #hasSession = false;
  /** Signs in again; resolves to false when that is not possible. Set by the connection. */
  onUnauthorized: ((options: CallOptions) => Promise<boolean>) | undefined;

  constructor(baseUrl: string, fetchFunction: typeof fetch) {
    this.#base = `${baseUrl.replace(/\/+$/, '')}${API_PREFIX}`;
    this.#fetch = fetchFunction;
  }

  get hasSession(): boolean {
    return this.#hasSession;
  }

  /** An empty token means that the browser keeps the session in a cookie which no script can read. */
  startSession(token: string): void {
    this.#token = token === '' ? undefined : token;
    this.#hasSession = true;
  }

  endSession(): void {
    this.#token = undefined;
    this.#hasSession = false;
  }

  /** A JSON answer in the given shape. @throws ClientError */
  async json<T>(
    request: Request,
    schema: Shape<T>,
    options: CallOptions,
    use: SessionUse = 'renewing',
  ): Promise<T> {
    const bytes = await this.bytes(request, ANSWER_BYTES_MAX, options, use);
    const parsed = schema.safeParse(parseJson(bytes));
    if (!parsed.success)
      throw new ClientError('answer-malformed', { what: request.path.split('/')[1] ?? '' });
    return parsed.data;
  }

  /** The body of a successful answer, at most `bytesMax` bytes. @throws ClientError */
  async bytes(
    request: Request,
    bytesMax: number,
    options: CallOptions,
    use: SessionUse = 'renewing',
  ): Promise<Uint8Array> {
    const send = (): Promise<Uint8Array> => this.#renewing(request, bytesMax, options, use);
    try {
      if (options.patienceMs === undefined) return await send();
    } catch (error) {
      if (use !== 'renewing' || !isPaced(error)) throw error;
      // Many records are more requests than a node takes at once: it says when to go on.
      const { patiently } = await import('./patience.ts');
      const { onProgress: _, ...quiet } = options;
      return await patiently({ ...quiet, patienceMs: PACED_MS_MAX }, send, isPaced);
    }
    // Fetched by who has a long work before her.
    const { patiently } = await import('./patience.ts');
    return await patiently(options, send);
  }

  async #renewing(
    request: Request,
    bytesMax: number,
    options: CallOptions,
    use: SessionUse,
  ): Promise<Uint8Array> {
    try {
      return await this.#send(request, bytesMax, options, use);
    } catch (error) {
      const wantsSession = error instanceof ClientError && error.api?.code === 'unauthorized';
      if (use !== 'renewing' || !wantsSession || !(await this.onUnauthorized?.(options))) throw error;
      return await this.#send(request, bytesMax, options, use);
    }
  }

  async #send(
    request: Request,
    bytesMax: number,
    options: CallOptions,
    use: SessionUse,
  ): Promise<Uint8Array> {
    const signal = deadline(options);
    const headers: Record<string, string> = { accept: 'application/json, application/octet-stream' };
    let body: Uint8Array | string | undefined;
    if (request.json !== undefined) {
      headers['content-type'] = 'application/json';
      body = JSON.stringify(request.json);
    } else if (request.body) {
      headers['content-type'] = request.body.type;
      body = request.body.bytes;
    }
    if (this.#token !== undefined && use !== 'no-session') headers['authorization'] = `Bearer ${this.#token}`;
    const init = { method: request.method, headers, signal, redirect: 'error', cache: 'no-store' } as const;
    try {
      const url = `${this.#base}${request.path}`;
      const response = await this.#fetch(
        url,
        body === undefined ? init : { ...init, body: body as BodyInit },
      );
      if (!response.ok) throw await refusalOf(response);
      return await readBounded(response, bytesMax);
    } catch (error) {
      throw error instanceof ClientError ? error : networkError(error, options, signal);
    }
  }
}

const isPaced = (error: unknown): boolean =>
  error instanceof ClientError &&
  error.api?.code === 'rate-limited' &&
  typeof error.api.facts?.['retryAfterMs'] === 'number';

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ClientError('answer-malformed', { what: 'json' }, { cause });
  }
}

async function refusalOf(response: Response): Promise<ClientError> {
  const facts = { status: response.status };
  let parsed: ReturnType<typeof errorSchema.safeParse>;
  try {
    parsed = errorSchema.safeParse(parseJson(await readBounded(response, ERROR_BYTES_MAX)));
  } catch (cause) {
    return new ClientError('answer-malformed', facts, { cause });
  }
  return parsed.success
    ? new ClientError('refused', facts, { api: parsed.data.error })
    : new ClientError('answer-malformed', facts);
}

/** Reads no further than the bound, whatever the node claims about the length. */
async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > bytesMax) {
      await reader.cancel();
      throw new ClientError('answer-malformed', { what: 'too-large', bytesMax });
    }
    parts.push(value);
  }
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
