import { ENTRY } from './entry.ts';
import { nodesOf } from './genesis.ts';
import type { Genesis } from './genesis.ts';
import { LedgerError } from './ledger-error.ts';
import { LedgerState } from './ledger-state.ts';
import { Overlay } from './overlay.ts';
import { readPerson } from './readers.ts';
import { firstAdministrator, putPerson } from './rules/person.ts';
import { append } from './rules/rule.ts';
import { CONSORTIUM, stateKeys } from './state-keys.ts';

/**
 * The state before block 1: the institutions, and their first administrators, who are active and whose registration
 * counts as done, so their next nonce is 1. Throws LedgerError('genesis-malformed') when one is named twice.
 */
export function genesisState(genesis: Genesis): LedgerState {
  const empty = new LedgerState(null);
  const state = new Overlay((key) => empty.get(key));
  const nodes = nodesOf(genesis);
  for (const node of nodes) {
    const entry = { ...node, addresses: [...node.addresses], fromHeight: 1, untilHeight: null };
    state.put(stateKeys.institution(node.id), ENTRY.institution.encode(entry));
    append(state, 'institutions', CONSORTIUM, node.id);
  }
  const members = nodes.map(({ id, validatorKey, index }) => ({ id, validatorKey, index }));
  const first = { number: 0, fromHeight: 1, members };
  state.put(stateKeys.epoch(0), ENTRY.epoch.encode(first));
  state.put(stateKeys.schedule(), ENTRY.schedule.encode({ last: first, before: first }));
  for (const { id: home, administrators } of genesis.institutions) {
    for (const keys of administrators) {
      const administrator = firstAdministrator(home, keys, 0);
      if (readPerson(state.get, administrator.id) !== undefined) {
        throw new LedgerError('genesis-malformed', { field: 'administrators' });
      }
      putPerson(state, administrator);
      state.put(stateKeys.nonce(administrator.id), ENTRY.count.encode({ count: 1 }));
    }
  }
  return empty.with(state.changes());
}
