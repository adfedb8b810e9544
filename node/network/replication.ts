import type { CID } from '#crypto';
import { placement } from '#storage';
import { abortCause } from './frame-stream.ts';
import { NetworkError } from './network-error.ts';
import type { Network, NetworkLogger, NodeId } from './network.ts';
import { walkRecords } from './record-dag.ts';
import type { RecordDag } from './record-dag.ts';
import { ReplicaHolder } from './replica-holder.ts';
import type { ReplicaHolderInit } from './replica-holder.ts';
import {
  decodeReplicaAnswer,
  encodeReplicaRequest,
  RECEIPT_HEADERS_MAX,
  REPLICA_ANSWER_BYTES_MAX,
  REPLICA_LINKS_MAX,
  REPLICA_PROTOCOL,
  REPLICA_REQUEST_BYTES_MAX,
  STORE_BLOCKS_MAX,
  STORE_BYTES_MAX,
} from './replica-messages.ts';
import type { ReplicaAnswer, ReplicaBlock, ReplicaRequest } from './replica-messages.ts';
import { gatherReceipts, STRAGGLER_MS } from './receipt-gathering.ts';
import type { Receipt } from './receipt-gathering.ts';

/** Copies of a record in a net of `nodes` members: three, or f+1 where that is more, but never more than there are. */
export function replicaCount(nodes: number): number {
  return Math.min(nodes, Math.max(3, faultBound(nodes) + 1));
}

/** Receipts without which nothing is acknowledged: f+1, so that one of the signers is honest. */
export function receiptsNeeded(nodes: number): number {
  return faultBound(nodes) + 1;
}

/** What a holder may take for one request, and for all the requests of one batch of records. */
const HOLDER_REQUEST_MS_MAX = 30_000;
const HOLDER_MS_MAX = 600_000;
const CONCURRENT_MAX = 32;
/** A holder whose copy turns out damaged is given the missing blocks this many times. */
const STORE_ROUNDS_MAX = 3;

export interface ReplicationInit extends ReplicaHolderInit {
  readonly network: Network;
  readonly self: NodeId;
  /** Ids of all members, self included. */
  readonly nodes: () => readonly NodeId[];
  /** Whether `signature` is that node's over the stored hash; a holder whose receipt is bad is replaced. */
  readonly verifyReceipt: (node: NodeId, storedHash: Uint8Array, signature: Uint8Array) => boolean;
  /** How long holders are waited for once `receiptsNeeded` have signed; default 2 s. */
  readonly stragglerMs?: number;
  readonly logger: NetworkLogger;
}

export interface Replication {
  /**
   * Brings the records to their holders and collects what these sign.
   *
   * Holders are the first `replicaCount` nodes of the placement of the stored hash, this node among them when placed;
   * one that fails is replaced by the next. Once `receiptsNeeded` have signed, stragglers get two seconds more and then
   * finish in the background.
   *
   * @returns between `receiptsNeeded` and `replicaCount` verified receipts, each of another node
   * @throws NetworkError `not-enough-holders` (facts `given`, `needed`) | `block-unavailable` | `malformed` | `aborted`
   */
  collectReceipts(
    args: { patient: Uint8Array; headers: readonly CID[] },
    options: { signal: AbortSignal },
  ): Promise<Receipt[]>;
  /**
   * Brings small sealed blocks that a transaction links to every member in reach, before the transaction goes out:
   * what the ledger names must not hang on one disk.
   *
   * @returns when `receiptsNeeded` nodes hold all of them, this one included; the others finish in the background
   * @throws NetworkError `not-enough-holders` | `block-unavailable` | `aborted`
   */
  spread(cids: readonly CID[], options: { signal: AbortSignal }): Promise<void>;
}

class RecordReplication implements Replication {
  readonly #init: ReplicationInit;
  readonly #holder: ReplicaHolder;

