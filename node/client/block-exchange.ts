import { encode, fromBase64Url, fromHex, linkOf, matchesDigest, toHex, webBodies } from '#crypto';
import type { Backend, CID } from '#crypto';
import type { Receipt } from '#consensus/ledger';
import { receiptsSchema, STORE_CONTENT_TYPE, STORE_REQUEST_BYTES_MAX, storedSchema } from './api.ts';
import { ClientError } from './client-error.ts';
import type { CallOptions } from './deadline.ts';
import type { NodeApi } from './node-api.ts';

/** Largest block of the network (1 MiB): a longer answer is not read. */
export const BLOCK_BYTES_MAX = 1024 * 1024;
/** CBOR around one block of a store request: map heads, the names `codec` and `bytes`, the codec, lengths. */
const BLOCK_FRAME_BYTES = 48;
const REQUEST_FRAME_BYTES = 64;

export interface StoredBlock {
  readonly codec: 'raw' | 'dag-cbor';
  readonly bytes: Uint8Array;
  /** When whoever made the block has hashed it already. */
  readonly cid?: CID;
}

/** Blocks to and from the node. What comes is checked against its own address, so the node can only withhold. */
export class BlockExchange {
  readonly #api: NodeApi;
  readonly #sha256: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

  constructor(api: NodeApi, backend: Backend) {
    this.#api = api;
    this.#sha256 = (backend.bodies ?? webBodies).sha256;
  }

  /** Stores blocks in requests below STORE_REQUEST_BYTES_MAX; the links come back in the order of the blocks. */
  async put(blocks: readonly StoredBlock[], options: CallOptions = {}): Promise<CID[]> {
    const links = blocks.map((block) => block.cid ?? linkOf(block.codec, block.bytes));
    let done = 0;
    for (const batch of batchesOf(blocks)) {
      const body = { type: STORE_CONTENT_TYPE, bytes: encode({ blocks: batch }) };
      const answer = await this.#api.json({ method: 'POST', path: '/store', body }, storedSchema, options);
      const expected = links.slice(done, done + batch.length).map(String);
      if (answer.cids.length !== expected.length || expected.some((cid, i) => answer.cids[i] !== cid)) {
        throw new ClientError('proof-invalid', { what: 'links of stored blocks' });
      }
      done += batch.length;
      options.onProgress?.({ what: 'stored', done, total: blocks.length });
    }
    return links;
  }

  /** One block. @throws ClientError `proof-invalid` when the bytes are not those of the link. */
  async get(cid: CID, options: CallOptions = {}): Promise<Uint8Array> {
    const bytes = await this.#api.bytes(
      { method: 'GET', path: `/store/${cid.toString()}` },
      BLOCK_BYTES_MAX,
      options,
    );
    if (!matchesDigest(cid, await this.#sha256(bytes)))
      throw new ClientError('proof-invalid', { what: 'block hash' });
    return bytes;
  }

  /** Receipts of the institutions that hold these headers and their bodies; the ledger verifies each. */
  async receipts(
    args: { patient: Uint8Array; headers: readonly CID[] },
    options: CallOptions = {},
  ): Promise<Receipt[]> {
    const json = { patient: toHex(args.patient), headers: args.headers.map(String) };
    const answer = await this.#api.json({ method: 'POST', path: '/receipts', json }, receiptsSchema, options);
    return answer.receipts.map((r) => ({ node: fromHex(r.node), signature: fromBase64Url(r.signature) }));
  }
}

function* batchesOf(blocks: readonly StoredBlock[]): Generator<StoredBlock[]> {
  let batch: StoredBlock[] = [];
  let bytes = REQUEST_FRAME_BYTES;
  for (const { codec, bytes: content } of blocks) {
    if (content.length > BLOCK_BYTES_MAX) throw new ClientError('input-invalid', { what: 'block too large' });
    const size = content.length + BLOCK_FRAME_BYTES;
    if (batch.length > 0 && bytes + size > STORE_REQUEST_BYTES_MAX) {
      yield batch;
      batch = [];
      bytes = REQUEST_FRAME_BYTES;
    }
    batch.push({ codec, bytes: content });
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
