import { describe, expect, it } from 'vitest';
import {
  BODY_BLOCK_BYTES_MAX,
  bodyLeaves,
  canOpen,
  CryptoError,
  decodeRecordHeader,
  delegateCompartment,
  encode,
  decode,
  encodeRecordHeader,
  laneIndexKey,
  linkOf,
  openRecord,
  openRecordStream,
  sealRecordStream,
  slotFor,
  utf8,
  verifyRecordHeader,
  writerKit,
  type CID,
} from '#crypto';
import { laneBodyKey } from '../../../crypto/compartment.ts';
import { isBodyLength, padmeLength } from '../../../crypto/record/body-layout.ts';
import {
  capsuleScalar,
  recordContext,
  slotContext,
  slotHint,
  slotMask,
  xorBytes,
} from '../../../crypto/record/context.ts';
import {
  alice,
  backends,
  bytesOf,
  CHAIN,
  compartmentOf,
  flipBit,
  headerOf,
  maria,
  nativeBackend,
  sealFor,
  storeOf,
  watch,
} from './cast.ts';

const laboratory = compartmentOf();
const plaintext = utf8('{"resourceType":"Observation","valueQuantity":{"value":7.1}}');
const refused = { name: 'CryptoError', code: 'open-failed' };

describe.each(backends)('records on $name', (backend) => {
  it('gives the owner back what the writer sealed, through either slot', async () => {
    const study = compartmentOf({ category: 'study-heart', period: 'all' });
    const sealed = await sealFor([laboratory, study], plaintext, { backend });
    const header = headerOf(sealed);
    expect(verifyRecordHeader(backend, header, watch.sign.publicKey)).toBe(true);
    expect(slotFor(header, laboratory)).toBe(0);
    expect(slotFor(header, study)).toBe(1);
    for (const compartment of [laboratory, study]) {
      const opened = await openRecord(backend, {
        header,
        fetch: sealed.fetch,
        key: { kind: 'owner', compartment },
      });
      expect(opened).toEqual(plaintext);
    }
  });

  it('round-trips an empty plaintext and one that looks like padding', async () => {
    for (const odd of [
      new Uint8Array(0),
      Uint8Array.of(0x80),
      Uint8Array.of(1, 0x80, 0, 0),
      new Uint8Array(5000),
    ]) {
      const sealed = await sealFor([laboratory], odd, { backend });
      const opened = await openRecord(backend, {
        header: headerOf(sealed),
        fetch: sealed.fetch,
        key: { kind: 'owner', compartment: laboratory },
      });
      expect(opened).toEqual(odd);
    }
  });
});

describe('wrong keys', () => {
  const others = {
    period: compartmentOf({ period: '2026-10' }),
    category: compartmentOf({ category: 'imaging' }),
    generation: compartmentOf({ generation: 1 }),
    patient: compartmentOf({}, bytesOf('seed of another patient')),
  };
  it.each(Object.entries(others))('stays shut for another %s, even with the right hint', async (_, other) => {
    const sealed = await sealFor([laboratory], plaintext);
    const init = { header: headerOf(sealed), fetch: sealed.fetch };
    expect(slotFor(init.header, other)).toBe(-1);
    await expect(
      openRecord(nativeBackend, { ...init, key: { kind: 'owner', compartment: other } }),
    ).rejects.toMatchObject(refused);
    const forced = { ...other, ix: laboratory.ix };
    await expect(
      openRecord(nativeBackend, { ...init, key: { kind: 'owner', compartment: forced } }),
    ).rejects.toMatchObject(refused);
  });

  it('needs both locks: neither kappa nor Y alone is enough', async () => {
    const sealed = await sealFor([laboratory], plaintext);
    const header = headerOf(sealed);
    const Y = nativeBackend.group.multiply(laboratory.a, header.slots[0]!.E);
    const compartment = delegateCompartment(laboratory);
    expect(canOpen(nativeBackend, header, { kind: 'converted', compartment, Y })).toBe(true);
    const otherKappa = { ...compartment, kappa: bytesOf('other') };
    expect(canOpen(nativeBackend, header, { kind: 'converted', compartment: otherKappa, Y })).toBe(false);
    const otherY = nativeBackend.group.multiplyBase(laboratory.a);
    expect(canOpen(nativeBackend, header, { kind: 'converted', compartment, Y: otherY })).toBe(false);
  });

  it('passes on what fetch threw, and nothing else', async () => {
    const sealed = await sealFor([laboratory], plaintext);
    const key = { kind: 'owner', compartment: laboratory } as const;
    const header = headerOf(sealed);
    const away = new Error('holder away');
    await expect(openRecord(nativeBackend, { header, key, fetch: () => Promise.reject(away) })).rejects.toBe(
      away,
    );
    await expect(
      openRecord(nativeBackend, { header, key, fetch: () => Promise.resolve(utf8('not the block')) }),
    ).rejects.toMatchObject(refused);
  });
});

