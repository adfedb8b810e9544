import { x25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import {
  checkCompartmentName,
  CID,
  combineReleases,
  compareBytes,
  concatBytes,
  createSharing,
  DOMAIN,
  hash,
  isLink,
  isSealPublicKey,
  linkOf,
  matchesLink,
  normaliseKeyword,
  openPart,
  openRecord,
  openRelease,
  parseLink,
  recoveryCodeOf,
  rootFromRecoveryCode,
  sealRelease,
  sha256,
  utf8,
  type SharedSecret,
} from '#crypto';
import { plainBuffer } from '../../../crypto/bytes.ts';
import { webBodies } from '../../../crypto/record/chunk-cipher.ts';
import {
  alice,
  backends,
  bob,
  bytesOf,
  CHAIN,
  compartmentOf,
  flipBit,
  headerOf,
  maria,
  nativeBackend,
  nodes,
  sealFor,
} from './cast.ts';
import { openingOf, sealedOf } from './sharing-forgery.ts';

const encoding = expect.objectContaining({ code: 'encoding' });

describe('an X-Wing public key', () => {
  const { seal } = alice.publicKeys;

  it('has 768 coefficients below 3329, and not one above at any place', () => {
    const withCoefficient = (at: number, value: number) => {
      const key = Uint8Array.from(seal);
      const byte = 3 * (at >> 1);
      const [low = 0, middle = 0, high = 0] = key.subarray(byte, byte + 3);
      const pair =
        at % 2 === 0
          ? [value & 255, (middle & 0xf0) | (value >> 8), high]
          : [low, (middle & 15) | ((value & 15) << 4), value >> 4];
      key.set(pair, byte);
      return key;
    };
    for (let at = 0; at < 768; at++) {
      expect(isSealPublicKey(withCoefficient(at, 3328)), `${at}`).toBe(true);
      for (const value of [3329, 4095])
        expect(isSealPublicKey(withCoefficient(at, value)), `${at}`).toBe(false);
    }
  });

  it('ends in a point of X25519 that is not of low order (oracle: an exchange that fails)', () => {
    const zero = new Uint8Array(32);
    const p = zero.map((_, i) => (i === 0 ? 0xed : i === 31 ? 0x7f : 0xff));
    const order8 = [
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    ].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));
    const around = [p, ...[-1, 1].map((by) => p.map((byte, i) => (i === 0 ? byte + by : byte)))];
    const low = [zero, Uint8Array.of(1, ...zero.subarray(1)), ...order8, ...around];
    const keyWith = (u: Uint8Array) => concatBytes(seal.subarray(0, 1184), u);
    for (const u of low) {
      for (const form of [u, flipBit(u, 255)]) {
        expect(() => x25519.scalarMult(bytesOf('scalar'), form)).toThrow(
          'invalid private or public key received',
        );
        expect(isSealPublicKey(keyWith(form))).toBe(false);
      }
    }
    for (const u of [
      Uint8Array.of(9, ...zero.subarray(1)),
      Uint8Array.of(2, ...zero.subarray(1)),
      bytesOf('u'),
    ]) {
      for (const form of [u, flipBit(u, 255)]) expect(isSealPublicKey(keyWith(form))).toBe(true);
    }
    for (const length of [0, 1215, 1217]) expect(isSealPublicKey(new Uint8Array(length))).toBe(false);
  });
});

describe('a compartment', () => {
  it('has a name of exactly the forms of the scheme', () => {
    for (const good of [
      { category: 'x'.repeat(64) },
      { category: '-a-9' },
      { period: '2026-01' },
      { period: '2026-12' },
      { period: '1999' },
      { period: 'all' },
      { generation: 0xffff_ffff },
    ]) {
      expect(compartmentOf(good).A).toHaveLength(32);
    }
    for (const wrong of [
      { category: 'ab_c' },
      { category: ' lab' },
      { category: 'lab\n' },
      { period: '2026-00' },
      { period: '2026-19' },
      { period: '20261' },
      { period: 'x2026' },
      { period: '2026-111' },
      { period: '2026-11-01' },
      { period: 'allx' },
      { period: 'xall' },
      { period: '' },
    ]) {
      expect(() => compartmentOf(wrong), JSON.stringify(wrong)).toThrow(
        expect.objectContaining({ code: 'input-invalid' }),
      );
    }
    const name = { category: 'laboratory', generation: 0, period: 'all' };
    expect(checkCompartmentName(name)).toBeUndefined();
    for (const generation of [-1, 0.5, 2 ** 32]) {
      expect(() => checkCompartmentName({ ...name, generation })).toThrow(
        expect.objectContaining({ code: 'input-invalid' }),
      );
    }
  });
});

