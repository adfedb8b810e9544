import type { Backend, PersonKeys } from '#crypto';
import { chainIdOf, decodeGenesis } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { BlockExchange } from './block-exchange.ts';
import { ClientError } from './client-error.ts';
import { EvidenceShelf } from './evidence-shelf.ts';
import { MemberHistory } from './member-history.ts';
import { NodeApi } from './node-api.ts';
import { ProvenState } from './proven-state.ts';
import { Session } from './session.ts';
import { lazyPart } from './lazy-part.ts';
import type { LazyPart } from './lazy-part.ts';
import type { Submission } from './submission.ts';
import { emptyVault } from './vault.ts';
import type { Vault } from './vault.ts';

export interface ConnectionInit {
  /** Origin of the node, without the API prefix. */
  readonly baseUrl: string;
  /** Canonical genesis bytes, from a source that the person trusts: everything is verified against them. */
  readonly genesis: Uint8Array;
  /** Id of the node as hex: a sign-in is made for this node only. */
  readonly nodeId: string;
  readonly backend: Backend;
  readonly keys?: PersonKeys;
  /** What the person's device remembered; a fresh one when absent. */
  readonly vault?: Vault;
  /** Fingerprint of the present members (hex), compared by a person: for a client that was away for long. */
  readonly members?: string;
  readonly fetch?: typeof fetch;
  readonly clock?: { now(): number };
}

/** One person's (or device's) verified way to the network through one node. The nouns of the client share it. */
export class Connection {
  readonly backend: Backend;
  readonly genesisBytes: Uint8Array;
  readonly genesis: Genesis;
  readonly chainId: Uint8Array;
  readonly nodeId: string;
  readonly vault: Vault;
  readonly clock: { now(): number };
  readonly api: NodeApi;
  readonly state: ProvenState;
  readonly evidence: EvidenceShelf;
  readonly session: Session;
  readonly blocks: BlockExchange;
  /** Fetched by who writes to the ledger: most only read. */
  readonly submission: LazyPart<Submission>;
  readonly #keys: PersonKeys | undefined;

  constructor(init: ConnectionInit) {
    this.backend = init.backend;
    this.genesisBytes = init.genesis;
    this.genesis = decodeGenesis(init.genesis);
    this.chainId = chainIdOf(this.genesis);
    this.nodeId = init.nodeId;
    this.vault = init.vault ?? emptyVault();
    this.clock = init.clock ?? { now: () => Date.now() };
    this.#keys = init.keys;
    // Wrapped, because a browser's fetch refuses to be called as a method of something else.
    const given = init.fetch;
    this.api = new NodeApi(init.baseUrl, given ?? ((input, options) => globalThis.fetch(input, options)));
    this.session = new Session(this);
    this.api.onUnauthorized = (options) => this.session.renew(options);
    this.evidence = new EvidenceShelf();
    const { members } = init;
    const { api, backend, clock, evidence, genesis, vault } = this;
    const trusted = members === undefined ? {} : { members };
    const history = new MemberHistory({ api, backend, genesis, vault, clock, ...trusted });
    this.state = new ProvenState({ api, backend, genesis, evidence, history }, vault.newestHeight);
    this.blocks = new BlockExchange(this.api, init.backend);
    this.submission = lazyPart<Submission>(
      async () => new (await import('./submission.ts')).Submission(this),
      { submit: 'promise', submitLast: 'promise', register: 'promise', send: 'promise' },
    );
  }

  get hasKeys(): boolean {
    return this.#keys !== undefined;
  }

  /** @throws ClientError `no-keys` */
  get keys(): PersonKeys {
    if (!this.#keys) throw new ClientError('no-keys');
    return this.#keys;
  }
}
