import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { concatBytes, DOMAIN, kdf } from '#crypto';
import type { HeldPart } from '#crypto';
import { interpolateShares } from '../../../crypto/grant/polynomial.ts';
import type { Opening } from '../../../crypto/sharing/deposit.ts';

/** r and z out of the parts of the holders with the indices 1, 2, ...: as many as the threshold. */
export function openingOf(parts: readonly HeldPart[]): Opening {
  const shares = parts.map(({ shares: [share] }, i) => ({
    index: i + 1,
    share: share ?? new Uint8Array(0),
  }));
  return { r: interpolateShares(shares), z: parts[0]?.lock ?? new Uint8Array(0) };
}

/** Any bytes as the block that r and z of a deposit open: what only a dishonest issuer makes. */
export function sealedOf(sharingId: Uint8Array, { r, z }: Opening, bytes: Uint8Array): Uint8Array {
  const output = kdf(DOMAIN.sharingSealed, concatBytes(r, z), [sharingId], 88);
  const cipher = xchacha20poly1305(output.subarray(0, 32), output.subarray(32, 56));
  return concatBytes(output.subarray(56), cipher.encrypt(bytes));
}
