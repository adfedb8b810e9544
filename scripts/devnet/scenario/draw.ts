import { DOMAIN, hash, utf8 } from '#crypto';

/** Plausible chance from a text: the same text, the same draws. For what people are shown; never for keys. */
export interface Draw {
  /** 0 <= x < 1 */
  next(): number;
  /** A value between both, with so many decimals. */
  between(low: number, high: number, digits?: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

/** mulberry32 over the first four bytes of a hash of the text. */
export function drawFrom(text: string): Draw {
  const bytes = hash(DOMAIN.devnet, utf8('draw'), utf8(text));
  let state = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (low, high, digits = 0) => Number((low + (high - low) * next()).toFixed(digits)),
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
  };
}

/** A whole number of 31 bits from a text, for generators that want a seed of their own. */
export const seedNumber = (text: string): number => Math.floor(drawFrom(text).next() * 0x7fff_ffff);
