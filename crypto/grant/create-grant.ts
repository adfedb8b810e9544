import type { Backend } from '../backend/backend.ts';
import { equalBytes, uint32 } from '../bytes.ts';
import { delegateCompartment, type Compartment } from '../compartment.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { hashToScalar, type Hash } from '../hash.ts';
import { personIdOf, verifyPublicKeys, type PersonKeys, type PublicKeys } from '../keys/person.ts';
import { invertScalar, nonzeroScalarFromBytes, reduceScalar, scalarToBytes } from '../scalar.ts';
import { GRANT_NONCE_BYTES, GRANT_REKEYS_MAX } from '../bounds.ts';
import { delegationScalar, grantIdOf, type Rekey } from './delegation.ts';
import { sealShares } from './node-shares.ts';
import { commit, evaluate, randomPolynomial } from './polynomial.ts';
import { checkHolders, type ShareHolder } from './share-box.ts';
import { sealTerms } from './terms.ts';

/** Fewest rekeys of a grant unless `padTo` says otherwise: one or four compartments look alike. */
const REKEYS_MIN = 4;

export interface CreateGrantInit {
  /** The patient, or a custodian of all these compartments. */
  readonly issuer: PersonKeys;
  readonly patient: Uint8Array;
  readonly delegate: PublicKeys;
  /** 1 to 64, all different. */
  readonly compartments: readonly Compartment[];
  /** t, at most the number of nodes. No node is twice among them. */
  readonly threshold: number;
  readonly nodes: readonly ShareHolder[];
  readonly terms: {
    readonly purpose: string;
    readonly expiresAtMs: number;
    readonly keywords?: readonly string[];
  };
  /** 16 bytes; random when absent. */
  readonly nonce?: Uint8Array;
  /** Number of rekeys, dummies included; the next power of two, at least 4, when absent. */
  readonly padTo?: number;
}

export interface GrantDraft {
  readonly grantId: Hash;
  readonly nonce: Uint8Array;
  /** Granted compartments and dummies in random order; nobody but the delegate can tell them apart. */
  readonly rekeys: readonly Rekey[];
  readonly nodeShares: readonly {
    readonly node: Uint8Array;
    readonly index: number;
    /** X-Wing box to that node: its share of every rekey. */
    readonly box: Uint8Array;
  }[];
  /** X-Wing box to the delegate. */
  readonly terms: Uint8Array;
  readonly termsCommitment: Hash;
}

function checkGrant(backend: Backend, init: CreateGrantInit, count: number): void {
  const { compartments, threshold, nodes, delegate } = init;
  const refuse = (what: string): never => {
    throw new CryptoError('input-invalid', what);
  };
  const isCount = Number.isInteger(count) && count >= compartments.length && count <= GRANT_REKEYS_MAX;
  if (compartments.length < 1 || !isCount) refuse('compartments');
  if (compartments.some((one, i) => compartments.slice(0, i).some((other) => equalBytes(one.A, other.A)))) {
    refuse('a compartment twice');
  }
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > nodes.length) refuse('threshold');
  checkHolders(nodes);
  if (init.nonce !== undefined && init.nonce.length !== GRANT_NONCE_BYTES) refuse('nonce');
  if (init.patient.length !== 32) refuse('ids have 32 bytes');
  if (!verifyPublicKeys(backend, delegate)) throw new CryptoError('key-invalid', 'keys of the delegate');
}

function nextPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}

/** Fisher-Yates over 0..count-1 with the backend's randomness; 32 bits a step, bias below 2^-26. */
function randomOrder(backend: Backend, count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const pick = new DataView(backend.random(4).slice().buffer).getUint32(0) % (i + 1);
    const [a = 0, b = 0] = [order[i], order[pick]];
    order[i] = b;
    order[pick] = a;
  }
  return order;
}

/**
 * x of one rekey: out of the issuer's root, so that the issuer can make it again, and out of everything the rekey
 * depends on, so that no two rekeys share it.
 */
