import { equalBytes } from '#crypto';
import { validatorsHashOf } from '#consensus';
import type { Block } from '#consensus';
import { proposalOf } from '#consensus/pbft';
import type { BlockBody, Proposal } from '#consensus/pbft';
import type { ConsensusPorts, Verdict } from './consensus-ports.ts';
import { errorCode } from './logger.ts';

/** A proposer's clock may be this far ahead of ours. */
export const PROPOSAL_AHEAD_MS_MAX = 500;
/** A fresh proposal may be this old on arrival, plus the time its round had. */
export const PROPOSAL_BEHIND_MS_MAX = 10_000;

/** A new block on the head: later than its parent, whatever the clock says. Null when there is nothing to decide. */
export async function buildProposal(
  ports: ConsensusPorts,
  proposer: number,
  round: number,
): Promise<Proposal<BlockBody> | null> {
  const { application, clock } = ports;
  // above round 0 somebody waits for a block, be it empty
  if (round === 0 && !application.hasWork()) return null;
  const head = application.head();
  try {
    const block = await application.build({
      height: head.height + 1,
      parentHash: head.hash,
      time: Math.max(clock.now(), head.time + 1),
      proposer,
      lastCommit: head.certificate,
    });
    return proposalOf(block);
  } catch (error) {
    // the others go on without this proposer
    ports.logger.error({ height: head.height + 1, code: errorCode(error) }, 'build-failed');
    return null;
  }
}

/**
 * What a validator asks of a proposed block before it prepares it; that the body fits the header was checked when the
 * block came in. Time bounds hold for fresh blocks only: one that
 * was prepared before has been held to them by a quorum, and must stay acceptable however long its rounds take.
 */
export async function judgeProposal(
  ports: ConsensusPorts,
  block: Block,
  fresh: { readonly proposer: number; readonly roundMs: number } | undefined,
): Promise<Verdict> {
  const { header } = block;
  const { application } = ports;
  if (!equalBytes(header.chainId, ports.chainId)) return refused('other-chain');
  if (header.height !== application.head().height + 1) return refused('height');
  const hashAt = (height: number): Uint8Array => validatorsHashOf(application.validatorsAt(height));
  if (!equalBytes(header.validatorsHash, hashAt(header.height))) return refused('validators-hash');
  if (!equalBytes(header.nextValidatorsHash, hashAt(header.height + 1)))
    return refused('next-validators-hash');
  if (fresh !== undefined) {
    const nowMs = ports.clock.now();
    if (header.proposer !== fresh.proposer) return refused('proposer');
    if (header.time > nowMs + PROPOSAL_AHEAD_MS_MAX) return refused('time-ahead');
    if (header.time < nowMs - PROPOSAL_BEHIND_MS_MAX - fresh.roundMs) return refused('time-behind');
  }
  try {
    return await ports.application.validate(block, fresh === undefined);
  } catch (error) {
    // a block nobody can execute is a block to refuse, not a reason to stop
    return refused(errorCode(error));
  }
}

function refused(code: string): Verdict {
  return { ok: false, code };
}
