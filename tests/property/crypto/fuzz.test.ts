import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CryptoError,
  createSharing,
  decode,
  decodeRecordHeader,
  emergencySecret,
  encode,
  encodeRecordHeader,
  fromBase64Url,
  fromHex,
  isSealPublicKey,
  openBox,
  openPart,
  openShares,
  openTerms,
  parseLink,
  recoveryCodeOf,
  rootFromRecoveryCode,
  toBase64Url,
  toHex,
  verifyConversion,
  verifyPublicKeys,
  verifyRecordHeader,
} from '#crypto';
import { interpolateShares } from '../../../crypto/grant/polynomial.ts';
import { unseal } from '../../../crypto/sharing/deposit.ts';
import { bodyLeaves } from '../../../crypto/record/body.ts';
import {
  alice,
  bob,
  bytesOf,
  compartmentOf,
  contextOf,
  grantTo,
  headerOf,
  maria,
  nativeBackend,
  nodes,
  sealFor,
  watch,
} from '../../unit/crypto/cast.ts';

/** Time-boxed: seconds a decoder, `PHR_FUZZ_SECONDS` for a long run; the seed is printed with a failure. */
const SECONDS = Number(process.env['PHR_FUZZ_SECONDS'] ?? 1);
const SEED = Number(process.env['PHR_FUZZ_SEED'] ?? Date.now() % 2 ** 31);

const laboratory = compartmentOf();
const sealed = await sealFor([laboratory, compartmentOf({ category: 'imaging' })], bytesOf('a record'));
const large = await sealFor([laboratory], new Uint8Array(1_100_000));
const grant = grantTo([laboratory]);
const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };
const sharing = createSharing(nativeBackend, {
  issuer: maria,
  patient: maria.id,
  secret: emergencySecret(laboratory),
  threshold: 2,
  holders: nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
});
const parts = [0, 1].map((i) =>
  openPart(nativeBackend, {
    holder: nodes[i]!,
    index: i + 1,
    issuer: { id: maria.id, signPublicKey: maria.sign.publicKey },
    sharing: { ...sharing, id: sharing.sharingId },
    box: sharing.boxes[i]!.box,
  }),
);
const opening = {
  r: interpolateShares(parts.map(({ shares }, i) => ({ index: i + 1, share: shares[0]! }))),
  z: parts[0]!.lock,
};

/** True bytes with a few of them changed, cut out, doubled or put in; or any bytes at all. */
function mutations(original: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    at: fc.nat(original.length),
    length: fc.oneof(fc.constant(1), fc.nat(40)),
    insert: fc.uint8Array({ maxLength: 8 }),
    double: fc.boolean(),
  });
  const edited = fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => {
    let bytes = [...original];
    for (const { at, length, insert, double } of edits) {
      const removed = bytes.slice(at, at + length);
      bytes = [
        ...bytes.slice(0, at),
        ...insert,
        ...(double ? [...removed, ...removed] : []),
        ...bytes.slice(at + length),
      ];
    }
    return Uint8Array.from(bytes);
  });
  return fc.oneof(
    { weight: 4, arbitrary: edited },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  );
}

/** Gives what `read` made of the bytes, undefined for a refusal; any other error fails the test. */
function reading<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(CryptoError);
    return undefined;
  }
}

interface Decoder {
  readonly name: string;
  readonly original: Uint8Array;
  /** Throws, or gives the only bytes that mean what was read; undefined when the reader took it for false. */
  read(bytes: Uint8Array): Uint8Array | undefined;
}

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const latin = (value: string) => Uint8Array.from(value, (letter) => letter.charCodeAt(0) & 255);
/** For readers that must refuse everything but the original. */
const only = (isTaken: boolean, original: Uint8Array) => (isTaken ? original : undefined);

const { sign, seal, delegate, possession } = alice.publicKeys;
const keyBytes = Uint8Array.from([...sign, ...seal, ...delegate, ...possession]);
const rekey = grant.rekeys[0]!;
const { body, root } = { body: headerOf(large), root: large.blocks.at(-1)!.bytes };

