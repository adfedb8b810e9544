import type { Backend } from '#crypto';
import { NO_EVIDENCE, recordEvidence } from './block-evidence.ts';
import type { EvidenceOfBlock } from './block-evidence.ts';
import { execute } from './execute.ts';
import type { LedgerEvent } from './execute.ts';
import { LedgerError } from './ledger-error.ts';
import type { Facts, Refusal, RefusalCode } from './ledger-error.ts';
import type { LedgerState, StateChange } from './ledger-state.ts';
import { Overlay } from './overlay.ts';
import type { BlockContext } from './rules/rule.ts';
import { decodeTransaction } from './transaction.ts';
import type { DecodedTransaction } from './transaction.ts';

/** A state after a block, what the block changed (sorted by key) and what happened, in order. */
export interface Applied {
  readonly state: LedgerState;
  readonly changes: StateChange[];
  readonly events: LedgerEvent[];
}

/** Which transaction of a block does not apply, and why; -1 stands for its evidence. */
export interface BlockRefusal {
  readonly ok: false;
  readonly index: number;
  readonly code: RefusalCode;
  readonly facts: Facts;
}

/**
 * Records the evidence of a block and runs its transactions (wire form) in order. All apply, or the block is invalid and nothing happened.
 * Deterministic: the same state, context and transactions give the same root on every machine. Never throws for what
 * is in a transaction.
 */
export function applyTransactions(
  backend: Backend,
  state: LedgerState,
  context: BlockContext,
  transactions: readonly Uint8Array[],
  evidence: EvidenceOfBlock = NO_EVIDENCE,
): ({ readonly ok: true } & Applied) | BlockRefusal {
  const block = new Overlay((key) => state.get(key));
  const events: LedgerEvent[] = [];
  const fault = recordEvidence(backend, block, context, evidence);
  if (fault !== undefined) return { ok: false, index: -1, code: fault, facts: {} };
  for (const [index, wire] of transactions.entries()) {
    const decoded = decodedOrRefusal(wire, context.decode ?? decodeTransaction);
    const result = 'ok' in decoded ? decoded : execute(backend, block.get, context, decoded);
    if (!result.ok) return { ...result, index };
    block.absorb(result.writes);
    events.push(result.event);
  }
  const changes = block.changes();
  return { ok: true, state: state.with(changes), changes, events };
}

function decodedOrRefusal(
  wire: Uint8Array,
  decode: (wire: Uint8Array) => DecodedTransaction,
): DecodedTransaction | Refusal {
  try {
    return decode(wire);
  } catch (error) {
    if (error instanceof LedgerError) return { ok: false, code: 'malformed', facts: error.facts };
    throw error;
  }
}

/** Would this transaction apply as the first of the next block? Changes nothing. */
export function checkTransaction(
  backend: Backend,
  state: LedgerState,
  context: BlockContext,
  transaction: DecodedTransaction,
): { readonly ok: true } | Refusal {
  const result = execute(backend, (key) => state.get(key), context, transaction);
  return result.ok ? { ok: true } : result;
}

/** What a proposer puts into a block, already executed, and what did not apply. */
export interface Selection extends Applied {
  readonly chosen: DecodedTransaction[];
  /** `nonce-ahead` means: not now; the transaction waits for an earlier one of its sender. */
  readonly refused: { readonly transaction: DecodedTransaction; readonly refusal: Refusal }[];
}

/**
 * Takes the candidates in order and leaves out what does not apply, so that the block of `chosen` always does. The
 * evidence must be good (`checkEvidence`) and name each occasion once.
 * A transaction that comes before its sender's earlier one is taken as soon as that one was.
 */
export function selectTransactions(
  backend: Backend,
  state: LedgerState,
  context: BlockContext,
  candidates: readonly DecodedTransaction[],
  evidence: EvidenceOfBlock = NO_EVIDENCE,
): Selection {
  const block = new Overlay((key) => state.get(key));
  recordEvidence(backend, block, context, evidence);
  const chosen: DecodedTransaction[] = [];
  const events: LedgerEvent[] = [];
  const refused: Selection['refused'] = [];
  const waiting = new Map<string, { transaction: DecodedTransaction; refusal: Refusal }>();
  for (const candidate of candidates) {
    let next: DecodedTransaction | undefined = candidate;
    while (next !== undefined) {
      const transaction: DecodedTransaction = next;
      next = undefined;
      const result = execute(backend, block.get, context, transaction);
      const { sender, nonce } = transaction.transaction;
      if (result.ok) {
        block.absorb(result.writes);
        chosen.push(transaction);
        events.push(result.event);
        const follower = slotOf(sender, nonce + 1);
        next = waiting.get(follower)?.transaction;
        waiting.delete(follower);
      } else if (result.code === 'nonce-ahead' && !waiting.has(slotOf(sender, nonce))) {
        waiting.set(slotOf(sender, nonce), { transaction, refusal: result });
      } else {
        refused.push({ transaction, refusal: result });
      }
    }
  }
  refused.push(...waiting.values());
  const changes = block.changes();
  return { state: state.with(changes), changes, events, chosen, refused };
}

function slotOf(sender: Uint8Array, nonce: number): string {
  return `${sender.join()}/${nonce}`;
}
