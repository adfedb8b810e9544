import { describe, expect, it } from 'vitest';
import {
  bodyLeaves,
  canOpen,
  encode,
  expectBytes,
  expectBytesUpTo,
  expectInteger,
  expectLink,
  expectList,
  expectText,
  linkOf,
  nobleBackend,
  normaliseKeyword,
  openBox,
  openRecord,
  sealBox,
  sealRecord,
  uint32,
  uint64,
  utf8,
  wrapRoot,
  writerKit,
} from '#crypto';
import { BOX_PLAINTEXT_BYTES_MAX } from '../../../crypto/box.ts';
import { commit, lagrangeAtZero, sharePublic } from '../../../crypto/grant/polynomial.ts';
import { isBodyLength, padmeLength } from '../../../crypto/record/body-layout.ts';
import { sealBody } from '../../../crypto/record/body.ts';
import {
  GROUP_ORDER,
  invertScalar,
  nonzeroScalar,
  reduceScalar,
  reduceWide,
  scalarToBytes,
} from '../../../crypto/scalar.ts';
import {
  alice,
  backends,
  bob,
  bytesOf,
  CHAIN,
  compartmentOf,
  headerOf,
  maria,
  nativeBackend,
  sealFor,
  watch,
} from './cast.ts';

const refusal = (code: string) => expect.objectContaining({ name: 'CryptoError', code });
const laboratory = compartmentOf();

async function* once(bytes: Uint8Array) {
  yield bytes;
}

describe('numbers as bytes', () => {
  it('hold exactly their range', () => {
    expect(uint32(0)).toEqual(new Uint8Array(4));
    expect(uint32(0x01020304)).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(uint32(0xffff_ffff)).toEqual(new Uint8Array(4).fill(255));
    for (const wrong of [-1, 2 ** 32, 0.5, Number.NaN])
      expect(() => uint32(wrong)).toThrow(refusal('input-invalid'));
    expect(uint64(0)).toEqual(new Uint8Array(8));
    expect(uint64(Number.MAX_SAFE_INTEGER)).toEqual(Uint8Array.of(0, 0x1f, 255, 255, 255, 255, 255, 255));
    for (const wrong of [-1, 2 ** 53, 0.5]) expect(() => uint64(wrong)).toThrow(refusal('input-invalid'));
  });

  it('reduce to scalars only from the lengths and values that have one', () => {
    expect(reduceWide(new Uint8Array(64))).toBe(0n);
    for (const length of [0, 32, 63, 65]) {
      expect(() => reduceWide(new Uint8Array(length))).toThrow(refusal('scalar-invalid'));
    }
    expect(reduceScalar(-1n)).toBe(GROUP_ORDER - 1n);
    expect(nonzeroScalar(1n)).toBe(1n);
    for (const zero of [0n, GROUP_ORDER, -GROUP_ORDER]) {
      expect(() => invertScalar(zero)).toThrow(refusal('scalar-invalid'));
      expect(() => nonzeroScalar(reduceScalar(zero))).toThrow(refusal('scalar-invalid'));
    }
  });
});

describe.each(backends)('sums on $name', (backend) => {
  it('take coefficients mod the order: a multiple of it adds nothing', () => {
    const { group } = backend;
    const point = group.multiplyBase(laboratory.a);
    const term = { coefficient: 5n, point };
    const five = group.sum([term]);
    for (const nothing of [GROUP_ORDER, -GROUP_ORDER, 3n * GROUP_ORDER, 0n]) {
      expect(group.sum([{ coefficient: nothing, point }])).toEqual(new Uint8Array(32));
      expect(group.sum([term, { coefficient: nothing, point: group.generator }])).toEqual(five);
    }
    expect(group.sum([{ coefficient: 5n - GROUP_ORDER, point }])).toEqual(five);
    expect(group.sum([{ coefficient: 5n + GROUP_ORDER, point }])).toEqual(five);
  });

  it('agree with repeated addition around every power of two, where the way of computing changes', () => {
    const { group } = backend;
    const point = group.multiplyBase(laboratory.a);
    for (let bit = 0n; bit < 9n; bit++) {
      for (const magnitude of [2n ** bit - 1n, 2n ** bit, 2n ** bit + 1n].filter((value) => value > 0n)) {
        const whole = group.multiply(scalarToBytes(magnitude), point);
        expect(group.sum([{ coefficient: magnitude, point }])).toEqual(whole);
        const both = [magnitude, -magnitude].map((coefficient) => ({ coefficient, point }));
        expect(group.sum(both)).toEqual(new Uint8Array(32));
        expect(group.sum([...both, { coefficient: -magnitude, point }])).toEqual(
          group.multiply(scalarToBytes(-magnitude), point),
        );
      }
    }
  });

  it('have a signing key of a seed of 32 bytes only', () => {
    for (const length of [0, 31, 33, 64]) {
      expect(() => backend.signatures.keyPair(new Uint8Array(length))).toThrow(refusal('key-invalid'));
      expect(() => backend.signatures.sign(utf8('m'), new Uint8Array(length))).toThrow(
        refusal('key-invalid'),
      );
    }
    const { publicKey } = backend.signatures.keyPair(bytesOf('seed'));
    const signature = backend.signatures.sign(utf8('m'), bytesOf('seed'));
    expect(backend.signatures.verify(signature, utf8('m'), publicKey)).toBe(true);
  });

  it('give random bytes up to 64 KiB at once', () => {
    expect(backend.random(65_536)).toHaveLength(65_536);
    expect(backend.random(0)).toHaveLength(0);
    for (const wrong of [65_537, -1, 1.5])
      expect(() => backend.random(wrong)).toThrow(refusal('input-invalid'));
  });
});

