import type { NodeKeys } from '#crypto';

export interface StateAnswer {
  header: Uint8Array;
  certificate: Uint8Array;
  proof: Uint8Array;
}

/** What a dishonest node does to its answers; absent: honest. */
export interface Tampering {
  state?(answer: StateAnswer, keys: Uint8Array[]): StateAnswer;
  block?(bytes: Uint8Array, cid: string): Uint8Array;
  submitted?(answer: { hash: string; height: number }): { hash: string; height: number };
  /** Too few validators are in reach. */
  isStopped?: boolean;
  /** Takes the transaction and says that it is committed. */
  swallows?: boolean;
  stored?(cids: string[]): string[];
  answer?(bytes: Uint8Array, node: NodeKeys): Uint8Array;
  /** A proxy that the node does not wait for, in the first round of asking or in later ones. */
  isLate?(node: NodeKeys, round: number): boolean;
  ledger?(found: { block: Uint8Array; certificate: Uint8Array }): {
    block: Uint8Array;
    certificate: Uint8Array;
  };
}

/** What a JSON body of any route may hold. */
export interface Body {
  keys?: string[];
  transaction?: string;
  profile?: string;
  access?: string;
  without?: string[];
  person?: string;
  signature?: string;
  headers?: string[];
  patient?: string;
}

/** The client passes its URLs as text. */
export const urlOf = (input: string | URL | Request): string =>
  input instanceof Request ? input.url : input.toString();

export const answer = (value: unknown): Response => Response.json(value);

export const refusal = (status: number, code: string, facts: Record<string, string> = {}): Response =>
  Response.json({ error: { code, message: code, safe: 'x', action: 'x', facts } }, { status });