const DECODERS: readonly Decoder[] = [
  {
    name: 'canonical CBOR',
    original: sealed.header,
    read: (bytes) => encode(decode(bytes, 4096)),
  },
  {
    name: 'record header',
    original: sealed.header,
    read: (bytes) => encodeRecordHeader(decodeRecordHeader(bytes)),
  },
  {
    name: 'signed record header',
    original: sealed.header,
    read: (bytes) => {
      const header = decodeRecordHeader(bytes);
      return only(verifyRecordHeader(nativeBackend, header, watch.sign.publicKey), sealed.header);
    },
  },
  {
    name: 'body root',
    original: root,
    read: (bytes) => encode(bodyLeaves(body.bodyCid, bytes, body.bodyLength)),
  },
  {
    name: 'sealed box',
    original: grant.terms,
    read: (bytes) => {
      openBox(nativeBackend, {
        senderPublicKey: alice.sign.publicKey,
        senderId: alice.id,
        recipient: bob.seal,
        context: bytesOf('no context'),
        box: bytes,
      });
      return new Uint8Array(0);
    },
  },
  {
    name: 'grant terms',
    original: grant.terms,
    read: (box) => {
      openTerms(nativeBackend, { delegate: bob, issuer, grantId: grant.grantId, box });
      return grant.terms;
    },
  },
  {
    name: 'grant shares',
    original: grant.nodeShares[0]!.box,
    read: (box) => {
      const { grantId, rekeys } = grant;
      openShares(nativeBackend, { node: nodes[0]!, issuer, grantId, index: 1, rekeys, box });
      return grant.nodeShares[0]!.box;
    },
  },
  {
    name: 'public keys',
    original: keyBytes,
    read: (bytes) => {
      isSealPublicKey(bytes);
      const keys = {
        sign: bytes.slice(0, 32),
        seal: bytes.slice(32, 1248),
        delegate: bytes.slice(1248, 1280),
        possession: bytes.slice(1280),
      };
      return only(verifyPublicKeys(nativeBackend, keys), keyBytes);
    },
  },
  {
    name: 'conversion',
    original: new Uint8Array(96).fill(7),
    read: (bytes) => {
      const conversion = { index: bytes[0] ?? 0, point: bytes.slice(0, 32), proof: bytes.slice(32) };
      const context = contextOf(grant, 0, alice.id);
      const init = { rekey, E: bytes.slice(0, 32), conversion, context };
      return only(verifyConversion(nativeBackend, init), new Uint8Array(0));
    },
  },
  {
    name: 'sealed block of a deposit',
    original: sharing.sealed,
    read: (bytes) => only(unseal(sharing.sharingId, opening, bytes).length === 64, sharing.sealed),
  },
  {
    name: 'link',
    original: latin(sealed.headerCid.toString()),
    read: (bytes) => latin(parseLink(text(bytes)).toString()),
  },
  {
    name: 'hex',
    original: latin(toHex(alice.id)),
    read: (bytes) => latin(toHex(fromHex(text(bytes)))),
  },
  {
    name: 'base64url',
    original: latin(toBase64Url(alice.id)),
    read: (bytes) => latin(toBase64Url(fromBase64Url(text(bytes)))),
  },
];

describe(`decoders under fire (seed ${SEED})`, () => {
  it.each(DECODERS)(
    '$name: only a CryptoError, and nothing that does not re-encode',
    ({ original, read }) => {
      fc.assert(
        fc.property(mutations(original), (bytes) => {
          const again = reading(() => read(bytes));
          if (again !== undefined) expect(again).toEqual(bytes);
        }),
        {
          seed: SEED,
          numRuns: Number.MAX_SAFE_INTEGER,
          interruptAfterTimeLimit: 1000 * SECONDS,
          markInterruptAsFailure: false,
        },
      );
    },
    1000 * (SECONDS + 60),
  );

  it('recovery codes: whatever is read is the root of its own code', () => {
    const code = recoveryCodeOf(bytesOf('root'));
    fc.assert(
      fc.property(mutations(latin(code)), (bytes) => {
        const root_ = reading(() => rootFromRecoveryCode(text(bytes)));
        // People's spellings are many; the root behind them must be the one that was written down.
        if (root_ !== undefined) expect(recoveryCodeOf(root_)).toBe(code);
      }),
      { seed: SEED, numRuns: 20_000, interruptAfterTimeLimit: 1000 * SECONDS },
    );
  });

  it('would notice a decoder that takes two encodings for one value', () => {
    const careless = (bytes: Uint8Array) => latin(text(bytes).toLowerCase());
    expect(() =>
      fc.assert(
        fc.property(mutations(latin('abc')), (bytes) => {
          expect(careless(bytes)).toEqual(bytes);
        }),
        { seed: 1, numRuns: 10_000 },
      ),
    ).toThrow(/seed: 1/);
  });
});
