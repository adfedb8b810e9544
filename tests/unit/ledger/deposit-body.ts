import { linkOf, nobleBackend, sha256, utf8 } from '#crypto';
import type { Bodies } from '#consensus/ledger';

/** Of r and of b: two polynomials of degree two. */
const COMMITMENTS = [1, 4].map((first) =>
  [0, 1, 2].map((k) => nobleBackend.group.multiplyBase(new Uint8Array(32).fill(first + k, 0, 31))),
);

/** A deposit for emergencies, three of the holders; what is in the parts no ledger sees. */
export function depositBody(
  patient: Uint8Array,
  nonce: number,
  shares: Bodies['emergency.share']['shares'],
): Bodies['emergency.share'] {
  return {
    patient,
    nonce: new Uint8Array(16).fill(nonce),
    threshold: 3,
    commitments: COMMITMENTS,
    lock: sha256(utf8('lock')),
    sealed: linkOf('raw', utf8('sealed')),
    shares,
  };
}
