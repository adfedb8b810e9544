import {
  compareBytes,
  DOMAIN,
  encode,
  equalBytes,
  hash,
  nodeIdOf,
  SEAL_PUBLIC_KEY_BYTES,
  verifyPublicKeys,
} from '#crypto';
import type { Backend, PublicKeys } from '#crypto';
import { quorum, validatorSetOf } from '../block.ts';
import type { ValidatorSet } from '../block.ts';
import { ADMINISTRATORS_MAX, GENESIS_BYTES_MAX, INSTITUTIONS_MAX, TIME_MS_MAX } from './bounds.ts';
import { LedgerError } from './ledger-error.ts';
import {
  bytesShape,
  decodeShape,
  idShape,
  integerShape,
  listShape,
  objectShape,
  publicKeysShape,
  ShapeError,
  textShape,
} from './shape.ts';

/** Rules that a consortium chooses once. */
export interface GenesisParameters {
  /** Least threshold t of a grant, 1..n. Default q(n): fewer nodes can never convert without an audit entry. */
  grantThresholdMin: number;
  /** Proxies serve an access request for this many blocks. Default 32. */
  accessWindowHeights: number;
}

export interface Institution {
  /** Node id, 32 bytes: the hash of the two keys. */
  id: Uint8Array;
  name: string;
  /** Ed25519, 32 bytes: votes and receipts. */
  validatorKey: Uint8Array;
  /** X-Wing, 1216 bytes: grant shares are sealed to it. */
  sealKey: Uint8Array;
  peerId: string;
  /** Multiaddresses of the node. */
  addresses: string[];
  /** First administrators. Two or more, so that doctors (dual control) can be approved. */
  administrators: PublicKeys[];
}

/** What every member must agree on before the first block; its hash is the chain id. */
export interface Genesis {
  version: 1;
  name: string;
  timeMs: number;
  parameters: GenesisParameters;
  /** Sorted by id. */
  institutions: Institution[];
}

/** A node as grants see it: `index` is its share index, 1..n by ascending id. */
export interface GenesisNode {
  readonly id: Uint8Array;
  readonly index: number;
  readonly name: string;
  readonly validatorKey: Uint8Array;
  readonly sealKey: Uint8Array;
  readonly peerId: string;
  readonly addresses: readonly string[];
}

const genesisShape = objectShape<Genesis>({
  version: (value, field) => {
    if (value !== 1) throw new ShapeError(field);
    return value;
  },
  name: textShape(1, 128),
  timeMs: integerShape(0, TIME_MS_MAX),
  parameters: objectShape<GenesisParameters>({
    grantThresholdMin: integerShape(1, INSTITUTIONS_MAX),
    accessWindowHeights: integerShape(1, 10_000),
  }),
  institutions: listShape(
    objectShape<Institution>({
      id: idShape,
      name: textShape(1, 128),
      validatorKey: idShape,
      sealKey: bytesShape(SEAL_PUBLIC_KEY_BYTES),
      peerId: textShape(1, 128),
      addresses: listShape(textShape(1, 256), 0, 8),
      administrators: listShape(publicKeysShape, 1, ADMINISTRATORS_MAX),
    }),
    1,
    INSTITUTIONS_MAX,
  ),
});

/** The parameters for `n` institutions unless a consortium chooses otherwise. */
export function defaultParameters(n: number): GenesisParameters {
  return { grantThresholdMin: quorum(n), accessWindowHeights: 32 };
}

/** Canonical bytes; institutions are sorted by id first. Throws LedgerError('genesis-malformed') if the content is not sound. */
export function encodeGenesis(genesis: Genesis): Uint8Array {
  const sorted = { ...genesis, institutions: sortedInstitutions(genesis) };
  const bytes = encode(sorted);
  decodeGenesis(bytes);
  return bytes;
}

/** Inverse of `encodeGenesis`: shape, order, ids that are the hash of their keys, parameters that fit. */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  return decodeShape('genesis-malformed', bytes, GENESIS_BYTES_MAX, (value) => {
    const genesis = genesisShape(value, 'genesis');
    const { institutions, parameters } = genesis;
    for (const [i, institution] of institutions.entries()) {
      const next = institutions[i + 1];
      if (next !== undefined && compareBytes(institution.id, next.id) >= 0)
        throw new ShapeError('institutions');
      if (!equalBytes(institution.id, nodeIdOf(institution.validatorKey, institution.sealKey)))
        throw new ShapeError('id');
    }
    if (parameters.grantThresholdMin > institutions.length) throw new ShapeError('grantThresholdMin');
    return genesis;
  });
}

/** Throws LedgerError('genesis-malformed') unless every administrator's keys are proven and used once. */
export function verifyGenesis(backend: Backend, genesis: Genesis): void {
  const seen = new Set<string>();
  for (const { administrators } of genesis.institutions) {
    for (const keys of administrators) {
      const text = keys.sign.join();
      if (seen.has(text) || !verifyPublicKeys(backend, keys)) {
        throw new LedgerError('genesis-malformed', { field: 'administrators' });
      }
      seen.add(text);
    }
  }
}

/** hash(DOMAIN.genesis, canonical genesis), 32 bytes: signed by every transaction and vote. */
export function chainIdOf(genesis: Genesis): Uint8Array {
  return hash(DOMAIN.genesis, encodeGenesis(genesis));
}

/** The validators: every institution of the genesis, sorted by id. The set does not change yet. */
export function validatorsOf(genesis: Genesis): ValidatorSet {
  return validatorSetOf(
    genesis.institutions.map(({ id, validatorKey }) => ({ id, publicKey: validatorKey })),
  );
}

/** The nodes in order of id, with their share index 1..n. */
export function nodesOf(genesis: Genesis): GenesisNode[] {
  return sortedInstitutions(genesis).map(({ id, name, validatorKey, sealKey, peerId, addresses }, i) => {
    return { id, index: i + 1, name, validatorKey, sealKey, peerId, addresses };
  });
}

function sortedInstitutions(genesis: Genesis): Institution[] {
  return genesis.institutions.toSorted((a, b) => compareBytes(a.id, b.id));
}