describe('code systems', () => {
  it.each([
    ['http://loinc.org|4548-4', 'loinc:4548-4'],
    ['urn:oid:2.16.840.1.113883.6.1|4548-4', 'loinc:4548-4'],
    ['http://snomed.info/sct|44054006', 'snomed:44054006'],
    ['urn:oid:2.16.840.1.113883.6.96|44054006', 'snomed:44054006'],
    ['http://www.nlm.nih.gov/research/umls/rxnorm|860975', 'rxnorm:860975'],
    ['urn:oid:2.16.840.1.113883.6.88|860975', 'rxnorm:860975'],
    ['http://hl7.org/fhir/sid/icd-10-cm|E11.9', 'icd-10-cm:e11.9'],
    ['http://hl7.org/fhir/sid/icd-10|E11', 'icd-10:e11'],
    ['http://hl7.org/fhir/sid/cvx|207', 'cvx:207'],
    ['http://unitsofmeasure.org|mm[Hg]', 'ucum:mm[hg]'],
    ['sct:44054006', 'snomed:44054006'],
    ['SNOMED-CT: 44054006 ', 'snomed:44054006'],
    ['ln:4548-4', 'loinc:4548-4'],
    ['rxn:860975', 'rxnorm:860975'],
    ['http://loinc.org| 4548-4 ', 'loinc:4548-4'],
    ['http://example.org/codes|1', 'http://example.org/codes|1'],
    ['see http://loinc.org|4548-4', 'see http://loinc.org|4548-4'],
    ['a sct:1', 'a sct:1'],
    ['a\u0000b\u0007\u2028c', 'a b c'],
    ['\u{1d400}\ud800', 'a\ufffd'],
  ])('%s is %s', (text, keyword) => {
    expect(normaliseKeyword(text)).toBe(keyword);
    expect(normaliseKeyword(keyword)).toBe(keyword);
  });
});

describe('links', () => {
  const bytes = utf8('block');
  const sha256Of = Uint8Array.from(sha256(bytes));
  const digest = <Code extends number>(code: Code, value: Uint8Array<ArrayBuffer>) => ({
    code,
    size: value.length,
    digest: value,
    bytes: Uint8Array.of(code, value.length, ...value),
  });
  it('are of version 1, SHA-256 and one of two codecs', () => {
    const [raw, cbor] = [linkOf('raw', bytes), linkOf('dag-cbor', bytes)];
    expect([raw.code, cbor.code, raw.multihash.code]).toEqual([0x55, 0x71, 0x12]);
    expect([isLink(raw), isLink(cbor), isLink(raw, 'raw'), isLink(cbor, 'dag-cbor')]).toEqual(
      Array(4).fill(true),
    );
    expect([isLink(raw, 'dag-cbor'), isLink(cbor, 'raw')]).toEqual([false, false]);
    const others = [
      CID.createV0(digest(0x12, sha256Of)),
      CID.createV1(0x70, digest(0x12, sha256Of)),
      CID.createV1(0x55, digest(0x16, sha256Of)),
      CID.createV1(0x55, digest(0x12, sha256Of.slice(1))),
    ];
    for (const other of others) {
      expect([isLink(other), matchesLink(other, bytes)]).toEqual([false, false]);
      expect(() => parseLink(other.toString())).toThrow(encoding);
    }
    expect(parseLink(raw.toString()).equals(raw)).toBe(true);
    // Another base is another text for the same link: only one is taken.
    expect(() => parseLink(`F${Buffer.from(raw.bytes).toString('hex').toUpperCase()}`)).toThrow(encoding);
  });
});

describe('a record', () => {
  // One byte of padding, none, a whole new unit; one byte before, at and after the end of a chunk.
  const lengths = [
    0,
    1,
    510,
    511,
    512,
    4094,
    4095,
    4096,
    65_534,
    65_535,
    65_536,
    15 * 65_536 - 1,
    15 * 65_536,
  ];
  it.each(lengths)('of %i bytes comes back, whatever its last bytes look like', async (length) => {
    const key = { kind: 'owner', compartment: compartmentOf() } as const;
    for (const last of [0, 0x80, 1]) {
      const plaintext = new Uint8Array(length).fill(last, -2);
      const sealed = await sealFor([compartmentOf()], plaintext);
      const opened = await openRecord(nativeBackend, { header: headerOf(sealed), fetch: sealed.fetch, key });
      expect(Buffer.compare(opened, plaintext)).toBe(0);
    }
  });
});