describe('shapes', () => {
  it('end exactly where they say', () => {
    const two = new Uint8Array(2);
    expect(expectBytes(two, 2, 'f')).toBe(two);
    expect(expectBytesUpTo(two, 2, 'f')).toBe(two);
    expect(expectBytesUpTo(new Uint8Array(0), 2, 'f')).toHaveLength(0);
    expect([expectInteger(1, 1, 3, 'f'), expectInteger(3, 1, 3, 'f')]).toEqual([1, 3]);
    expect([expectText('', 2, 'f'), expectText('ab', 2, 'f')]).toEqual(['', 'ab']);
    expect([expectList([1], 1, 2, 'f'), expectList([1, 2], 1, 2, 'f')]).toEqual([[1], [1, 2]]);
    const raw = linkOf('raw', two);
    expect([expectLink(raw, 'f'), expectLink(raw, 'f', 'raw')]).toEqual([raw, raw]);
    const wrong = [
      () => expectBytes(new Uint8Array(3), 2, 'f'),
      () => expectBytes(new Uint8Array(1), 2, 'f'),
      () => expectBytes([0, 0], 2, 'f'),
      () => expectBytesUpTo(new Uint8Array(3), 2, 'f'),
      () => expectBytesUpTo('ab', 2, 'f'),
      () => expectInteger(0, 1, 3, 'f'),
      () => expectInteger(4, 1, 3, 'f'),
      () => expectInteger(1.5, 1, 3, 'f'),
      () => expectInteger(2n, 1, 3, 'f'),
      () => expectText('abc', 2, 'f'),
      () => expectText('\ud800', 2, 'f'),
      () => expectText(utf8('ab'), 2, 'f'),
      () => expectList([], 1, 2, 'f'),
      () => expectList([1, 2, 3], 1, 2, 'f'),
      () => expectList({ length: 1 }, 1, 2, 'f'),
      () => expectLink(raw, 'f', 'dag-cbor'),
      () => expectLink(raw.toString(), 'f'),
    ];
    for (const one of wrong) expect(one, String(one)).toThrow(refusal('encoding'));
  });

  it('name the field and the bound in the refusal, never the value', () => {
    expect(() => expectBytes(utf8('secret'), 2, 'salt')).toThrow('salt: expected 2 bytes');
    expect(() => expectText('secret', 2, 'purpose')).toThrow('purpose: expected text of at most 2');
  });
});

describe('a box', () => {
  const init = {
    sender: { id: alice.id, secretKey: alice.sign.secretKey },
    recipientSeal: bob.seal.publicKey,
    context: utf8('c'),
  };
  it('holds 16 MiB and not a byte more', () => {
    const most = new Uint8Array(BOX_PLAINTEXT_BYTES_MAX);
    expect(most).toHaveLength(16 * 1024 * 1024);
    expect(() => sealBox(nativeBackend, { ...init, plaintext: new Uint8Array(most.length + 1) })).toThrow(
      refusal('too-large'),
    );
    const box = sealBox(nativeBackend, { ...init, plaintext: most });
    const opening = {
      senderId: alice.id,
      senderPublicKey: alice.sign.publicKey,
      recipient: bob.seal,
      context: utf8('c'),
    };
    expect(openBox(nativeBackend, { ...opening, box })).toHaveLength(most.length);
  });

  it('is sealed to a key that can be used only', () => {
    for (const recipientSeal of [
      new Uint8Array(0),
      bob.seal.publicKey.subarray(1),
      new Uint8Array(1216).fill(255),
    ]) {
      expect(() => sealBox(nativeBackend, { ...init, recipientSeal, plaintext: utf8('x') })).toThrow(
        refusal('key-invalid'),
      );
    }
  });
});

