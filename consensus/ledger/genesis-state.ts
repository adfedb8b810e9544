import { personIdOf } from '#crypto';
import { ENTRY } from './entry.ts';
import type { Person } from './entry.ts';
import { nodesOf } from './genesis.ts';
import type { Genesis } from './genesis.ts';
import { LedgerError } from './ledger-error.ts';
import { LedgerState } from './ledger-state.ts';
import { Overlay } from './overlay.ts';
import { readPerson } from './readers.ts';
import { putPerson } from './rules/person.ts';
import { stateKeys } from './state-keys.ts';

/**
 * The state before block 1: the institutions, and their first administrators, who are active and whose registration
 * counts as done, so their next nonce is 1. Throws LedgerError('genesis-malformed') when one is named twice.
 */
export function genesisState(genesis: Genesis): LedgerState {
  const empty = new LedgerState(null);
  const state = new Overlay((key) => empty.get(key));
  for (const { id, name, validatorKey, sealKey, index } of nodesOf(genesis)) {
    state.put(
      stateKeys.institution(id),
      ENTRY.institution.encode({ id, name, validatorKey, sealKey, index }),
    );
  }
  for (const { id: home, administrators } of genesis.institutions) {
    for (const keys of administrators) {
      const administrator = administratorOf(home, keys);
      if (readPerson(state.get, administrator.id) !== undefined) {
        throw new LedgerError('genesis-malformed', { field: 'administrators' });
      }
      putPerson(state, administrator);
      state.put(stateKeys.nonce(administrator.id), ENTRY.count.encode({ count: 1 }));
    }
  }
  return empty.with(state.changes());
}

function administratorOf(home: Uint8Array, keys: Person['keys']): Person {
  return {
    id: personIdOf(keys),
    role: 'administrator',
    home,
    keys,
    profile: null,
    owner: null,
    status: 'active',
    approvals: [],
    registeredHeight: 0,
    decidedHeight: 0,
    reason: null,
    pendingPosition: null,
  };
}
