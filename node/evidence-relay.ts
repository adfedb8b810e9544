import { decode, encode } from '#crypto';
import type { Backend } from '#crypto';
import { decodeBlock, encodeHeader } from '#consensus';
import { encodeNodeEvidence, readAccess, stateKeys } from '#consensus/ledger';
import type { Genesis, SetChange } from '#consensus/ledger';
import {
  decodeProxyAnswer,
  encodeTwoCertificates,
  unnamedSigners,
  verifyTwoCertificates,
} from '#node/client';
import type { ForkHeads, StateEvidence } from '#node/client';
import type { Fork, LedgerApplication, Logger } from '#node/runtime';
import type { LedgerStore } from '#storage';

export const EVIDENCE_TOPIC = 'phr/evidence/1';
/** Two heads with certificates of 64 validators and what leads to them from the genesis, framed: some 50 changes of 64 members, 400 of five. */
const MESSAGE_BYTES_MAX = 768 * 1024;
const ROOM = 'alarms';
const FORK = new Uint8Array([1]);

export interface EvidenceRelayInit {
  backend: Backend;
  genesis: Genesis;
  genesisBytes: Uint8Array;
  application: Pick<LedgerApplication, 'certifiedHead' | 'changes' | 'state'> & {
    evidence: Pick<LedgerApplication['evidence'], 'admit'>;
  };
  store: Pick<LedgerStore, 'get' | 'put'>;
  logger: Logger;
  publish(bytes: Uint8Array): Promise<void>;
  /** New evidence waits for a block. */
  notifyWork(): void;
}

/**
 * What this node found out about others, and what it hears that they found: equivocation and false conversions go round
 * until a block holds them; two certificates for one height raise an alarm that stays until people take it away.
 */
export class EvidenceRelay {
  readonly #init: EvidenceRelayInit;
  readonly #onAlarm: (() => void)[] = [];
  #fork: { height: number; file: Uint8Array } | undefined;

  constructor(init: EvidenceRelayInit) {
    this.#init = init;
    const kept = init.store.get(ROOM, FORK);
    if (kept !== undefined) this.#fork = this.#checked(kept);
  }

  /** The file that proves two certified blocks of one height; undefined while all is well. */
  get fork(): { height: number; file: Uint8Array } | undefined {
    return this.#fork;
  }

  onAlarm(listener: () => void): void {
    this.#onAlarm.push(listener);
  }

  /** Two votes as `encodeEvidence` gives them. */
  equivocation(votes: Uint8Array): void {
    this.#found(encodeNodeEvidence({ kind: 'equivocation', votes }));
  }

  /**
   * Looks at one conversion, chosen by `pick`, of every answer that passes through this node. Clients check all of
   * them; this is so that a lie does not depend on its victim to be reported.
   */
  answers(answers: readonly Uint8Array[], pick: (items: number) => number): void {
    for (const bytes of answers) {
      const item = this.#sampleOf(bytes, pick);
      if (item !== undefined) this.#found(item);
    }
  }

  forked({ own, other }: Fork): void {
    const headOf = ({
      block,
      certificate,
    }: Fork['own']): { header: Uint8Array; certificate: Uint8Array } => ({
      header: encodeHeader(decodeBlock(block).header),
      certificate,
    });
    const { application, backend, genesis } = this.#init;
    const heads: ForkHeads = [headOf(own), headOf(other)];
    const changes = application.changes();
    this.#raise(
      this.#namedFile(heads, changes) ?? encodeTwoCertificates(backend, genesis, heads, { changes }),
    );
  }

  /** With the names of who signed both and joined later; undefined when there are none, or this node can not prove them. */
  #namedFile(heads: ForkHeads, changes: readonly SetChange[]): Uint8Array | undefined {
    const { backend, genesis } = this.#init;
    const joined = unnamedSigners(backend, genesis, heads, changes);
    const names = joined.length === 0 ? undefined : this.#namesOf(joined);
    try {
      return names && encodeTwoCertificates(backend, genesis, heads, { changes, names });
    } catch {
      return undefined;
    }
  }

  /** Proves the institutions by this node's newest state. */
  #namesOf(institutions: readonly Uint8Array[]): StateEvidence | undefined {
    const { application } = this.#init;
    const head = application.certifiedHead();
    const proof = application.state.prove(institutions.map(stateKeys.institution));
    return head && { header: head.header, certificate: head.certificate, proof };
  }

  /** Takes a message of a peer; the verdict decides whether it is forwarded. */
  receive(bytes: Uint8Array): 'accept' | 'ignore' | 'reject' {
    const message = messageOf(bytes);
    if (message === undefined) return 'reject';
    if (message.kind === 'fork') return this.#raise(message.bytes) ? 'accept' : 'ignore';
    const admission = this.#init.application.evidence.admit(message.bytes);
    if (admission === 'new') this.#init.notifyWork();
    // What is invalid here may only be early: the access request that it is about can still be on its way.
    return admission === 'new' ? 'accept' : 'ignore';
  }

  #found(bytes: Uint8Array): void {
    if (this.#init.application.evidence.admit(bytes) !== 'new') return;
    this.#init.logger.warn({}, 'evidence-found');
    this.#send('evidence', bytes);
    this.#init.notifyWork();
  }

  #sampleOf(bytes: Uint8Array, pick: (items: number) => number): Uint8Array | undefined {
    try {
      const { items, payload, signature, access } = decodeProxyAnswer(bytes);
      const { state } = this.#init.application;
      const wanted = readAccess((key) => state.get(key), access)?.items.length ?? 0;
      const chosen = items[pick(items.length)];
      if (chosen === undefined || wanted === 0) return undefined;
      return encodeNodeEvidence({ kind: 'proxy', payload, signature, item: chosen.item });
    } catch {
      // No answer at all is no evidence: the client sees it and asks somebody else.
      return undefined;
    }
  }

  /** True when the file is good and the first. */
  #raise(file: Uint8Array): boolean {
    if (this.#fork !== undefined) return false;
    this.#fork = this.#checked(file);
    if (this.#fork === undefined) return false;
    const { height } = this.#fork;
    this.#init.logger.error({ height }, 'ledger-forked');
    this.#init.store.put(ROOM, FORK, file);
    this.#send('fork', file);
    for (const listener of this.#onAlarm) listener();
    return true;
  }

  #checked(file: Uint8Array): { height: number; file: Uint8Array } | undefined {
    try {
      const { height } = verifyTwoCertificates(this.#init.backend, this.#init.genesisBytes, file);
      return { height, file };
    } catch {
      return undefined;
    }
  }

  #send(kind: 'evidence' | 'fork', bytes: Uint8Array): void {
    void this.#init.publish(encode([kind, bytes])).catch(() => undefined);
  }
}

function messageOf(bytes: Uint8Array): { kind: 'evidence' | 'fork'; bytes: Uint8Array } | undefined {
  try {
    const value = decode(bytes, MESSAGE_BYTES_MAX);
    if (!Array.isArray(value) || value.length !== 2 || !(value[1] instanceof Uint8Array)) return undefined;
    const kind: unknown = value[0];
    return kind === 'evidence' || kind === 'fork' ? { kind, bytes: value[1] } : undefined;
  } catch {
    return undefined;
  }
}
