import { bls12_381 } from '@noble/curves/bls12-381.js';
import { describe, expect, it } from 'vitest';
import {
  deriveCompartment,
  equalBytes,
  hash,
  DOMAIN,
  keywordKey,
  laneIndexKey,
  searchTag,
  slotFor,
  toHex,
  utf8,
  type Compartment,
  type RecordHeader,
} from '#crypto';
import {
  alice,
  bob,
  bytesOf,
  CHAIN,
  compartmentOf,
  deterministic,
  grantTo,
  headerOf,
  maria,
  nativeBackend,
  sealFor,
  watch,
  type Granted,
} from './cast.ts';

const CODES = Array.from({ length: 24 }, (_, i) => `loinc:${4500 + 7 * i}-${i % 10}`);

/** What a curious node has of a keyword scheme: a trapdoor that it was sent, and its own try at a ciphertext. */
interface KeywordScheme<Trapdoor> {
  trapdoor(keyword: string): Trapdoor;
  /** What somebody without any secret can compute and compare. */
  matches(trapdoor: Trapdoor, guess: string): boolean;
}

/** The keyword-guessing attack (Byun et al. 2006): encrypt every word of a code list and run the server's test. */
function guess<Trapdoor>(scheme: KeywordScheme<Trapdoor>, secretWord: string): string | undefined {
  const trapdoor = scheme.trapdoor(secretWord);
  return CODES.find((word) => scheme.matches(trapdoor, word));
}

/** PEKS of Boneh, Di Crescenzo, Ostrovsky and Persiano (2004) over BLS12-381. */
function peks(): KeywordScheme<ReturnType<typeof bls12_381.G1.Point.BASE.multiply>> {
  const secret = BigInt(`0x${toHex(bytesOf('peks secret')).slice(2)}`) % bls12_381.fields.Fr.ORDER;
  const publicKey = bls12_381.G2.Point.BASE.multiply(secret);
  const point = (word: string) =>
    bls12_381.G1.Point.fromAffine(bls12_381.G1.hashToCurve(utf8(word)).toAffine());
  return {
    trapdoor: (keyword) => point(keyword).multiply(secret),
    matches: (trapdoor, word) =>
      // e(T, r*G2) = e(H(w), r*pk), the test of the server on a ciphertext that the attacker made with r = 5.
      bls12_381.fields.Fp12.eql(
        bls12_381.pairing(trapdoor, bls12_381.G2.Point.BASE.multiply(5n)),
        bls12_381.pairing(point(word), publicKey.multiply(5n)),
      ),
  };
}

/** Ours: the node sees tags; it may use everything that is public, and what `leaked` gives it, as a key. */
function ours(leaked: readonly Uint8Array[] = []): KeywordScheme<Uint8Array> {
  const compartment = compartmentOf();
  const lane = laneIndexKey(compartment.ix, watch.id);
  const open = [CHAIN, maria.id, watch.id, alice.id, bob.id, compartment.A, watch.sign.publicKey];
  const keys = [...open, ...open.map((key) => laneIndexKey(key, watch.id)), ...leaked];
  return {
    trapdoor: (keyword) => searchTag(keywordKey(lane, keyword), 0),
    matches: (tag, word) => keys.some((key) => equalBytes(searchTag(keywordKey(key, word), 0), tag)),
  };
}

describe('the keyword-guessing attack', () => {
  it('finds the keyword of a PEKS trapdoor, and of our tag only with the lane key leaked', () => {
    const word = CODES[17]!;
    expect(guess(peks(), word)).toBe(word);
    const lane = laneIndexKey(compartmentOf().ix, watch.id);
    for (const secret of CODES) expect(guess(ours(), secret)).toBeUndefined();
    for (const secret of CODES) expect(guess(ours([lane]), secret)).toBe(secret);
  }, 60_000);

  it('is not helped by tags of the same keyword in other lanes, periods or places', () => {
    const word = CODES[3]!;
    const keys = [
      laneIndexKey(compartmentOf().ix, alice.id),
      laneIndexKey(compartmentOf({ period: '2026-10' }).ix, watch.id),
      laneIndexKey(compartmentOf({ generation: 1 }).ix, watch.id),
    ];
    expect(guess(ours(keys), word)).toBeUndefined();
    const lane = laneIndexKey(compartmentOf().ix, watch.id);
    const tags = Array.from({ length: 2000 }, (_, n) => toHex(searchTag(keywordKey(lane, word), n)));
    expect(new Set(tags).size).toBe(tags.length);
  });
});

