import sodium from 'libsodium-wrappers-sumo';
import { equalBytes } from '../../bytes.ts';
import { CryptoError } from '../../crypto-error.ts';
import { nonzeroScalarFromBytes, reduceScalar, scalarToBytes } from '../../scalar.ts';
import type { Group, GroupTerm } from '../backend.ts';

const IDENTITY = new Uint8Array(32);

/** A coefficient up to this many bits is cheaper as additions than as one constant-time multiplication. */
const CHAIN_BITS_MAX = 6;

function isElement(bytes: Uint8Array): boolean {
  return (
    bytes.length === 32 &&
    !equalBytes(bytes, IDENTITY) &&
    sodium.crypto_core_ristretto255_is_valid_point(bytes)
  );
}

function requireElement(point: Uint8Array): void {
  if (!isElement(point)) throw new CryptoError('point-invalid', 'not a canonical element, or the identity');
}

function isSmall(coefficient: bigint): boolean {
  return (coefficient < 0n ? -coefficient : coefficient) < 1n << BigInt(CHAIN_BITS_MAX);
}

/** Straus's joint double-and-add over the small coefficients, from the top bit down. */
function sumOfSmall(terms: readonly GroupTerm[]): Uint8Array {
  let total: Uint8Array = IDENTITY;
  for (let bit = BigInt(CHAIN_BITS_MAX) - 1n; bit >= 0n; bit--) {
    if (!equalBytes(total, IDENTITY)) total = sodium.crypto_core_ristretto255_add(total, total);
    for (const { coefficient, point } of terms) {
      const magnitude = coefficient < 0n ? -coefficient : coefficient;
      if (((magnitude >> bit) & 1n) === 0n) continue;
      total =
        coefficient < 0n
          ? sodium.crypto_core_ristretto255_sub(total, point)
          : sodium.crypto_core_ristretto255_add(total, point);
    }
  }
  return total;
}

function sum(generator: Uint8Array, terms: readonly GroupTerm[]): Uint8Array {
  for (const { point } of terms) requireElement(point);
  let total = sumOfSmall(terms.filter(({ coefficient }) => isSmall(coefficient)));
  for (const { coefficient, point } of terms) {
    if (isSmall(coefficient)) continue;
    const reduced = reduceScalar(coefficient);
    if (reduced === 0n) continue;
    const scalar = scalarToBytes(reduced);
    const product = equalBytes(point, generator)
      ? sodium.crypto_scalarmult_ristretto255_base(scalar)
      : sodium.crypto_scalarmult_ristretto255(scalar, point);
    total = equalBytes(total, IDENTITY) ? product : sodium.crypto_core_ristretto255_add(total, product);
  }
  return Uint8Array.from(total);
}

/** ristretto255 of libsodium, compiled to WebAssembly. Resolves when the module is ready. */
export async function createLibsodiumGroup(): Promise<Group> {
  await sodium.ready;
  const generator = sodium.crypto_scalarmult_ristretto255_base(scalarToBytes(1n));
  return {
    generator,
    isElement,
    multiply(scalar, point) {
      requireElement(point);
      nonzeroScalarFromBytes(scalar);
      return sodium.crypto_scalarmult_ristretto255(scalar, point);
    },
    multiplyBase(scalar) {
      nonzeroScalarFromBytes(scalar);
      return sodium.crypto_scalarmult_ristretto255_base(scalar);
    },
    sum: (terms) => sum(generator, terms),
  };
}
