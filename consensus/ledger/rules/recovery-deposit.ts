import { equalBytes, sharingIdOf } from '#crypto';
import { ENTRY } from '../entry.ts';
import { epochAt, grantThresholdLeast } from '../membership.ts';
import { readRecoverySharing, readSharing } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import { hasShareForEach } from './grant.ts';
import { refuse, require } from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

/** A sealed part of one's own recovery secret for every institution; nobody can make this deposit for another. */
export const shareForRecovery: Rule<'recovery.share'> = (run, { body }) => {
  const { state, sender, context } = run;
  const { genesis, height, timeMs } = context;
  require(equalBytes(body.patient, sender.id), 'not-permitted');
  const { members } = epochAt(state.get, height);
  const most = members.length;
  const least = Math.max(2, grantThresholdLeast(genesis, most));
  require(body.threshold >= least && body.threshold <= most, 'threshold-wrong', { least, most });
  require(hasShareForEach(members, body.shares), 'shares-wrong', { institutions: most });
  const id = sharingIdOf(sender.id, sender.id, body.nonce);
  // One id for two deposits would let a part of one stand in for a part of the other.
  const others = [readSharing(state.get, sender.id), readRecoverySharing(state.get, sender.id)];
  require(!others.some((other) => other !== undefined && equalBytes(other.id, id)), 'sharing-exists');
  const sharing = { ...body, id, issuer: sender.id, height, timeMs, endedHeight: null };
  state.put(stateKeys.recoverySharing(sender.id), ENTRY.sharing.encode(sharing));
  return outcome(run);
};

/** Taken back: nodes delete their parts, and a recovery gives new keys and no old ones. */
export const unshareForRecovery: Rule<'recovery.unshare'> = (run) => {
  const { state, sender, context } = run;
  const sharing = readRecoverySharing(state.get, sender.id);
  if (sharing === undefined || sharing.endedHeight !== null) refuse('sharing-off');
  const ended = ENTRY.sharing.encode({ ...sharing, endedHeight: context.height });
  state.put(stateKeys.recoverySharing(sender.id), ended);
  return outcome(run);
};

function outcome({ sender }: Run): Outcome {
  const isPatient = sender.role === 'patient';
  return { patient: isPatient ? sender.id : null, audit: isPatient ? {} : null };
}
