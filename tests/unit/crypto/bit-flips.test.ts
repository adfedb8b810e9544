import { describe, expect, it } from 'vitest';
import {
  canOpen,
  concatBytes,
  createSharing,
  dealSubShares,
  isSubDealingOf,
  openSubShares,
  CryptoError,
  decode,
  decodeRecordHeader,
  emergencySecret,
  linkOf,
  openBox,
  openPart,
  openRecord,
  openRelease,
  openShares,
  openTerms,
  rootFromRecoveryCode,
  recoveryCodeOf,
  sealBox,
  sealRelease,
  unwrapRoot,
  utf8,
  verifyConversion,
  verifyPublicKeys,
  verifyRecordHeader,
  wrapRoot,
  convert,
  type CommitmentLists,
} from '#crypto';
import { interpolateShares } from '../../../crypto/grant/polynomial.ts';
import { unseal } from '../../../crypto/sharing/deposit.ts';
import { openBody } from '../../../crypto/record/body.ts';
import { createChunkCipher } from '../../../crypto/record/chunk-cipher.ts';
import {
  alice,
  bob,
  bytesOf,
  CHAIN,
  compartmentOf,
  contextOf,
  flipBit,
  grantTo,
  headerOf,
  maria,
  nativeBackend,
  nodes,
  sealFor,
  storeOf,
  watch,
} from './cast.ts';

/** The long run (`PHR_LONG=1`) flips every bit; the usual one takes one a byte, of every n-th where a try costs milliseconds. */
const long = process.env['PHR_LONG'] === '1';
const laboratory = compartmentOf();
const emergency = compartmentOf({ category: 'emergency', period: 'all' });
const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };

/**
 * Every byte of an artefact (or every `stride`-th from `after` on) with one bit flipped, the bit turning with the
 * byte, or in the long run each of its bits. Gives the positions where the reader took it; a throw must be a CryptoError.
 */
async function accepted(
  artefact: Uint8Array,
  takes: (changed: Uint8Array) => unknown,
  { stride = 1, after = 0, everyBit = long } = {},
): Promise<number[]> {
  const positions: number[] = [];
  let tried = 0;
  for (let at = 0; at < artefact.length; at += at < after || long ? 1 : stride) {
    tried++;
    for (const bit of everyBit ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8]) {
      try {
        if ((await takes(flipBit(artefact, 8 * at + bit))) !== false) positions.push(at);
      } catch (error) {
        if (!(error instanceof CryptoError)) throw error;
      }
    }
  }
  expect(tried).toBeGreaterThan(Math.min(after, artefact.length) + (artefact.length - after) / stride - 1);
  expect(await takes(artefact)).not.toBe(false);
  return positions;
}

