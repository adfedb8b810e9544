import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  combine,
  convert,
  CryptoError,
  decode,
  decodeRecordHeader,
  encode,
  fromBase64Url,
  fromHex,
  keywordKey,
  normaliseKeyword,
  openRecord,
  openTerms,
  recoveryCodeOf,
  rootFromRecoveryCode,
  searchTag,
  toBase64Url,
  toHex,
  unwrapRoot,
  verifyConversion,
  verifyRecordHeader,
} from '#crypto';
import { evaluate, lagrangeAtZero } from '../../../crypto/grant/polynomial.ts';
import { isBodyLength, padmeLength } from '../../../crypto/record/body-layout.ts';
import { GROUP_ORDER, invertScalar, reduceScalar } from '../../../crypto/scalar.ts';
import {
  alice,
  backends,
  bob,
  compartmentOf,
  contextOf,
  grantTo,
  headerOf,
  nativeBackend,
  sealFor,
  watch,
} from '../../unit/crypto/cast.ts';

const laboratory = compartmentOf();

describe('records', () => {
  it('open to what was sealed, whatever it was and whichever backend sealed and opened it', async () => {
    const oneOf = fc.constantFrom(...backends);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), oneOf, oneOf, async (plaintext, seals, opens) => {
        const sealed = await sealFor([laboratory], plaintext, { backend: seals });
        const header = headerOf(sealed);
        expect(verifyRecordHeader(opens, header, watch.sign.publicKey)).toBe(true);
        const key = { kind: 'owner', compartment: laboratory } as const;
        expect(await openRecord(opens, { header, fetch: sealed.fetch, key })).toEqual(plaintext);
      }),
      { numRuns: 25 },
    );
  });

  it('have lengths that only padded plaintexts have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900_000_000 }), (length) => {
        const padded = padmeLength(length);
        const sealed = padded + 16 * Math.ceil(padded / 65_536);
        expect(isBodyLength(sealed)).toBe(true);
        expect(padmeLength(padded)).toBe(padded);
        expect(padded === 512 || padded / length <= 1.12).toBe(true);
      }),
    );
  });
});

describe('thresholds', () => {
  it('any t different points interpolate at zero, with small integer numerators', () => {
    const indices = fc.uniqueArray(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 11 });
    fc.assert(
      fc.property(indices, fc.bigInt({ min: 1n, max: GROUP_ORDER - 1n }), (some, seed) => {
        const polynomial = some.map((_, k) => reduceScalar(seed ** BigInt(k + 1)));
        const { numerators, denominator } = lagrangeAtZero(some);
        const sum = some.reduce((total, i, k) => total + numerators[k]! * evaluate(polynomial, i), 0n);
        expect(reduceScalar(sum * invertScalar(denominator))).toBe(polynomial[0]);
      }),
    );
  });

  it('any threshold and any subset of proxies in any order give the owner’s element', async () => {
    const header = headerOf(await sealFor([laboratory], new Uint8Array(8)));
    const E = header.slots[0]!.E;
    const owner = nativeBackend.group.multiply(laboratory.a, E);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.shuffledSubarray([1, 2, 3, 4], { minLength: 4 }),
        (threshold, order) => {
          const grant = grantTo([laboratory], { threshold });
          const j = grant.rekeyOf[0]!;
          const context = contextOf(grant, j, header.recordId);
          const rekey = grant.rekeys[j]!;
          const conversions = order
            .slice(0, threshold)
            .map((index) =>
              convert(nativeBackend, { share: grant.shares[index - 1]![j]!, E, index, context }),
            );
          for (const conversion of conversions) {
            expect(verifyConversion(nativeBackend, { rekey, E, conversion, context })).toBe(true);
          }
          expect(
            combine(nativeBackend, {
              delegate: bob,
              grantId: grant.grantId,
              rekeyIndex: j,
              rekey,
              conversions,
            }),
          ).toEqual(owner);
        },
      ),
      { numRuns: 6 },
    );
  });
});

describe('decoders', () => {
  const anyValue = fc.anything({ withNullPrototype: false, withBigInt: false, maxDepth: 3 });

  it('never throw anything but a CryptoError, and re-encode what they take', async () => {
    const header = (await sealFor([laboratory], new Uint8Array(8))).header;
    const mutated = fc.tuple(fc.nat(header.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Uint8Array.from(header);
      copy[at] = byte;
      return copy;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (bytes) => {
        for (const read of [decode, decodeRecordHeader] as const) {
          try {
            const value: unknown = read(bytes, 4096);
            if (read === decode) expect(encode(value)).toEqual(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CryptoError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('take back what encode gave', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        let bytes: Uint8Array;
        try {
          bytes = encode(value);
        } catch (error) {
          expect(error).toBeInstanceOf(CryptoError);
          return;
        }
        expect(encode(decode(bytes, bytes.length))).toEqual(bytes);
      }),
    );
  });

  it('open nothing out of noise, with one error', async () => {
    const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };
    const failed = { code: 'open-failed', message: 'open-failed' };
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 1500 }), async (box) => {
        expect(() => openTerms(nativeBackend, { delegate: bob, issuer, grantId: alice.id, box })).toThrow(
          expect.objectContaining(failed),
        );
        await expect(unwrapRoot({ wrapped: box, passphrase: 'p' })).rejects.toMatchObject(failed);
      }),
      { numRuns: 30 },
    );
  });

  it('hex, base64url and recovery codes come back', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (bytes, root) => {
          expect(fromHex(toHex(bytes))).toEqual(bytes);
          expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
          expect(rootFromRecoveryCode(recoveryCodeOf(root))).toEqual(root);
        },
      ),
    );
  });
});

describe('keywords', () => {
  it('normalise once and for all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        let keyword: string;
        try {
          keyword = normaliseKeyword(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'input-invalid' });
          return;
        }
        expect(normaliseKeyword(keyword)).toBe(keyword);
        expect(normaliseKeyword(` ${text.normalize('NFD')}\t`)).toBe(normaliseKeyword(text.normalize('NFD')));
      }),
      { numRuns: 500 },
    );
  });

  it('different keywords or counters never share a tag', () => {
    const key = (text: string) => `${normaliseKeyword(text)}`;
    const word = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(word, word, fc.nat(), fc.nat(), (a, b, m, n) => {
        const same = key(a) === key(b) && m === n;
        const tags = [searchTag(keywordKey(laboratory.ix, a), m), searchTag(keywordKey(laboratory.ix, b), n)];
        expect(toHex(tags[0]!) === toHex(tags[1]!)).toBe(same);
      }),
    );
  });
});
