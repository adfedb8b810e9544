import { DOMAIN, emergencySecret, hash, nobleBackend, toHex, uint32, type CommitmentLists } from '#crypto';
import { sealShareBox } from '../../../../crypto/grant/share-box.ts';
import { frame } from '../../../../crypto/hash.ts';
import { scalarToBytes } from '../../../../crypto/scalar.ts';
import { bytesOf, deterministic } from '../../../unit/crypto/cast.ts';
import { openingOf, sealedOf } from '../../../unit/crypto/sharing-forgery.ts';
import { hexAll } from '../operations/fields.ts';
import { hexOf, plusOrder, type CaseList } from './case-list.ts';
import { HOLDERS, ISSUER, ISSUER_JSON, nodeJson, NODES } from './grants.ts';
import { EMERGENCY, example, must, type Example } from './sharings.ts';

export const small = (value: bigint): Uint8Array => scalarToBytes(value);
export const pointOf = (value: bigint): Uint8Array => nobleBackend.group.multiplyBase(small(value));
/** A key that no recipient can have: its first coefficient is above the modulus of ML-KEM. */
export const noSealKey = (seal: string): string => `ffff${seal.slice(4)}`;
/** Draws enough for whatever a missing check would lead to. */
export const draws = (label: string, lengths: readonly number[]): string[] =>
  lengths.map((length, i) => toHex(deterministic(nobleBackend, `${label} ${i}`).random(length)));

/** Refusals of sections "Sharing" that each fit in all else. */
export function addSharingEdges(list: CaseList): void {
  const emergency = example('emergency', emergencySecret(EMERGENCY), 3);
  const recovery = example('recovery', { bytes: bytesOf('vector root') }, 2);
  createEdges(list, emergency);
  partEdges(list, emergency);
  sealedEdges(list, recovery);
}

function createEdges(list: CaseList, { input }: Example): void {
  const last = (change: object) => HOLDERS.map((one, i) => (i === 3 ? { ...one, ...change } : one));
  const many = Array.from({ length: 65 }, (_, i) => ({ id: hexOf(`holder ${i}`), index: i + 1, seal: HOLDERS[0]?.seal ?? '' }));
  const wrong: Record<string, object> = {
    'an institution under two indices': { holders: last({ id: HOLDERS[0]?.id }) },
    'an index of 256': { holders: last({ index: 256 }) },
    'an id of 31 bytes': { holders: last({ id: hexOf('short').slice(2) }) },
    'a patient of 31 bytes': { patient: input.patient.slice(2) },
    '65 holders': { holders: many, random: draws('65 holders', [32, 32, 32, ...many.map(() => 64)]) },
  };
  for (const [label, change] of Object.entries(wrong))
    list.bad('sharing-create', label, { ...input, ...change }, 'input-invalid');
  const noCanonical = toHex(plusOrder(EMERGENCY.a, 0));
  list.bad('sharing-create', 'a scalar that is not canonical', { ...input, scalar: noCanonical }, 'scalar-invalid');
  const holders = last({ seal: noSealKey(HOLDERS[3]?.seal ?? '') });
  list.bad('sharing-create', 'a key that nobody can have', { ...input, holders }, 'key-invalid');
}

/** The part of holder 1, in a box that the issuer sealed, of these bytes under these commitments. */
function partEdges(list: CaseList, { sharing, parts }: Example): void {
  const { shares: held, lock: z } = must(parts[0]);
  const [ofR, ofB] = [must(held[0]), must(held[1])];
  const part = (commitments: CommitmentLists, shares: readonly Uint8Array[], index = 1, lock = z) => {
    const publicParts = frame(...commitments.map((one) => frame(...one)));
    const holder = must(NODES[0]);
    const box = sealShareBox(deterministic(nobleBackend, `part ${commitments.length} ${shares.length} ${index}`), {
      sender: { id: ISSUER.id, secretKey: ISSUER.sign.secretKey },
      recipientSeal: holder.seal.publicKey,
      context: hash(DOMAIN.sharingPart, sharing.id, holder.id, uint32(index), publicParts),
      part: { shares, lock },
    });
    return {
      holder: nodeJson(0),
      index,
      issuer: ISSUER_JSON,
      sharingId: toHex(sharing.id),
      commitments: commitments.map(hexAll),
      lock: toHex(sharing.lock),
      box: toHex(box),
    };
  };
  const [r, b] = [must(sharing.commitments[0]), must(sharing.commitments[1])];
  const line = [pointOf(2n), pointOf(3n)];
  const five = small(5n);
  list.is('part-open', 'small scalars: shares of 2 + 3x', part([line, line], [five, five]), {
    shares: hexAll([five, five]),
    z: toHex(z),
  });
  const theirs = must(parts[1]).shares;
  const wrong: Record<string, object> = {
    'sealed with another share of r': part([r, b], [must(theirs[0]), ofB]),
    'sealed with another share of b': part([r, b], [ofR, must(theirs[1])]),
    'sealed with the shares the other way round': part([r, b], [ofB, ofR]),
    'sealed with a share of b that is not canonical': part([r, b], [ofR, plusOrder(ofB, 0)]),
    'sealed with a share of b that is zero, as committed': part(
      [line, [pointOf(-9n), pointOf(9n)]],
      [five, new Uint8Array(32)],
    ),
    'sealed with 32 bytes more before z': part([r, b], [ofR, ofB, new Uint8Array(32)]),
    'sealed with 32 bytes more behind z': part([r, b], [ofR, ofB, z], 1, new Uint8Array(32)),
    'sealed with a share of r alone': part([r, b], [ofR]),
    'sealed with shares of r and b, where r alone is committed to': part([r], [ofR, ofB]),
    'sealed with z a byte short': part([r, b], [ofR, ofB], 1, z.slice(1)),
    'sealed with another z': part([r, b], [ofR, ofB], 1, bytesOf('x')),
    'commitments of which one is no element': part([r, [must(b[0]), must(b[1]), bytesOf('x').fill(255)]], [ofR, ofB]),
    'commitments of which a later one is the identity': part([line, [pointOf(5n), new Uint8Array(32)]], [five, five]),
    'lists of two lengths, sealed as they are': part([line, [pointOf(5n)]], [five, five]),
    'lists of two lengths, the other way round': part([[pointOf(5n)], line], [five, five]),
    'a threshold of one, sealed as it is': part([[pointOf(5n)], [pointOf(5n)]], [five, five]),
    'three lists, sealed as they are': part([line, line, line], [five, five, five]),
    'an index of zero, with r and b themselves': part([line, line], [small(2n), small(2n)], 0),
    'an index of 256, with its shares': part([line, line], [small(770n), small(770n)], 256),
  };
  for (const [label, input] of Object.entries(wrong)) list.bad('part-open', label, input, 'share-invalid');
}

function sealedEdges(list: CaseList, { sharing, parts }: Example): void {
  const opening = openingOf(parts.slice(0, 2));
  const of = (length: number) => ({
    sharingId: toHex(sharing.id),
    r: toHex(opening.r),
    z: toHex(opening.z),
    sealed: toHex(sealedOf(sharing.id, opening, new Uint8Array(length).fill(7))),
  });
  for (const length of [1, 1024]) list.is('sealed-open', `${length} bytes`, of(length), '07'.repeat(length));
  for (const length of [0, 1025]) list.bad('sealed-open', `${length} bytes, sealed rightly`, of(length), 'share-invalid');
}