describe('a flipped bit is never accepted', () => {
  it('in a header: it does not verify, and what decodes opens nothing else', async () => {
    const { header } = await sealFor([laboratory, emergency], utf8('a record'));
    const takes = (bytes: Uint8Array) =>
      verifyRecordHeader(nativeBackend, decodeRecordHeader(bytes), watch.sign.publicKey);
    expect(await accepted(header, takes)).toEqual([]);
  });

  it('in a body block, at its link and at the cipher', async () => {
    const sealed = await sealFor([laboratory], utf8('a record'));
    const [block] = sealed.blocks;
    const header = headerOf(sealed);
    const key = { kind: 'owner', compartment: laboratory } as const;
    const atLink = (bytes: Uint8Array) =>
      openRecord(nativeBackend, { header, fetch: () => Promise.resolve(bytes), key });
    expect(await accepted(block!.bytes, atLink)).toEqual([]);
    const dek = bytesOf('dek');
    const padded = concatBytes(utf8('a record'), Uint8Array.of(0x80), new Uint8Array(503));
    const chunk = await (await createChunkCipher(dek)).seal(padded, 0, true);
    const atCipher = async (bytes: Uint8Array) => {
      const cid = linkOf('raw', bytes);
      const body = { bodyCid: cid, bodyLength: bytes.length };
      try {
        for await (const _piece of openBody(dek, body, storeOf([{ cid, bytes }])));
        return true;
      } catch {
        return false;
      }
    };
    expect(await accepted(chunk, atCipher)).toEqual([]);
  });

  it('in a sealed box', async () => {
    const context = utf8('context');
    const box = sealBox(nativeBackend, {
      sender: { id: alice.id, secretKey: alice.sign.secretKey },
      recipientSeal: bob.seal.publicKey,
      context,
      plaintext: utf8('plaintext'),
    });
    const sender = { senderPublicKey: alice.sign.publicKey, senderId: alice.id };
    const takes = (bytes: Uint8Array) =>
      openBox(nativeBackend, { ...sender, recipient: bob.seal, context, box: bytes });
    expect(await accepted(box, takes)).toEqual([]);
  });

  it('in the shares and the terms of a grant', async () => {
    const grant = grantTo([laboratory]);
    const { grantId, rekeys } = grant;
    const shares = (box: Uint8Array) =>
      openShares(nativeBackend, { node: nodes[0]!, issuer, grantId, index: 1, rekeys, box });
    expect(await accepted(grant.nodeShares[0]!.box, shares, { stride: 3 })).toEqual([]);
    const terms = (box: Uint8Array) => openTerms(nativeBackend, { delegate: bob, issuer, grantId, box });
    expect(await accepted(grant.terms, terms, { stride: 29, after: 16 })).toEqual([]);
  });

  it('in a commitment or X of a rekey that a node checks its shares against', async () => {
    const grant = grantTo([laboratory]);
    const { X, commitments } = grant.rekeys[0]!;
    const takes = (bytes: Uint8Array) => {
      const [first, ...rest] = [0, 1, 2, 3].map((i) => bytes.slice(32 * i, 32 * (i + 1)));
      const rekeys = [{ X: first!, commitments: rest }, ...grant.rekeys.slice(1)];
      const init = { node: nodes[0]!, issuer, grantId: grant.grantId, index: 1, rekeys };
      return openShares(nativeBackend, { ...init, box: grant.nodeShares[0]!.box });
    };
    expect(await accepted(concatBytes(X, ...commitments), takes)).toEqual([]);
  });

  it('in a conversion', async () => {
    const grant = grantTo([laboratory]);
    const header = headerOf(await sealFor([laboratory], utf8('a record')));
    const j = grant.rekeyOf[0]!;
    const [E, context] = [header.slots[0]!.E, contextOf(grant, j, header.recordId)];
    const made = convert(nativeBackend, { share: grant.shares[0]![j]!, E, index: 1, context });
    const takes = (bytes: Uint8Array) => {
      const conversion = { index: 1, point: bytes.slice(0, 32), proof: bytes.slice(32) };
      return verifyConversion(nativeBackend, { rekey: grant.rekeys[j]!, E, conversion, context });
    };
    expect(await accepted(concatBytes(made.point, made.proof), takes)).toEqual([]);
  });

  it('in the public keys of a person', async () => {
    const { sign, seal, delegate, possession } = alice.publicKeys;
    const takes = (bytes: Uint8Array) =>
      verifyPublicKeys(nativeBackend, {
        sign: bytes.slice(0, 32),
        seal: bytes.slice(32, 1248),
        delegate: bytes.slice(1248, 1280),
        possession: bytes.slice(1280),
      });
    expect(await accepted(concatBytes(sign, seal, delegate, possession), takes)).toEqual([]);
  });

  it('in the parts and releases of emergency access', async () => {
    const sharing = createSharing(nativeBackend, {
      issuer: maria,
      patient: maria.id,
      secret: emergencySecret(emergency),
      threshold: 2,
      holders: nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
    });
    const { sharingId, commitments, lock, sealed } = sharing;
    const known = { id: sharingId, commitments, lock, sealed: linkOf('raw', sealed) };
    const holder = nodes[0]!;
    const from = { id: maria.id, signPublicKey: maria.sign.publicKey };
    const open = (box: Uint8Array) =>
      openPart(nativeBackend, { holder, index: 1, issuer: from, sharing: known, box });
    const { box } = sharing.boxes[0]!;
    expect(await accepted(box, open, { stride: 5, after: 8 })).toEqual([]);
    const context = { chainId: CHAIN, sharingId, requester: bob.id, accessId: bytesOf('a'), height: 1 };
    const capsules = [{ E: nativeBackend.group.generator, recordId: bytesOf('r'), slot: 0 }];
    const release = sealRelease(nativeBackend, {
      holder: { id: holder.id, index: 1, secretKey: holder.validator.secretKey },
      part: open(box),
      sealed,
      context,
      requesterSeal: bob.seal.publicKey,
      capsules,
    });
    const receive = (bytes: Uint8Array) =>
      openRelease(nativeBackend, {
        requester: bob,
        holder: { id: holder.id, index: 1, signPublicKey: holder.validator.publicKey },
        context,
        sharing: known,
        capsules,
        box: bytes,
      });
    expect(await accepted(release, receive, { stride: 5, after: 8 })).toEqual([]);
    const part = open(box);
    const unsealed = (bytes: Uint8Array) => unseal(sharingId, { r, z: part.lock }, bytes);
    const r = interpolateShares(
      [0, 1].map((i) => {
        const init = { holder: nodes[i]!, index: i + 1, issuer: from, sharing: known };
        const { shares } = openPart(nativeBackend, { ...init, box: sharing.boxes[i]!.box });
        return { index: i + 1, share: shares[0]! };
      }),
    );
    expect(unsealed(sealed)).toHaveLength(64);
    expect(await accepted(sealed, unsealed)).toEqual([]);
    const locked = (bytes: Uint8Array) =>
      openPart(nativeBackend, { ...first, sharing: { ...known, lock: bytes } });
    const first = { holder, index: 1, issuer: from, box };
    expect(await accepted(lock, locked)).toEqual([]);
    // Nor do holders share again under commitments, of the ledger or of a deal, of which a bit is another.
    const dealer = { id: holder.id, index: 1, secretKey: holder.validator.secretKey };
    const holders = nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey }));
    const deal = dealSubShares(nativeBackend, {
      owner: sharingId,
      epoch: 1,
      dealer,
      ...part,
      threshold: 2,
      holders,
    });
    const lists = (bytes: Uint8Array) =>
      [0, 1].map((j) => [0, 1].map((k) => bytes.slice(64 * j + 32 * k, 64 * j + 32 * k + 32)));
    const judged = (old: CommitmentLists, given: CommitmentLists) => {
      if (!isSubDealingOf(nativeBackend, old, { from: 1, threshold: 2, commitments: given }))
        throw new CryptoError('share-invalid');
      return openSubShares(nativeBackend, {
        owner: sharingId,
        epoch: 1,
        dealer: { id: holder.id, index: 1, signPublicKey: holder.validator.publicKey },
        holder: { id: nodes[1]!.id, index: 2, seal: nodes[1]!.seal },
        count: 2,
        commitments: given,
        lock,
        box: deal.boxes[1]!.box,
      });
    };
    const [old, fresh] = [commitments, deal.commitments].map((both) => concatBytes(...both.flat()));
    expect(await accepted(old!, (bytes) => judged(lists(bytes), deal.commitments))).toEqual([]);
    expect(await accepted(fresh!, (bytes) => judged(commitments, lists(bytes)))).toEqual([]);
  });

  it('in a wrapped root', async () => {
    const wrapped = await wrapRoot({ root: bytesOf('root'), passphrase: 'passphrase' });
    const takes = (bytes: Uint8Array) => unwrapRoot({ wrapped: bytes, passphrase: 'passphrase' });
    // Every try stretches the passphrase anew, so the long run too takes one bit a byte here.
    expect(await accepted(wrapped, takes, { stride: 11, after: 12, everyBit: false })).toEqual([]);
  });

  it('in a recovery code: any other letter at any place', () => {
    const code = recoveryCodeOf(bytesOf('root'));
    for (let at = 0; at < code.length; at++) {
      if (code[at] === '-') continue;
      const other = code[at] === '7' ? '8' : '7';
      expect(() => rootFromRecoveryCode(code.slice(0, at) + other + code.slice(at + 1))).toThrow(
        expect.objectContaining({ code: 'recovery-code-invalid' }),
      );
    }
  });
});

