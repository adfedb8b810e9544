import { equalBytes } from '#crypto';
import { quorum } from '../block.ts';
import { RESHARE_WINDOW_MS } from './bounds.ts';
import type { EmergencySharing } from './emergency-entry.ts';
import type { Grant } from './entry.ts';
import type { Genesis } from './genesis.ts';
import { thresholdAmong } from './membership.ts';
import type { Epoch } from './membership-entry.ts';
import { readDeal, readPerson } from './readers.ts';
import type { Get } from './readers.ts';
import type { Resharing } from './resharing-entry.ts';

/** No holder of a deposit opens it alone, whatever a grant may ask for. */
export const DEPOSIT_THRESHOLD_LEAST = 2;

/** What institutions hold shares of, and share again when their set changes. The two never have one id. */
export type Held = Grant | EmergencySharing;

export function isGrant(held: Held): held is Grant {
  return 'rekeys' in held;
}

/** What the shares of the present holders are checked against: one list a rekey, or a scalar of a deposit. */
export function commitmentsOf(held: Held): readonly (readonly Uint8Array[])[] {
  return isGrant(held) ? held.rekeys.map(({ commitments }) => commitments) : held.commitments;
}

/** H(id, z) of a deposit; a grant has none. */
export function lockOf(held: Held): Uint8Array | undefined {
  return isGrant(held) ? undefined : held.lock;
}

/** The threshold among so many new holders: its distance from the least stays. */
export function reshareThreshold(genesis: Genesis, held: Held, members: number): number {
  const kept = thresholdAmong(genesis, held.threshold, held.shares.length, members);
  return isGrant(held) ? kept : Math.min(members, Math.max(DEPOSIT_THRESHOLD_LEAST, kept));
}

/** True while a grant or deposit opens something and its holders are others than the members of the epoch. */
export function isReshareDue(get: Get, held: Held, epoch: Epoch, timeMs: number): boolean {
  const isOver = isGrant(held)
    ? held.revokedHeight !== null || held.expiresAtMs <= timeMs
    : held.endedHeight !== null;
  if (isOver) return false;
  // Everything of a patient who was erased is erased.
  if (readPerson(get, held.patient)?.status === 'revoked') return false;
  const { members } = epoch;
  const isSame =
    held.shares.length === members.length &&
    members.every(({ id }) => held.shares.some(({ node }) => equalBytes(node, id)));
  return !isSame;
}

export function isSameDeals(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((id, i) => equalBytes(id, b[i] ?? new Uint8Array()));
}

/**
 * True when members have confirmed these deals so that they are settled: all of them at once, or a quorum when the
 * time to object is over. An honest member confirms only what it can use, so a quorum is enough that can.
 */
export function isSettled(
  get: Get,
  resharing: Resharing,
  deals: readonly Uint8Array[],
  { members, timeMs }: { members: number; timeMs: number },
): boolean {
  const agreeing = resharing.confirmations.filter((one) => isSameDeals(one.deals, deals)).length;
  if (agreeing >= members) return true;
  return agreeing >= quorum(members) && isWindowOver(get, deals, timeMs);
}

/** True when the time to object to these deals is over. */
export function isWindowOver(get: Get, deals: readonly Uint8Array[], timeMs: number): boolean {
  const last = Math.max(...deals.map((id) => readDeal(get, id)?.timeMs ?? Infinity));
  return timeMs >= last + RESHARE_WINDOW_MS;
}
