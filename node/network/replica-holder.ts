import { equalBytes } from '#crypto';
import type { CID } from '#crypto';
import type { DurableBlockstore } from '#storage';
import { NetworkError } from './network-error.ts';
import { walkRecords } from './record-dag.ts';
import type { RecordDag, RecordOf } from './record-dag.ts';
import { decodeReplicaRequest, encodeReplicaAnswer, REPLICA_LINKS_MAX } from './replica-messages.ts';
import type { ReplicaAnswer } from './replica-messages.ts';

export interface ReplicaHolderInit {
  readonly chainId: Uint8Array;
  readonly blockstore: DurableBlockstore;
  readonly recordOf: RecordOf;
  /** 32 bytes that name chain, patient and the records with their headers; what a receipt is signed over. */
  readonly storedHashOf: (
    chainId: Uint8Array,
    patient: Uint8Array,
    records: RecordDag['records'],
  ) => Uint8Array;
  /** Signs a stored hash with this node's validator key, 64 bytes. */
  readonly signReceipt: (storedHash: Uint8Array) => Uint8Array;
  /** Default: nothing is refused, and nothing is ever deleted behind the back of a receipt. */
  readonly custody?: Custody;
}

/** What becomes of blocks that no committed transaction names yet. */
export interface Custody {
  /** Called before another member's blocks are stored. @throws whatever refuses them */
  take(blocks: readonly { cid: CID; bytes: Uint8Array }[]): Promise<void>;
  /** Called with every block of the records before a receipt is signed; durable on return. */
  promise(cids: readonly CID[]): void;
  /** Nothing is deleted while `run` looks what is here. */
  undisturbed<T>(run: () => Promise<T>): Promise<T>;
}

/** The holder's side of replication: it keeps what members send and signs only for what it has read back whole. */
export class ReplicaHolder {
  readonly #init: ReplicaHolderInit;

  constructor(init: ReplicaHolderInit) {
    this.#init = init;
  }

  /** Answers one request of the replica protocol. @throws NetworkError `malformed` | `refused`; StorageError */
  async answer(bytes: Uint8Array): Promise<Uint8Array> {
    const request = decodeReplicaRequest(bytes);
    switch (request.kind) {
      case 'have':
        return encodeReplicaAnswer({ kind: 'missing', cids: await this.#lacking(request.cids) });
      case 'store':
        await this.#init.custody?.take(request.blocks);
        // The store hashes every block against its CID and returns after the disk has it.
        await Promise.all(
          request.blocks.map(({ cid, bytes: block }) => this.#init.blockstore.put(cid, block)),
        );
        return encodeReplicaAnswer({ kind: 'missing', cids: [] });
      case 'receipt':
        if (!equalBytes(request.chainId, this.#init.chainId)) throw new NetworkError('refused');
        return encodeReplicaAnswer(await this.receipt(request.patient, request.headers));
    }
  }

  /**
   * A receipt for the records, or the blocks that are missing or damaged here.
   * @throws NetworkError `malformed` when a block is no record header of `patient` or no body root
   */
  async receipt(patient: Uint8Array, headers: readonly CID[]): Promise<ReplicaAnswer> {
    const { custody } = this.#init;
    const look = (): Promise<ReplicaAnswer> => this.#receipt(patient, headers);
    return await (custody === undefined ? look() : custody.undisturbed(look));
  }

  async #receipt(patient: Uint8Array, headers: readonly CID[]): Promise<ReplicaAnswer> {
    const { chainId, custody, recordOf, signReceipt, storedHashOf } = this.#init;
    const { missing, present, records } = await walkRecords(headers, patient, recordOf, async (cid) =>
      this.#readWhole(cid),
    );
    if (missing.length > 0) return { kind: 'missing', cids: missing.slice(0, REPLICA_LINKS_MAX) };
    custody?.promise([...present.values()]);
    return { kind: 'receipt', signature: signReceipt(storedHashOf(chainId, patient, records)) };
  }

  async #lacking(cids: readonly CID[]): Promise<CID[]> {
    const lacking: CID[] = [];
    for (const cid of cids) if (!(await this.#init.blockstore.has(cid))) lacking.push(cid);
    return lacking;
  }

  async #readWhole(cid: CID): Promise<Uint8Array | undefined> {
    try {
      return await this.#init.blockstore.read(cid);
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFoundError') return undefined;
      throw error;
    }
  }
}
