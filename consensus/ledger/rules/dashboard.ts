import { ENTRY } from '../entry.ts';
import { stateKeys } from '../state-keys.ts';
import type { Rule } from './rule.ts';

/**
 * By an administrator, for the home institution, as often as the node gets another release: everybody can compare what the
 * node serves with what it said, and a node that serves some people something else contradicts its own institution.
 */
export const declareDashboard: Rule<'dashboard.declare'> = ({ state, sender, context }, { body }) => {
  const entry = { release: body.release, by: sender.id, height: context.height };
  state.put(stateKeys.dashboard(sender.home), ENTRY.dashboard.encode(entry));
  return { patient: null, audit: null };
};
