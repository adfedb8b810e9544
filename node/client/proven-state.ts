import { equalBytes, fromBase64Url, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { decodeHeader, hashHeader } from '#consensus';
import type { Header, ValidatorSet } from '#consensus';
import { LedgerError, stateKeys, verifyProof } from '#consensus/ledger';
import type { Genesis, Get, SetChange } from '#consensus/ledger';
import { provenStateSchema, STATE_KEYS_MAX } from './api.ts';
import { ClientError } from './client-error.ts';
import type { CallOptions } from './deadline.ts';
import type { EvidenceShelf } from './evidence-shelf.ts';
import type { MemberHistory } from './member-history.ts';
import type { NodeApi } from './node-api.ts';
import type { ForkHeads, HeadBytes } from './receipt-evidence.ts';

/** Heights whose certified head is remembered, to notice two certificates for one height. */
const HEADS_REMEMBERED = 256;

/** Bytes that prove an answer to anybody who has the genesis file. */
export interface StateEvidence {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly proof: Uint8Array;
}

/** Values (or proven absences) of state keys under a head that a quorum certified. */
export interface ProvenValues {
  /** The lowest height among the heads of this answer; 0 is the genesis state, which needs no proof. */
  readonly height: number;
  /** The newest head of this answer; null at height 0. */
  readonly header: Header | null;
  /** By key as hex. */
  readonly values: ReadonlyMap<string, Uint8Array | undefined>;
  /** For the ledger's readers; throws for a key that was not asked, so that absent is never confused with unasked. */
  readonly get: Get;
}

const getter =
  (values: ReadonlyMap<string, Uint8Array | undefined>): Get =>
  (key) => {
    const name = toHex(key);
    if (!values.has(name)) throw new ClientError('input-invalid', { what: 'a state key that was not asked' });
    return values.get(name);
  };

/**
 * Reads the ledger's state through one node without trusting it: certificate, inclusion and exclusion proofs are
 * checked against the validator set of their height, followed from the genesis, and no head may be older than one seen before.
 */
export class ProvenState {
  readonly #api: NodeApi;
  readonly #backend: Backend;
  readonly #genesis: Genesis;
  readonly #evidence: EvidenceShelf;
  readonly #history: MemberHistory;
  readonly #heads = new Map<number, HeadBytes & { readonly hash: Uint8Array }>();
  #newestHeight: number;
  #forkedAt: number | undefined;

  constructor(
    parts: {
      api: NodeApi;
      backend: Backend;
      genesis: Genesis;
      evidence: EvidenceShelf;
      history: MemberHistory;
    },
    newestHeight: number,
  ) {
    this.#api = parts.api;
    this.#backend = parts.backend;
    this.#genesis = parts.genesis;
    this.#evidence = parts.evidence;
    this.#history = parts.history;
    this.#newestHeight = newestHeight;
  }

  /** The highest certified height seen; an older answer is refused. */
  get newestHeight(): number {
    return this.#newestHeight;
  }

  /** Who decides a height, as far as the changes were followed. */
  validatorsAt(height: number): ValidatorSet {
    return this.#history.validatorsAt(height);
  }

  /** The changes of the members so far: what others need, with the genesis, to verify heads of this network. */
  get changes(): readonly SetChange[] {
    return this.#history.changes;
  }

  /**
   * Verifies the head of an answer about the present, and remembers it. Answers may overtake each other: the head must
   * be as new as what was seen when the question was asked.
   * @throws ClientError `proof-invalid`, `stale-head`, `ledger-forked`, `members-unconfirmed`.
   */
  async acceptHead(
    headerBytes: Uint8Array,
    certificate: Uint8Array,
    options: CallOptions,
    askedAtHeight = this.#newestHeight,
  ): Promise<Header> {
    const header = await this.verifiedHead(headerBytes, certificate, options);
    if (header.height < askedAtHeight) {
      throw new ClientError('stale-head', { height: header.height, newestHeight: askedAtHeight });
    }
    this.#newestHeight = Math.max(this.#newestHeight, header.height);
    return header;
  }

  /** Takes in a node's proof that two blocks of one height are certified. @throws ClientError `ledger-forked`, or `proof-invalid` when it is none */
  async acceptFork(file: Uint8Array, genesisBytes: Uint8Array): Promise<never> {
    const { verifyTwoCertificates } = await import('./receipt-evidence.ts');
    const { height } = verifyTwoCertificates(this.#backend, genesisBytes, file);
    if (this.#forkedAt === undefined) this.#evidence.keep(file);
    this.#forkedAt ??= height;
    throw new ClientError('ledger-forked', { height });
  }

  /**
   * Verifies a certified head of any height. Two certificates for one height mean that more than f validators signed
   * twice: nothing this network says can be relied on until people have looked. The evidence is kept, and this client
   * does not go on.
   * @throws ClientError `proof-invalid`, `ledger-forked`, `members-unconfirmed`.
   */
  async verifiedHead(
    headerBytes: Uint8Array,
    certificate: Uint8Array,
    options: CallOptions,
  ): Promise<Header> {
    if (this.#forkedAt !== undefined) throw new ClientError('ledger-forked', { height: this.#forkedAt });
    const header = await this.#knownHead(headerBytes, certificate, options);
    const head = { header: headerBytes, certificate, hash: hashHeader(header) };
    const known = this.#heads.get(header.height);
    if (known && !equalBytes(known.hash, head.hash)) return await this.#forked(known, head, options);
    if (!known) this.#heads.set(header.height, head);
    const oldest = this.#heads.keys().next().value;
    if (this.#heads.size > HEADS_REMEMBERED && oldest !== undefined) this.#heads.delete(oldest);
    return header;
  }

  /** A block of a set's last height that is certified and promises another set than came is a fork as well. */
  async #knownHead(header: Uint8Array, certificate: Uint8Array, options: CallOptions): Promise<Header> {
    try {
      return await this.#history.verifiedHead(header, certificate, options);
    } catch (error) {
      const cause = error instanceof ClientError ? error.cause : undefined;
      if (!(cause instanceof LedgerError && cause.facts['field'] === 'nextValidatorsHash')) throw error;
      const { height } = decodeHeader(header);
      const change = this.changes.find((one) => decodeHeader(one.header).height === height);
      const known = this.#heads.get(height) ?? change;
      if (known === undefined) throw error;
      return await this.#forked(known, { header, certificate }, options);
    }
  }

  /** @throws ClientError `ledger-forked`; `proof-invalid` when these are not two certified heads of one height. */
  async #forked(known: HeadBytes, head: HeadBytes, options: CallOptions): Promise<never> {
    const { encodeTwoCertificates } = await import('./receipt-evidence.ts');
    const { height } = decodeHeader(head.header);
    const context = { changes: this.changes };
    const file = encodeTwoCertificates(this.#backend, this.#genesis, [known, head], context);
    if (this.#forkedAt === undefined) {
      this.#forkedAt = height;
      this.#evidence.keep((await this.#namedFile([known, head], options)) ?? file);
    }
    throw new ClientError('ledger-forked', { height });
  }

  /** The evidence file with the names of who signed both and joined later, if there are any and the node proves them. */
  async #namedFile(heads: ForkHeads, options: CallOptions): Promise<Uint8Array | undefined> {
    const { encodeTwoCertificates, unnamedSigners } = await import('./receipt-evidence.ts');
    const [backend, genesis, changes] = [this.#backend, this.#genesis, this.changes];
    const joined = unnamedSigners(backend, genesis, heads, changes);
    if (joined.length === 0) return undefined;
    try {
      const { patienceMs: _, ...once } = options;
      const names = await this.#stateOf(joined.map(stateKeys.institution), once);
      return encodeTwoCertificates(backend, genesis, heads, { changes, names });
    } catch {
      // Without a good answer the file names them by their ids: it proves no less.
      return undefined;
    }
  }

  /** What the node gives for these keys, unverified. */
  async #stateOf(keys: readonly Uint8Array[], options: CallOptions): Promise<StateEvidence> {
    const request = { method: 'POST', path: '/state', json: { keys: keys.map(toHex) } } as const;
    const { header, certificate, proof } = await this.#api.json(request, provenStateSchema, options);
    return {
      header: fromBase64Url(header),
      certificate: fromBase64Url(certificate),
      proof: fromBase64Url(proof),
    };
  }

  /** At most STATE_KEYS_MAX keys under one head, with the bytes that prove it to others. */
  async readWithEvidence(
    keys: readonly Uint8Array[],
    options: CallOptions,
  ): Promise<{ header: Header; values: Map<string, Uint8Array | undefined>; evidence: StateEvidence }> {
    const askedAtHeight = this.#newestHeight;
    const evidence = await this.#stateOf(keys, options);
    const header = await this.acceptHead(evidence.header, evidence.certificate, options, askedAtHeight);
    return { header, values: checkProof(header, evidence.proof, keys), evidence };
  }

  /** Values that a node proves of its own accord; the keys are what the caller asked for. @throws ClientError */
  async accept(
    { header: bytes, certificate, proof }: StateEvidence,
    keys: readonly Uint8Array[],
    options: CallOptions,
  ): Promise<ProvenValues> {
    const header = await this.acceptHead(bytes, certificate, options);
    const values = checkProof(header, proof, keys);
    return { height: header.height, header, values, get: getter(values) };
  }

  /** Any number of keys, in requests of STATE_KEYS_MAX. @throws ClientError */
  async read(keys: readonly Uint8Array[], options: CallOptions = {}): Promise<ProvenValues> {
    const unique = [...new Map(keys.map((key) => [toHex(key), key])).values()];
    const values = new Map<string, Uint8Array | undefined>();
    let height = Number.POSITIVE_INFINITY;
    let header: Header | null = null;
    for (let i = 0; i < unique.length; i += STATE_KEYS_MAX) {
      const part = unique.slice(i, i + STATE_KEYS_MAX);
      try {
        const answer = await this.readWithEvidence(part, options);
        for (const [key, value] of answer.values) values.set(key, value);
        height = Math.min(height, answer.header.height);
        header = answer.header;
      } catch (error) {
        if (!this.#isBeforeFirstBlock(error)) throw error;
        const { genesisValues } = await import('./genesis-values.ts');
        for (const [key, value] of genesisValues(this.#genesis, part)) values.set(key, value);
        height = 0;
      }
    }
    return {
      height: Number.isFinite(height) ? height : this.#newestHeight,
      header,
      values,
      get: getter(values),
    };
  }

  /** A node has no certified head before block 1; the state is then the genesis state, which everybody can compute. */
  #isBeforeFirstBlock(error: unknown): boolean {
    if (this.#newestHeight > 0 || !(error instanceof ClientError) || error.code !== 'refused') return false;
    return error.api?.code === 'not-found' || error.api?.code === 'unavailable';
  }
}

function checkProof(
  header: Header,
  proof: Uint8Array,
  keys: readonly Uint8Array[],
): Map<string, Uint8Array | undefined> {
  try {
    const proven = verifyProof(header.stateRoot, proof, [...keys]);
    const values = new Map<string, Uint8Array | undefined>();
    for (const key of keys) {
      const name = toHex(key);
      if (!proven.has(name)) throw new ClientError('proof-invalid', { what: 'a key is not covered' });
      values.set(name, proven.get(name));
    }
    return values;
  } catch (cause) {
    throw cause instanceof ClientError
      ? cause
      : new ClientError('proof-invalid', { what: 'state' }, { cause });
  }
}
