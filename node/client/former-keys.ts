import type { PersonKeys } from '#crypto';
import { ClientError } from './client-error.ts';

/** Keys of a new root under the id that the person has had from the first registration on. */
export function keysUnderId(keys: PersonKeys, id: Uint8Array): PersonKeys {
  return { ...keys, id };
}

/**
 * What `run` gives for the first key with which it does not throw: in a block that changed somebody's keys there are
 * two. @throws what the last one threw; ClientError `not-found` without a key
 */
export function withOneOf<T>(signKeys: readonly Uint8Array[], run: (signPublicKey: Uint8Array) => T): T {
  let fault: unknown = new ClientError('not-found', { what: 'key of the signer' });
  for (const signPublicKey of signKeys) {
    try {
      return run(signPublicKey);
    } catch (cause) {
      fault = cause;
    }
  }
  throw fault;
}
