import { describe, expect, it } from 'vitest';
import {
  delegateCompartment,
  equalBytes,
  hash,
  keywordKey,
  laneIndexKey,
  nobleBackend,
  sealRecord,
  searchTag,
  slotFor,
  toHex,
  utf8,
  verifyRecordHeader,
  writerKit,
  DOMAIN,
} from '#crypto';
import {
  alice,
  bytesOf,
  CHAIN,
  compartmentOf,
  eve,
  headerOf,
  maria,
  nativeBackend,
  sealFor,
  watch,
} from './cast.ts';

const laboratory = compartmentOf();
const WORDS = Array.from({ length: 12 }, (_, i) => `loinc:${4000 + i}-1`);

/** The tags of `count` records with these words, in the lane of one writer, as the ledger shows them. */
function lane(ixLane: Uint8Array, words: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  return words.map((word) => {
    const n = counts.get(word) ?? 0;
    counts.set(word, n + 1);
    return toHex(searchTag(keywordKey(ixLane, word), n));
  });
}

describe("another writer's lane", () => {
  const mine = laneIndexKey(laboratory.ix, eve.id);
  const hers = laneIndexKey(laboratory.ix, watch.id);

  it('cannot be squatted: its next tags are not to be had from a kit of the same compartment', () => {
    const next = new Set(
      WORDS.flatMap((word) =>
        lane(
          hers,
          Array.from({ length: 20 }, () => word),
        ),
      ),
    );
    const kit = writerKit(nativeBackend, laboratory, eve.id, 0);
    // All that Eve can derive from her kit and from what is public, tried as the key of the other lane.
    const open = [CHAIN, maria.id, watch.id, eve.id, kit.A, kit.ixLane, kit.kappaLane];
    const keys = [
      ...open,
      ...open.map((key) => laneIndexKey(key, watch.id)),
      ...open.map((key) => hash(DOMAIN.index, key)),
    ];
    const guessed = (key: Uint8Array) =>
      WORDS.flatMap((word) =>
        lane(
          key,
          Array.from({ length: 20 }, () => word),
        ),
      );
    for (const key of keys) expect(guessed(key).filter((tag) => next.has(tag))).toEqual([]);
    // Positive control: with the key of the lane, every one of them is foreseen.
    expect(guessed(hers).filter((tag) => next.has(tag))).toHaveLength(next.size);
    expect(equalBytes(kit.ixLane, mine)).toBe(true);
  });

  it('cannot be written into: no kit, no signature and no name of the other writer fits', async () => {
    const record = {
      chainId: CHAIN,
      recordId: bytesOf('squat'),
      patient: maria.id,
      sequence: 0,
      previous: null,
      plaintext: utf8('squat'),
    };
    const kit = writerKit(nativeBackend, laboratory, eve.id, 0);
    const asWatch = { id: watch.id, secretKey: eve.sign.secretKey };
    await expect(
      sealRecord(nativeBackend, { ...record, writer: asWatch, slots: [kit] }),
    ).rejects.toMatchObject({ code: 'input-invalid' });
    // She renames her kit: the record opens to nobody and verifies for nobody.
    const forged = await sealRecord(nativeBackend, {
      ...record,
      writer: asWatch,
      slots: [{ ...kit, writer: watch.id }],
    });
    const header = headerOf(forged);
    expect(header.writer).toEqual(watch.id);
    for (const { sign } of [watch, eve]) {
      expect(verifyRecordHeader(nativeBackend, header, sign.publicKey)).toBe(sign === eve.sign);
    }
    expect(slotFor(header, laboratory)).toBe(-1);
    const honest = headerOf(await sealFor([laboratory], utf8('a record')));
    expect(verifyRecordHeader(nativeBackend, honest, watch.sign.publicKey)).toBe(true);
    expect(slotFor(honest, laboratory)).toBe(0);
  });

  it('cannot be gapped: the tags of a lane are those of its own counter, whatever others anchor', () => {
    const words = Array.from({ length: 40 }, (_, i) => WORDS[(i * i) % 5]!);
    const alone = lane(hers, words);
    const others = [mine, laneIndexKey(laboratory.ix, alice.id)].flatMap((key) => lane(key, words));
    const ledger = new Set([...alone, ...others]);
    // The reader pages n = 0, 1, 2, ... until the first miss, and finds all of the lane and nothing of the others.
    for (const word of new Set(words)) {
      const key = keywordKey(hers, word);
      let n = 0;
      while (ledger.has(toHex(searchTag(key, n)))) n++;
      expect(n).toBe(words.filter((one) => one === word).length);
    }
    expect(ledger.size).toBe(alone.length + others.length);
  });

  it('shows a kit of any writer only for an id of 32 bytes, a whole serial and an element', () => {
    const delegated = delegateCompartment(laboratory);
    expect(writerKit(nobleBackend, delegated, watch.id, 0)).toEqual(
      writerKit(nativeBackend, laboratory, watch.id, 0),
    );
    const invalid = (code: string) => expect.objectContaining({ code });
    for (const serial of [-1, 0.5]) {
      expect(() => writerKit(nativeBackend, delegated, watch.id, serial)).toThrow(invalid('input-invalid'));
    }
    expect(() => writerKit(nativeBackend, delegated, watch.id.subarray(1), 0)).toThrow(
      invalid('input-invalid'),
    );
    const bad = { ...delegated, A: new Uint8Array(32) };
    expect(() => writerKit(nativeBackend, bad, watch.id, 0)).toThrow(invalid('point-invalid'));
  });
});

/**
 * The hidden-keyword game: the adversary names two word sequences of one length, sees the tags of one of them, drawn by
 * a coin, and says which. Its strategy is the best without a key: equal words give equal tags, if tags repeat.
 */
describe('the hidden-keyword game', () => {
  const ROUNDS = 400;
  const sequences = [Array.from({ length: 6 }, () => WORDS[0]!), WORDS.slice(0, 6)] as const;

  function wins(
    tagsOf: (key: Uint8Array, words: readonly string[]) => readonly string[],
    leaks: boolean,
  ): number {
    let won = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const truth = (bytesOf(`keyword coin ${round}`)[0]! & 1) as 0 | 1;
      const ixLane = laneIndexKey(bytesOf(`lane ${round}`), watch.id);
      const tags = tagsOf(ixLane, sequences[truth]);
      const known = leaks ? sequences.findIndex((words) => tagsOf(ixLane, words).join() === tags.join()) : -1;
      const coin = bytesOf(tags.join())[0]! & 1;
      const guess = known >= 0 ? known : new Set(tags).size < tags.length ? 0 : coin;
      if (guess === truth) won++;
    }
    return won;
  }
  const counterless = (key: Uint8Array, words: readonly string[]) =>
    words.map((word) => toHex(searchTag(keywordKey(key, word), 0)));

  it('is won by chance only from tags, always from tags without counters, and always with the lane key', () => {
    // Four standard deviations; the rounds are fixed, so the verdict never changes by chance.
    expect(Math.abs(wins(lane, false) - ROUNDS / 2)).toBeLessThan(4 * Math.sqrt(ROUNDS / 4));
    expect(wins(counterless, false)).toBeGreaterThan(0.7 * ROUNDS);
    expect(wins(lane, true)).toBe(ROUNDS);
  });
});
