import { describe, expect, it } from 'vitest';
import {
  canOpen,
  createSharing,
  dealSubShares,
  linkOf,
  openSubShares,
  decodeRecordHeader,
  emergencySecret,
  encodeRecordHeader,
  openBox,
  openPart,
  openRecord,
  openRelease,
  openShares,
  openTerms,
  sealBox,
  sealRelease,
  utf8,
  verifyRecordHeader,
} from '#crypto';
import { proofContext, signHeader } from '../../../crypto/record/header.ts';
import {
  alice,
  bob,
  bytesOf,
  CHAIN,
  compartmentOf,
  grantTo,
  headerOf,
  maria,
  nativeBackend,
  nodes,
  sealFor,
  storeOf,
  watch,
} from './cast.ts';

const laboratory = compartmentOf();
const plaintext = utf8('a record');
const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };
const sender = { id: alice.id, secretKey: alice.sign.secretKey };

interface Place {
  readonly box: Uint8Array;
  open(box: Uint8Array): unknown;
}

/** Every kind of box, twice, from the same sender to the same two recipients: only their places differ. */
function places(): Readonly<Record<string, Place>> {
  const found: Record<string, Place> = {};
  for (const round of ['first', 'second']) {
    const grant = grantTo([laboratory], { nonce: bytesOf(round).slice(0, 16) });
    const { grantId, rekeys } = grant;
    found[`terms, ${round}`] = {
      box: grant.terms,
      open: (box) => openTerms(nativeBackend, { delegate: bob, issuer, grantId, box }),
    };
    for (const [i, node] of nodes.slice(0, 2).entries()) {
      const init = { node, issuer, grantId, index: i + 1, rekeys: [...rekeys] };
      found[`shares of ${i}, ${round}`] = {
        box: grant.nodeShares[i]!.box,
        open: (box) => openShares(nativeBackend, { ...init, box }),
      };
    }
    const holders = nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey }));
    const { sharingId, commitments, lock, sealed, boxes } = createSharing(nativeBackend, {
      issuer: alice,
      patient: maria.id,
      secret: emergencySecret(laboratory),
      threshold: 2,
      holders,
      nonce: bytesOf(round).slice(0, 16),
    });
    const sharing = { id: sharingId, commitments, lock, sealed: linkOf('raw', sealed) };
    const part = { holder: nodes[0]!, index: 1, issuer, sharing };
    found[`part, ${round}`] = {
      box: boxes[0]!.box,
      open: (box) => openPart(nativeBackend, { ...part, box }),
    };
    for (const request of ['one', 'other']) {
      const context = { chainId: CHAIN, sharingId, requester: bob.id, accessId: bytesOf(request), height: 1 };
      const held = openPart(nativeBackend, { ...part, box: boxes[0]!.box });
      const { id, validator } = nodes[0]!;
      const capsules = [{ E: laboratory.A, recordId: bytesOf('record'), slot: 0 }];
      found[`release to ${request}, ${round}`] = {
        box: sealRelease(nativeBackend, {
          holder: { id, index: 1, secretKey: validator.secretKey },
          part: held,
          sealed,
          context,
          requesterSeal: bob.seal.publicKey,
          capsules,
        }),
        open: (box) =>
          openRelease(nativeBackend, {
            requester: bob,
            holder: { id, index: 1, signPublicKey: validator.publicKey },
            context,
            sharing,
            capsules,
            box,
          }),
      };
    }
    for (const [what, owner] of [
      ['grant', grantId],
      ['sharing', sharingId],
    ] as const) {
      const { shares, lock: z } = openPart(nativeBackend, { ...part, box: boxes[0]!.box });
      const ofSharing = owner === sharingId;
      const { id, validator } = nodes[0]!;
      const deal = dealSubShares(nativeBackend, {
        owner,
        epoch: 1,
        dealer: { id, index: 1, secretKey: validator.secretKey },
        shares,
        ...(ofSharing ? { lock: z } : {}),
        threshold: 2,
        holders,
      });
      found[`sub-shares of a ${what}, ${round}`] = {
        box: deal.boxes[0]!.box,
        open: (box) =>
          openSubShares(nativeBackend, {
            owner,
            epoch: 1,
            dealer: { id, index: 1, signPublicKey: validator.publicKey },
            holder: { id, index: 1, seal: nodes[0]!.seal },
            count: 2,
            lock: ofSharing ? lock : undefined,
            box,
          }),
      };
    }
    const context = bytesOf(round);
    found[`letter, ${round}`] = {
      box: sealBox(nativeBackend, { sender, recipientSeal: bob.seal.publicKey, context, plaintext }),
      open: (box) =>
        openBox(nativeBackend, {
          senderId: alice.id,
          senderPublicKey: alice.sign.publicKey,
          recipient: bob.seal,
          context,
          box,
        }),
    };
  }
  return found;
}

describe('what was sealed for one place', () => {
  it('opens there and at no other, for every kind of box and every pair of places', () => {
    const all = Object.entries(places());
    expect(all).toHaveLength(18);
    for (const [from, { box }] of all) {
      for (const [at, { open }] of all) {
        if (from === at) expect(open(box), at).toBeDefined();
        else {
          expect(() => open(box), `${from} at ${at}`).toThrow(
            expect.objectContaining({ name: 'CryptoError' }),
          );
        }
      }
    }
  });
});

