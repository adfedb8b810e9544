import {
  concatBytes,
  decode,
  deriveNodeKeys,
  DOMAIN,
  fromBase64Url,
  fromHex,
  linkOf,
  parseLink,
  signTagged,
  toBase64Url,
  toHex,
  verifyTagged,
} from '#crypto';
import type { Backend, NodeKeys, PersonKeys } from '#crypto';
import {
  bitmapOf,
  encodeBlock,
  encodeCertificate,
  encodeHeader,
  evidenceHashOf,
  hashHeader,
  lastCommitHashOf,
  quorum,
  txRootOf,
  voteBytes,
} from '#consensus';
import type { CommitCertificate, Header, ValidatorSet } from '#consensus';
import {
  applyTransactions,
  chainIdOf,
  decodeGenesis,
  decodeTransaction,
  defaultParameters,
  encodeGenesis,
  genesisState,
  readPerson,
  validatorsAt,
  validatorsHashAt,
} from '#consensus/ledger';
import type { Genesis, LedgerState } from '#consensus/ledger';
import { API_PREFIX, createClient, rosterKeys, STATE_KEYS_MAX, STORE_REQUEST_BYTES_MAX } from '#node/client';
import type { NodeStatus, PhrClient } from '#node/client';
import { setChanges } from '#node/runtime';
import { institutionsIn } from '#node/services';
import { FakeIdentities } from './fake-identities.ts';
import { FakeProxies } from './fake-proxies.ts';
import {
  answer,
  changesAnswer,
  headAnswer,
  personal,
  receiptsAnswer,
  refusal,
  statusOf,
  urlOf,
} from './fake-wire.ts';
import type { Body, FakeClientOptions, StateAnswer, Tampering, View } from './fake-wire.ts';

export const START_MS = Date.UTC(2026, 10, 22, 8);

/** A whole network in one process: the real ledger, real certificates, real proxies; only the wire is missing. */
export class FakeNetwork {
  readonly backend: Backend;
  readonly nodes: NodeKeys[];
  readonly administrators: PersonKeys[][];
  readonly genesis: Genesis;
  readonly genesisBytes: Uint8Array;
  readonly chainId: Uint8Array;
  readonly blocks = new Map<string, Uint8Array>();
  readonly heads: StateAnswer[] = [];
  /** Committed blocks, from height 1. */
  readonly chain: { block: Uint8Array; certificate: Uint8Array }[] = [];
  readonly requests: { method: string; path: string; bytes: number; keys: number }[] = [];
  /** Codes with which the ledger refused what was submitted. */
  readonly refusals: string[] = [];
  tampering: Tampering = {};
  state: LedgerState;
  height = 0;
  timeMs = START_MS;
  readonly identity: FakeIdentities;
  /** What the nodes say of a fork. */
  alarm: NodeStatus['fork'];
  readonly #proxies: FakeProxies;
  readonly #sessions = new Map<string, Uint8Array>();
  readonly #challenges = new Map<string, Uint8Array>();
  #parent: { hash: Uint8Array; certificate: CommitCertificate | null };

  constructor(backend: Backend, size = 4) {
    this.backend = backend;
    this.nodes = Array.from({ length: size }, (_, i) =>
      deriveNodeKeys(backend, new Uint8Array(32).fill(i + 1)),
    );
    this.administrators = this.nodes.map((_, i) =>
      [0, 1].map((k) => personal(backend, `administrator ${i} ${k}`)),
    );
    const institutions = this.nodes.map((keys, i) => ({
      id: keys.id,
      name: `institution ${i}`,
      validatorKey: keys.validator.publicKey,
      sealKey: keys.seal.publicKey,
      peerId: `peer-${i}`,
      addresses: [],
      administrators: (this.administrators[i] ?? []).map(({ publicKeys }) => publicKeys),
    }));
    this.genesisBytes = encodeGenesis({
      version: 1,
      name: 'test',
      timeMs: START_MS - 1,
      parameters: defaultParameters(size),
      institutions,
    });
    this.genesis = decodeGenesis(this.genesisBytes);
    this.chainId = chainIdOf(this.genesis);
    this.#parent = { hash: this.chainId, certificate: null };
    this.state = genesisState(this.genesis);
    this.identity = new FakeIdentities(this);
    this.#proxies = new FakeProxies(this);
    for (const keys of this.nodes) this.#proxies.add(keys);
  }

