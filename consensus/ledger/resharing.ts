import { equalBytes } from '#crypto';
import { quorum } from '../block.ts';
import { RESHARE_WINDOW_MS } from './bounds.ts';
import type { Grant } from './entry.ts';
import type { Epoch } from './membership-entry.ts';
import { readDeal, readPerson } from './readers.ts';
import type { Get } from './readers.ts';
import type { Resharing } from './resharing-entry.ts';

/** True while a grant converts something and its holders are others than the members of the epoch. */
export function isReshareDue(get: Get, grant: Grant, epoch: Epoch, timeMs: number): boolean {
  if (grant.revokedHeight !== null || grant.expiresAtMs <= timeMs) return false;
  // Everything of a patient who was erased is erased.
  if (readPerson(get, grant.patient)?.status === 'revoked') return false;
  const { members } = epoch;
  const isSame =
    grant.shares.length === members.length &&
    members.every(({ id }) => grant.shares.some(({ node }) => equalBytes(node, id)));
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