describe('parts of two records of one writer', () => {
  /** The writer herself, or who has her signing key, puts parts of an old record into a new one and signs. */
  async function twoRecords() {
    const sealed = [
      await sealFor([laboratory], utf8('first')),
      await sealFor([laboratory], utf8('other'), { sequence: 1 }),
    ] as const;
    const [first, other] = sealed.map(headerOf) as [ReturnType<typeof headerOf>, ReturnType<typeof headerOf>];
    return { first, other, fetch: storeOf(sealed.flatMap(({ blocks }) => blocks)) };
  }

  it('do not fit together: no slot, commitment, body or proof of the one is taken in the other', async () => {
    const { first, other, fetch } = await twoRecords();
    const key = { kind: 'owner', compartment: laboratory } as const;
    const opens = (header: typeof first) =>
      openRecord(nativeBackend, { header, fetch, key }).then(
        (bytes) => new TextDecoder().decode(bytes),
        (error: { code: string }) => error.code,
      );
    expect([await opens(first), await opens(other)]).toEqual(['first', 'other']);
    const mixtures = {
      slots: { ...first, slots: other.slots },
      'slots and commitment': { ...first, slots: other.slots, commitment: other.commitment },
      commitment: { ...first, commitment: other.commitment },
      body: { ...first, bodyCid: other.bodyCid, bodyLength: other.bodyLength },
      'all that is sealed': { ...other, recordId: first.recordId, sequence: first.sequence },
      'record id': { ...first, recordId: other.recordId },
      place: { ...first, sequence: 7 },
    };
    for (const [what, mixture] of Object.entries(mixtures)) {
      expect(await opens(mixture), what).toBe('open-failed');
      expect(verifyRecordHeader(nativeBackend, mixture, watch.sign.publicKey), what).toBe(false);
      const bytes = signHeader(nativeBackend, mixture, mixture.proof, watch.sign.secretKey);
      const signed = decodeRecordHeader(bytes);
      expect(verifyRecordHeader(nativeBackend, signed, watch.sign.publicKey), what).toBe(false);
    }
    // Signed anew in the same way, the record as it was still holds: what fails above is the mixture.
    const again = signHeader(nativeBackend, first, first.proof, watch.sign.secretKey);
    expect(verifyRecordHeader(nativeBackend, decodeRecordHeader(again), watch.sign.publicKey)).toBe(true);
    expect(proofContext(first).statement).not.toEqual(proofContext(other).statement);
    expect(encodeRecordHeader(first)).not.toEqual(encodeRecordHeader(other));
  });

  it('keep their order: slots or versions exchanged are another header, and refused', async () => {
    const two = headerOf(await sealFor([laboratory, compartmentOf({ category: 'imaging' })], plaintext));
    expect(verifyRecordHeader(nativeBackend, two, watch.sign.publicKey)).toBe(true);
    const reordered = { ...two, slots: [...two.slots].toReversed() };
    expect(verifyRecordHeader(nativeBackend, reordered, watch.sign.publicKey)).toBe(false);
    const proof = Uint8Array.from([
      ...two.proof.subarray(0, 32),
      ...two.proof.subarray(64),
      ...two.proof.subarray(32, 64),
    ]);
    expect(verifyRecordHeader(nativeBackend, { ...reordered, proof }, watch.sign.publicKey)).toBe(false);
    // The slots themselves do not depend on their order: the reader finds hers by its hint.
    expect(canOpen(nativeBackend, reordered, { kind: 'owner', compartment: laboratory })).toBe(true);
  });
});

describe('the place of a holder', () => {
  const { sharingId, commitments, lock, sealed, boxes } = createSharing(nativeBackend, {
    issuer: alice,
    patient: maria.id,
    secret: emergencySecret(laboratory),
    threshold: 2,
    holders: nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
  });
  const sharing = { id: sharingId, commitments, lock, sealed: linkOf('raw', sealed) };
  const partOf = (i: number) =>
    openPart(nativeBackend, {
      holder: nodes[i]!,
      index: i + 1,
      issuer,
      sharing,
      box: boxes[i]!.box,
    });
  const context = { chainId: CHAIN, sharingId, requester: bob.id, accessId: bytesOf('request'), height: 1 };

  /** The holder at `by` releases the part of the holder at `of` and signs herself, at her index or at that one's. */
  const released = (by: number, of: number, at: number) => {
    const { id, validator } = nodes[by]!;
    const box = sealRelease(nativeBackend, {
      holder: { id, index: at + 1, secretKey: validator.secretKey },
      part: partOf(of),
      sealed,
      context,
      requesterSeal: bob.seal.publicKey,
      capsules: [],
    });
    // Id and index of a holder belong together on the ledger.
    const holder = { id, index: by + 1, signPublicKey: validator.publicKey };
    return () => openRelease(nativeBackend, { requester: bob, holder, context, sharing, capsules: [], box });
  };

  it('cannot be taken by another holder, though she was given his part and signs for it', () => {
    expect(released(0, 0, 0)().index).toBe(1);
    for (const [by, of] of [
      [0, 1],
      [1, 0],
      [3, 2],
    ] as const) {
      for (const at of [by, of])
        expect(released(by, of, at)).toThrow(expect.objectContaining({ code: 'share-invalid' }));
    }
  });
});
