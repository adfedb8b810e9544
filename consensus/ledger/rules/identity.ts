import { concatBytes, DOMAIN, verifyTagged } from '#crypto';
import { ENTRY } from '../entry.ts';
import { readIdentityKey, readInstitution } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import { require } from './rule.ts';
import type { Rule } from './rule.ts';

/** What a node signs (`DOMAIN.identityKey`) to say that it evaluates identities with the key behind `publicKey`. */
export function identityKeyBytes(
  chainId: Uint8Array,
  institution: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array {
  return concatBytes(chainId, institution, publicKey);
}

/** By an administrator, once for good: with a second key the same person would have two tags and not be found. */
export const publishIdentityKey: Rule<'identity.publish'> = (
  { backend, state, sender, context },
  { body },
) => {
  const { publicKey, signature } = body;
  require(readIdentityKey(state.get, sender.home) === undefined, 'identity-key-exists');
  const validatorKey = readInstitution(state.get, sender.home)?.validatorKey;
  const said = identityKeyBytes(context.chainId, sender.home, publicKey);
  const isOwn =
    validatorKey !== undefined &&
    backend.group.isElement(publicKey) &&
    verifyTagged(backend, DOMAIN.identityKey, said, signature, validatorKey);
  require(isOwn, 'identity-key-invalid');
  const entry = { publicKey, height: context.height };
  state.put(stateKeys.identityKey(sender.home), ENTRY.identityKey.encode(entry));
  return { patient: null, audit: null };
};
