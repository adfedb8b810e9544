import { equalBytes, sharingIdOf } from '#crypto';
import { ENTRY } from '../entry.ts';
import type { EmergencyShareBody } from '../emergency-body.ts';
import type { EmergencySharing } from '../emergency-entry.ts';
import { epochAt, grantThresholdLeast } from '../membership.ts';
import { readSharing } from '../readers.ts';
import { DEPOSIT_THRESHOLD_LEAST } from '../resharing.ts';
import { CONSORTIUM, stateKeys } from '../state-keys.ts';
import { hasShareForEach } from './grant.ts';
import { append, require } from './rule.ts';
import type { Run } from './rule.ts';

export type DepositKind = 'emergency' | 'recovery';

/** How many scalars are shared: r, and for an emergency b as well (SCHEME 7). */
const SCALARS = { emergency: 2, recovery: 1 } as const;

/**
 * Deposits a box for every member of the block's epoch; it takes the place of the one before. That the shares fit the
 * commitments every node checks on its own. @throws Refused
 */
export function makeDeposit(run: Run, kind: DepositKind, body: EmergencyShareBody): void {
  const { backend, state, sender, context } = run;
  const { genesis, height, timeMs } = context;
  const { number: epoch, members } = epochAt(state.get, height);
  const { threshold, commitments } = body;
  const most = members.length;
  const least = Math.max(DEPOSIT_THRESHOLD_LEAST, grantThresholdLeast(genesis, most));
  require(threshold >= least && threshold <= most, 'threshold-wrong', { least, most });
  const isSound =
    commitments.length === SCALARS[kind] &&
    commitments.every((list) => list.length === threshold) &&
    commitments.flat().every((point) => backend.group.isElement(point));
  require(isSound, 'commitments-wrong', { threshold });
  require(hasShareForEach(members, body.shares), 'shares-wrong', { institutions: most });
  const id = sharingIdOf(sender.id, body.patient, body.nonce);
  // One id for two deposits would let a part of one stand in for a part of the other.
  require(state.get(stateKeys.depositor(id)) === undefined, 'sharing-exists');
  state.put(stateKeys.depositor(id), body.patient);
  append(state, 'held', CONSORTIUM, id);
  putDeposit(run, kind, {
    ...body,
    shares: body.shares.map(({ node, box }) => ({ node, boxes: [box] })),
    dealers: [],
    epoch,
    sharesHeight: height,
    id,
    issuer: sender.id,
    height,
    timeMs,
    endedHeight: null,
  });
}

/** Where the newest deposit of this id lies: one of a person's two. */
export function depositKind({ state }: Run, { id, patient }: EmergencySharing): DepositKind {
  const emergency = readSharing(state.get, patient);
  return emergency !== undefined && equalBytes(emergency.id, id) ? 'emergency' : 'recovery';
}

export function putDeposit({ state }: Run, kind: DepositKind, deposit: EmergencySharing): void {
  const { patient } = deposit;
  const key = kind === 'emergency' ? stateKeys.sharing(patient) : stateKeys.recoverySharing(patient);
  state.put(key, ENTRY.sharing.encode(deposit));
}
