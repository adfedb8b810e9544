import { equalBytes, toHex } from '#crypto';
import { bodyMatchesHeader, decodeCertificate, verifyCertificate } from '#consensus';
import type { CommitCertificate } from '#consensus';
import { decodeProposal, isWithin } from '#consensus/pbft';
import type { BlockBody, Proposal } from '#consensus/pbft';
import type { ConsensusPorts } from './consensus-ports.ts';
import { RANGE_BLOCKS_MAX, RANGE_BYTES_MAX } from './consensus-wire.ts';
import type { CertifiedBytes } from './consensus-wire.ts';

/** One peer is answered at most once in this time. */
export const ANSWER_INTERVAL_MS = 50;

export interface CertifiedBlock {
  readonly proposal: Proposal<BlockBody>;
  readonly certificate: CommitCertificate;
}

/**
 * Checks a block from a peer on its own: canonical, of this chain, the body its header commits to, and a quorum of
 * the validators of its height committed exactly it. Undefined when anything is wrong, or when it is too far ahead
 * for its validators to be known here: blocks are taken in order.
 */
export function verifyCertified(ports: ConsensusPorts, item: CertifiedBytes): CertifiedBlock | undefined {
  try {
    const proposal = decodeProposal(item.block);
    const certificate = decodeCertificate(item.certificate);
    const { block } = proposal.body;
    const { application, backend, chainId } = ports;
    if (proposal.height > application.head().height + 1) return undefined;
    const validators = application.validatorsAt(proposal.height);
    const fits =
      certificate.height === proposal.height &&
      toHex(certificate.blockHash) === proposal.hash &&
      equalBytes(block.header.chainId, chainId) &&
      bodyMatchesHeader(block) &&
      verifyCertificate(backend, certificate, chainId, validators);
    return fits ? { proposal, certificate } : undefined;
  } catch {
    return undefined;
  }
}

/** Is it a block that this node has, byte for byte? Then there is nothing to check: a peer may repeat it without end. */
export function isHeld({ application }: ConsensusPorts, { block }: CertifiedBytes): boolean {
  try {
    const held = application.blockAt(decodeProposal(block).height);
    return held !== undefined && equalBytes(held.block, block);
  } catch {
    return false;
  }
}

/** What this node serves to those behind it; sync is answered in every state, but not faster than it is useful. */
export class BlockServer {
  readonly #ports: ConsensusPorts;
  readonly #answeredAtMs = new Map<string, number>();

  constructor(ports: ConsensusPorts) {
    this.#ports = ports;
  }

  /** Blocks from `from` on, at most `count`, or undefined when there are none or the peer asks too often. */
  range(peer: number, from: number, count = RANGE_BLOCKS_MAX): CertifiedBytes[] | undefined {
    if (!this.mayAnswer(`${peer}/${count === 1}`)) return undefined;
    const blocks: CertifiedBytes[] = [];
    let bytes = 0;
    for (let height = from; blocks.length < count && height < from + RANGE_BLOCKS_MAX; height++) {
      const item = this.#ports.application.blockAt(height);
      if (item === undefined) break;
      bytes += item.block.length + item.certificate.length;
      if (blocks.length > 0 && bytes > RANGE_BYTES_MAX) break;
      blocks.push(item);
    }
    return blocks.length === 0 ? undefined : blocks;
  }

  /** True at most once in ANSWER_INTERVAL_MS for each peer and kind of answer. */
  mayAnswer(key: string): boolean {
    const nowMs = this.#ports.clock.now();
    const answeredAtMs = this.#answeredAtMs.get(key);
    if (answeredAtMs !== undefined && isWithin(ANSWER_INTERVAL_MS, answeredAtMs, nowMs)) return false;
    this.#answeredAtMs.set(key, nowMs);
    return true;
  }
}
