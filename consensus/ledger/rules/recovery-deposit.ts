import { equalBytes } from '#crypto';
import { readRecoverySharing } from '../readers.ts';
import { makeDeposit, putDeposit } from './deposit.ts';
import { refuse, require } from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

/** A sealed part of one's own recovery secret for every institution; nobody can make this deposit for another. */
export const shareForRecovery: Rule<'recovery.share'> = (run, { body }) => {
  require(equalBytes(body.patient, run.sender.id), 'not-permitted');
  makeDeposit(run, 'recovery', body);
  return outcome(run);
};

/** Taken back: nodes delete their parts, and a recovery gives new keys and no old ones. */
export const unshareForRecovery: Rule<'recovery.unshare'> = (run) => {
  const { state, sender, context } = run;
  const sharing = readRecoverySharing(state.get, sender.id);
  if (sharing === undefined || sharing.endedHeight !== null) refuse('sharing-off');
  putDeposit(run, 'recovery', { ...sharing, endedHeight: context.height });
  return outcome(run);
};

function outcome({ sender }: Run): Outcome {
  const isPatient = sender.role === 'patient';
  return { patient: isPatient ? sender.id : null, audit: isPatient ? {} : null };
}