describe('bit flips', () => {
  it('refuses every single-bit flip of a header', async () => {
    const sealed = await sealFor([laboratory], plaintext);
    for (let bit = 0; bit < sealed.header.length * 8; bit++) {
      let accepted = false;
      try {
        accepted = verifyRecordHeader(
          nativeBackend,
          decodeRecordHeader(flipBit(sealed.header, bit)),
          watch.sign.publicKey,
        );
      } catch (error) {
        expect(error).toBeInstanceOf(CryptoError);
      }
      expect(accepted, `bit ${bit}`).toBe(false);
    }
  });

  it('refuses a flipped header field even when its signature is made anew by the writer', async () => {
    const sealed = await sealFor([laboratory], plaintext);
    const header = headerOf(sealed);
    const key = { kind: 'owner', compartment: laboratory } as const;
    const changed = [
      { ...header, sequence: 1 },
      { ...header, patient: alice.id },
      { ...header, recordId: bytesOf('other record') },
      { ...header, chainId: bytesOf('other chain') },
      { ...header, previous: sealed.headerCid },
      { ...header, writer: alice.id },
      { ...header, commitment: flipBit(header.commitment, 3) },
      { ...header, slots: [{ ...header.slots[0]!, box: flipBit(header.slots[0]!.box, 9) }] },
    ];
    for (const other of changed) {
      await expect(
        openRecord(nativeBackend, { header: other, fetch: sealed.fetch, key }),
      ).rejects.toMatchObject(refused);
    }
    expect(changed.every((other) => !verifyRecordHeader(nativeBackend, other, watch.sign.publicKey))).toBe(
      true,
    );
  });

  it('refuses single-bit flips of a body, at the link and at the cipher', async () => {
    const sealed = await sealFor([laboratory], plaintext);
    const header = headerOf(sealed);
    const key = { kind: 'owner', compartment: laboratory } as const;
    const body = sealed.blocks[0]!.bytes;
    for (let bit = 0; bit < body.length * 8; bit += 37) {
      const flipped = flipBit(body, bit);
      await expect(
        openRecord(nativeBackend, { header, key, fetch: () => Promise.resolve(flipped) }),
      ).rejects.toMatchObject(refused);
      const relinked = { ...header, bodyCid: linkOf('raw', flipped) };
      await expect(
        openRecord(nativeBackend, { header: relinked, key, fetch: () => Promise.resolve(flipped) }),
      ).rejects.toMatchObject(refused);
    }
  });
});

describe('headers', () => {
  it('refuses an unknown suite, a missing field, an extra field, a capsule twice and too many bytes', async () => {
    const sealed = await sealFor([laboratory], plaintext);
    const map = decode(sealed.header, 4096) as Record<string, unknown>;
    const slots = map['slots'] as unknown[];
    const { writer: _, ...missing } = map;
    const wrong = [
      { ...map, suite: 'phr-mesh/v2' },
      missing,
      { ...map, extra: 1 },
      { ...map, slots: [...slots, ...slots], proof: new Uint8Array(96) },
      { ...map, slots: [] },
      { ...map, sequence: -1 },
      { ...map, sequence: 1.5 },
      { ...map, length: 1 },
      { ...map, extra: new Uint8Array(5000) },
    ];
    for (const value of wrong) {
      expect(() => decodeRecordHeader(encode(value))).toThrow(expect.objectContaining({ code: 'encoding' }));
    }
    expect(encodeRecordHeader(headerOf(sealed))).toEqual(sealed.header);
  });

  it('refuses another writer key and the kit of another writer', async () => {
    const sealed = await sealFor([laboratory], plaintext);
    expect(verifyRecordHeader(nativeBackend, headerOf(sealed), alice.sign.publicKey)).toBe(false);
    const own = writerKit(nativeBackend, laboratory, watch.id, 1);
    const others = writerKit(nativeBackend, compartmentOf({ category: 'imaging' }), alice.id, 1);
    for (const slots of [[others], [own, others], [others, own]])
      await expect(
        sealRecordStream(nativeBackend, {
          chainId: CHAIN,
          recordId: bytesOf('r'),
          patient: maria.id,
          sequence: 0,
          previous: null,
          writer: { id: watch.id, secretKey: watch.sign.secretKey },
          slots,
          source: (async function* () {})(),
          put: () => Promise.resolve(),
        }),
      ).rejects.toMatchObject({ code: 'input-invalid' });
  });
});