describe('the image of a share', () => {
  it('is refused when the share is zero or the index is none', () => {
    // f(x) = 2 - x is zero at 2.
    const commitments = commit(nativeBackend, [2n, GROUP_ORDER - 1n]);
    expect(sharePublic(nativeBackend, commitments, 1)).toEqual(nativeBackend.group.generator);
    for (const index of [2, 0, 256, 1.5]) {
      expect(() => sharePublic(nativeBackend, commitments, index)).toThrow(refusal('share-invalid'));
    }
    expect(sharePublic(nativeBackend, commitments, 255)).toHaveLength(32);
  });

  it('has factors for different indices in 1 to 255 only', () => {
    expect(lagrangeAtZero([1, 2, 3])).toEqual({ numerators: [3n, -3n, 1n], denominator: 1n });
    expect(lagrangeAtZero([2, 4, 255]).numerators).toHaveLength(3);
    for (const wrong of [
      [1, 1],
      [0, 1],
      [1, 256],
    ]) {
      expect(() => lagrangeAtZero(wrong)).toThrow(refusal('input-invalid'));
    }
  });
});

describe('records', () => {
  const init = {
    chainId: CHAIN,
    recordId: bytesOf('record'),
    patient: maria.id,
    sequence: 0,
    previous: null,
    writer: { id: watch.id, secretKey: watch.sign.secretKey },
    slots: [writerKit(nativeBackend, laboratory, watch.id, 0)],
    plaintext: utf8('a record'),
  };
  const kits = Array.from({ length: 9 }, (_, i) =>
    writerKit(nativeBackend, compartmentOf({ generation: i }), watch.id, 0),
  );

  it('have 1 to 8 slots of different compartments, ids of 32 bytes and a place from 0', async () => {
    const full = await sealRecord(nativeBackend, { ...init, slots: kits.slice(0, 8), sequence: 2 ** 53 - 1 });
    expect(headerOf(full).slots).toHaveLength(8);
    expect(headerOf(full).sequence).toBe(2 ** 53 - 1);
    for (const wrong of [
      { slots: [] },
      { slots: kits },
      { slots: [kits[0]!, kits[1]!, kits[0]!] },
      { chainId: new Uint8Array(31) },
      { recordId: new Uint8Array(33) },
      { patient: new Uint8Array(0) },
      { sequence: -1 },
      { sequence: 0.5 },
      { sequence: 2 ** 53 },
    ]) {
      await expect(sealRecord(nativeBackend, { ...init, ...wrong })).rejects.toMatchObject({
        code: 'input-invalid',
      });
    }
  });

  it('have at most 1 GiB sealed: the largest padded length that fits, and not a byte more', async () => {
    // 2^30 - 2^24 is the last Padme length whose chunks with their tags stay below 2^30.
    const largest = 2 ** 30 - 2 ** 24 - 1;
    const zeros = new Uint8Array(2 ** 24);
    async function* plaintextOf(length: number) {
      for (let left = length; left > 0; left -= zeros.length)
        yield zeros.subarray(0, Math.min(left, zeros.length));
    }
    // Ciphers that do nothing: lengths alone are asked about.
    const nothing = { seal: (_chunk: Uint8Array) => zeros, open: (sealed: Uint8Array) => sealed };
    const bodies = { chunkCipher: () => nothing, sha256: () => bytesOf('any') };
    let blocks = 0;
    const seal = (source: AsyncIterable<Uint8Array>) =>
      sealBody(bytesOf('dek'), source, () => Promise.resolve(void blocks++), bodies, { reuse: true });
    const { bodyLength } = await seal(plaintextOf(largest));
    expect(bodyLength).toBe(largest + 1 + (16 * (largest + 1)) / 65_536);
    expect(isBodyLength(bodyLength)).toBe(true);
    expect(blocks).toBe(Math.ceil(bodyLength / 983_280) + 1);
    await expect(seal(plaintextOf(largest + 1))).rejects.toMatchObject({ code: 'too-large' });
    const before = blocks;
    await expect(seal(once(new Uint8Array(2 ** 30)))).rejects.toMatchObject({ code: 'too-large' });
    expect(blocks).toBe(before);
  });

  it('end where the plaintext ends, also when whole chunks of the body are padding', async () => {
    // 4 MiB and one byte are padded by 128 KiB but one byte: a chunk and more of zeros behind the mark.
    const long = Uint8Array.from({ length: 4 * 2 ** 20 + 1 }, (_, i) => (i * 7) & 255);
    const sealed = await sealFor([laboratory], long);
    const key = { kind: 'owner', compartment: laboratory } as const;
    for (const backend of backends) {
      const opened = await openRecord(backend, { header: headerOf(sealed), fetch: sealed.fetch, key });
      expect(Buffer.compare(opened, long)).toBe(0);
    }
  });

  it('pass on what a broken machine throws when asked whether they open', async () => {
    const header = headerOf(await sealFor([laboratory], utf8('a record')));
    const key = { kind: 'owner', compartment: laboratory } as const;
    const broken = {
      ...nobleBackend,
      group: {
        ...nobleBackend.group,
        multiply: (): never => {
          throw new TypeError('no memory');
        },
      },
    };
    expect(canOpen(nobleBackend, header, key)).toBe(true);
    expect(() => canOpen(broken, header, key)).toThrow(TypeError);
    const zero = { ...laboratory, a: new Uint8Array(32) };
    expect(canOpen(nobleBackend, header, { kind: 'owner', compartment: zero })).toBe(false);
  });

  it('have a body that is its own only leaf, or the list of as many as its length says', async () => {
    const one = headerOf(await sealFor([laboratory], utf8('a record')));
    const root = utf8('not the body');
    expect(() => bodyLeaves(one.bodyCid, root, one.bodyLength)).toThrow(refusal('encoding'));
    const sealed = await sealFor([laboratory], utf8('a record'));
    const header = headerOf(sealed);
    const body = sealed.blocks[0]!.bytes;
    expect(bodyLeaves(header.bodyCid, body, header.bodyLength)).toEqual([header.bodyCid]);
    expect(() => bodyLeaves(header.bodyCid, body, header.bodyLength + 1)).toThrow(refusal('encoding'));
    const asList = linkOf('dag-cbor', body);
    expect(() => bodyLeaves(asList, body, header.bodyLength)).toThrow(refusal('encoding'));
    // Two blocks: the list must be of two raw links, and a dag-cbor block itself.
    const length = padmeLength(15 * 65_536 + 1) + 16 * 16;
    const leaves = [linkOf('raw', utf8('first')), linkOf('raw', utf8('second'))];
    const list = encode(leaves);
    expect(bodyLeaves(linkOf('dag-cbor', list), list, length)).toEqual(leaves);
    for (const wrong of [leaves.slice(1), [...leaves, leaves[0]], [leaves[0], asList], 'list']) {
      const bytes = encode(wrong);
      expect(() => bodyLeaves(linkOf('dag-cbor', bytes), bytes, length)).toThrow(refusal('encoding'));
    }
    expect(() => bodyLeaves(linkOf('raw', list), list, length)).toThrow(refusal('encoding'));
  });
});

describe('what people type', () => {
  it('is a keyword of 1 to 256 bytes', () => {
    expect(normaliseKeyword('é'.repeat(128))).toHaveLength(128);
    for (const wrong of ['', ' \u200b ', 'é'.repeat(129), 'x'.repeat(257), ' '.repeat(5000)]) {
      expect(() => normaliseKeyword(wrong)).toThrow(refusal('input-invalid'));
    }
  });

  it('is a passphrase of 1 to 1024 bytes, over a root of 32', async () => {
    await expect(wrapRoot({ root: new Uint8Array(31), passphrase: 'p' })).rejects.toMatchObject({
      code: 'key-invalid',
    });
    for (const passphrase of ['', 'é'.repeat(513)]) {
      await expect(wrapRoot({ root: bytesOf('root'), passphrase })).rejects.toMatchObject({
        code: 'input-invalid',
      });
    }
    expect(await wrapRoot({ root: bytesOf('root'), passphrase: 'é'.repeat(512) })).toBeInstanceOf(Uint8Array);
  });
});
