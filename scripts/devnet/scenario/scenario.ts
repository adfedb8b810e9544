import type { CliIo } from '../node-cli.ts';
import { UsageError } from '../node-cli.ts';
import { DevnetError } from '../devnet-error.ts';
import type { DevnetPlan } from '../plan.ts';
import { requireState, writeState } from '../state-file.ts';
import { ledgerRefusalOf } from '#node/client';
import { openAccounts } from './accounts.ts';
import { Cast } from './cast.ts';
import { administratorsOf } from './clinic-people.ts';
import { planClinic, requireClinicHomes } from './clinic-plan.ts';
import { playClinic } from './play-clinic.ts';
import { SCENARIOS } from './scenario-names.ts';
import type { Scenario } from './scenario-names.ts';

/** @throws UsageError for another name */
export function scenarioNamed(name: string | undefined): Scenario {
  const found = SCENARIOS.find((scenario) => scenario === (name ?? 'empty'));
  if (found === undefined) throw new UsageError(`--scenario takes ${SCENARIOS.join(' or ')}`);
  return found;
}

/** Nobody but the administrators of the genesis, who can sign in. */
async function playEmpty(
  dataDir: string,
  plan: DevnetPlan,
  io: Pick<CliIo, 'out' | 'signal'>,
): Promise<void> {
  const cast = new Cast(dataDir, plan);
  const administrators = administratorsOf(plan.nodes);
  await Promise.all(administrators.map(({ account, home }) => cast.begin(account, home)));
  await openAccounts(cast, administrators, io.signal);
  io.out(`  ${administrators.length} administrators can sign in with name and passphrase\n`);
}

/** Before anything starts. @throws DevnetError `wrong-plan` for a network too small for the scenario */
export function requireHomes(scenario: Scenario, plan: DevnetPlan): void {
  if (scenario === 'clinic') requireClinicHomes(plan);
}

/**
 * Plays a scenario on a network that is ready, once: a devnet that has it already is left as it is.
 *
 * @throws DevnetError `scenario-failed` when the network refuses; what was played until then stays
 */
export async function playScenario(
  scenario: Scenario,
  init: { dataDir: string; plan: DevnetPlan; io: Pick<CliIo, 'out' | 'signal'>; nowMs: number },
): Promise<void> {
  const { dataDir, plan, io, nowMs } = init;
  const played = requireState(dataDir).scenario;
  if (played === scenario || played === 'clinic') return;
  io.out(`scenario ${scenario}:\n`);
  const begun = performance.now();
  try {
    if (scenario === 'clinic') await playClinic(dataDir, plan, planClinic(plan, nowMs), io);
    else await playEmpty(dataDir, plan, io);
  } catch (cause) {
    if (io.signal.aborted) throw cause;
    const what = ledgerRefusalOf(cause) ?? (cause instanceof Error ? cause.message : 'an unknown failure');
    throw new DevnetError(
      'scenario-failed',
      [`the scenario ${scenario} was not played to its end: ${what}`, 'begin anew with --fresh'],
      { cause },
    );
  }
  writeState(dataDir, { ...requireState(dataDir), scenario });
  io.out(
    `played in ${((performance.now() - begun) / 1000).toFixed(0)} s; "npm run devnet -- accounts" has names and passphrases\n`,
  );
}