describe('a part of an artefact is never taken for the whole', () => {
  it('at any length of a header, and at sampled lengths of a box', async () => {
    const sealed = await sealFor([laboratory], utf8('a record'));
    for (let length = 0; length < sealed.header.length; length++) {
      expect(() => decodeRecordHeader(sealed.header.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'encoding' }),
      );
    }
    const grant = grantTo([laboratory]);
    for (let length = 0; length < grant.terms.length; length += 97) {
      const box = grant.terms.subarray(0, length);
      expect(() => openTerms(nativeBackend, { delegate: bob, issuer, grantId: grant.grantId, box })).toThrow(
        expect.objectContaining({ code: 'open-failed' }),
      );
    }
  });
});

describe('a downgrade', () => {
  it('to another suite is refused wherever a suite or version is written, though all else fits', async () => {
    const sealed = await sealFor([laboratory], utf8('a record'));
    const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
    const at = text(sealed.header).indexOf('phr-mesh/v1') + 'phr-mesh/v'.length;
    const other = Uint8Array.from(sealed.header, (byte, i) => (i === at ? '0'.charCodeAt(0) : byte));
    expect(decode(other, 4096)).toMatchObject({ suite: 'phr-mesh/v0' });
    expect(() => decodeRecordHeader(other)).toThrow(expect.objectContaining({ code: 'encoding' }));
    const grant = grantTo([laboratory]);
    for (const version of [0, 2, 255]) {
      const box = Uint8Array.from(grant.terms, (byte, i) => (i === 0 ? version : byte));
      expect(() => openTerms(nativeBackend, { delegate: bob, issuer, grantId: grant.grantId, box })).toThrow(
        expect.objectContaining({ code: 'open-failed' }),
      );
    }
    expect(canOpen(nativeBackend, headerOf(sealed), { kind: 'owner', compartment: laboratory })).toBe(true);
  });
});
