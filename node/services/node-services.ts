import { createHash } from 'node:crypto';
import { equalBytes, linkOfDigest, toHex } from '#crypto';
import type { CID } from '#crypto';
import {
  CONSORTIUM,
  decodeTransaction,
  hashTransaction,
  readCount,
  readItem,
  readPerson,
  readProposal,
} from '#consensus/ledger';
import type { DecodedTransaction, Refusal } from '#consensus/ledger';
import { rosterKeys } from '#node/client';
import type { NodeStatus } from '#node/client';
import type { Network } from '#node/network';
import { attachmentsOf } from '#node/runtime';
import type { BlockRetention, LedgerApplication, TransactionRelay, UnfinishedBlocks } from '#node/runtime';
import { StorageError } from '#storage';
import type { DiskSpace, LedgerStore } from '#storage';
import { collectConversions, collectReleases } from './conversions.ts';
import type { ConversionsInit } from './conversions.ts';
import { collectIdentities } from './identity.ts';
import type { IdentityOracle } from './identity-oracle.ts';
import { ServiceError } from './services.ts';
import type {
  Account,
  IdentityKeyStatement,
  NodeServices,
  RecordedBackup,
  ServiceEvent,
  StorageReceipt,
} from './services.ts';

export interface NodeServicesInit extends Omit<ConversionsInit, 'request' | 'state'> {
  identityKey: IdentityKeyStatement;
  backups: () => RecordedBackup[];
  oracle: IdentityOracle;
  institutions(): readonly Uint8Array[];
  chainId: Uint8Array;
  /** The longest that a submission waits for its block. */
  submitTimeoutMs: number;
  genesis: Uint8Array;
  application: LedgerApplication;
  relay: TransactionRelay;
  store: LedgerStore;
  retention: Pick<BlockRetention, 'seen'>;
  unfinished: Pick<UnfinishedBlocks, 'stage'>;
  disk: Pick<DiskSpace, 'require'>;
  network: Network;
  status(): NodeStatus;
  /** False when so few validators are in reach that nothing can commit. */
  quorumInReach(): boolean;
  subscribe(listener: (event: ServiceEvent) => void): () => void;
  collectReceipts(
    args: { patient: Uint8Array; headers: CID[] },
    options: { signal: AbortSignal },
  ): Promise<StorageReceipt[]>;
  /** Brings blocks to f+1 nodes. */
  spread(cids: readonly CID[], options: { signal: AbortSignal }): Promise<void>;
}

/** The services of a running node, over its parts. */
export function createNodeServices(init: NodeServicesInit): NodeServices {
  const { application, network, store } = init;
  const get = (key: Uint8Array): Uint8Array | undefined => application.state.get(key);
  const holders: ConversionsInit = {
    ...init,
    state: () => application.state,
    request: (node, protocol, bytes, options) => network.request(node, protocol, bytes, options),
  };
  return {
    nodeId: init.nodeId,
    chainId: init.chainId,
    status: () => init.status(),
    genesis: () => init.genesis,
    head: () => application.certifiedHead(),
    changes: () => application.changes(),
    onEvent: (listener) => init.subscribe(listener),
    describe: (transaction) => {
      const { sender, kind, body } = decoded(transaction).transaction;
      const profile = kind === 'person.register' ? body.profile : null;
      return profile === null ? { sender, kind } : { sender, kind, profile: String(profile) };
    },
    submit: (transaction, { signal }) => submit(init, transaction, signal),
    read: (keys) => readProven(application, keys),
    institutions: () => {
      const { institutions, admissions } = institutionsIn(get);
      return { ...readProven(application, rosterKeys(institutions, admissions)), institutions, admissions };
    },
    ledgerBlock: (height) => store.blockAt(height),
    account: (id) => accountOf(get, id),
    putBlocks: async (blocks, person) => {
      const addressed = blocks.map(({ codec, bytes }) => ({ cid: addressOf(codec, bytes), bytes }));
      await admitBlocks(init, addressed, person);
      // All at once: the store makes durable together what comes together.
      await Promise.all(addressed.map(({ cid, bytes }) => keep(network, cid, bytes)));
      return addressed.map(({ cid }) => cid);
    },
    getBlock: async (cid, { signal }) => {
      try {
        const bytes = await network.blocks.get(cid, { signal });
        await init.retention.seen(cid);
        return bytes;
      } catch (cause) {
        throw new ServiceError('block-unavailable', {}, { cause });
      }
    },
    receipts: async (args, { signal }) => {
      try {
        return await init.collectReceipts(args, { signal });
      } catch (cause) {
        throw new ServiceError('not-enough-holders', {}, { cause });
      }
    },
    refusals: (reader) => init.proxy.refusals(reader),
    backups: ({ role, home }) => {
      if (role !== 'administrator' || !equalBytes(home, init.nodeId)) throw new ServiceError('forbidden');
      return init.backups();
    },
    identityKey: () => init.identityKey,
    identities: (args, { signal }) => collectIdentities({ ...init, ...holders }, args, signal),
    conversions: (args, { signal }) => collectConversions(holders, args, signal),
    releases: (args, { signal }) => collectReleases(holders, args, signal),
  };
}

