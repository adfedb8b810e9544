import { afterEach, describe, expect, it, vi } from 'vitest';
import { decodeRecordHeader, sealBox, sealRecord, toHex, utf8, writerKit, type Backend } from '#crypto';
import { alice, bob, CHAIN, bytesOf, compartmentOf, maria, nativeBackend, watch } from './cast.ts';

/** 10^4 here, 10^6 with `npm run long:crypto seals` (tests/bench/crypto/seals.ts). */
const SEALS = 10_000;

/** Bodies through Web Crypto, where keys and nonces can be seen; tests/vectors show that both ciphers give the same. */
const { bodies: _bodies, ...webBackend } = nativeBackend;
const laboratory = compartmentOf();
const kit = writerKit(nativeBackend, laboratory, watch.id, 1);

/** Notes every key and nonce that the body cipher gets; the sealing itself is untouched. */
function watchCipher() {
  const { subtle } = globalThis.crypto;
  const keys = new WeakMap<CryptoKey, string>();
  const pairs: string[] = [];
  const importKey = subtle.importKey.bind(subtle);
  const encrypt = subtle.encrypt.bind(subtle);
  vi.spyOn(subtle, 'importKey').mockImplementation(async (...args: unknown[]) => {
    const key = await (importKey as (...rest: unknown[]) => Promise<CryptoKey>)(...args);
    keys.set(key, toHex(args[1] as Uint8Array));
    return key;
  });
  vi.spyOn(subtle, 'encrypt').mockImplementation((...args) => {
    const { iv } = args[0] as AesGcmParams;
    pairs.push(`${keys.get(args[1])}/${toHex(iv as Uint8Array)}`);
    return encrypt(...args);
  });
  return pairs;
}

async function sealOne(backend: Backend, recordId: Uint8Array, plaintext = new Uint8Array(1)) {
  const sealed = await sealRecord(backend, {
    chainId: CHAIN,
    recordId,
    patient: maria.id,
    sequence: 0,
    previous: null,
    writer: { id: watch.id, secretKey: watch.sign.secretKey },
    slots: [kit],
    plaintext,
  });
  return decodeRecordHeader(sealed.header);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('keys and nonces', () => {
  it('never repeat as a pair, and neither do capsules, over ten thousand seals', async () => {
    const pairs = watchCipher();
    const capsules = new Set<string>();
    const commitments = new Set<string>();
    for (let i = 0; i < SEALS; i++) {
      const header = await sealOne(webBackend, nativeBackend.random(32));
      capsules.add(toHex(header.slots[0]!.E));
      commitments.add(toHex(header.commitment));
    }
    expect(pairs.length).toBe(SEALS);
    expect(new Set(pairs).size).toBe(SEALS);
    expect(pairs[0]).toMatch(/^[0-9a-f]{64}\/[0-9a-f]{24}$/);
    expect([capsules.size, commitments.size]).toEqual([SEALS, SEALS]);
  });

  it('differ for every chunk of one body', async () => {
    const pairs = watchCipher();
    await sealOne(webBackend, bytesOf('large'), new Uint8Array(2_000_000));
    expect(pairs.length).toBe(31);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(new Set(pairs.map((pair) => pair.split('/')[0])).size).toBe(1);
  });

  it('differ between records even when the generator always gives zeros', async () => {
    const broken: Backend = { ...webBackend, random: (length) => new Uint8Array(length) };
    const pairs = watchCipher();
    const capsules = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const header = await sealOne(broken, bytesOf(`record ${i}`));
      capsules.add(toHex(header.slots[0]!.E));
    }
    expect(new Set(pairs).size).toBe(50);
    expect(capsules.size).toBe(50);
  });

  it('differ between boxes: capsule and commitment are fresh every time', () => {
    const capsules = new Set<string>();
    const commitments = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const box = sealBox(nativeBackend, {
        sender: { id: alice.id, secretKey: alice.sign.secretKey },
        recipientSeal: bob.seal.publicKey,
        context: utf8('same'),
        plaintext: utf8('same'),
      });
      capsules.add(toHex(box.subarray(1, 1121)));
      commitments.add(toHex(box.subarray(1121, 1153)));
    }
    expect([capsules.size, commitments.size]).toEqual([100, 100]);
  });
});
