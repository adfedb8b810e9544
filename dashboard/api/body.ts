import type { IncomingMessage } from 'node:http';
import { decode } from '#crypto';
import { JSON_BODY_BYTES_MAX, STORE_CONTENT_TYPE, STORE_REQUEST_BYTES_MAX } from '#node/client';
import { ServiceError } from '#node/services';
import { HttpError } from './errors.ts';

export type BodyKind = 'json' | 'dag-cbor' | 'none';

const BYTES_MAX: Record<BodyKind, number> = {
  json: JSON_BODY_BYTES_MAX,
  'dag-cbor': STORE_REQUEST_BYTES_MAX,
  none: 0,
};

/** A received body; `release` gives its bytes back to the budget once the answer is made. */
export interface ReceivedBody {
  value: unknown;
  release: () => void;
}

/** Receives bodies under a limit for each and one for all together, counted while they stream in. */
export class BodyReader {
  readonly #inFlightMax: number;
  #inFlight = 0;

  constructor(inFlightMax: number) {
    this.#inFlightMax = inFlightMax;
  }

  /** Bytes that requests hold at present. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * The decoded body, shape not checked yet.
   *
   * @throws HttpError `media-type-refused`; ServiceError `too-large`, `malformed`, `unavailable` (budget spent)
   */
  async receive(request: IncomingMessage, kind: BodyKind): Promise<ReceivedBody> {
    if (kind !== 'none') checkMediaType(request, kind);
    const { bytes, release } = await this.#collect(request, BYTES_MAX[kind]);
    try {
      return { value: decodeBody(bytes, kind), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #collect(
    request: IncomingMessage,
    bytesMax: number,
  ): Promise<{ bytes: Uint8Array; release: () => void }> {
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) {
      throw new ServiceError('too-large', { bytesMax });
    }
    const chunks: Buffer[] = [];
    let length = 0;
    let released = false;
    const release = (): void => {
      if (!released) this.#inFlight -= length;
      released = true;
    };
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        const bytes = chunk as Buffer;
        if (length + bytes.length > bytesMax) throw new ServiceError('too-large', { bytesMax });
        if (this.#inFlight + bytes.length > this.#inFlightMax)
          throw new ServiceError('unavailable', { why: 'busy' });
        length += bytes.length;
        this.#inFlight += bytes.length;
        chunks.push(bytes);
      }
    } catch (error) {
      release();
      throw error;
    }
    return { bytes: Buffer.concat(chunks, length), release };
  }
}

function checkMediaType(request: IncomingMessage, kind: 'json' | 'dag-cbor'): void {
  const wanted = kind === 'json' ? 'application/json' : STORE_CONTENT_TYPE;
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const plain = parameters.every(
    (parameter) => kind === 'json' && /^\s*charset="?utf-8"?\s*$/.test(parameter),
  );
  const encoding = request.headers['content-encoding'];
  if (type.trim() !== wanted || !plain || (encoding !== undefined && encoding !== 'identity')) {
    throw new HttpError('media-type-refused', { wanted });
  }
}

function decodeBody(bytes: Uint8Array, kind: BodyKind): unknown {
  if (kind === 'none') return undefined;
  try {
    if (kind === 'dag-cbor') return decode(bytes, STORE_REQUEST_BYTES_MAX);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new ServiceError('malformed', { encoding: kind }, { cause: error });
  }
}
