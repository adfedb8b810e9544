import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes, nobleBackend } from '#crypto';
import { GROUP_ORDER, scalarToBytes } from '../../../crypto/scalar.ts';
import { flipBit, nativeBackend } from '../../unit/crypto/cast.ts';

const scalar = fc.bigInt({ min: 1n, max: GROUP_ORDER - 1n });
const small = fc.bigInt({ min: -300n, max: 300n });
const coefficient = fc.oneof(
  small,
  scalar,
  scalar.map((value) => -value),
);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** The same value, or the same error code, from both. */
function same(run: (backend: typeof nobleBackend) => unknown): void {
  const outcome = (backend: typeof nobleBackend) => {
    try {
      return run(backend);
    } catch (error) {
      return { code: (error as { code?: string }).code };
    }
  };
  expect(outcome(nativeBackend)).toEqual(outcome(nobleBackend));
}

describe('noble and libsodium are one backend', () => {
  it('multiply and multiplyBase', () => {
    fc.assert(
      fc.property(scalar, scalar, (p, s) => {
        const point = nobleBackend.group.multiplyBase(scalarToBytes(p));
        same(({ group }) => group.multiplyBase(scalarToBytes(p)));
        same(({ group }) => group.multiply(scalarToBytes(s), point));
      }),
      { numRuns: 40 },
    );
  });

  it('sums with any integers as coefficients, the identity as a result included', () => {
    const term = fc.record({ coefficient, point: fc.oneof(fc.constant(1n), scalar) });
    fc.assert(
      fc.property(fc.array(term, { maxLength: 4 }), (terms) => {
        const points = terms.map(({ coefficient: c, point }) => ({
          coefficient: c,
          point: nobleBackend.group.multiplyBase(scalarToBytes(point)),
        }));
        same(({ group }) => group.sum(points));
        const exponent = terms.reduce((sum, one) => sum + one.coefficient * one.point, 0n) % GROUP_ORDER;
        const expected =
          exponent === 0n ? new Uint8Array(32) : nobleBackend.group.multiplyBase(scalarToBytes(exponent));
        expect(nativeBackend.group.sum(points)).toEqual(expected);
        const negated = points.map((one) => ({ ...one, coefficient: -one.coefficient }));
        expect(nativeBackend.group.sum([...points, ...negated])).toEqual(new Uint8Array(32));
        expect(nobleBackend.group.sum([...points, ...negated])).toEqual(new Uint8Array(32));
      }),
      { numRuns: 40 },
    );
  });

  it('verdicts on any bytes as element or scalar', () => {
    const anyBytes = fc.oneof(bytes(32), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(anyBytes, anyBytes, (point, s) => {
        same(({ group }) => group.isElement(point));
        same(({ group }) => group.multiplyBase(s));
        same(({ group }) => group.multiply(s, point));
        same(({ group }) => group.sum([{ coefficient: 3n, point }]));
      }),
      { numRuns: 200 },
    );
  });

  it('signatures, and verdicts on signatures with any bit flipped', () => {
    fc.assert(
      fc.property(
        bytes(32),
        fc.uint8Array({ maxLength: 100 }),
        fc.nat(511),
        fc.nat(255),
        (seed, message, at, keyAt) => {
          const { publicKey, secretKey } = nobleBackend.signatures.keyPair(seed);
          same(({ signatures }) => signatures.keyPair(seed).publicKey);
          same(({ signatures }) => signatures.sign(message, secretKey));
          const signature = nativeBackend.signatures.sign(message, secretKey);
          for (const { signatures } of [nobleBackend, nativeBackend]) {
            expect(signatures.verify(signature, message, publicKey)).toBe(true);
            expect(signatures.verify(flipBit(signature, at), message, publicKey)).toBe(false);
            expect(signatures.verify(signature, message, flipBit(publicKey, keyAt))).toBe(false);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('verdicts on any bytes as signature and key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), bytes(64), bytes(32), (odd, signature, key) => {
        same(({ signatures }) => signatures.verify(signature, odd, key));
        same(({ signatures }) => signatures.verify(odd, signature, key));
        same(({ signatures }) => signatures.verify(signature, key, odd));
      }),
      { numRuns: 100 },
    );
  });

  it('random bytes are fresh and of the asked length', () => {
    const [a, b] = [nativeBackend.random(32), nobleBackend.random(32)];
    expect([a.length, b.length]).toEqual([32, 32]);
    expect(equalBytes(a, b)).toBe(false);
    expect(() => nobleBackend.random(-1)).toThrow(expect.objectContaining({ code: 'input-invalid' }));
  });
});
