import {
  checkRekey,
  decode,
  deriveCompartment,
  deriveNodeKeys,
  derivePersonKeys,
  DOMAIN,
  encode,
  grantIdOf,
  hash,
  hashToScalar,
  kdf,
  keywordKey,
  normaliseKeyword,
  openBox,
  parseLink,
  prf,
  recoveryCodeOf,
  rootFromRecoveryCode,
  sealBox,
  searchTag,
  signTagged,
  toHex,
  unwrapRoot,
  verifyPublicKeys,
  verifyTagged,
  writerKit,
  type Compartment,
  type CompartmentName,
  type DomainTag,
  type PublicKeys,
} from '#crypto';
import { delegationScalar } from '../../../../crypto/grant/delegation.ts';
import { frame } from '../../../../crypto/hash.ts';
import { deriveSealKeys } from '../../../../crypto/keys/person.ts';
import { withDraws, type Fields, type Operation } from './fields.ts';

const TAGS: readonly string[] = Object.values(DOMAIN);

function tagIn(input: Fields): DomainTag {
  const tag = input.text('tag');
  if (!TAGS.includes(tag)) throw new TypeError(`unknown tag ${tag}`);
  return tag as DomainTag;
}

export function nameIn(input: Fields): CompartmentName {
  const category = input.text('category');
  return { category, generation: input.number('generation'), period: input.text('period') };
}

export function compartmentIn(input: Fields): Compartment {
  const [A, kappa, ix] = [input.bytes('A'), input.bytes('kappa'), input.bytes('ix')];
  const a = input.has('a') ? input.bytes('a') : new Uint8Array(0);
  return { name: nameIn(input), a, A, kappa, ix };
}

export function publicKeysIn(input: Fields): PublicKeys {
  const [sign, seal] = [input.bytes('sign'), input.bytes('seal')];
  return { sign, seal, delegate: input.bytes('delegate'), possession: input.bytes('possession') };
}

export const PRIMITIVES: Readonly<Record<string, Operation>> = {
  frame: (_, input) => toHex(frame(...input.bytesList('parts'))),
  hash: (_, input) => toHex(hash(tagIn(input), ...input.bytesList('parts'))),
  prf: (_, input) => toHex(prf(tagIn(input), input.bytes('key'), ...input.bytesList('parts'))),
  kdf: (_, input) =>
    toHex(kdf(tagIn(input), input.bytes('secret'), input.bytesList('parts'), input.number('length'))),
  'hash-to-scalar': (_, input) => toHex(hashToScalar(tagIn(input), ...input.bytesList('parts'))),
  'cbor-decode': (_, input) => {
    const value = decode(input.bytes('bytes'), input.number('bytesMax'));
    return toHex(encode(value));
  },
  'link-parse': (_, input) => toHex(parseLink(input.text('link')).bytes),
  'recovery-code': (_, input) => recoveryCodeOf(input.bytes('root')),
  'recovery-root': (_, input) => toHex(rootFromRecoveryCode(input.text('code'))),
  'element-valid': ({ group }, input) => group.isElement(input.bytes('element')),
  multiply: ({ group }, input) => toHex(group.multiply(input.bytes('scalar'), input.bytes('element'))),
  'multiply-base': ({ group }, input) => toHex(group.multiplyBase(input.bytes('scalar'))),
  sign: (backend, input) =>
    toHex(signTagged(backend, tagIn(input), input.bytes('message'), input.bytes('seed'))),
  verify: (backend, input) => {
    const [message, signature] = [input.bytes('message'), input.bytes('signature')];
    return verifyTagged(backend, tagIn(input), message, signature, input.bytes('key'));
  },
  'person-keys': (backend, input) => {
    const keys = derivePersonKeys(withDraws(backend, input), input.bytes('root'));
    const { sign, seal, delegate, possession } = keys.publicKeys;
    return {
      id: toHex(keys.id),
      sign: toHex(sign),
      seal: toHex(seal),
      delegate: toHex(delegate),
      possession: toHex(possession),
      signSeed: toHex(keys.sign.secretKey),
      sealSeed: toHex(keys.seal.secretKey),
      b: toHex(keys.delegate.secret),
    };
  },
  'node-keys': (backend, input) => {
    const keys = deriveNodeKeys(backend, input.bytes('root'));
    return {
      id: toHex(keys.id),
      validator: toHex(keys.validator.publicKey),
      seal: toHex(keys.seal.publicKey),
      peerSeed: toHex(keys.peerSeed),
    };
  },
  'public-keys-verify': (backend, input) => verifyPublicKeys(backend, publicKeysIn(input)),
  compartment: (backend, input) => {
    const { a, A, kappa, ix } = deriveCompartment(backend, input.bytes('seed'), nameIn(input));
    return { a: toHex(a), A: toHex(A), kappa: toHex(kappa), ix: toHex(ix) };
  },
  'writer-kit': (backend, input) => {
    const from = compartmentIn(input.fields('compartment'));
    const kit = writerKit(backend, from, input.bytes('writer'), input.number('serial'));
    return { kappaLane: toHex(kit.kappaLane), ixLane: toHex(kit.ixLane) };
  },
  normalise: (_, input) => normaliseKeyword(input.text('text')),
  'search-tag': (_, input) =>
    toHex(searchTag(keywordKey(input.bytes('ixLane'), input.text('keyword')), input.number('n'))),
  'box-seal': (backend, input) =>
    toHex(
      sealBox(withDraws(backend, input), {
        sender: { id: input.bytes('senderId'), secretKey: input.bytes('senderSeed') },
        recipientSeal: input.bytes('recipient'),
        context: input.bytes('context'),
        plaintext: input.bytes('plaintext'),
      }),
    ),
  'box-open': (backend, input) =>
    toHex(
      openBox(backend, {
        senderPublicKey: input.bytes('senderKey'),
        senderId: input.bytes('senderId'),
        recipient: deriveSealKeys(input.bytes('recipientSeed')),
        context: input.bytes('context'),
        box: input.bytes('box'),
      }),
    ),
  'keystore-unwrap': async (_, input) => {
    const passphrase = input.text('passphrase');
    return toHex(await unwrapRoot({ wrapped: input.bytes('wrapped'), passphrase }));
  },
  'grant-id': (_, input) =>
    toHex(grantIdOf(input.bytes('issuer'), input.bytes('patient'), input.bytes('nonce'))),
  delegation: (_, input) => {
    const [grantId, X] = [input.bytes('grantId'), input.bytes('X')];
    return toHex(
      delegationScalar(grantId, input.number('rekey'), X, input.bytes('B'), input.bytes('shared')),
    );
  },
  'check-rekey': (backend, input) => {
    const grantId = input.bytes('grantId');
    const delegate = derivePersonKeys(backend, input.bytes('delegateRoot'));
    const rekey = { X: input.bytes('X'), commitments: input.bytesList('commitments') };
    const rekeyIndex = input.number('rekey');
    return checkRekey(backend, { delegate, grantId, rekeyIndex, rekey, A: input.bytes('A') });
  },
};
