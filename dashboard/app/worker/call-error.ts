import { hasWord, t } from '../words/translate.ts';
import type { Facts, WireError } from './messages.ts';

/** A call that failed, in words for a person: what happened, what is safe, what to do. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: string;
  readonly facts: Facts;
  readonly #api: WireError['api'];

  constructor(wire: WireError) {
    super(wire.code);
    this.code = wire.code;
    this.facts = wire.facts;
    this.#api = wire.api;
  }

  /** The rule of the ledger that refused, when it was the ledger. */
  get refusal(): string | undefined {
    const refusal = this.facts['refusal'];
    return typeof refusal === 'string' ? refusal : undefined;
  }

  get what(): string {
    const { refusal } = this;
    if (refusal !== undefined) {
      const key = `refusal.${refusal}`;
      if (hasWord(key)) return t(key);
    }
    return this.#words('message');
  }

  get safe(): string {
    return this.#words('safe');
  }

  get action(): string {
    const key = `refusal.${this.refusal ?? ''}.action`;
    if (this.refusal !== undefined && hasWord(key)) return t(key);
    return this.#words('action');
  }

  /** Our own words by code, in the language of the reader; else those of the node; else what always holds. */
  #words(part: 'message' | 'safe' | 'action'): string {
    const { what } = this.facts;
    const narrower = `error.${this.code}.${typeof what === 'string' ? what : ''}.${part}`;
    if (hasWord(narrower)) return t(narrower);
    const key = `error.${this.code}.${part}`;
    if (hasWord(key)) return t(key);
    return this.#api?.[part] ?? t(`error.unforeseen.${part}`);
  }
}
