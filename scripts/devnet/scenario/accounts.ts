import { nobleBackend, toHex } from '#crypto';
import type { DevnetPlan } from '../plan.ts';
import { passphraseOf, personKeysOf } from '../seeded-keys.ts';
import { administratorsOf, CLINIC_PEOPLE, nameOf } from './clinic-people.ts';
import type { Cast } from './cast.ts';
import type { Scenario } from './scenario-names.ts';

/** Somebody who can sign in: DEV ONLY. */
export interface SeededAccount {
  /** Account name. */
  name: string;
  /** What people call her. */
  person: string;
  role: string;
  institution: string;
  /** What became of the application. */
  state: string;
  id: string;
  passphrase: string;
  url: string;
}

/** Everybody of a devnet, administrators last. */
export function accountsOf(plan: DevnetPlan, scenario: Scenario): SeededAccount[] {
  const people = scenario === 'clinic' ? CLINIC_PEOPLE : [];
  return [...people, ...administratorsOf(plan.nodes)].map((one) => ({
    name: one.account,
    person: nameOf(one),
    role: one.role,
    institution: one.home,
    state: one.fate === 'half' ? 'pending' : one.fate,
    id: toHex(personKeysOf(nobleBackend, plan.seed, one.account).id),
    passphrase: passphraseOf(plan.seed, one.account),
    url: plan.nodes.find(({ name }) => name === one.home)?.dashboardUrl ?? '',
  }));
}

/** Columns for a terminal. */
export function accountTable(accounts: readonly SeededAccount[]): string {
  const row = (cells: readonly [string, string, string, string, string, string, string]): string =>
    [20, 20, 14, 7, 10, 38, 0]
      .map((width, i) => (cells[i] ?? '').padEnd(width))
      .join('')
      .trimEnd();
  const rows = accounts.map(({ name, person, role, institution, state, passphrase, url }) =>
    row([name, person, role, institution, state, passphrase, url]),
  );
  return `${[row(['account', 'name', 'role', 'home', 'state', 'passphrase', 'dashboard']), ...rows].join('\n')}\n`;
}

/** Lets people sign in at their own node with account name and passphrase; they must have begun and registered. */
export async function openAccounts(
  cast: Cast,
  people: readonly { account: string }[],
  signal: AbortSignal,
): Promise<void> {
  for (const { account: name } of people) {
    signal.throwIfAborted();
    const passphrase = cast.passphrase(name);
    await cast.client(name).account.addPassphrase({ name, passphrase }, { signal });
  }
}
