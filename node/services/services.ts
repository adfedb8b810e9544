import type { CID } from '#crypto';
import type { SetChange } from '#consensus/ledger';
import type { BlockEvent, NodeStatus, ReleaseRequest } from '#node/client';
import type { RecordedRefusal } from '#node/proxy';

/**
 * What a node offers to its dashboard and API. The dashboard knows nothing else of the node.
 *
 * Failures are `ServiceError`s with a documented code (docs/ERRORS.md); the API turns them into answers.
 */
export interface NodeServices {
  readonly nodeId: Uint8Array;
  readonly chainId: Uint8Array;
  status(): NodeStatus;
  /** Canonical genesis bytes. */
  genesis(): Uint8Array;
  /** The newest certified header; undefined before the first block. */
  head(): CertifiedHead | undefined;
  /** Changes of the validators since the genesis, oldest first. */
  changes(): readonly SetChange[];
  onEvent(listener: (event: ServiceEvent) => void): () => void;
  /** Resolves when the transaction is in a committed block that is durable on this node. */
  submit(
    transaction: Uint8Array,
    options: { signal: AbortSignal },
  ): Promise<{ hash: Uint8Array; height: number }>;
  /**
   * The sender and kind of a transaction, decoded but not verified, and the link of the profile that a registration
   * names; throws ServiceError when malformed.
   */
  describe(transaction: Uint8Array): { sender: Uint8Array; kind: string; profile?: string };
  /** Values and absences of state keys, proven against a certified header. */
  read(keys: Uint8Array[]): CertifiedHead & { proof: Uint8Array };
  /** Every institution that ever belonged, the proposals that admitted some, and what proves both. */
  institutions(): CertifiedHead & { proof: Uint8Array; institutions: Uint8Array[]; admissions: Uint8Array[] };
  ledgerBlock(height: number): { block: Uint8Array; certificate: Uint8Array } | undefined;
  /** Who an id is at the newest height: a person, or an enrolled device. */
  account(id: Uint8Array): Account | undefined;
  /**
   * Stores blocks durably; `person` answers for them until a committed transaction names them.
   * @throws ServiceError `storage-full`, `quota-reached`, `forbidden` for what was erased
   */
  putBlocks(blocks: { codec: 'raw' | 'dag-cbor'; bytes: Uint8Array }[], person?: Uint8Array): Promise<CID[]>;
  getBlock(cid: CID, options: { signal: AbortSignal }): Promise<Uint8Array>;
  receipts(
    args: { patient: Uint8Array; headers: CID[] },
    options: { signal: AbortSignal },
  ): Promise<StorageReceipt[]>;
  /** Asks the grant's proxies, but for those of `without`, to convert the items of a committed access request. */
  conversions(
    args: { access: Uint8Array; requester: Uint8Array; without: readonly Uint8Array[] },
    options: { signal: AbortSignal },
  ): Promise<Conversions>;
  /** This node's key for identities, as an administrator publishes it. */
  identityKey(): IdentityKeyStatement;
  /** Puts blinded identities of an open application to every institution. */
  identities(
    args: { applicant: Uint8Array; blinded: readonly Uint8Array[]; requester: Uint8Array },
    options: { signal: AbortSignal },
  ): Promise<IdentityAnswers>;
  /** Asks the institutions for their parts of a shared key, sealed to the requester, but for those of `without`. */
  releases(
    args: { request: ReleaseRequest; requester: Uint8Array; without: readonly Uint8Array[] },
    options: { signal: AbortSignal },
  ): Promise<Conversions>;
  /** What this node's own proxy refused: all for an auditor, else what is about the reader. */
  refusals(reader: { id: Uint8Array; role: string }): RecordedRefusal[];
  /** What was backed up of this node. @throws ServiceError `forbidden` unless an administrator of its institution asks */
  backups(reader: { id: Uint8Array; role: string; home: Uint8Array }): RecordedBackup[];
}

/** One backup as the node's directory remembers it. */
export interface RecordedBackup {
  createdAtMs: number;
  height: number;
  bytes: number;
  verifiedAtMs: number | null;
  isWhole: boolean | null;
}

export interface CertifiedHead {
  header: Uint8Array;
  certificate: Uint8Array;
}

export interface Account {
  id: Uint8Array;
  kind: 'person' | 'device';
  role: string;
  state: 'pending' | 'active' | 'refused' | 'suspended' | 'revoked';
  home: Uint8Array;
  signPublicKey: Uint8Array;
}

export interface StorageReceipt {
  node: Uint8Array;
  signature: Uint8Array;
}

export interface Conversions {
  answers: Uint8Array[];
  refusals: { node: Uint8Array; code: string }[];
}

export interface IdentityKeyStatement {
  publicKey: Uint8Array;
  signature: Uint8Array;
}

export interface IdentityAnswers {
  answers: { node: Uint8Array; evaluated: readonly Uint8Array[]; proof: Uint8Array }[];
  refusals: { node: Uint8Array; code: string }[];
}

export type ServiceEvent =
  | { kind: 'block'; block: BlockEvent }
  | { kind: 'status'; status: NodeStatus }
  | { kind: 'peer'; node: Uint8Array; state: 'up' | 'down' };

/** Every code a service can refuse with; each has its text in node/services/error-texts.ts. */
export const SERVICE_ERROR_CODES = [
  'malformed',
  'too-large',
  'unauthorized',
  'forbidden',
  'not-found',
  'rate-limited',
  'refused-by-ledger',
  'no-quorum',
  'not-committed-in-time',
  'mempool-full',
  'storage-full',
  'quota-reached',
  'not-enough-holders',
  'block-unavailable',
  'not-enough-proxies',
  'unavailable',
  'internal',
] as const;
export type ServiceErrorCode = (typeof SERVICE_ERROR_CODES)[number];

export type Facts = Record<string, string | number | boolean | null>;

/** A refusal or failure of a service. `facts` never hold plaintext, keys, keywords or names. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ServiceErrorCode;
  readonly facts: Facts;
  constructor(code: ServiceErrorCode, facts: Facts = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.facts = facts;
  }
}
