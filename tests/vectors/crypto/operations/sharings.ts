import {
  combineReleases,
  createSharing,
  joinReleases,
  openPart,
  openRelease,
  parseLink,
  sealRelease,
  toHex,
  type Backend,
} from '#crypto';
import { deriveSealKeys } from '../../../../crypto/keys/person.ts';
import { maskOf, unseal } from '../../../../crypto/sharing/deposit.ts';
import { hexAll, withDraws, type Fields, type Operation } from './fields.ts';
import { holderIn, holderKeysIn, issuerIn, personIn } from './grants.ts';
import { nameIn } from './primitives.ts';
import { listsIn } from './resharings.ts';

function contextIn(input: Fields) {
  const context = input.fields('context');
  return {
    chainId: context.bytes('chain'),
    sharingId: context.bytes('sharingId'),
    requester: context.bytes('requester'),
    accessId: context.bytes('access'),
    height: context.number('height'),
  };
}

const openingIn = (input: Fields) => ({ r: input.bytes('r'), z: input.bytes('z') });

const capsulesIn = (input: Fields) =>
  input.fieldsList('capsules').map((capsule) => ({
    E: capsule.bytes('E'),
    recordId: capsule.bytes('record'),
    slot: capsule.number('slot'),
  }));

function releaseIn(backend: Backend, input: Fields) {
  const holder = input.fields('holder');
  const context = contextIn(input);
  return openRelease(backend, {
    requester: { seal: deriveSealKeys(input.bytes('requesterSealSeed')) },
    holder: { ...issuerIn(holder), index: holder.number('index') },
    context,
    sharing: {
      id: context.sharingId,
      commitments: listsIn(input, 'commitments'),
      lock: input.bytes('lock'),
      sealed: parseLink(input.text('sealed')),
    },
    capsules: capsulesIn(input),
    box: input.bytes('box'),
  });
}

/** Deposits and releases: SCHEME 7. */
export const SHARINGS: Readonly<Record<string, Operation>> = {
  'sharing-create': (backend, input) => {
    const { sharingId, commitments, lock, sealed, boxes } = createSharing(withDraws(backend, input), {
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
      sharingId: toHex(sharingId),
      commitments: commitments.map(hexAll),
      lock: toHex(lock),
      sealed: toHex(sealed),
      boxes: boxes.map(({ box }) => toHex(box)),
    };
  },
  'part-open': (backend, input) => {
    const { shares, lock } = openPart(backend, {
        holder: holderKeysIn(input.fields('holder')),
        index: input.number('index'),
        issuer: issuerIn(input.fields('issuer')),
        sharing: {
          id: input.bytes('sharingId'),
          commitments: listsIn(input, 'commitments'),
          lock: input.bytes('lock'),
        },
        box: input.bytes('box'),
      });
    return { shares: hexAll(shares), z: toHex(lock) };
  },
  'sharing-mask': (_, input) => toHex(maskOf(input.bytes('sharingId'), openingIn(input))),
  'sealed-open': (_, input) =>
    toHex(unseal(input.bytes('sharingId'), openingIn(input), input.bytes('sealed'))),
  'release-seal': (backend, input) => {
    const holder = input.fields('holder');
    return toHex(
      sealRelease(withDraws(backend, input), {
        holder: {
          id: holder.bytes('id'),
          index: holder.number('index'),
          secretKey: holder.bytes('signSecret'),
        },
        part: { shares: input.bytesList('shares'), lock: input.bytes('z') },
        sealed: input.bytes('sealed'),
        context: contextIn(input),
        requesterSeal: input.bytes('requesterSeal'),
        capsules: capsulesIn(input),
      }),
    );
  },
  'release-open': (backend, input) => {
    const { index, share, lock, sealed, conversions } = releaseIn(backend, input);
    const points = hexAll(conversions.map(({ point }) => point));
    return { index, share: toHex(share), z: toHex(lock), sealed: toHex(sealed), points };
  },
  'releases-join': (backend, input) =>
    toHex(joinReleases(input.fieldsList('releases').map((one) => releaseIn(backend, one)))),
  'releases-combine': (backend, input) => {
    const releases = input.fieldsList('releases').map((one) => releaseIn(backend, one));
    const { compartment, elements } = combineReleases(backend, releases, nameIn(input.fields('name')));
    const { A, kappa, ix } = compartment;
    return { A: toHex(A), kappa: toHex(kappa), ix: toHex(ix), elements: hexAll(elements) };
  },
};
