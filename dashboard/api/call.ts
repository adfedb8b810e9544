import { fromBase64Url } from '#crypto';
import { ServiceError } from '#node/services';
import type { Actor } from '../security/authorize.ts';
import type { SecurityEvent } from '../security/security-log.ts';
import type { RequestOf, Route, RouteKey } from './schemas.ts';

/** What a handler is given: everything is decoded, shape-checked and allowed already. */
export interface Call<Body> {
  actor: Actor;
  body: Body;
  parameters: Readonly<Record<string, string>>;
  /** The session token that the request came with. */
  token: string | undefined;
  /** The id of that session, while it lives. */
  session: string | undefined;
  /** What the sender says that it is. */
  agent: string | undefined;
  /** A browser keeps its session in a cookie that no script can read. */
  fromBrowser: boolean;
  signal: AbortSignal;
}

export type Answer =
  | { kind: 'json'; value: unknown; headers?: Readonly<Record<string, string>>; event?: SecurityEvent }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'none'; headers?: Readonly<Record<string, string>>; event?: SecurityEvent }
  | { kind: 'events' };

export type Handlers = {
  [R in Route as RouteKey<R>]: (call: Call<RequestOf<R>>) => Answer | Promise<Answer>;
};

/** Decoded base64url; `malformed` names the field, never its content. */
export function bytesOf(text: string, field: string, length?: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = fromBase64Url(text);
  } catch (error) {
    throw new ServiceError('malformed', { field }, { cause: error });
  }
  if (length !== undefined && bytes.length !== length)
    throw new ServiceError('malformed', { field, bytes: length });
  return bytes;
}

/** @param more headers of the answer, and what it puts into the log */
export function json(
  value: unknown,
  more: { headers?: Readonly<Record<string, string>>; event?: SecurityEvent } = {},
): Answer {
  return { kind: 'json', value, ...more };
}

/** Success without a body. */
export function done(
  name: SecurityEvent['name'],
  more: { headers?: Readonly<Record<string, string>> } & Omit<SecurityEvent, 'name'> = {},
): Answer {
  const { headers, ...about } = more;
  return { kind: 'none', event: { name, ...about }, ...(headers === undefined ? {} : { headers }) };
}