function ephemeralScalar(
  issuer: PersonKeys,
  grantId: Hash,
  rekeyIndex: number,
  B: Uint8Array,
  A: Uint8Array,
) {
  return hashToScalar(DOMAIN.grantEphemeral, issuer.root, grantId, uint32(rekeyIndex), B, A);
}

function makeRekey(
  backend: Backend,
  init: CreateGrantInit,
  grantId: Hash,
  rekeyIndex: number,
  key: { readonly a: Uint8Array; readonly A: Uint8Array },
): { rekey: Rekey; shares: Uint8Array[] } {
  const B = init.delegate.delegate;
  const x = ephemeralScalar(init.issuer, grantId, rekeyIndex, B, key.A);
  const X = backend.group.multiplyBase(x);
  const d = delegationScalar(grantId, rekeyIndex, X, B, backend.group.multiply(x, B));
  const constant = reduceScalar(nonzeroScalarFromBytes(key.a) * invertScalar(nonzeroScalarFromBytes(d)));
  const indices = init.nodes.map(({ index }) => index);
  const polynomial = randomPolynomial(backend, constant, init.threshold, indices);
  const shares = indices.map((index) => scalarToBytes(evaluate(polynomial, index)));
  return { rekey: { X, commitments: commit(backend, polynomial) }, shares };
}

/** A dummy is a rekey for a compartment that exists nowhere: made by the same code, so it cannot look different. */
function dummyCompartment(backend: Backend): { a: Uint8Array; A: Uint8Array } {
  const a = hashToScalar(DOMAIN.open, backend.random(32));
  return { a, A: backend.group.multiplyBase(a) };
}

/**
 * Conditional, hidden, threshold re-encryption keys (SCHEME 5): for every compartment j a polynomial with f(0) = a_j
 * / d_j, one share of 32 bytes a node, Feldman's commitments, and the terms sealed to the delegate. Sizes depend on
 * the padded number of rekeys (at most 64), the threshold and the number of nodes only. Throws
 * CryptoError('input-invalid' | 'key-invalid' | 'too-large').
 */
export function createGrant(backend: Backend, init: CreateGrantInit): GrantDraft {
  const count = init.padTo ?? nextPowerOfTwo(Math.max(REKEYS_MIN, init.compartments.length));
  checkGrant(backend, init, count);
  const { issuer, patient, delegate, compartments, nodes } = init;
  const nonce = init.nonce ?? backend.random(GRANT_NONCE_BYTES);
  const grantId = grantIdOf(issuer.id, patient, nonce);
  const positions = randomOrder(backend, count);
  const granted = compartments.map((compartment, k) => ({ compartment, rekey: positions[k] ?? 0 }));
  const made = Array.from({ length: count }, (_, rekeyIndex) => {
    const real = granted.find(({ rekey }) => rekey === rekeyIndex)?.compartment;
    return makeRekey(backend, init, grantId, rekeyIndex, real ?? dummyCompartment(backend));
  });
  const rekeys = made.map(({ rekey }) => rekey);
  const nodeShares = nodes.map((node, i) => {
    const shares = made.map((one) => one.shares[i] ?? new Uint8Array(0));
    return {
      node: node.id,
      index: node.index,
      box: sealShares(backend, issuer, node, { grantId, rekeys, shares }),
    };
  });
  const { box, commitment } = sealTerms(backend, {
    issuer,
    delegate: { id: personIdOf(delegate), seal: delegate.seal },
    grantId,
    terms: {
      purpose: init.terms.purpose,
      expiresAtMs: init.terms.expiresAtMs,
      keywords: init.terms.keywords ?? [],
      compartments: granted.map(({ compartment, rekey }) => ({
        rekey,
        compartment: delegateCompartment(compartment),
      })),
    },
    rekeyCount: count,
  });
  return { grantId, nonce, rekeys, nodeShares, terms: box, termsCommitment: commitment };
}