  view(): View {
    return { state: this.state, height: this.height, timeMs: this.timeMs, hash: this.#parent.hash };
  }

  /** The client of a person at one of the nodes. */
  client(keys: PersonKeys | undefined, options: FakeClientOptions & { node?: number } = {}): PhrClient {
    return this.clientOver(keys, this.fetchOf(options.node), options.node, options);
  }

  /** The same over a wire of one's own. */
  clientOver(
    keys: PersonKeys | undefined,
    wire: typeof fetch,
    node = 0,
    options: FakeClientOptions = {},
  ): PhrClient {
    return createClient({
      baseUrl: 'http://node.test',
      genesis: this.genesisBytes,
      nodeId: toHex(this.nodes[node]!.id),
      backend: this.backend,
      fetch: wire,
      ...(keys ? { keys } : {}),
      ...(options.vault ? { vault: options.vault } : {}),
      ...(options.members === undefined ? {} : { members: options.members }),
      ...(options.now ? { clock: { now: options.now } } : {}),
    });
  }

  /** Another institution's node, which serves and converts once the ledger lets it. */
  addNode(keys: NodeKeys): number {
    this.nodes.push(keys);
    this.#proxies.add(keys);
    return this.nodes.length - 1;
  }

  /** Nodes that decide a height, by default the next. */
  members(height = this.height + 1): NodeKeys[] {
    const set = validatorsAt(this.#get, height);
    return this.nodes.filter(({ id }) => set.some((one) => toHex(one.id) === toHex(id)));
  }

  /** The wire to one node, for who makes a client of their own. */
  fetchOf(node = 0): typeof fetch {
    return (input, init) => this.#serve(this.nodes[node]!, urlOf(input), init ?? {});
  }

  person(name: string): PersonKeys {
    return personal(this.backend, name);
  }

  /** One block with these transactions; undefined when it commits, else the ledger's refusal. */
  commit(transactions: Uint8Array[]): { code: string; facts: object } | undefined {
    const { backend, genesis, chainId } = this;
    const height = this.height + 1;
    const timeMs = this.timeMs + 1000;
    const applied = applyTransactions(
      backend,
      this.state,
      { chainId, genesis, height, timeMs },
      transactions,
    );
    if (!applied.ok) return applied;
    this.state = applied.state;
    this.height = height;
    this.timeMs = timeMs;
    const header: Header = this.headerFor(height, timeMs, applied.state.root, transactions);
    const members = this.members(height);
    const certificate = this.certify(header, members.slice(0, quorum(members.length)));
    const block = encodeBlock({ header, transactions, lastCommit: this.#parent.certificate, evidence: [] });
    this.chain.push({ block, certificate: encodeCertificate(certificate) });
    this.#parent = { hash: hashHeader(header), certificate };
    this.heads.push({
      header: encodeHeader(header),
      certificate: encodeCertificate(certificate),
      proof: new Uint8Array(),
    });
    return undefined;
  }

  headerFor(height: number, time: number, stateRoot: Uint8Array, transactions: Uint8Array[]): Header {
    return {
      version: 1,
      chainId: this.chainId,
      height,
      parentHash: this.#parent.hash,
      time,
      proposer: 0,
      txRoot: txRootOf(transactions),
      stateRoot,
      validatorsHash: validatorsHashAt(this.#get, height),
      nextValidatorsHash: validatorsHashAt(this.#get, height + 1),
      lastCommitHash: lastCommitHashOf(this.#parent.certificate),
      evidenceHash: evidenceHashOf([]),
    };
  }

  certify(
    header: Header,
    signers: readonly NodeKeys[],
    set: ValidatorSet = validatorsAt(this.#get, header.height),
  ): CommitCertificate {
    const blockHash = hashHeader(header);
    const message = voteBytes(this.chainId, 'commit', header.height, 0, blockHash);
    const order = signers
      .map((keys) => ({ keys, index: set.findIndex(({ id }) => toHex(id) === toHex(keys.id)) }))
      .toSorted((a, b) => a.index - b.index);
    return {
      height: header.height,
      round: 0,
      blockHash,
      scheme: 1,
      bitmap: bitmapOf(
        order.map(({ index }) => index),
        set.length,
      ),
      signatures: order.map(({ keys }) =>
        signTagged(this.backend, DOMAIN.vote, message, keys.validator.secretKey),
      ),
    };
  }

  /** Changes of the members as the API shows them. */
  changesFrom(): object[] {
    const store = { blockAt: (height: number) => this.chain[height - 1] };
    return changesAnswer(setChanges(store, this.#get, this.height));
  }

  /** The newest session of somebody, for requests that a client would not make. */
  tokenOf(person: Uint8Array): string {
    const own = [...this.#sessions].filter(([, id]) => toHex(id) === toHex(person));
    return own.at(-1)?.[0] ?? '';
  }

  readonly #get = (key: Uint8Array): Uint8Array | undefined => this.state.get(key);

  /** The next call of a client has to sign in again. */
  readonly endSessions = (): void => this.#sessions.clear();

  async #serve(node: NodeKeys, url: string, init: RequestInit): Promise<Response> {
    const path = new URL(url).pathname.slice(API_PREFIX.length);
    init.signal?.throwIfAborted();
    const bytes =
      typeof init.body === 'string'
        ? new TextEncoder().encode(init.body)
        : (init.body as Uint8Array | undefined);
    const json = typeof init.body === 'string' ? (JSON.parse(init.body) as Body) : {};
    const keys = path === '/state' ? (json.keys ?? []).length : 0;
    this.requests.push({ method: init.method ?? 'GET', path, bytes: bytes?.length ?? 0, keys });
    const token = new Headers(init.headers).get('authorization')?.slice('Bearer '.length);
    const person = token === undefined ? undefined : this.#sessions.get(token);
    if (path === '/session/challenge') return this.#challenge(json);
    if (path === '/session') return init.method === 'DELETE' ? this.#leave(token) : this.#enter(node, json);
    if (path === '/transactions') {
      const profile = fromBase64Url(json.profile ?? '');
      if (profile.length > 0) this.blocks.set(linkOf('raw', profile).toString(), profile);
      return this.#submit(json.transaction ?? '', person);
    }
    if (path === '/head') return this.#head();
    if (path === '/status') return answer(statusOf(this, toHex(node.id)));
    if (path === '/changes') return answer({ changes: this.tampering.changes?.() ?? this.changesFrom() });
    if (path === '/institutions') return this.#institutions();
    if (path === '/genesis') return answer({ genesis: toBase64Url(this.genesisBytes) });
    if (!person) return refusal(401, 'unauthorized');
    if (path === '/state') return this.#state(json.keys ?? []);
    if (path.startsWith('/chain/')) return answer({ blocks: this.#blocksFrom(Number(path.slice(7)), 3) });
    if (path.startsWith('/ledger/')) return answer(this.#blocksFrom(Number(path.slice(8)), 1)[0] ?? {});
    const account = readPerson((key) => this.state.get(key), person);
    if (account?.status !== 'active') return refusal(403, 'forbidden');
    if (path === '/store') return this.#store(bytes ?? new Uint8Array());
    if (path.startsWith('/store/')) return this.#block(path.slice('/store/'.length));
    if (path === '/receipts') return this.#receipts(json);
    if (path === '/conversions') return await this.#proxies.conversions(json, person);
    if (path === '/identity/key') return this.identity.key(node);
    if (path === '/identity/evaluations') return await this.identity.evaluate(node, json, person);
    if (path === '/releases') return await this.#proxies.releases(json, person);
    return refusal(404, 'not-found');
  }

  #challenge(json: Body): Response {
    const challenge = this.backend.random(32);
    this.#challenges.set(json.person ?? '', challenge);
    return answer({ challenge: toBase64Url(challenge), expiresAtMs: this.timeMs + 60_000 });
  }

  #enter(node: NodeKeys, json: Body): Response {
    const name = json.person ?? '';
    const account = readPerson((key) => this.state.get(key), fromHex(name));
    const challenge = this.#challenges.get(name);
    if (!account || !challenge) return refusal(401, 'unauthorized');
    const message = concatBytes(this.chainId, node.id, fromHex(name), challenge);
    const signature = fromBase64Url(json.signature ?? '');
    if (!verifyTagged(this.backend, DOMAIN.session, message, signature, account.keys.sign)) {
      return refusal(401, 'unauthorized');
    }
    const token = toBase64Url(this.backend.random(32));
    this.#sessions.set(token, fromHex(name));
    return answer({ token, expiresAtMs: this.timeMs + 900_000 });
  }

  #leave(token: string | undefined): Response {
    this.#sessions.delete(token ?? '');
    return new Response(null, { status: 204 });
  }

  #submit(text: string, person: Uint8Array | undefined): Response {
    const wire = fromBase64Url(text);
    const { transaction, hash } = decodeTransaction(wire);
    if (
      transaction.kind !== 'person.register' &&
      toHex(person ?? new Uint8Array()) !== toHex(transaction.sender)
    ) {
      return refusal(401, 'unauthorized');
    }
    if (this.tampering.isStopped) return refusal(503, 'no-quorum');
    const refused = this.tampering.swallows ? undefined : this.commit([wire]);
    if (refused) this.refusals.push(refused.code);
    if (refused) return refusal(422, 'refused-by-ledger', { refusal: refused.code });
    const submitted = { hash: toHex(hash), height: this.height };
    return answer(this.tampering.submitted?.(submitted) ?? submitted);
  }

  #head(): Response {
    const head = this.tampering.head?.() ?? this.heads.at(-1);
    if (!head) return refusal(404, 'not-found');
    return answer(headAnswer(head));
  }

  #institutions(): Response {
    const head = this.heads.at(-1);
    if (!head) return refusal(503, 'unavailable');
    const found = institutionsIn((key) => this.state.get(key));
    const { institutions, admissions } = this.tampering.institutions?.(found) ?? found;
    const proof = this.state.prove(rosterKeys(institutions, admissions));
    const hints = { institutions: institutions.map(toHex), admissions: admissions.map(toHex) };
    return answer({ ...headAnswer(head), proof: toBase64Url(proof), ...hints });
  }

  #state(keys: readonly string[]): Response {
    const head = this.heads.at(-1);
    if (!head) return refusal(503, 'unavailable');
    if (keys.length > STATE_KEYS_MAX) return refusal(400, 'malformed');
    const wanted = keys.map(fromHex);
    const honest = { ...head, proof: this.state.prove(wanted) };
    const { header, certificate, proof } = this.tampering.state?.(honest, wanted) ?? honest;
    return answer({ ...headAnswer({ header, certificate }), proof: toBase64Url(proof) });
  }

  #store(bytes: Uint8Array): Response {
    if (bytes.length > STORE_REQUEST_BYTES_MAX) return refusal(413, 'too-large');
    const { blocks } = decode(bytes, STORE_REQUEST_BYTES_MAX) as {
      blocks: { codec: 'raw' | 'dag-cbor'; bytes: Uint8Array }[];
    };
    const cids = blocks.map((block) => {
      const cid = linkOf(block.codec, block.bytes).toString();
      this.blocks.set(cid, block.bytes);
      return cid;
    });
    return answer({ cids: this.tampering.stored?.(cids) ?? cids });
  }

  #block(cid: string): Response {
    const bytes = this.blocks.get(cid);
    if (!bytes) return refusal(404, 'block-unavailable');
    return new Response((this.tampering.block?.(bytes, cid) ?? bytes) as BodyInit);
  }

  #receipts(json: Body): Response {
    const headers = (json.headers ?? []).map(parseLink);
    return receiptsAnswer(this, fromHex(json.patient ?? ''), headers, this.members().slice(0, 3));
  }

  #blocksFrom(height: number, count: number): { block: string; certificate: string }[] {
    return this.chain.slice(height - 1, height - 1 + count).map((each) => {
      const { block, certificate } = this.tampering.ledger?.(each) ?? each;
      return { block: toBase64Url(block), certificate: toBase64Url(certificate) };
    });
  }
}