describe('bodies', () => {
  it('splits a large body into blocks below 1 MiB under a list, and streams it back', async () => {
    const length = 3_300_000;
    const piece = new Uint8Array(50_000).map((_, i) => i % 251);
    const blocks: { cid: CID; bytes: Uint8Array }[] = [];
    const sealed = await sealRecordStream(nativeBackend, {
      chainId: CHAIN,
      recordId: bytesOf('large'),
      patient: maria.id,
      sequence: 0,
      previous: null,
      writer: { id: watch.id, secretKey: watch.sign.secretKey },
      slots: [writerKit(nativeBackend, laboratory, watch.id, 1)],
      source: (async function* () {
        for (let sent = 0; sent < length; sent += piece.length) yield piece;
      })(),
      put: (block) => {
        blocks.push(block);
        return Promise.resolve();
      },
    });
    const header = decodeRecordHeader(sealed.header);
    const root = blocks.at(-1)!;
    expect(root.cid.equals(header.bodyCid)).toBe(true);
    expect(bodyLeaves(header.bodyCid, root.bytes, header.bodyLength)).toHaveLength(blocks.length - 1);
    expect(Math.max(...blocks.map(({ bytes }) => bytes.length))).toBe(BODY_BLOCK_BYTES_MAX);
    expect(BODY_BLOCK_BYTES_MAX).toBeLessThan(1024 * 1024);
    const key = { kind: 'owner', compartment: laboratory } as const;
    let opened = 0;
    for await (const part of openRecordStream(nativeBackend, { header, key, fetch: storeOf(blocks) })) {
      expect(part.every((byte, i) => byte === piece[(opened + i) % piece.length])).toBe(true);
      opened += part.length;
    }
    expect(opened).toBe(length);
    const reordered = encode([...(decode(root.bytes, 4096) as unknown[])].toReversed());
    expect(() => bodyLeaves(header.bodyCid, reordered, header.bodyLength)).toThrow(CryptoError);
  });

  it('takes a block only under the link that the signed body names', async () => {
    const sealed = await sealFor([laboratory], new Uint8Array(1_500_000));
    const header = headerOf(sealed);
    const key = { kind: 'owner', compartment: laboratory } as const;
    const leaves = sealed.blocks.slice(0, -1);
    const open = (names: readonly CID[]) => {
      const root = encode(names);
      const bodyCid = linkOf('dag-cbor', root);
      const store = new Map(names.map((cid, i) => [cid.toString(), leaves[i]!.bytes]));
      return openRecord(nativeBackend, {
        header: { ...header, bodyCid },
        fetch: (cid) => Promise.resolve(store.get(cid.toString()) ?? root),
        key,
      });
    };
    expect(await open(leaves.map(({ cid }) => cid))).toHaveLength(1_500_000);
    const misnamed = leaves.map(({ cid }, i) => (i === 1 ? linkOf('raw', utf8('another')) : cid));
    await expect(open(misnamed)).rejects.toMatchObject(refused);
  });

  it('refuses a capsule that was not made from its sigma, although every key fits', async () => {
    const sealed = await sealFor([laboratory], plaintext);
    const header = headerOf(sealed);
    const { group } = nativeBackend;
    const slot = header.slots[0]!;
    const binding = slotContext(recordContext(header), laboratory.A);
    const kappaLane = laneBodyKey(laboratory.kappa, watch.id);
    const sigma = xorBytes(
      slot.box,
      slotMask(group.multiply(laboratory.a, slot.E), kappaLane, binding, slot.E),
    );
    const open = (r: Uint8Array) => {
      const E = group.multiplyBase(r);
      const box = xorBytes(sigma, slotMask(group.multiply(r, laboratory.A), kappaLane, binding, E));
      const hint = slotHint(laneIndexKey(laboratory.ix, watch.id), E);
      const key = { kind: 'owner', compartment: laboratory } as const;
      return canOpen(nativeBackend, { ...header, slots: [{ E, box, hint }] }, key);
    };
    expect(open(capsuleScalar(binding, sigma))).toBe(true);
    expect(open(laboratory.a)).toBe(false);
  });

  it('hides lengths: plaintexts of nearby lengths seal to the same length', async () => {
    const lengths = await Promise.all(
      [1, 100, 500].map(
        async (length) => headerOf(await sealFor([laboratory], new Uint8Array(length))).bodyLength,
      ),
    );
    expect(new Set(lengths).size).toBe(1);
    for (const length of [513, 1000, 65_536, 65_537, 1_000_000, 123_456_789]) {
      const padded = padmeLength(length);
      expect(padded).toBeGreaterThanOrEqual(length);
      expect(padded / length).toBeLessThan(1.12);
      expect(padmeLength(padded)).toBe(padded);
    }
    expect(isBodyLength(528)).toBe(true);
    expect(isBodyLength(529)).toBe(false);
  });
});
