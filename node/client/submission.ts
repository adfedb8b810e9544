import { equalBytes, fromBase64Url, fromHex, toBase64Url, toHex } from '#crypto';
import {
  hashTransaction,
  isPriority,
  readNonce,
  signTransaction,
  stateKeys,
  TRANSACTION_BYTES_MAX,
} from '#consensus/ledger';
import type { Bodies, Transaction, TransactionKind } from '#consensus/ledger';
import { certifiedHeadSchema, submittedSchema } from './api.ts';
import { ClientError, isLedgerRefusal } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';

/** A transaction that was not taken within this many blocks is void: it cannot surprise its sender later. */
const EXPIRY_HEIGHTS = 1_000;
const ATTEMPTS_MAX = 5;

export interface Submitted {
  /** Id of the transaction, 32 bytes. */
  readonly hash: Uint8Array;
  /** The block that holds it. */
  readonly height: number;
}

/** Signs and submits, one transaction at a time: nonces have no gaps and no order but this one. */
export class Submission {
  readonly #connection: Connection;
  #tail: Promise<unknown> = Promise.resolve();
  /** What was signed first under the nonces that are still to be used, as hex of its hash. */
  readonly #signed = new Map<number, string>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Resolves when the transaction is committed and the proven state shows that its nonce was used. What takes rights
   * away, and what is signed under a nonce that something else was signed under before, is shown in its block as well:
   * else a node that kept the first back could put that in and say that the second is there.
   * @throws ClientError `refused` with the ledger's reason, `contended`, `proof-invalid`.
   */
  submit<K extends TransactionKind>(kind: K, body: Bodies[K], options: CallOptions = {}): Promise<Submitted> {
    const mine = this.#tail.then(() => this.#submitNow(kind, body, options));
    this.#tail = mine.catch(() => undefined);
    return mine;
  }

  async #submitNow<K extends TransactionKind>(
    kind: K,
    body: Bodies[K],
    options: CallOptions,
  ): Promise<Submitted> {
    const { keys, state } = this.#connection;
    const nonceKey = stateKeys.nonce(keys.id);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const before = await state.read([nonceKey], options);
      const nonce = readNonce(before.get, keys.id);
      const wire = this.#sign(kind, body, nonce, before.height);
      const isAlone = this.#isFirst(nonce, wire);
      try {
        const submitted = await this.send(wire, options);
        const after = await state.read([nonceKey], options);
        if (after.height < submitted.height || readNonce(after.get, keys.id) <= nonce) {
          throw new ClientError('proof-invalid', {
            what: 'the transaction is not in the state',
            height: after.height,
          });
        }
        if (!isAlone || isPriority(kind)) await this.#requireInBlock(submitted, options);
        return submitted;
      } catch (error) {
        // Another process of the same person was faster: read the new nonce and sign again.
        if (!isLedgerRefusal(error, 'nonce-used', 'nonce-ahead')) throw error;
      }
    }
    throw new ClientError('contended', { what: 'nonce' });
  }

  /** True when nothing else was ever signed here under this nonce. */
  #isFirst(nonce: number, wire: Uint8Array): boolean {
    const name = toHex(hashTransaction(wire));
    for (const known of this.#signed.keys()) if (known < nonce) this.#signed.delete(known);
    const first = this.#signed.get(nonce) ?? name;
    this.#signed.set(nonce, first);
    return first === name;
  }

  /** @throws ClientError `proof-invalid` when the block does not hold it */
  async #requireInBlock({ hash, height }: Submitted, options: CallOptions): Promise<void> {
    const { gatherCommitted } = await import('./committed.ts');
    await gatherCommitted(this.#connection, height, (one) => equalBytes(one.hash, hash), options);
  }

  /** What ends the sender's own account: with it ends the session that could prove it, so the node's word has to do. */
  async submitLast<K extends TransactionKind>(
    kind: K,
    body: Bodies[K],
    options: CallOptions,
  ): Promise<Submitted> {
    const { keys, state } = this.#connection;
    await this.#tail;
    const { get, height } = await state.read([stateKeys.nonce(keys.id)], options);
    return await this.send(this.#sign(kind, body, readNonce(get, keys.id), height), options);
  }

  /** The first transaction of an id that the ledger does not know: nonce 0, and no session yet to read state with. */
  async register(
    body: Bodies['person.register'],
    profile: Uint8Array | undefined,
    options: CallOptions,
  ): Promise<Submitted> {
    const height = await this.#headHeight(options);
    const wire = this.#sign('person.register', body, 0, height);
    return await this.send(wire, options, { use: 'no-session', profile });
  }

  /** The height of the verified head: a client that has seen nothing yet would sign what is void already. */
  async #headHeight(options: CallOptions): Promise<number> {
    const { api, state } = this.#connection;
    try {
      const request = { method: 'GET', path: '/head' } as const;
      const answer = await api.json(request, certifiedHeadSchema, options, 'no-session');
      await state.acceptHead(fromBase64Url(answer.header), fromBase64Url(answer.certificate), options);
    } catch (error) {
      // Before the first block there is none.
      if (!(error instanceof ClientError) || error.api?.code !== 'not-found') throw error;
    }
    return state.newestHeight;
  }

  #sign<K extends TransactionKind>(kind: K, body: Bodies[K], nonce: number, height: number): Uint8Array {
    const { backend, chainId, keys } = this.#connection;
    const expiresAtHeight = height + EXPIRY_HEIGHTS;
    const transaction = { version: 1, chainId, sender: keys.id, nonce, expiresAtHeight, kind, body };
    const wire = signTransaction(backend, transaction as Transaction, keys.sign.secretKey);
    if (wire.length > TRANSACTION_BYTES_MAX) {
      throw new ClientError('input-invalid', { what: 'transaction too large', bytes: wire.length });
    }
    return wire;
  }

  /** Sends signed bytes. The answer must name the hash that we computed ourselves. */
  async send(
    wire: Uint8Array,
    options: CallOptions,
    init: { use?: 'no-session'; profile?: Uint8Array | undefined } = {},
  ): Promise<Submitted> {
    const transaction = toBase64Url(wire);
    const json = init.profile ? { transaction, profile: toBase64Url(init.profile) } : { transaction };
    const request = { method: 'POST', path: '/transactions', json } as const;
    const answer = await this.#connection.api.json(request, submittedSchema, options, init.use);
    const hash = hashTransaction(wire);
    if (!equalBytes(hash, fromHex(answer.hash)))
      throw new ClientError('proof-invalid', { what: 'transaction hash' });
    return { hash, height: answer.height };
  }
}
