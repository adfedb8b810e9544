import { nobleBackend, toHex, utf8 } from '#crypto';
import { bytesOf } from '../../../unit/crypto/cast.ts';
import { GROUP_ORDER } from '../../../../crypto/scalar.ts';
import { runCase, type VectorCase } from '../operations/run.ts';

type Expected = { readonly kind: 'ok' } | { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'error'; readonly code: string };

/** Cases with what their author says must come of them; `freeze` asks the code and refuses a difference. */
export class CaseList {
  readonly #area: string;
  readonly #cases: { id: string; op: string; in: object; expected: Expected }[] = [];

  constructor(area: string) {
    this.#area = area;
  }

  #add(op: string, label: string, input: object, expected: Expected): void {
    const id = `${this.#area}/${op}/${label}`;
    if (this.#cases.some((one) => one.id === id)) throw new TypeError(`case ${id} twice`);
    this.#cases.push({ id, op, in: input, expected });
  }

  /** A success, whatever comes out. */
  ok(op: string, label: string, input: object): void {
    this.#add(op, label, input, { kind: 'ok' });
  }

  /** A success with this result. */
  is(op: string, label: string, input: object, value: unknown): void {
    this.#add(op, label, input, { kind: 'value', value });
  }

  /** A refusal with this code. */
  bad(op: string, label: string, input: object, code: string): void {
    this.#add(op, label, input, { kind: 'error', code });
  }

  async freeze(): Promise<VectorCase[]> {
    const frozen: VectorCase[] = [];
    for (const { id, op, in: input, expected } of this.#cases) {
      const result = await runCase(nobleBackend, { op, in: input });
      const fits =
        expected.kind === 'error'
          ? 'error' in result && result.error === expected.code
          : 'out' in result && (expected.kind === 'ok' || JSON.stringify(result.out) === JSON.stringify(expected.value));
      if (!fits) throw new Error(`${id}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(result).slice(0, 300)}`);
      frozen.push({ id, op, in: input, ...result });
    }
    return frozen;
  }
}

/** 32 fixed bytes in hex, by a label. */
export const hexOf = (label: string): string => toHex(bytesOf(label));

export const textHex = (text: string): string => toHex(utf8(text));

/** Bytes with the order l added to the scalar at `offset`: the same scalar in another, longer reading. */
export function plusOrder(bytes: Uint8Array, offset: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const scalar = changed.subarray(offset, offset + 32);
  let value = GROUP_ORDER + scalar.reduceRight((total, byte) => total * 256n + BigInt(byte), 0n);
  for (let i = 0; i < 32; i++) {
    scalar[i] = Number(value & 255n);
    value >>= 8n;
  }
  return changed;
}

/** A hex text with one bit of one byte flipped. */
export function flipped(hex: string, byte: number): string {
  const at = byte < 0 ? hex.length / 2 + byte : byte;
  const value = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16) ^ 1;
  return `${hex.slice(0, 2 * at)}${value.toString(16).padStart(2, '0')}${hex.slice(2 * at + 2)}`;
}
