import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { GatewayError } from './gateway-error.ts';
import type { GatewayErrorCode } from './gateway-error.ts';
import { MESSAGE_BYTES_MAX } from './reading.ts';
import type { Door } from './door.ts';

const CONNECTIONS_MAX = 512;
const REQUEST_TIMEOUT_MS = 10_000;
const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?$/;

/** HTTP status of a refusal; what is not here is 503: try again later. */
const STATUS: Partial<Record<GatewayErrorCode, number>> = {
  forged: 401,
  'source-unknown': 401,
  'other-patient': 403,
  'too-fast': 429,
  'message-too-large': 413,
  'message-malformed': 400,
  'code-unknown': 422,
  'unit-mismatch': 422,
  'out-of-order': 422,
  replayed: 409,
};

export interface HttpIntakeInit {
  readonly door: Door;
  /** 0 for any. Only loopback is bound: what comes from another machine comes over TLS, through a proxy or a broker. */
  readonly port: number;
}

/**
 * `POST /v1/readings` with `phr-source: <address>` and `authorization: Bearer <secret>`; `GET /v1/status` likewise.
 * Answers `{accepted, flagged, next}`, or `{error: {code, facts}}`.
 */
export class HttpIntake {
  readonly #init: HttpIntakeInit;
  readonly #server: Server;

  constructor(init: HttpIntakeInit) {
    this.#init = init;
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('request', (request, response) => void this.#serve(request, response));
  }

  /** @returns the port */
  async start(): Promise<number> {
    this.#server.listen(this.#init.port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#init.port;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { door } = this.#init;
    const address = String(request.headers['phr-source'] ?? '');
    try {
      // A page that points its own name at this machine has another host name.
      if (!LOOPBACK_HOST.test(request.headers.host ?? '') || request.headers.origin !== undefined)
        throw new GatewayError('forged');
      const entry = door.enter(address);
      entry.checkSecret((request.headers.authorization ?? '').replace(/^Bearer /, ''));
      const path = `${request.method} ${request.url}`;
      if (path === 'GET /v1/status') return answer(response, 200, entry.status());
      if (path !== 'POST /v1/readings') return answer(response, 404, { error: { code: 'not-found' } });
      const message = await readBounded(request);
      answer(response, 200, await entry.accept(message));
    } catch (error) {
      if (!(error instanceof GatewayError)) return void response.destroy();
      const { code, facts } = error;
      door.refused(address, code);
      if (typeof facts['retryMs'] === 'number')
        response.setHeader('retry-after', Math.ceil(facts['retryMs'] / 1000));
      answer(response, STATUS[code] ?? 503, { error: { code, facts } });
      // The rest of an enormous message is not read to its end.
      if (!request.complete) request.destroy();
    }
  }
}

function answer(response: ServerResponse, status: number, json: unknown): void {
  const text = JSON.stringify(json);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

/** @throws GatewayError `message-too-large` before more than the bound is read */
async function readBounded(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    const bytes: Uint8Array = part;
    length += bytes.length;
    if (length > MESSAGE_BYTES_MAX)
      throw new GatewayError('message-too-large', { bytesMax: MESSAGE_BYTES_MAX });
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
