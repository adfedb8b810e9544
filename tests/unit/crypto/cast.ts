import {
  concatBytes,
  createGrant,
  decodeRecordHeader,
  deriveCompartment,
  deriveNodeKeys,
  derivePersonKeys,
  hash,
  DOMAIN,
  nobleBackend,
  openShares,
  openTerms,
  sealRecord,
  utf8,
  writerKit,
  type Backend,
  type CID,
  type Compartment,
  type CompartmentName,
  type ConversionContext,
  type GrantDraft,
  type NodeKeys,
  type PersonKeys,
  type SealedRecord,
} from '#crypto';
import { createNativeBackend } from '#crypto/native';

export const nativeBackend = await createNativeBackend();
export const backends: readonly Backend[] = [nobleBackend, nativeBackend];

/** 32 bytes that depend on the label only. */
export function bytesOf(label: string): Uint8Array {
  return hash(DOMAIN.message, utf8(label));
}

/** A backend whose randomness is a counter stream under a label: the same label, the same bytes. */
export function deterministic(backend: Backend, label: string): Backend {
  let counter = 0;
  return {
    ...backend,
    random(length) {
      const blocks: Uint8Array[] = [];
      for (let have = 0; have < length; have += 32) blocks.push(bytesOf(`${label}/${counter++}`));
      return concatBytes(...blocks).slice(0, length);
    },
  };
}

export const CHAIN = bytesOf('chain');
export const maria = derivePersonKeys(nativeBackend, bytesOf('maria'));
export const alice = derivePersonKeys(nativeBackend, bytesOf('alice'));
export const bob = derivePersonKeys(nativeBackend, bytesOf('bob'));
export const eve = derivePersonKeys(nativeBackend, bytesOf('eve'));
export const watch = derivePersonKeys(nativeBackend, bytesOf('watch'));
export const nodes: readonly NodeKeys[] = ['north', 'east', 'south', 'west'].map((name) =>
  deriveNodeKeys(nativeBackend, bytesOf(name)),
);

export function compartmentOf(
  name: Partial<CompartmentName> = {},
  seed: Uint8Array = bytesOf('generation seed'),
): Compartment {
  return deriveCompartment(nativeBackend, seed, {
    category: 'laboratory',
    generation: 0,
    period: '2026-11',
    ...name,
  });
}

export interface Sealed extends SealedRecord {
  fetch(cid: CID): Promise<Uint8Array>;
}

export function storeOf(
  blocks: readonly { cid: CID; bytes: Uint8Array }[],
): (cid: CID) => Promise<Uint8Array> {
  const store = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]));
  return (cid) => {
    const bytes = store.get(cid.toString());
    return bytes === undefined ? Promise.reject(new Error('no such block')) : Promise.resolve(bytes);
  };
}

export async function sealFor(
  compartments: readonly Compartment[],
  plaintext: Uint8Array,
  options: { backend?: Backend; writer?: PersonKeys; sequence?: number; recordId?: Uint8Array } = {},
): Promise<Sealed> {
  const backend = options.backend ?? nativeBackend;
  const writer = options.writer ?? watch;
  const sealed = await sealRecord(backend, {
    chainId: CHAIN,
    recordId: options.recordId ?? backend.random(32),
    patient: maria.id,
    sequence: options.sequence ?? 0,
    previous: null,
    writer: { id: writer.id, secretKey: writer.sign.secretKey },
    slots: compartments.map((compartment) => writerKit(backend, compartment, writer.id, 1)),
    plaintext,
  });
  return { ...sealed, fetch: storeOf(sealed.blocks) };
}

export interface Granted extends GrantDraft {
  /** shares[node][rekey] */
  readonly shares: readonly Uint8Array[][];
  /** Rekey index of the i-th granted compartment. */
  readonly rekeyOf: readonly number[];
}

/** A grant from Alice to Bob over the four nodes, with every node's opened shares. */
export function grantTo(
  compartments: readonly Compartment[],
  options: {
    backend?: Backend;
    delegate?: PersonKeys;
    threshold?: number;
    purpose?: string;
    nonce?: Uint8Array;
  } = {},
): Granted {
  const backend = options.backend ?? nativeBackend;
  const delegate = options.delegate ?? bob;
  const draft = createGrant(backend, {
    issuer: alice,
    patient: maria.id,
    delegate: delegate.publicKeys,
    compartments: [...compartments],
    threshold: options.threshold ?? 3,
    nodes: nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
    terms: { purpose: options.purpose ?? 'second opinion', expiresAtMs: 1_800_000_000_000 },
    ...(options.nonce === undefined ? {} : { nonce: options.nonce }),
  });
  const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };
  const shares = nodes.map((node, i) =>
    openShares(backend, {
      node,
      issuer,
      grantId: draft.grantId,
      index: i + 1,
      rekeys: [...draft.rekeys],
      box: draft.nodeShares[i]!.box,
    }),
  );
  const terms = openTerms(backend, { delegate, issuer, grantId: draft.grantId, box: draft.terms });
  return { ...draft, shares, rekeyOf: terms.compartments.map(({ rekey }) => rekey) };
}

export function contextOf(grant: GrantDraft, rekey: number, recordId: Uint8Array): ConversionContext {
  return {
    chainId: CHAIN,
    grantId: grant.grantId,
    rekey,
    recordId,
    slot: 0,
    delegate: bob.id,
    accessId: bytesOf('access'),
    height: 7,
  };
}

export function headerOf(sealed: SealedRecord) {
  return decodeRecordHeader(sealed.header);
}

/** A copy with one bit flipped. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
