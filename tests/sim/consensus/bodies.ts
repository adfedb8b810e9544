import type { BlockHash, Certificate, Proposal, SignedVote, UnverifiedMessage, Vote } from '#consensus/pbft';

/** The body of a simulated block. `valid` is what the ledger would say of it. */
export interface SimBody {
  readonly valid: boolean;
  readonly commands: readonly number[];
}

export type SimBlock = Proposal<SimBody>;
export type SimMessage = UnverifiedMessage<SimBody>;

export interface SimDecided {
  readonly block: SimBlock;
  readonly certificate: Certificate;
}

/** What travels between replicas. */
export type Payload =
  | { readonly kind: 'message'; readonly message: SimMessage }
  | { readonly kind: 'head'; readonly validator: number; readonly height: number }
  | { readonly kind: 'need'; readonly from: number; readonly height: number; readonly hash: BlockHash }
  | { readonly kind: 'body'; readonly block: SimBlock }
  | { readonly kind: 'sync'; readonly from: number; readonly height: number }
  | { readonly kind: 'range'; readonly from: number; readonly items: readonly SimDecided[] };

/**
 * Cheap stand-ins for signatures and hashes that nobody in the simulation can forge: a vote is genuine when the mint
 * made that very object for its signer, a block when the mint made that very object for its hash.
 */
export class Mint {
  readonly #signers = new WeakMap<SignedVote, number>();
  readonly #blocks = new Map<BlockHash, SimBlock>();

  /** `signer` is the number of a replica, for good; what a vote names is a place in the set of its height. */
  sign(vote: Vote, signer: number): SignedVote {
    const signed: SignedVote = Object.freeze({ ...vote, signature: NO_BYTES });
    this.#signers.set(signed, signer);
    return signed;
  }

  block(height: number, parent: BlockHash, body: SimBody): SimBlock {
    const hash = `b${height}-${this.#blocks.size}` as BlockHash;
    const block = Object.freeze({ hash, height, parent, body });
    this.#blocks.set(hash, block);
    return block;
  }

  /** True when the replica at the vote's place among `members` has signed it. */
  isSigned(vote: SignedVote, members: readonly number[]): boolean {
    const signer = this.#signers.get(vote);
    return signer !== undefined && members[vote.validator] === signer;
  }

  /** The replica whose key made this signature, wherever it is counted; undefined for none. */
  signerOf(vote: SignedVote): number | undefined {
    return this.#signers.get(vote);
  }

  isGenuine(block: SimBlock): boolean {
    return this.#blocks.get(block.hash) === block;
  }
}

const NO_BYTES = new Uint8Array(0);
export const GENESIS = 'genesis' as BlockHash;
