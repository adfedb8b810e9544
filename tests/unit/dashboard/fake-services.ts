import { linkOf, nobleBackend, sha256, utf8 } from '#crypto';
import type { CID } from '#crypto';
import type { BlockEvent, NodeStatus } from '#node/client';
import type { RecordedRefusal } from '#node/proxy';
import { ServiceError } from '#node/services';
import type {
  Account,
  CertifiedHead,
  IdentityAnswers,
  NodeServices,
  RecordedBackup,
  ServiceEvent,
} from '#node/services';

export interface Person {
  id: Uint8Array;
  secretKey: Uint8Array;
  publicKey: Uint8Array;
}

export const backend = nobleBackend;

export function idOf(name: string): Uint8Array {
  return sha256(utf8(name));
}

export function hexOf(name: string): string {
  return Buffer.from(idOf(name)).toString('hex');
}

export function personOf(name: string): Person {
  const keys = backend.signatures.keyPair(sha256(utf8(`seed ${name}`)));
  return { id: idOf(name), ...keys };
}

const INSTITUTIONS = ['North Hospital', 'East Clinic', 'South University Hospital', 'West Laboratory'];

/** A node of four institutions that tests lead through its states; records nothing but what it was asked. */
export class FakeServices implements NodeServices {
  readonly nodeId = idOf('node');
  readonly chainId = idOf('chain');
  readonly accounts = new Map<string, Account>();
  readonly calls: { name: string; args: unknown }[] = [];
  readonly blocks = new Map<string, Uint8Array>();
  /** Thrown by every service that does work, when set. */
  failure: Error | undefined;
  /** `submit` waits for this before it answers. */
  commit: Promise<void> = Promise.resolve();
  current: NodeStatus;
  #listeners = new Set<(event: ServiceEvent) => void>();

  changes(): [] {
    return [];
  }

  institutions(): ReturnType<NodeServices['institutions']> {
    return { ...this.read([]), institutions: [idOf('node')], admissions: [] };
  }

  constructor() {
    this.current = this.statusWith(4);
  }

  /** A status in which `reachable` institutions, this one included, are in reach. */
  statusWith(reachable: number, more: Partial<NodeStatus> = {}): NodeStatus {
    return {
      node: hexOf('node'),
      name: 'North Hospital',
      version: '0.1.0',
      chainId: hexOf('chain'),
      network: 'clinic-demo',
      devnet: true,
      height: 128,
      hash: hexOf('block 128'),
      stateRoot: hexOf('state 128'),
      timeMs: Date.UTC(2026, 10, 22, 12, 5, 7),
      round: 0,
      phase: 'idle',
      condition: reachable >= 3 ? 'working' : 'stopped',
      quorum: 3,
      reachable,
      validators: INSTITUTIONS.map((name, index) => ({
        id: hexOf(name),
        name,
        self: index === 0,
        connected: index > 0 && index < reachable,
        height: index < reachable ? 128 : 121,
      })),
      mempool: 2,
      startedAtMs: Date.UTC(2026, 10, 22, 8, 0, 0),
      ...more,
    };
  }

  addAccount(person: Person, state: Account['state'] = 'active', more: Partial<Account> = {}): void {
    this.accounts.set(Buffer.from(person.id).toString('hex'), {
      id: person.id,
      kind: 'person',
      role: 'patient',
      state,
      home: idOf('North Hospital'),
      signPublicKey: person.publicKey,
      ...more,
    });
  }

