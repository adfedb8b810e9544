import type { ValidatorSet } from '../../block.ts';
import { ENTRY } from '../entry.ts';
import type { EvidenceEntry } from '../entry.ts';
import { equivocationOf, falseConversionOf } from '../evidence.ts';
import type { Fault } from '../evidence.ts';
import { validatorsAt } from '../membership.ts';
import { readEvidence } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import { append, refuse, require } from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

/** Whoever has two votes that exclude each other can show them; what follows from it people decide. */
export const reportEquivocation: Rule<'evidence.equivocation'> = (run, { body }) => {
  const { backend, state, context } = run;
  const setAt = (height: number): ValidatorSet => validatorsAt(state.get, height);
  return record(run, 'equivocation', equivocationOf(backend, context.chainId, setAt, body.votes));
};

/** A conversion that the node signed and that is not what the grant's commitments say. */
export const reportProxy: Rule<'evidence.proxy'> = (run, { body }) => {
  const fault = falseConversionOf(run.backend, run.state.get, run.context.chainId, body);
  return record(run, 'proxy', fault);
};

function record(run: Run, kind: EvidenceEntry['kind'], fault: Fault | undefined): Outcome {
  const { state, sender, context, hash } = run;
  if (fault === undefined) refuse('evidence-invalid');
  const { node, slot } = fault;
  require(readEvidence(state.get, node, slot) === undefined, 'evidence-known');
  const entry = { node, kind, reporter: sender.id, transaction: hash, height: context.height };
  state.put(stateKeys.evidence(node, slot), ENTRY.evidence.encode(entry));
  append(state, 'evidence-of', node, hash);
  return { patient: null, audit: null };
}
