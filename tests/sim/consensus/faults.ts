import { qbftRules } from '#consensus/pbft';
import type { JournalRecord, Rules } from '#consensus/pbft';
import type { SimBody, SimDecided } from './bodies.ts';
import type { SimSet } from './settings.ts';

/** Bugs to plant: each entry replaces one thing a correct node does. Empty in the schedules that must hold. */
export interface Faults {
  readonly rules?: (rules: Rules) => Rules;
  /** What the journal gives back at restart. */
  readonly restore?: (records: readonly JournalRecord<SimBody>[]) => readonly JournalRecord<SimBody>[];
  readonly sendsBeforeSync?: boolean;
  /** Goes on before the block is durable: a crash takes the newest one away. */
  readonly forgetsCommitted?: boolean;
  readonly believesBodies?: boolean;
  readonly believesCertificates?: (decided: SimDecided) => boolean;
  readonly believesLedger?: boolean;
  /** The height whose set a node takes for that of `height`: for its own place, for votes, for certificates. */
  readonly setOf?: (height: number) => number;
  /** The same for certificates of fetched blocks alone. */
  readonly certificateSetOf?: (height: number) => number;
  /** Whose signature is taken for that of the place it names, beside the member's there. */
  readonly countsSigner?: (signer: number, height: number, sets: readonly SimSet[]) => boolean;
  readonly startsSilent?: boolean;
  readonly neverSyncs?: boolean;
  /** Signs a block of its own where the protocol told it to propose the prepared one. */
  readonly altersProposal?: boolean;
}

export const ROUND_TIMEOUT_MS = 1_000;

export function simRules(faults: Faults): Rules {
  const rules = qbftRules({ roundTimeoutMs: ROUND_TIMEOUT_MS, resendMs: 500 });
  return faults.rules === undefined ? rules : faults.rules(rules);
}
