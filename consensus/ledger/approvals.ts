import type { Role } from './entry.ts';

/** Roles that two administrators must approve: who could harm many, and who could make such a one alone. */
const DUAL_CONTROL: ReadonlySet<string> = new Set(['doctor', 'administrator']);

/** How many distinct administrators must approve, or reinstate, someone in this role. */
export function approvalsNeeded(role: Role): 1 | 2 {
  return DUAL_CONTROL.has(role) ? 2 : 1;
}
