import type { Backend } from './backend/backend.ts';
import { concatBytes, utf8, wipe } from './bytes.ts';
import { DOMAIN, type DomainTag } from './domain-tags.ts';
import { frame, hashToScalar } from './hash.ts';
import { nonzeroScalarFromBytes, scalarFromBytes, scalarToBytes } from './scalar.ts';

/**
 * Non-interactive proofs over several generators and several witnesses at once (Fiat-Shamir over Schnorr's and
 * Chaum-Pedersen's protocols). A proof is the challenge and one response a witness, 32 bytes each.
 *
 * A witness w comes with the bases it is used on: it claims `image = w * base` for every pair. One pair is a proof
 * of knowledge; two pairs are a proof that both images have the same discrete logarithm (DLEQ).
 */
export interface Claim {
  /** An empty base means the generator. */
  readonly pairs: readonly { readonly base?: Uint8Array; readonly image: Uint8Array }[];
}

interface ProofContext {
  readonly tag: DomainTag;
  /** What the proof is bound to besides bases and images, which are always part of the challenge. */
  readonly statement: Uint8Array;
}

function challengeOf(
  context: ProofContext,
  claims: readonly Claim[],
  announcements: readonly Uint8Array[],
): Uint8Array {
  const points = claims.flatMap(({ pairs }) =>
    pairs.flatMap(({ base, image }) => [base ?? new Uint8Array(0), image]),
  );
  return hashToScalar(context.tag, context.statement, frame(...points), frame(...announcements));
}

/**
 * Nonces are hedged: fresh randomness together with the witness and the whole statement, so that neither a weak
 * generator nor a repeated statement gives a nonce away.
 */
export function prove(
  backend: Backend,
  context: ProofContext,
  claims: readonly (Claim & { readonly witness: Uint8Array })[],
): Uint8Array {
  const nonces = claims.map(({ witness }, i) =>
    hashToScalar(
      DOMAIN.nonce,
      utf8(context.tag),
      backend.random(32),
      witness,
      context.statement,
      Uint8Array.of(i),
    ),
  );
  const announcements = claims.flatMap(({ pairs }, i) => {
    const nonce = nonces[i] ?? new Uint8Array(0);
    return pairs.map(({ base }) =>
      base === undefined ? backend.group.multiplyBase(nonce) : backend.group.multiply(nonce, base),
    );
  });
  const challenge = challengeOf(context, claims, announcements);
  const c = scalarFromBytes(challenge);
  const responses = claims.map(({ witness }, i) => {
    const k = nonzeroScalarFromBytes(nonces[i] ?? new Uint8Array(0));
    return scalarToBytes(k + c * nonzeroScalarFromBytes(witness));
  });
  wipe(...nonces);
  return concatBytes(challenge, ...responses);
}

/** True when the proof holds for every claim. Never throws: a malformed point or scalar is a false proof. */
export function verifyProof(
  backend: Backend,
  context: ProofContext,
  claims: readonly Claim[],
  proof: Uint8Array,
): boolean {
  if (proof.length !== 32 * (1 + claims.length)) return false;
  try {
    const challenge = proof.subarray(0, 32);
    const c = nonzeroScalarFromBytes(challenge);
    const announcements = claims.flatMap(({ pairs }, i) => {
      const z = scalarFromBytes(proof.subarray(32 * (i + 1), 32 * (i + 2)));
      return pairs.map(({ base, image }) =>
        backend.group.sum([
          { coefficient: z, point: base ?? backend.group.generator },
          { coefficient: -c, point: image },
        ]),
      );
    });
    return scalarFromBytes(challengeOf(context, claims, announcements)) === c;
  } catch {
    return false;
  }
}
