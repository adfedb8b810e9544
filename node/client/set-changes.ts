import { expectBytes, expectList, expectMap } from '#crypto';
import { VALIDATORS_MAX } from '#consensus';
import type { Backend } from '#crypto';
import { ValidatorHistory } from '#consensus/ledger';
import type { Genesis, SetChange } from '#consensus/ledger';
import { SET_CHANGES_MAX } from './api.ts';
import { bytesOf } from './receipt-file.ts';

/** For canonical DAG-CBOR, to be spread into a map: the field is there when there is something in it. */
export function changesField(changes: readonly SetChange[]): { changes?: object[] } {
  if (changes.length === 0) return {};
  return {
    changes: changes.map(({ header, certificate, validators }) => ({
      header,
      certificate,
      validators: validators.map(({ id, publicKey }) => [id, publicKey]),
    })),
  };
}

/** The validators from the genesis along changes that a file carries. @throws LedgerError `head-invalid` */
export function historyAlong(
  backend: Backend,
  genesis: Genesis,
  changes: readonly SetChange[],
): ValidatorHistory {
  const history = new ValidatorHistory(backend, genesis);
  for (const change of changes) history.follow(change);
  return history;
}

/** The name of the field, if the map has it. */
export function changesNames(value: unknown): string[] {
  return typeof value === 'object' && value !== null && 'changes' in value ? ['changes'] : [];
}

/** Inverse of `changesField` on the whole map; shape only. @throws CryptoError `encoding`, ClientError `proof-invalid` */
export function changesFrom(value: unknown): SetChange[] {
  if (typeof value !== 'object' || value === null || !('changes' in value)) return [];
  return expectList(value.changes, 1, SET_CHANGES_MAX, 'changes').map((one) => {
    const map = expectMap(one, ['header', 'certificate', 'validators'], 'change');
    const validators = expectList(map.validators, 1, VALIDATORS_MAX, 'validators').map((pair) => {
      const [id, publicKey] = expectList(pair, 2, 2, 'validator');
      return { id: expectBytes(id, 32, 'id'), publicKey: expectBytes(publicKey, 32, 'publicKey') };
    });
    return { header: bytesOf(map.header), certificate: bytesOf(map.certificate), validators };
  });
}
