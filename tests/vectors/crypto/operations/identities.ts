import { toHex } from '#crypto';
import { blindIdentity, deriveIdentityKeys, evaluateIdentities, identityInput, identityTags, witnessedTag } from '#crypto/identity';
import { hexAll, withDraws, type Operation } from './fields.ts';

/** SCHEME 9: one person at several institutions. */
export const IDENTITIES: Readonly<Record<string, Operation>> = {
  'identity-keys': (_, input) => {
    const { secretKey, publicKey } = deriveIdentityKeys(input.bytes('root'));
    return { secretKey: toHex(secretKey), publicKey: toHex(publicKey) };
  },
  'identity-input': (_, input) =>
    toHex(identityInput(input.text('kind'), ...input.list('attributes').map(String))),
  'identity-blind': (backend, input) => {
    const { blind, blinded } = blindIdentity(withDraws(backend, input), input.bytes('input'));
    return { blind: toHex(blind), blinded: toHex(blinded) };
  },
  'identity-evaluate': (backend, input) => {
    const keys = deriveIdentityKeys(input.bytes('root'));
    const { evaluated, proof } = evaluateIdentities(
      withDraws(backend, input),
      keys,
      input.bytesList('blinded'),
    );
    return { evaluated: hexAll(evaluated), proof: toHex(proof) };
  },
  'identity-tags': (_, input) => {
    const items = input.fieldsList('items').map((item) => ({
      input: item.bytes('input'),
      blind: item.bytes('blind'),
      blinded: item.bytes('blinded'),
    }));
    const evaluation = { evaluated: input.bytesList('evaluated'), proof: input.bytes('proof') };
    return hexAll(identityTags(items, evaluation, input.bytes('publicKey')));
  },
  'identity-witnessed': (_, input) => toHex(witnessedTag(input.bytes('home'), input.bytes('witness'))),
};
