import { equalBytes, fromBase64Url } from '#crypto';
import {
  bodyMatchesHeader,
  decodeBlock,
  decodeCertificate,
  encodeHeader,
  hashHeader,
  signersOf,
} from '#consensus';
import type { Header } from '#consensus';
import { decodeTransaction } from '#consensus/ledger';
import type { DecodedTransaction } from '#consensus/ledger';
import { ledgerBlockSchema, ledgerBlocksSchema } from './api.ts';
import { ClientError } from './client-error.ts';
import { mapConcurrently } from './concurrency.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';

/** A block that a quorum certified, with all that its header commits to. */
export interface CertifiedBlock {
  readonly header: Header;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** The attempt in which it was agreed. */
  readonly round: number;
  /** Ids of the validators whose signatures the certificate holds. */
  readonly signers: readonly Uint8Array[];
  /** Wire form, in order. */
  readonly transactions: readonly Uint8Array[];
  /** What nodes reported of each other in this block. */
  readonly evidence: readonly Uint8Array[];
  /** Canonical bytes of block and certificate, as others can verify them. */
  readonly bytes: Uint8Array;
  readonly certificate: Uint8Array;
}

/** The ledger's blocks, each checked before it is believed. */
export class Chain {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * One block: certified by a quorum of the validators of its height, and whole.
   * @throws ClientError `proof-invalid`, `ledger-forked`, `refused` when the node has no block of this height.
   */
  async block(height: number, options: CallOptions = {}): Promise<CertifiedBlock> {
    const request = { method: 'GET', path: `/ledger/${height}` } as const;
    const answer = await this.#connection.api.json(request, ledgerBlockSchema, options);
    return await this.#verified(answer, height, options);
  }

  /** Blocks from `first` on, as many as the node gives at once, none above `last`. @throws ClientError as `block` */
  async #stretch(first: number, last: number, options: CallOptions): Promise<CertifiedBlock[]> {
    const request = { method: 'GET', path: `/chain/${first}` } as const;
    const { blocks } = await this.#connection.api.json(request, ledgerBlocksSchema, options);
    const wanted = blocks.slice(0, last - first + 1).map((answer, i) => ({ answer, height: first + i }));
    return await mapConcurrently(wanted, ({ answer, height }) => this.#verified(answer, height, options));
  }

  async #verified(
    answer: { readonly block: string; readonly certificate: string },
    height: number,
    options: CallOptions,
  ): Promise<CertifiedBlock> {
    const { state } = this.#connection;
    const [bytes, certificate] = [fromBase64Url(answer.block), fromBase64Url(answer.certificate)];
    try {
      const block = decodeBlock(bytes);
      const header = await state.verifiedHead(encodeHeader(block.header), certificate, options);
      if (header.height !== height || !bodyMatchesHeader(block))
        throw new ClientError('proof-invalid', { height });
      const { bitmap, round } = decodeCertificate(certificate);
      const validators = state.validatorsAt(height);
      const signers = (signersOf(bitmap, validators.length) ?? []).flatMap((i) => validators[i]?.id ?? []);
      const hash = hashHeader(header);
      const { transactions, evidence } = block;
      return { header, hash, round, signers, transactions, evidence, bytes, certificate };
    } catch (cause) {
      throw cause instanceof ClientError
        ? cause
        : new ClientError('proof-invalid', { what: 'block', height }, { cause });
    }
  }

  /**
   * Blocks `from` to `to` (default: the newest), in order; each follows the one before it. Whoever begins at 1 has
   * seen everything that ever happened on this chain.
   * @throws ClientError as `block`
   */
  async *blocks(
    range: { readonly from: number; readonly to?: number; readonly parent?: Uint8Array },
    options: CallOptions = {},
  ): AsyncGenerator<CertifiedBlock> {
    const last = range.to ?? (await this.#newestHeight(options));
    const total = Math.max(0, last - range.from + 1);
    let parent = range.from === 1 ? this.#connection.chainId : range.parent;
    for (let first = range.from; first <= last;) {
      const stretch = await this.#stretch(first, last, options);
      for (const block of stretch) {
        checkAborted(options);
        if (parent !== undefined && !equalBytes(parent, block.header.parentHash))
          throw new ClientError('proof-invalid', { what: 'parent', height: block.header.height });
        parent = block.hash;
        yield block;
        options.onProgress?.({ what: 'read', done: block.header.height - range.from + 1, total });
      }
      first += stretch.length;
    }
  }

  async #newestHeight(options: CallOptions): Promise<number> {
    // Any proven read brings the newest head along.
    const { keys, state } = this.#connection;
    const { height } = await state.read([keys.id], options);
    return height;
  }
}

/** A transaction of a certified block. @throws ClientError `proof-invalid`: no quorum certifies what has no shape */
export function decodeCertified(wire: Uint8Array): DecodedTransaction {
  try {
    return decodeTransaction(wire);
  } catch (cause) {
    throw new ClientError('proof-invalid', { what: 'transaction' }, { cause });
  }
}
