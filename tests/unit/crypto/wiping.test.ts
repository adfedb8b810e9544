import { describe, expect, it } from 'vitest';
import { convert, createSharing, sealRecord, utf8, wipe, writerKit, type Backend } from '#crypto';
import { webBodies } from '../../../crypto/record/chunk-cipher.ts';
import {
  alice,
  bytesOf,
  CHAIN,
  compartmentOf,
  contextOf,
  grantTo,
  maria,
  nativeBackend,
  nodes,
  watch,
} from './cast.ts';

const laboratory = compartmentOf();

/** Keeps hold of every secret that the backend is handed, and of the randomness it gives. */
function watching() {
  const seen = { scalars: [] as Uint8Array[], keys: [] as Uint8Array[], random: [] as Uint8Array[] };
  const { group } = nativeBackend;
  const keep = (scalar: Uint8Array) => {
    seen.scalars.push(scalar);
    return scalar;
  };
  const backend: Backend = {
    ...nativeBackend,
    group: {
      ...group,
      multiply: (scalar, point) => group.multiply(keep(scalar), point),
      multiplyBase: (scalar) => group.multiplyBase(keep(scalar)),
    },
    bodies: {
      ...webBodies,
      chunkCipher: (dek) => {
        seen.keys.push(dek);
        return webBodies.chunkCipher(dek);
      },
    },
    random: (length) => {
      const bytes = nativeBackend.random(length);
      seen.random.push(bytes);
      return bytes;
    },
  };
  return { backend, seen };
}

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

describe('secrets of one use', () => {
  it('are overwritten once a record is sealed: body key, capsule scalars, proof nonces, randomness of sigma', async () => {
    const { backend, seen } = watching();
    const slots = [laboratory, compartmentOf({ category: 'imaging' })];
    await sealRecord(backend, {
      chainId: CHAIN,
      recordId: bytesOf('record'),
      patient: maria.id,
      sequence: 0,
      previous: null,
      writer: { id: watch.id, secretKey: watch.sign.secretKey },
      slots: slots.map((compartment) => writerKit(nativeBackend, compartment, watch.id, 0)),
      plaintext: utf8('a record'),
    });
    expect(seen.keys).toHaveLength(1);
    // Two capsules, each multiplied twice, and two nonces.
    expect(seen.scalars).toHaveLength(6);
    for (const secret of [...seen.keys, ...seen.scalars, seen.random[0]!]) expect(isZero(secret)).toBe(true);
    expect(isZero(watch.sign.secretKey)).toBe(false);
  });

  it('are overwritten once a proxy answered, but its share is not', () => {
    const { backend, seen } = watching();
    const grant = grantTo([laboratory]);
    const share = Uint8Array.from(grant.shares[0]![0]!);
    const context = contextOf(grant, 0, bytesOf('record'));
    convert(backend, { share, E: laboratory.A, index: 1, context });
    const nonces = seen.scalars.filter((scalar) => scalar !== share);
    expect(nonces).toHaveLength(2);
    expect(nonces.every(isZero)).toBe(true);
    expect(share).toEqual(grant.shares[0]![0]);
  });

  it('are not those of the caller: a shared secret is left as it was', () => {
    const bytes = bytesOf('root');
    const holders = nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey }));
    createSharing(nativeBackend, {
      issuer: alice,
      patient: maria.id,
      secret: { bytes },
      threshold: 2,
      holders,
    });
    expect(bytes).toEqual(bytesOf('root'));
    wipe(bytes, bytes.subarray(3));
    expect(isZero(bytes)).toBe(true);
  });
});
