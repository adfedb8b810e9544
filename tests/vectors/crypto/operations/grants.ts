import {
  combine,
  convert,
  createGrant,
  derivePersonKeys,
  openShares,
  openTerms,
  toHex,
  verifyConversion,
  type PersonKeys,
  type Backend,
} from '#crypto';
import { lagrangeAtZero, sharePublic } from '../../../../crypto/grant/polynomial.ts';
import { deriveSealKeys } from '../../../../crypto/keys/person.ts';
import { hexAll, withDraws, type Fields, type Operation } from './fields.ts';
import { compartmentIn, publicKeysIn } from './primitives.ts';

/** A person out of a root; the proof of possession is random and no part of any result here. */
export function personIn(backend: Backend, input: Fields, field: string): PersonKeys {
  return derivePersonKeys(backend, input.bytes(field));
}

export const holderIn = (input: Fields) => ({
  id: input.bytes('id'),
  index: input.number('index'),
  seal: input.bytes('seal'),
});

export const issuerIn = (input: Fields) => ({ id: input.bytes('id'), signPublicKey: input.bytes('sign') });

const rekeyIn = (input: Fields) => ({ X: input.bytes('X'), commitments: input.bytesList('commitments') });

function contextIn(input: Fields) {
  return {
    chainId: input.bytes('chain'),
    grantId: input.bytes('grantId'),
    rekey: input.number('rekey'),
    recordId: input.bytes('record'),
    slot: input.number('slot'),
    delegate: input.bytes('delegate'),
    accessId: input.bytes('access'),
    height: input.number('height'),
  };
}

const conversionIn = (input: Fields) => ({
  index: input.number('index'),
  point: input.bytes('point'),
  proof: input.bytes('proof'),
});

/** A node from its seal seed: the shares' operations need no other key of it. */
export const holderKeysIn = (input: Fields) => ({
  id: input.bytes('id'),
  seal: deriveSealKeys(input.bytes('sealSeed')),
});

export const GRANTS: Readonly<Record<string, Operation>> = {
  lagrange: (_, input) => {
    const { numerators, denominator } = lagrangeAtZero(input.numbers('indices'));
    return { numerators: numerators.map(String), denominator: String(denominator) };
  },
  'share-public': (backend, input) =>
    toHex(sharePublic(backend, input.bytesList('commitments'), input.number('index'))),
  'grant-create': (backend, input) => {
    const issuer = personIn(backend, input, 'issuerRoot');
    const draft = createGrant(withDraws(backend, input), {
      issuer,
      patient: input.bytes('patient'),
      delegate: publicKeysIn(input.fields('delegate')),
      compartments: input.fieldsList('compartments').map(compartmentIn),
      threshold: input.number('threshold'),
      nodes: input.fieldsList('nodes').map(holderIn),
      terms: {
        purpose: input.text('purpose'),
        expiresAtMs: input.number('expires'),
        ...(input.has('keywords') ? { keywords: input.list('keywords').map(String) } : {}),
      },
      ...(input.has('nonce') ? { nonce: input.bytes('nonce') } : {}),
      ...(input.has('padTo') ? { padTo: input.number('padTo') } : {}),
    });
    return {
      grantId: toHex(draft.grantId),
      rekeys: draft.rekeys.map(({ X, commitments }) => ({ X: toHex(X), commitments: hexAll(commitments) })),
      boxes: draft.nodeShares.map(({ box }) => toHex(box)),
      terms: toHex(draft.terms),
      termsCommitment: toHex(draft.termsCommitment),
    };
  },
  'shares-open': (backend, input) => {
    const holder = holderKeysIn(input.fields('node'));
    const node = { ...holder, validator: { publicKey: holder.id, secretKey: holder.id }, peerSeed: holder.id };
    return hexAll(
      openShares(backend, {
        node,
        issuer: issuerIn(input.fields('issuer')),
        grantId: input.bytes('grantId'),
        index: input.number('index'),
        rekeys: input.fieldsList('rekeys').map(rekeyIn),
        box: input.bytes('box'),
      }),
    );
  },
  'terms-open': (backend, input) => {
    const terms = openTerms(backend, {
      delegate: personIn(backend, input, 'delegateRoot'),
      issuer: issuerIn(input.fields('issuer')),
      grantId: input.bytes('grantId'),
      box: input.bytes('box'),
    });
    return {
      purpose: terms.purpose,
      expires: terms.expiresAtMs,
      keywords: terms.keywords,
      commitment: toHex(terms.commitment),
      compartments: terms.compartments.map(({ rekey, compartment: { name, A, kappa, ix } }) => ({
        rekey,
        ...name,
        A: toHex(A),
        kappa: toHex(kappa),
        ix: toHex(ix),
      })),
    };
  },
  convert: (backend, input) => {
    const { point, proof } = convert(withDraws(backend, input), {
      share: input.bytes('share'),
      E: input.bytes('E'),
      index: input.number('index'),
      context: contextIn(input.fields('context')),
    });
    return { point: toHex(point), proof: toHex(proof) };
  },
  'verify-conversion': (backend, input) =>
    verifyConversion(backend, {
      rekey: { commitments: input.bytesList('commitments') },
      E: input.bytes('E'),
      conversion: conversionIn(input.fields('conversion')),
      context: contextIn(input.fields('context')),
    }),
  combine: (backend, input) =>
    toHex(
      combine(backend, {
        delegate: personIn(backend, input, 'delegateRoot'),
        grantId: input.bytes('grantId'),
        rekeyIndex: input.number('rekeyIndex'),
        rekey: rekeyIn(input.fields('rekey')),
        conversions: input.fieldsList('conversions').map(conversionIn),
      }),
    ),
};
