import { checkRekey, equalBytes, openTerms } from '#crypto';
import type { GrantTerms } from '#crypto';
import { readSignKeysAt, stateKeys } from '#consensus/ledger';
import type { Grant } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { withOneOf } from './former-keys.ts';

/** Fetches, opens and checks the terms of a grant to us, see `Sharing.open`. */
export async function openGrantTerms(
  connection: Connection,
  grant: Grant,
  options: CallOptions,
): Promise<GrantTerms> {
  const { backend, keys, blocks, state } = connection;
  const issuerKeys = [stateKeys.person(grant.issuer), stateKeys.keyHistory(grant.issuer)];
  const proven = await state.read(issuerKeys, options);
  // The issuer may have other keys by now: what counts is the one of the grant's block.
  const signKeys = readSignKeysAt(proven.get, grant.issuer, grant.height);
  if (signKeys.length === 0) throw new ClientError('not-found', { what: 'issuer' });
  const box = await blocks.get(grant.terms, options);
  let terms: ReturnType<typeof openTerms>;
  try {
    terms = withOneOf(signKeys, (signPublicKey) => {
      const issuer = { id: grant.issuer, signPublicKey };
      return openTerms(backend, { delegate: keys, issuer, grantId: grant.id, box });
    });
  } catch (cause) {
    throw new ClientError('record-invalid', { what: 'terms' }, { cause });
  }
  const isSound =
    equalBytes(terms.commitment, grant.termsCommitment) &&
    terms.expiresAtMs === grant.expiresAtMs &&
    terms.compartments.every(({ rekey: rekeyIndex, compartment: { A } }) => {
      const rekey = grant.rekeys[rekeyIndex];
      return (
        rekey !== undefined &&
        checkRekey(backend, { delegate: keys, grantId: grant.id, rekeyIndex, rekey, A })
      );
    });
  if (!isSound) throw new ClientError('record-invalid', { what: 'terms' });
  return terms;
}