/** @throws ServiceError `unavailable` before the first block */
function readProven(application: LedgerApplication, keys: Uint8Array[]): ReturnType<NodeServices['read']> {
  const head = application.certifiedHead();
  if (head === undefined) throw new ServiceError('unavailable', { reason: 'no-certified-block-yet' });
  return { header: head.header, certificate: head.certificate, proof: application.state.prove(keys) };
}

/** Ids of every institution that ever belonged, in order of share index, and of the proposals that admitted some. */
export function institutionsIn(get: (key: Uint8Array) => Uint8Array | undefined): {
  institutions: Uint8Array[];
  admissions: Uint8Array[];
} {
  const all = (list: 'institutions' | 'proposals'): Uint8Array[] =>
    Array.from({ length: readCount(get, list, CONSORTIUM) }, (_, i) =>
      readItem(get, list, CONSORTIUM, i),
    ).filter((id) => id !== undefined);
  const admissions = all('proposals').filter((id) => {
    const proposal = readProposal(get, id);
    return proposal?.kind === 'admit' && proposal.status === 'decided';
  });
  return { institutions: all('institutions'), admissions };
}

/** In native code: a block of a megabyte must not hold up the agreement. */
const addressOf = (codec: 'raw' | 'dag-cbor', bytes: Uint8Array): CID =>
  linkOfDigest(codec, new Uint8Array(createHash('sha256').update(bytes).digest()));

/** @throws ServiceError `storage-full`, `quota-reached` */
async function admitBlocks(
  { disk, unfinished }: NodeServicesInit,
  blocks: readonly { cid: CID; bytes: Uint8Array }[],
  person: Uint8Array | undefined,
): Promise<void> {
  try {
    await disk.require(blocks.reduce((sum, { bytes }) => sum + bytes.length, 0));
  } catch (cause) {
    throw storageFailure(cause);
  }
  if (!unfinished.stage(blocks, person)) throw new ServiceError('quota-reached');
}

/** @throws ServiceError `storage-full`, and `forbidden` for what was erased: it does not come back */
async function keep(network: Network, cid: CID, bytes: Uint8Array): Promise<void> {
  try {
    await network.blocks.put(cid, bytes);
  } catch (cause) {
    throw storageFailure(cause);
  }
}

function storageFailure(cause: unknown): unknown {
  if (!(cause instanceof StorageError)) return cause;
  if (cause.code === 'disk-full') return new ServiceError('storage-full', {}, { cause });
  if (cause.code === 'block-erased') return new ServiceError('forbidden', { reason: cause.code }, { cause });
  return cause;
}

function decoded(wire: Uint8Array): DecodedTransaction {
  try {
    return decodeTransaction(wire);
  } catch (cause) {
    throw new ServiceError('malformed', { part: 'transaction' }, { cause });
  }
}

async function submit(
  init: NodeServicesInit,
  transaction: Uint8Array,
  signal: AbortSignal,
): Promise<{ hash: Uint8Array; height: number }> {
  const hash = hashTransaction(transaction);
  const committed = init.store.findTransaction(hash);
  if (committed !== undefined) return { hash, height: committed.height };
  if (!init.quorumInReach()) throw new ServiceError('no-quorum', { transaction: toHex(hash) });
  await spreadAttachments(init, transaction, signal);
  const over = new AbortController();
  const patience = AbortSignal.any([signal, over.signal, AbortSignal.timeout(init.submitTimeoutMs)]);
  // The wait begins before the transaction is in, or a quick block would be missed.
  const settlement = init.application.mempool.wait(hash, patience);
  const admission = init.relay.submit(transaction);
  if (admission.kind !== 'new' && admission.kind !== 'known') {
    over.abort();
    if (admission.kind === 'refused') throw refused(admission.refusal);
    if (admission.kind === 'full') throw new ServiceError('mempool-full');
    throw new ServiceError('malformed', { part: 'transaction' });
  }
  const outcome = await settlement;
  if (outcome.kind === 'refused') throw refused(outcome.refusal);
  if (outcome.kind === 'given-up')
    throw new ServiceError('not-committed-in-time', { transaction: toHex(hash) });
  return { hash, height: outcome.height };
}

/** What the transaction links is on f+1 nodes before it goes out: a committed grant must not hang on one disk. */
async function spreadAttachments(
  init: NodeServicesInit,
  transaction: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const attachments = attachmentsOf(decoded(transaction).transaction);
  if (attachments.length === 0) return;
  try {
    await init.spread(attachments, { signal });
  } catch (cause) {
    throw new ServiceError('not-enough-holders', {}, { cause });
  }
}

function refused(refusal: Refusal): ServiceError {
  return new ServiceError('refused-by-ledger', { refusal: refusal.code, ...refusal.facts });
}

function accountOf(get: (key: Uint8Array) => Uint8Array | undefined, id: Uint8Array): Account | undefined {
  const person = readPerson(get, id);
  if (person === undefined) return undefined;
  return {
    id: person.id,
    kind: person.role === 'device' ? 'device' : 'person',
    role: person.role,
    state: person.status,
    home: person.home,
    signPublicKey: person.keys.sign,
  };
}