const CONDITIONS = ['hiv', 'fracture'] as const;
const ROUNDS = 240;

interface View {
  readonly header: RecordHeader;
  readonly tag: Uint8Array;
  readonly grant: Pick<Granted, 'grantId' | 'rekeys' | 'terms' | 'nodeShares' | 'termsCommitment'>;
}

/** One round of the game: a record, a tag and a grant of one of two conditions, as a node sees them. */
async function viewOf(round: number): Promise<{ view: View; truth: 0 | 1; seed: Uint8Array }> {
  const truth = (bytesOf(`coin ${round}`)[0]! & 1) as 0 | 1;
  const seed = bytesOf(`seed ${round}`);
  const compartment = named(seed, truth);
  const backend = deterministic(nativeBackend, `round ${round}`);
  const header = headerOf(await sealFor([compartment], utf8('same'), { backend }));
  const tag = searchTag(keywordKey(laneIndexKey(compartment.ix, watch.id), CONDITIONS[truth]), 0);
  const grant =
    round % 8 === 0 ? grantTo([compartment], { backend, purpose: CONDITIONS[truth] }) : EMPTY_GRANT;
  return { view: { header, tag, grant }, truth, seed };
}

const EMPTY_GRANT: View['grant'] = {
  grantId: CHAIN,
  rekeys: [],
  terms: CHAIN,
  nodeShares: [],
  termsCommitment: CHAIN,
};

function named(seed: Uint8Array, condition: 0 | 1): Compartment {
  return deriveCompartment(nativeBackend, seed, {
    category: CONDITIONS[condition],
    generation: 0,
    period: '2026-11',
  });
}

/** Tries keys on everything in the view; without a hit, the parity of all bytes, which is a coin. */
function distinguish(view: View, seeds: readonly Uint8Array[]): 0 | 1 {
  for (const seed of seeds) {
    for (const condition of [0, 1] as const) {
      const compartment = named(seed, condition);
      if (slotFor(view.header, compartment) >= 0) return condition;
      const lane = laneIndexKey(compartment.ix, watch.id);
      if (equalBytes(searchTag(keywordKey(lane, CONDITIONS[condition]), 0), view.tag)) return condition;
      const points = view.grant.rekeys.flatMap(({ X, commitments }) => [X, ...commitments]);
      if (points.some((point) => equalBytes(point, compartment.A))) return condition;
    }
  }
  const { terms, nodeShares, termsCommitment } = view.grant;
  const lengths = terms.length + nodeShares.reduce((sum, { box }) => sum + box.length, 0);
  const { E, hint, box } = view.header.slots[0]!;
  const all = hash(DOMAIN.message, E, hint, box, view.tag, termsCommitment, utf8(String(lengths)));
  return (all[0]! & 1) as 0 | 1;
}

describe('the hidden-condition game', () => {
  it('is won by chance only from what nodes see, and always with the seed leaked', async () => {
    const wins = { public: 0, leaked: 0, lengths: new Set<number>() };
    for (let round = 0; round < ROUNDS; round++) {
      const { view, truth, seed } = await viewOf(round);
      const { header, grant } = view;
      const known = [CHAIN, maria.id, watch.id, header.recordId, header.slots[0]!.E, grant.grantId];
      if (distinguish(view, known) === truth) wins.public++;
      if (distinguish(view, [seed]) === truth) wins.leaked++;
      if (grant.rekeys.length > 0) wins.lengths.add(grant.terms.length);
    }
    expect(wins.leaked).toBe(ROUNDS);
    // Four standard deviations; the rounds are fixed, so the verdict never changes by chance.
    expect(Math.abs(wins.public - ROUNDS / 2)).toBeLessThan(4 * Math.sqrt(ROUNDS / 4));
    expect(wins.lengths.size).toBe(1);
  });
});
