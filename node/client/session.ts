import { concatBytes, DOMAIN, fromBase64Url, fromHex, signTagged, toBase64Url, toHex } from '#crypto';
import { challengeSchema, sessionSchema } from './api.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';

/** Challenges are short; a longer one could be something else that we would sign. */
const CHALLENGE_BYTES_MAX = 64;

/**
 * What a sign-in signs: chain, node, person and challenge. A node cannot use it at another node, and the tag keeps
 * it from being a transaction.
 */
export function sessionStatement(
  chainId: Uint8Array,
  nodeId: Uint8Array,
  person: Uint8Array,
  challenge: Uint8Array,
): Uint8Array {
  return concatBytes(chainId, nodeId, person, challenge);
}

/** The session of one person at one node; the token stays in memory. */
export class Session {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async signIn(options: CallOptions = {}): Promise<{ expiresAtMs: number }> {
    const { api, backend, chainId, keys, nodeId } = this.#connection;
    const person = toHex(keys.id);
    const asked = { method: 'POST', path: '/session/challenge', json: { person } } as const;
    const { challenge } = await api.json(asked, challengeSchema, options, 'no-session');
    const bytes = fromBase64Url(challenge).subarray(0, CHALLENGE_BYTES_MAX);
    const statement = sessionStatement(chainId, fromHex(nodeId), keys.id, bytes);
    const signature = toBase64Url(signTagged(backend, DOMAIN.session, statement, keys.sign.secretKey));
    const answered = { method: 'POST', path: '/session', json: { person, challenge, signature } } as const;
    const session = await api.json(answered, sessionSchema, options, 'no-session');
    api.startSession(session.token);
    return { expiresAtMs: session.expiresAtMs };
  }

  /** Signs in again after the node ended the session; false when this client cannot. */
  async renew(options: CallOptions): Promise<boolean> {
    if (!this.#connection.hasKeys) return false;
    await this.signIn(options);
    return true;
  }

  /** Ends the session at the node; the token is forgotten even when the node does not answer. */
  async signOut(options: CallOptions = {}): Promise<void> {
    const { api } = this.#connection;
    if (!api.hasSession) return;
    try {
      await api.bytes({ method: 'DELETE', path: '/session' }, 1024, options, 'no-renewal');
    } finally {
      api.endSession();
    }
  }
}