  emit(event: ServiceEvent): void {
    if (event.kind === 'status') this.current = event.status;
    for (const listener of this.#listeners) listener(event);
  }

  blockEvent(height: number, more: Partial<BlockEvent> = {}): BlockEvent {
    return {
      height,
      hash: hexOf(`block ${height}`),
      timeMs: Date.UTC(2026, 10, 22, 12, 0, 0) + height * 2_400,
      round: 0,
      proposer: hexOf(INSTITUTIONS[height % 4] ?? ''),
      transactions: 1 + (height % 5),
      signers: 3 + (height % 2),
      ...more,
    };
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  status(): NodeStatus {
    return this.current;
  }

  genesis(): Uint8Array {
    return utf8('genesis');
  }

  head(): CertifiedHead | undefined {
    this.#note('head', undefined);
    return { header: utf8('header'), certificate: utf8('certificate') };
  }

  onEvent(listener: (event: ServiceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async submit(transaction: Uint8Array): Promise<{ hash: Uint8Array; height: number }> {
    this.#note('submit', transaction);
    await this.commit;
    return { hash: sha256(transaction), height: 129 };
  }

  /** In this fake a transaction is `kind|name of the sender`. */
  describe(transaction: Uint8Array): { sender: Uint8Array; kind: string } {
    const [kind, sender] = Buffer.from(transaction).toString().split('|');
    if (kind === undefined || sender === undefined)
      throw new ServiceError('malformed', { field: 'transaction' });
    return { sender: idOf(sender), kind };
  }

  read(keys: Uint8Array[]): CertifiedHead & { proof: Uint8Array } {
    this.#note('read', keys);
    return { header: utf8('header'), certificate: utf8('certificate'), proof: utf8('proof') };
  }

  ledgerBlock(height: number): { block: Uint8Array; certificate: Uint8Array } | undefined {
    this.#note('ledgerBlock', height);
    return height <= 128 ? { block: utf8('block'), certificate: utf8('certificate') } : undefined;
  }

  account(id: Uint8Array): Account | undefined {
    return this.accounts.get(Buffer.from(id).toString('hex'));
  }

  putBlocks(blocks: { codec: 'raw' | 'dag-cbor'; bytes: Uint8Array }[]): Promise<CID[]> {
    this.#note('putBlocks', blocks);
    const cids = blocks.map(({ codec, bytes }) => linkOf(codec, bytes));
    for (const [index, { bytes }] of blocks.entries()) this.blocks.set(String(cids[index]), bytes);
    return Promise.resolve(cids);
  }

  getBlock(cid: CID): Promise<Uint8Array> {
    this.#note('getBlock', String(cid));
    const bytes = this.blocks.get(String(cid));
    if (bytes === undefined) return Promise.reject(new ServiceError('block-unavailable'));
    return Promise.resolve(bytes);
  }

  receipts(args: {
    patient: Uint8Array;
    headers: CID[];
  }): Promise<{ node: Uint8Array; signature: Uint8Array }[]> {
    this.#note('receipts', args);
    return Promise.resolve([{ node: this.nodeId, signature: utf8('signature') }]);
  }

  identityKey(): { publicKey: Uint8Array; signature: Uint8Array } {
    this.#note('identityKey', undefined);
    return { publicKey: this.nodeId, signature: utf8('signature') };
  }

  identities(args: { applicant: Uint8Array; requester: Uint8Array }): Promise<IdentityAnswers> {
    this.#note('identities', args);
    const answer = { node: this.nodeId, evaluated: [this.nodeId], proof: utf8('proof') };
    return Promise.resolve({ answers: [answer], refusals: [] });
  }

  backups(reader: { id: Uint8Array }): RecordedBackup[] {
    this.#note('backups', reader.id);
    return [{ createdAtMs: 1, height: 7, bytes: 9, verifiedAtMs: null, isWhole: null }];
  }

  refusals(reader: { id: Uint8Array }): RecordedRefusal[] {
    this.#note('refusals', reader.id);
    const about = { grant: reader.id, patient: reader.id, delegate: reader.id };
    return [{ access: reader.id, code: 'grant-revoked', about, firstMs: 1, lastMs: 2, count: 3 }];
  }

  conversions(args: {
    access: Uint8Array;
    requester: Uint8Array;
  }): Promise<{ answers: Uint8Array[]; refusals: { node: Uint8Array; code: string }[] }> {
    this.#note('conversions', args);
    return Promise.resolve({
      answers: [utf8('answer')],
      refusals: [{ node: this.nodeId, code: 'unavailable' }],
    });
  }

  releases(args: {
    requester: Uint8Array;
  }): Promise<{ answers: Uint8Array[]; refusals: { node: Uint8Array; code: string }[] }> {
    this.#note('releases', args);
    return Promise.resolve({ answers: [utf8('answer')], refusals: [] });
  }

  #note(name: string, args: unknown): void {
    this.calls.push({ name, args });
    if (this.failure !== undefined) throw this.failure;
  }
}
