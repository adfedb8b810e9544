import { z } from 'zod';
import { fromBase64Url, toBase64Url, toHex } from '#crypto';
import type { Backend, NodeKeys } from '#crypto';
import { applicantId, chainIdOf, signAdmission, verifyAdmission } from '#consensus/ledger';
import type { Applicant, Genesis } from '#consensus/ledger';
import { isDevnetGenesis } from './genesis-file.ts';
import { EntryError, entrySchema, institutionOf } from './institution-entry.ts';
import type { InstitutionEntry } from './institution-entry.ts';

/**
 * What an institution sends to the members of a running network: its public entry, and its validator key's signature
 * over what is in it, for that network alone. Not secret.
 */
export const APPLICATION_FORMAT = 'phr-mesh/application/1';

export const applicationSchema = z.strictObject({
  format: z.literal(APPLICATION_FORMAT),
  /** Hex of the network's chain id. */
  chain: z.string().regex(/^[0-9a-f]{64}$/),
  entry: entrySchema,
  /** Block time, Unix milliseconds: from then on it is void. */
  expiresAtMs: z.int().min(0),
  signature: z.base64url().length(86),
});
export type Application = z.infer<typeof applicationSchema>;

const ADMINISTRATORS_MIN = 2;
/** Time for the members to decide. */
const APPLICATION_LIFETIME_MS = 45 * 24 * 3_600_000;

/** @throws EntryError `entry-keys-invalid`, `entries-conflict` for fewer than two administrators */
function applicantFrom(backend: Backend, entry: InstitutionEntry, expiresAtMs: number): Applicant {
  const { id: _, ...shown } = institutionOf(backend, entry);
  const applicant = { ...shown, expiresAtMs };
  if (applicant.administrators.length < ADMINISTRATORS_MIN)
    throw new EntryError(
      'entries-conflict',
      `${entry.name} names ${applicant.administrators.length} administrators, and needs ${ADMINISTRATORS_MIN}`,
    );
  return applicant;
}

/** The application of the institution with these keys to the network of this genesis. @throws EntryError */
export function applicationOf(
  backend: Backend,
  init: { genesis: Genesis; entry: InstitutionEntry; keys: NodeKeys; nowMs: number },
): Application {
  const { genesis, entry, keys } = init;
  if (entry.devnet !== isDevnetGenesis(genesis))
    throw new EntryError(
      'entries-conflict',
      `${entry.name} and the genesis are of different kinds of network`,
    );
  const expiresAtMs = init.nowMs + APPLICATION_LIFETIME_MS;
  const applicant = applicantFrom(backend, entry, expiresAtMs);
  if (toHex(applicantId(applicant)) !== toHex(keys.id))
    throw new EntryError('entries-conflict', `the entry of ${entry.name} is of another node key`);
  const signature = signAdmission(backend, chainIdOf(genesis), applicant, keys.validator.secretKey);
  return {
    format: APPLICATION_FORMAT,
    chain: toHex(chainIdOf(genesis)),
    entry,
    expiresAtMs,
    signature: toBase64Url(signature),
  };
}

/** What a member proposes to admit. @throws EntryError when it is for another network, or was altered */
export function admissionFrom(
  backend: Backend,
  genesis: Genesis,
  application: Application,
): Applicant & { signature: Uint8Array } {
  const { chain, entry, expiresAtMs } = application;
  if (chain !== toHex(chainIdOf(genesis)))
    throw new EntryError('entries-conflict', `${entry.name} applies to another network`);
  const applicant = applicantFrom(backend, entry, expiresAtMs);
  const signature = fromBase64Url(application.signature);
  if (!verifyAdmission(backend, chainIdOf(genesis), applicant, signature))
    throw new EntryError(
      'entry-keys-invalid',
      `the application of ${entry.name} is not signed by its node key`,
    );
  return { ...applicant, signature };
}