describe('a recovery code', () => {
  const root = bytesOf('root');
  const code = recoveryCodeOf(root);
  const refused = expect.objectContaining({ code: 'recovery-code-invalid' });

  it('is 256 bits of root and 24 of checksum in base 32, 14 groups of 4 (oracle: one large number)', () => {
    const all = concatBytes(root, hash(DOMAIN.recoveryCode, root).subarray(0, 3));
    const number = all.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    const expected = Array.from({ length: 56 }, (_, i) =>
      letters.charAt(Number((number >> BigInt(5 * (55 - i))) & 31n)),
    );
    expect(code.replaceAll('-', '')).toBe(expected.join(''));
    expect(code.split('-').map((group) => group.length)).toEqual(Array(14).fill(4));
    for (const length of [0, 31, 33]) {
      expect(() => recoveryCodeOf(new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: 'key-invalid' }),
      );
    }
  });

  it('may be surrounded by 224 letters of space and hyphen in all, and no more', () => {
    expect(rootFromRecoveryCode(code.padEnd(224, ' '))).toEqual(root);
    expect(() => rootFromRecoveryCode(code.padEnd(225, ' '))).toThrow(refused);
    expect(rootFromRecoveryCode(code.replaceAll('-', ' -\t'))).toEqual(root);
    for (const wrong of [code.replaceAll('-', '_'), `${code}*`, code.replace(/.$/, 'U'), code.slice(0, -1)]) {
      expect(() => rootFromRecoveryCode(wrong)).toThrow(refused);
    }
  });
});

describe('emergency access', () => {
  const holders = nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey }));
  function combinedOver(secret: SharedSecret, others?: Uint8Array) {
    const { sharingId, commitments, lock, boxes, ...made } = createSharing(nativeBackend, {
      issuer: alice,
      patient: maria.id,
      secret,
      threshold: 2,
      holders,
    });
    const context = { chainId: CHAIN, sharingId, requester: bob.id, accessId: bytesOf('a'), height: 1 };
    const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };
    const known = { id: sharingId, commitments, lock };
    const parts = [0, 1].map((i) => {
      const init = { holder: nodes[i]!, index: i + 1, issuer, sharing: known, box: boxes[i]!.box };
      return openPart(nativeBackend, init);
    });
    const sealed = others === undefined ? made.sealed : sealedOf(sharingId, openingOf(parts), others);
    const sharing = { ...known, sealed: linkOf('raw', sealed) };
    const releases = parts.map((part, i) => {
      const { id, validator } = nodes[i]!;
      const holder = { id, index: i + 1, secretKey: validator.secretKey };
      const box = sealRelease(nativeBackend, {
        holder,
        part,
        sealed,
        context,
        requesterSeal: bob.seal.publicKey,
        capsules: [],
      });
      return openRelease(nativeBackend, {
        requester: bob,
        holder: { id, index: i + 1, signPublicKey: validator.publicKey },
        context,
        sharing,
        capsules: [],
        box,
      });
    });
    return () => combineReleases(nativeBackend, releases, compartmentOf().name);
  }

  it('comes out of a sharing of a scalar and 64 bytes, and out of no other', () => {
    const { a, A } = compartmentOf();
    const both = combinedOver({ scalar: a, bytes: new Uint8Array(64).map((_, i) => i) })();
    expect(both.compartment).toMatchObject({ A, kappa: Uint8Array.from({ length: 32 }, (_, i) => i) });
    expect(both.compartment.ix[0]).toBe(32);
    expect(both.elements).toEqual([]);
    const refused = expect.objectContaining({ code: 'share-invalid' });
    expect(combinedOver({ bytes: new Uint8Array(64) })).toThrow(refused);
    const secret = { scalar: a, bytes: new Uint8Array(64) };
    expect(combinedOver(secret, new Uint8Array(64))).not.toThrow();
    for (const length of [63, 65]) {
      const bytes = new Uint8Array(length);
      expect(() => combinedOver({ scalar: a, bytes })).toThrow('secret length');
      expect(combinedOver(secret, bytes)).toThrow(refused);
    }
  });
});

describe('bytes', () => {
  it('compare by the first difference, unsigned, a prefix first', () => {
    const bytes = (...values: number[]) => Uint8Array.from(values);
    expect(compareBytes(bytes(1, 255), bytes(1, 2))).toBeGreaterThan(0);
    expect(compareBytes(bytes(1, 2), bytes(1, 255))).toBeLessThan(0);
    expect(compareBytes(bytes(2), bytes(1, 9, 9))).toBeGreaterThan(0);
    expect(compareBytes(bytes(1), bytes(1, 0))).toBeLessThan(0);
    expect(compareBytes(bytes(), bytes())).toBe(0);
  });

  it('reach Web Crypto from memory that is shared, as a copy, and from any other as they are', async () => {
    const own = bytesOf('own');
    expect(plainBuffer(own)).toBe(own);
    const shared = new Uint8Array(new SharedArrayBuffer(32));
    shared.set(own);
    expect(plainBuffer(shared).buffer).toBeInstanceOf(ArrayBuffer);
    expect(plainBuffer(shared)).toEqual(own);
    expect(await webBodies.sha256(shared)).toEqual(sha256(own));
  });

  it('come from two backends that say which they are', () => {
    expect(backends.map(({ name }) => name)).toEqual(['noble', 'native']);
  });
});