  constructor(init: ReplicationInit) {
    this.#init = init;
    this.#holder = new ReplicaHolder(init);
    init.network.handle(REPLICA_PROTOCOL, async (_from, bytes) => this.#holder.answer(bytes), {
      requestBytesMax: REPLICA_REQUEST_BYTES_MAX,
      responseBytesMax: REPLICA_ANSWER_BYTES_MAX,
      concurrentMax: CONCURRENT_MAX,
      timeoutMs: HOLDER_REQUEST_MS_MAX,
    });
  }

  async collectReceipts(
    args: { patient: Uint8Array; headers: readonly CID[] },
    options: { signal: AbortSignal },
  ): Promise<Receipt[]> {
    const { headers, patient } = args;
    if (headers.length === 0 || headers.length > RECEIPT_HEADERS_MAX) throw new NetworkError('malformed');
    const nodes = this.#init.nodes();
    const { cids, records } = await this.#gatherBlocks(patient, headers, options.signal);
    const storedHash = this.#init.storedHashOf(this.#init.chainId, patient, records);
    return gatherReceipts({
      candidates: this.#candidates(storedHash, nodes),
      wanted: replicaCount(nodes.length),
      needed: receiptsNeeded(nodes.length),
      stragglerMs: this.#init.stragglerMs ?? STRAGGLER_MS,
      signal: options.signal,
      logger: this.#init.logger,
      ask: async (node) => this.#receiptOf(node, { patient, headers, cids, storedHash }),
    });
  }

  async spread(cids: readonly CID[], { signal }: { signal: AbortSignal }): Promise<void> {
    const { network, logger } = this.#init;
    for (const cid of cids) {
      if (!(await network.blocks.has(cid)))
        await network.blocks.put(cid, await network.blocks.get(cid, { signal }));
    }
    const ours = new Set(cids.map(String));
    const needed = receiptsNeeded(this.#init.nodes().length) - 1;
    await enough(network.connected(), needed, signal, async (node) => {
      // Not tied to the caller: a copy under way is finished even when the caller has gone on.
      const own = AbortSignal.timeout(HOLDER_MS_MAX);
      try {
        const answer = await this.#ask(node, { kind: 'have', cids }, own);
        if (answer.kind === 'missing') await this.#push(node, answer.cids, ours, own);
      } catch (error) {
        logger.warn(
          { peer: keyOf(node), error: error instanceof NetworkError ? error.code : 'unknown' },
          'not-spread',
        );
        throw error;
      }
    });
  }

  /** Placement order, with nodes that are out of reach at the end: they are tried last, not waited for. */
  #candidates(storedHash: Uint8Array, nodes: readonly NodeId[]): NodeId[] {
    const { network, self } = this.#init;
    const near = new Set([self, ...network.connected()].map(keyOf));
    const order = placement(storedHash, nodes, nodes.length);
    return [
      ...order.filter((node) => near.has(keyOf(node))),
      ...order.filter((node) => !near.has(keyOf(node))),
    ];
  }

  /** Every block of the records, present here afterwards: what is missing or damaged is fetched. */
  async #gatherBlocks(
    patient: Uint8Array,
    headers: readonly CID[],
    signal: AbortSignal,
  ): Promise<Pick<RecordDag, 'records'> & { cids: CID[] }> {
    const { recordOf, network } = this.#init;
    const { present, records } = await walkRecords(headers, patient, recordOf, async (cid) =>
      network.blocks.get(cid, { signal }),
    );
    if (present.size > REPLICA_LINKS_MAX) {
      throw new NetworkError('frame-too-large', {
        facts: { blocks: present.size, blocksMax: REPLICA_LINKS_MAX },
      });
    }
    return { cids: [...present.values()], records };
  }

  async #receiptOf(
    node: NodeId,
    job: { patient: Uint8Array; headers: readonly CID[]; cids: readonly CID[]; storedHash: Uint8Array },
  ): Promise<Receipt> {
    const { chainId, self, verifyReceipt } = this.#init;
    const { headers, patient } = job;
    // Not tied to the caller: a copy under way is finished even when the caller has enough receipts or gave up.
    const signal = AbortSignal.timeout(HOLDER_MS_MAX);
    const isSelf = keyOf(node) === keyOf(self);
    let answer: ReplicaAnswer = isSelf
      ? await this.#holder.receipt(patient, headers)
      : await this.#ask(node, { kind: 'have', cids: job.cids }, signal);
    for (let round = 0; !isSelf && answer.kind === 'missing' && round < STORE_ROUNDS_MAX; round += 1) {
      await this.#push(node, answer.cids, new Set(job.cids.map(String)), signal);
      answer = await this.#ask(node, { kind: 'receipt', chainId, patient, headers }, signal);
    }
    if (answer.kind === 'missing')
      throw new NetworkError('receipt-refused', { facts: { missing: answer.cids.length } });
    if (!verifyReceipt(node, job.storedHash, answer.signature)) throw new NetworkError('receipt-refused');
    return { node, signature: answer.signature };
  }

  /** Sends the blocks that the holder lacks, of those that belong to the records: it cannot ask for others this way. */
  async #push(
    node: NodeId,
    lacking: readonly CID[],
    ours: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    let batch: ReplicaBlock[] = [];
    let bytes = 0;
    for (const cid of lacking) {
      if (!ours.has(cid.toString())) throw new NetworkError('receipt-refused');
      const block = { cid, bytes: await this.#init.network.blocks.get(cid, { signal }) };
      if (batch.length === STORE_BLOCKS_MAX || bytes + block.bytes.byteLength > STORE_BYTES_MAX) {
        await this.#ask(node, { kind: 'store', blocks: batch }, signal);
        batch = [];
        bytes = 0;
      }
      batch.push(block);
      bytes += block.bytes.byteLength;
    }
    if (batch.length > 0) await this.#ask(node, { kind: 'store', blocks: batch }, signal);
  }

  async #ask(node: NodeId, request: ReplicaRequest, signal: AbortSignal): Promise<ReplicaAnswer> {
    const answer = await this.#init.network.request(node, REPLICA_PROTOCOL, encodeReplicaRequest(request), {
      bytesMax: REPLICA_ANSWER_BYTES_MAX,
      timeoutMs: HOLDER_REQUEST_MS_MAX,
      signal,
    });
    return decodeReplicaAnswer(answer);
  }
}

/** Registers the replica protocol on `network` and returns the uploading side. Call before `network.start`. */
export function createReplication(init: ReplicationInit): Replication {
  return new RecordReplication(init);
}

/** Works on all at once and resolves when `needed` succeeded. @throws NetworkError `not-enough-holders` | `aborted` */
async function enough(
  nodes: readonly NodeId[],
  needed: number,
  signal: AbortSignal,
  work: (node: NodeId) => Promise<void>,
): Promise<void> {
  if (needed <= 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let given = 0;
  const works = nodes.map(async (node) => {
    await work(node).then(
      () => {
        given += 1;
        if (given >= needed) resolve();
      },
      () => undefined,
    );
  });
  void Promise.all(works).then(() =>
    reject(new NetworkError('not-enough-holders', { facts: { given, needed } })),
  );
  const onAbort = (): void => reject(abortCause(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function faultBound(nodes: number): number {
  return Math.floor((nodes - 1) / 3);
}

function keyOf(node: NodeId): string {
  return Buffer.from(node).toString('hex');
}
