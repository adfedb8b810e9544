import { derivePersonKeys, fromHex, recoveryCodeOf, toBase64Url, toHex } from '#crypto';
import { signKeyChange } from '#consensus/ledger';
import type { WorkerContext } from '../context.ts';
import { placeOf } from './place.ts';

/** A file for the institution: new keys for somebody who lost the old ones, and that whoever has them wants this. */
export interface RecoveryRequest {
  format: 'phr-mesh-recovery-request';
  version: 1;
  person: string;
  keys: { sign: string; seal: string; delegate: string; possession: string };
  signature: string;
}

export interface NewKeys {
  request: RecoveryRequest;
  /** The new keys, written down: there is no other copy until the recovery is finished. */
  recoveryCode: string;
  /** First letters of the new keys' own id, to be compared with what the office sees. */
  fingerprint: string;
}

/** New keys for the number of somebody who lost everything; the institution starts the recovery with the file. */
export async function requestRecovery(
  { signal }: WorkerContext,
  { person }: { person: string },
): Promise<NewKeys> {
  const { backend, chainId } = await placeOf(signal);
  const keys = derivePersonKeys(backend, backend.random(32));
  const { sign, seal, delegate, possession } = keys.publicKeys;
  const signature = signKeyChange(backend, chainId, fromHex(person), keys.publicKeys, keys.sign.secretKey);
  const recoveryCode = recoveryCodeOf(keys.root);
  keys.root.fill(0);
  return {
    request: {
      format: 'phr-mesh-recovery-request',
      version: 1,
      person,
      keys: {
        sign: toBase64Url(sign),
        seal: toBase64Url(seal),
        delegate: toBase64Url(delegate),
        possession: toBase64Url(possession),
      },
      signature: toBase64Url(signature),
    },
    recoveryCode,
    fingerprint: fingerprintOf(toHex(keys.id)),
  };
}

function fingerprintOf(id: string): string {
  return (id.slice(0, 16).match(/.{4}/g) ?? []).join(' ');
}
