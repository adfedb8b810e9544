import { toHex } from '#crypto';
import type { CallOptions, PhrClient } from '#node/client';
import { consentRecord } from '#node/records';
import { idOf } from '../directory.ts';

/** What is shared with whom: all that a signed grant says, in words that a record can hold. */
export interface ShareInput {
  delegate: string;
  categories: string[];
  months: string[];
  purpose: string;
  expiresAtMs: number;
  request?: string;
}

/**
 * Signs a grant, and puts a copy of its terms into the patient's record as a FHIR Consent, where the lists of shares
 * find it. The grant stands whether its copy does or not: what is missing then is only the words of it in the lists.
 */
export async function grantOnRecord(
  { client, patient, options }: { client: PhrClient; patient: Uint8Array; options: CallOptions },
  input: ShareInput,
): Promise<{ grant: string; height: number; isOnRecord: boolean }> {
  const { categories, months, purpose, expiresAtMs, request } = input;
  const signed = await client.sharing.grant(
    {
      patient,
      delegate: idOf(input.delegate),
      categories,
      months,
      purpose,
      expiresAtMs,
      ...(request === undefined ? {} : { request: idOf(request) }),
    },
    options,
  );
  const grant = toHex(signed.grant);
  const nowMs = Date.now();
  const facts = { grant, patient: toHex(patient), delegate: input.delegate, categories, months, purpose };
  const record = consentRecord({ ...facts, createdMs: nowMs, expiresAtMs, isRevoked: false }, nowMs);
  const isOnRecord = await client.records.upload({ patient, records: [record] }, options).then(
    () => true,
    () => false,
  );
  return { grant, height: signed.height, isOnRecord };
}
