import { CryptoError, DOMAIN, toHex, verifyTagged } from '#crypto';
import { bodyMatchesHeader, ConsensusError } from '#consensus';
import type { ValidatorSet } from '#consensus';
import { blockHashOf, decodeMessage, decodeProposal, signedBytesOf, verifyMessage } from '#consensus/pbft';
import type { BlockBody, CatchUp, Event, PbftCore, SignedVote, Verifier } from '#consensus/pbft';
import type { HeadStatements } from './consensus-heads.ts';
import type { ConsensusPorts } from './consensus-ports.ts';
import type { OwnPast } from './own-past.ts';
import type { Seats } from './consensus-seats.ts';
import { BlockServer } from './consensus-sync.ts';
import type { ForkWatch } from './fork-watch.ts';
import { decodeWire, encodeWire } from './consensus-wire.ts';
import type { CertifiedBytes, WireMessage } from './consensus-wire.ts';
import { errorCode } from './logger.ts';

/** A validator silent for longer is told at once what it missed when it is heard again. */
const SILENT_MS = 3_000;

export interface PeersInit {
  readonly ports: ConsensusPorts;
  readonly seats: Seats;
  readonly core: PbftCore<BlockBody>;
  readonly heads: HeadStatements;
  readonly catchUp: CatchUp;
  readonly forks: ForkWatch;
  readonly past: OwnPast;
  /** Where verified events go. */
  step(event: Event<BlockBody>): void;
  /** Blocks to be checked and committed one by one. */
  takeRange(from: number, blocks: readonly CertifiedBytes[]): void;
}

/** The conversation with the other nodes, by their numbers: bytes to verified events, requests to answers. */
export class ConsensusPeers {
  readonly #init: PeersInit;
  readonly #server: BlockServer;
  readonly #refused = new Map<number, number>();

  constructor(init: PeersInit) {
    this.#init = init;
    this.#server = new BlockServer(init.ports);
  }

  send(to: number | 'all', message: WireMessage): void {
    const { ports, seats } = this.#init;
    const bytes = encodeWire(message);
    if (to === 'all') return ports.transport.broadcast(bytes);
    const id = seats.idOf(to);
    if (id === undefined) return;
    try {
      ports.transport.send(id, bytes);
    } catch (error) {
      // Whoever left a moment ago is no member any more, and needs no answer: it must not stop this node.
      if (errorCode(error) !== 'unknown-peer') throw error;
    }
  }

  /** Block and certificate of a height to one that still works on it. */
  answer(to: number, height: number, count: number): void {
    const blocks = this.#server.range(to, height, count);
    if (blocks !== undefined) this.send(to, { kind: 'range', blocks });
  }

  /** What a peer sent. Anything malformed or unverifiable is dropped and counted in the log. */
  receive(from: number, bytes: Uint8Array): void {
    try {
      this.#take(from, decodeWire(bytes));
    } catch (error) {
      // only what the bytes did wrong; a journal that fails on the way must stop the node
      if (!(error instanceof ConsensusError || error instanceof CryptoError)) throw error;
      this.refuse(from, error.code);
    }
  }

  #take(from: number, message: WireMessage): void {
    const { heads, catchUp, forks, step, takeRange } = this.#init;
    switch (message.kind) {
      case 'vote':
        return this.#takeVote(from, message.message);
      case 'head': {
        const silentMs = heads.hear(from, message.statement);
        const validator = this.#init.seats.indexAt(this.#init.core.status().height, from);
        // Whoever joined since is no validator to a node that is far behind, but has the blocks it wants.
        if (silentMs === undefined && validator >= 0) return;
        catchUp.claim(from, message.statement.height);
        const doubtful = forks.heard(from, message.statement);
        if (doubtful !== undefined) this.send(from, { kind: 'sync', from: doubtful });
        if (silentMs !== undefined && silentMs > SILENT_MS && validator >= 0)
          step({ kind: 'returned', validator });
        return;
      }
      case 'sync':
        return this.answer(from, message.from, Number.POSITIVE_INFINITY);
      case 'range':
        return takeRange(from, message.blocks);
      case 'need':
        return this.#giveBody(from, message.height, message.hash);
      case 'body': {
        const block = decodeProposal(message.block);
        if (bodyMatchesHeader(block.body.block)) step({ kind: 'block', block });
      }
    }
  }

  /**
   * A vote counts only from its signer's own link, but for those of this node itself, which any peer may show it; one for
   * a height long committed is answered unread.
   */
  #takeVote(from: number, bytes: Uint8Array): void {
    const { core, past, ports, seats, step } = this.#init;
    const message = decodeMessage(bytes);
    const { height, validator } = message.vote;
    if (height < core.status().height) return this.answer(from, height, 1);
    const set = seats.setAt(height);
    if (set === undefined) return this.#takeFarVote(from, message.vote);
    const own = past.isOwn(message.vote);
    if (seats.indexAt(height, from) !== validator && !own) return;
    const verified = verifyMessage(message, verifierOf(ports, set));
    if (verified === undefined) return this.refuse(from, 'unverified');
    if (own) this.#recall(verified.vote);
    else step({ kind: 'message', message: verified });
  }

  #recall(vote: SignedVote): void {
    if (this.#init.past.recalled(vote)) this.#init.step({ kind: 'abstain', on: true });
  }

  /** A vote for a height whose set this node does not know yet: a claim of whoever sends it, or its own from a past it lost. */
  #takeFarVote(from: number, vote: SignedVote): void {
    const { catchUp, ports } = this.#init;
    catchUp.claim(from, vote.height - 1);
    const { backend, chainId, identity } = ports;
    const bytes = signedBytesOf(chainId, vote);
    if (verifyTagged(backend, DOMAIN.vote, bytes, vote.signature, identity.publicKey)) this.#recall(vote);
  }

  /** Refusals are logged each time their number doubles: a peer that floods does not also fill the disk. */
  refuse(from: number, code: string): void {
    const count = (this.#refused.get(from) ?? 0) + 1;
    this.#refused.set(from, count);
    const peer = this.#init.seats.idOf(from);
    if (peer === undefined || !Number.isInteger(Math.log2(count))) return;
    this.#init.ports.logger.warn({ peer: toHex(peer), code, count }, 'message-refused');
  }

  #giveBody(to: number, height: number, hash: Uint8Array): void {
    const { core, ports } = this.#init;
    if (!this.#server.mayAnswer(`${to}/body`)) return;
    const held =
      core.bodyOf(height, blockHashOf(hash))?.body.bytes ?? ports.application.blockAt(height)?.block;
    if (held !== undefined) this.send(to, { kind: 'body', block: held });
  }
}

/** The checks of `verifyMessage` with the chain's real hashes and the keys of the message's height. */
function verifierOf(ports: ConsensusPorts, validators: ValidatorSet): Verifier<BlockBody> {
  const { backend, chainId } = ports;
  return {
    validatorCount: validators.length,
    verifyVote: (vote) => {
      const signer = validators[vote.validator];
      const message = signedBytesOf(chainId, vote);
      return (
        signer !== undefined && verifyTagged(backend, DOMAIN.vote, message, vote.signature, signer.publicKey)
      );
    },
    verifyBlock: ({ body }) => bodyMatchesHeader(body.block),
  };
}
