const SHARDS = 256;
const CAPACITY_FIRST = 16;
const LOAD_MAX = 0.75;

/** One open-addressing table of pairs of 32-bit words; (0, 0) marks a free place. */
interface Shard {
  words: Uint32Array<ArrayBuffer>;
  count: number;
}

function placeOf(words: Uint32Array, high: number, low: number): number {
  const places = words.length / 2;
  let place = (low >>> 8) % places;
  for (;;) {
    const [a, b] = [words[place * 2] ?? 0, words[place * 2 + 1] ?? 0];
    if ((a === 0 && b === 0) || (a === high && b === low)) return place;
    place = (place + 1) % places;
  }
}

/**
 * A set of 64-bit digests at about 14 bytes each: millions of readings have to be remembered to find the ones that
 * come twice, and a Set of texts would take ten times as much. It grows shard by shard, so that growing never holds
 * two copies of the whole.
 */
export class SeenTable {
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, () => ({
    words: new Uint32Array(CAPACITY_FIRST * 2),
    count: 0,
  }));

  /** True when the digest is new, and it is remembered now. */
  add(high: number, low: number): boolean {
    const first = high === 0 && low === 0 ? 1 : high >>> 0;
    const second = low >>> 0;
    const shard = this.#shards[second % SHARDS];
    if (!shard) return false;
    const place = placeOf(shard.words, first, second);
    if (shard.words[place * 2] !== 0 || shard.words[place * 2 + 1] !== 0) return false;
    shard.words[place * 2] = first;
    shard.words[place * 2 + 1] = second;
    shard.count += 1;
    if (shard.count > (shard.words.length / 2) * LOAD_MAX) grow(shard);
    return true;
  }
}

function grow(shard: Shard): void {
  const old = shard.words;
  const words = new Uint32Array(Math.ceil((old.length / 2) * 1.5) * 2);
  for (let i = 0; i < old.length; i += 2) {
    const [high, low] = [old[i] ?? 0, old[i + 1] ?? 0];
    if (high === 0 && low === 0) continue;
    const place = placeOf(words, high, low);
    words[place * 2] = high;
    words[place * 2 + 1] = low;
  }
  shard.words = words;
  // Gives the old memory back now: a collector would wait until much more of it lies about.
  old.buffer.transfer(0);
}

/**
 * 64 bits of a text or bytes as two words (two lanes of multiply and xor, as cyrb53 has them). Finds what comes
 * twice by chance or by habit; it is no defence against somebody who makes up collisions, and need not be: the file
 * is the importing person's own.
 */
export function digestOf(value: string | Uint8Array): readonly [number, number] {
  let a = 0xdeadbeef ^ value.length;
  let b = 0x41c6ce57 ^ value.length;
  for (let i = 0; i < value.length; i += 1) {
    const unit = typeof value === 'string' ? value.charCodeAt(i) : (value[i] ?? 0);
    a = Math.imul(a ^ unit, 2_654_435_761);
    b = Math.imul(b ^ unit, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return [a >>> 0, b >>> 0];
}
