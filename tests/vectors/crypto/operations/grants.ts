import {
  combine,
  combineReleases,
  convert,
  createGrant,
  createSharing,
  derivePersonKeys,
  joinBytes,
  joinReleases,
  joinSubShares,
  openPart,
  openRelease,
  openShares,
  openTerms,
  reshare,
  splitBytes,
  toHex,
  verifyConversion,
  type PersonKeys,
  type Backend,
} from '#crypto';
import { lagrangeAtZero, sharePublic } from '../../../../crypto/grant/polynomial.ts';
import { deriveSealKeys } from '../../../../crypto/keys/person.ts';
import { hexAll, withDraws, type Fields, type Operation } from './fields.ts';
import { compartmentIn, nameIn, publicKeysIn } from './primitives.ts';

/** A person out of a root; the proof of possession is random and no part of any result here. */
function personIn(backend: Backend, input: Fields, field: string): PersonKeys {
  return derivePersonKeys(backend, input.bytes(field));
}

const holderIn = (input: Fields) => ({
  id: input.bytes('id'),
  index: input.number('index'),
  seal: input.bytes('seal'),
});

const issuerIn = (input: Fields) => ({ id: input.bytes('id'), signPublicKey: input.bytes('sign') });

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

const byteShareIn = (input: Fields) => ({ index: input.number('index'), bytes: input.bytes('bytes') });

/** A node or guardian from its seal seed: the shares' operations need no other key of it. */
const holderKeysIn = (input: Fields) => ({
  id: input.bytes('id'),
  seal: deriveSealKeys(input.bytes('sealSeed')),
});

function releaseIn(backend: Backend, input: Fields) {
  const context = input.fields('context');
  const holder = input.fields('holder');
  return openRelease(backend, {
    requester: { seal: deriveSealKeys(input.bytes('requesterSealSeed')) },
    holder: { ...issuerIn(holder), index: holder.number('index') },
    context: {
      chainId: context.bytes('chain'),
      sharingId: context.bytes('sharingId'),
      requester: context.bytes('requester'),
      accessId: context.bytes('access'),
      height: context.number('height'),
    },
    commitment: input.bytes('commitment'),
    capsules: input.fieldsList('capsules').map((capsule) => ({
      E: capsule.bytes('E'),
      recordId: capsule.bytes('record'),
      slot: capsule.number('slot'),
    })),
    box: input.bytes('box'),
  });
}

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
  'split-bytes': (backend, input) =>
    splitBytes(
      withDraws(backend, input),
      input.bytes('secret'),
      input.number('threshold'),
      input.numbers('indices'),
    ).map(({ index, bytes }) => ({ index, bytes: toHex(bytes) })),
  'join-bytes': (_, input) => toHex(joinBytes(input.fieldsList('shares').map(byteShareIn))),
  'sharing-create': (backend, input) => {
    const sharing = createSharing(withDraws(backend, input), {
      issuer: personIn(backend, input, 'issuerRoot'),
      patient: input.bytes('patient'),
      secret: {
        ...(input.has('scalar') ? { scalar: input.bytes('scalar') } : {}),
        bytes: input.bytes('bytes'),
      },
      threshold: input.number('threshold'),
      holders: input.fieldsList('holders').map(holderIn),
      nonce: input.bytes('nonce'),
    });
    return {
      sharingId: toHex(sharing.sharingId),
      commitment: toHex(sharing.commitment),
      boxes: sharing.boxes.map(({ box }) => toHex(box)),
    };
  },
  'part-open': (backend, input) => {
    const part = openPart(backend, {
      holder: holderKeysIn(input.fields('holder')),
      index: input.number('index'),
      issuer: issuerIn(input.fields('issuer')),
      sharingId: input.bytes('sharingId'),
      commitment: input.bytes('commitment'),
      box: input.bytes('box'),
    });
    return { scalar: toHex(part.scalar), bytes: toHex(part.bytes), salt: toHex(part.salt) };
  },
  'release-open': (backend, input) => {
    const { index, bytes, conversions } = releaseIn(backend, input);
    return { index, bytes: toHex(bytes), points: hexAll(conversions.map(({ point }) => point)) };
  },
  'releases-join': (backend, input) =>
    toHex(joinReleases(input.fieldsList('releases').map((one) => releaseIn(backend, one)))),
  'releases-combine': (backend, input) => {
    const releases = input.fieldsList('releases').map((one) => releaseIn(backend, one));
    const { compartment, elements } = combineReleases(backend, releases, nameIn(input.fields('name')));
    const { A, kappa, ix } = compartment;
    return { A: toHex(A), kappa: toHex(kappa), ix: toHex(ix), elements: hexAll(elements) };
  },
  reshare: (backend, input) => {
    const next = { threshold: input.number('threshold'), indices: input.numbers('indices') };
    const held = { index: input.number('index'), share: input.bytes('share') };
    const { commitments, shares } = reshare(withDraws(backend, input), held, next);
    return { commitments: hexAll(commitments), shares: hexAll(shares) };
  },
  'sub-shares-join': (backend, input) => {
    const subs = input.fieldsList('subs').map((sub) => ({
      from: sub.number('from'),
      commitments: sub.bytesList('commitments'),
      share: sub.bytes('share'),
    }));
    const { share, commitments } = joinSubShares(backend, subs);
    return { share: toHex(share), commitments: hexAll(commitments) };
  },
};
