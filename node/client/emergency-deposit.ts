import { emergencySecret } from '#crypto';
import type { EmergencyShareBody } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { storeDeposit } from './deposit.ts';
import { EMERGENCY_COMPARTMENT } from './emergency-opening.ts';
import type { Keyrings } from './keyring.ts';
import type { Records } from './records.ts';

/**
 * Shares the newest generation of the patient's emergency compartment among all institutions. A first deposit starts
 * the compartment.
 * @throws ClientError `no-access` for who holds no seed of it
 */
export async function dealEmergency(
  connection: Connection,
  keyrings: Keyrings,
  init: { readonly patient: Uint8Array; readonly threshold?: number },
  options: CallOptions,
): Promise<EmergencyShareBody> {
  const { patient } = init;
  const { category, period } = EMERGENCY_COMPARTMENT;
  const mine = await keyrings.load(patient, options);
  keyrings.ensureSeeds(patient, [category]);
  if (!mine.isPublished) await keyrings.publish(patient, { renewed: false }, options);
  const [compartment] = keyrings.compartments(patient, [category], [period]);
  if (!compartment) throw new ClientError('no-access', { what: 'no seed of this category' });
  return await storeDeposit(connection, { ...init, secret: emergencySecret(compartment) }, options);
}

/**
 * After an emergency: a new generation, into which the emergency records are written anew, so that the next emergency
 * finds them and the doctor of the last one does not see what is added.
 *
 * @returns how many records moved
 */
export async function moveToNewGeneration(
  keyrings: Keyrings,
  records: Records,
  patient: Uint8Array,
  options: CallOptions,
): Promise<number> {
  const { category, period } = EMERGENCY_COMPARTMENT;
  const selection = { patient, categories: [category], months: [period], keywords: '*' };
  const { hits } = await records.search(selection, options);
  const opened = await records.openAll(
    hits.filter(({ amendedBy }) => amendedBy === null),
    options,
  );
  keyrings.renewSeeds(patient, [category]);
  await keyrings.publish(patient, { renewed: true }, options);
  if (opened.length === 0) return 0;
  const moved = opened.map((record) => ({
    resource: record.resource,
    mediaType: record.mediaType,
    category,
    month: period,
    keywords: record.keywords.map(({ keyword }) => keyword),
    amends: { recordId: record.hit.recordId, header: record.hit.header },
  }));
  await records.upload({ patient, records: moved }, options);
  return moved.length;
}
