import { CryptoError, decode, encode, equalBytes, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { evaluateIdentities } from '#crypto/identity';
import type { IdentityEvaluation, IdentityKeys } from '#crypto/identity';
import { readMove, readPerson } from '#consensus/ledger';
import type { Get, LedgerState } from '#consensus/ledger';

export const IDENTITY_PROTOCOL = '/phr/identity/1.0.0';
export const IDENTITY_MESSAGE_BYTES_MAX = 512;
export const IDENTITY_CONCURRENT_MAX = 8;
/** Evaluations for one application, for good: three checks of two inputs. A guess more takes a registration more. */
export const IDENTITY_EVALUATIONS_MAX = 6;
/** Evaluations for one institution in an hour. */
export const IDENTITY_EVALUATIONS_PER_HOUR = 240;
const HOUR_MS = 3_600_000;
/** Room of the private rows of the ledger database. */
const ROOM = 'identity-evaluations';

/** Why an institution does not evaluate. Sent to the asking node as the code alone. */
export const IDENTITY_REFUSAL_CODES = ['malformed', 'applicant-unknown', 'limit-reached'] as const;
export type IdentityRefusalCode = (typeof IDENTITY_REFUSAL_CODES)[number];

class IdentityRefusal extends Error {
  override readonly name = 'IdentityRefusal';
  readonly code: IdentityRefusalCode;
  constructor(code: IdentityRefusalCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

export interface IdentityOracleInit {
  backend: Backend;
  identityKeys: IdentityKeys;
  clock: { now(): number };
  state(): LedgerState;
  /** Durable counters: a restart forgives nothing. */
  rows: {
    get(room: string, key: Uint8Array): Uint8Array | undefined;
    put(room: string, key: Uint8Array, value: Uint8Array): void;
  };
}

/** What is asked: a patient's open application at the asking institution, and blinded inputs (32 bytes each). */
export interface IdentityQuestion {
  readonly applicant: Uint8Array;
  readonly blinded: readonly Uint8Array[];
}

/**
 * An institution's side of the oblivious PRF (SCHEME 9). It sees random points. It evaluates only for a patient's
 * application that is open on the ledger at the institution that asks, a few times each: whoever tries out a list of
 * names leaves one registration on everybody's ledger for every few of them.
 */
export class IdentityOracle {
  readonly #init: IdentityOracleInit;
  /** Of each institution: evaluations in the hour that began at `sinceMs`. */
  readonly #hours = new Map<string, { sinceMs: number; count: number }>();

  constructor(init: IdentityOracleInit) {
    this.#init = init;
  }

  /** Canonical bytes of a question. */
  static request({ applicant, blinded }: IdentityQuestion): Uint8Array {
    return encode({ applicant, blinded: [...blinded] });
  }

  /** Answers a member: canonical `{ evaluated, proof }` or `{ refused: code }`. */
  answer(from: Uint8Array, request: Uint8Array): Uint8Array {
    try {
      const question = questionOf(request);
      this.#admit(from, question);
      const { evaluated, proof } = this.#evaluate(question);
      return encode({ evaluated: [...evaluated], proof });
    } catch (error) {
      if (!(error instanceof IdentityRefusal)) throw error;
      return encode({ refused: error.code });
    }
  }

  #admit(from: Uint8Array, { applicant, blinded }: IdentityQuestion): void {
    if (!isApplicantAt((key) => this.#init.state().get(key), applicant, from))
      throw new IdentityRefusal('applicant-unknown');
    const hour = this.#hourOf(toHex(from));
    const used = this.#init.rows.get(ROOM, applicant)?.[0] ?? 0;
    const count = blinded.length;
    if (used + count > IDENTITY_EVALUATIONS_MAX || hour.count + count > IDENTITY_EVALUATIONS_PER_HOUR)
      throw new IdentityRefusal('limit-reached');
    hour.count += count;
    this.#init.rows.put(ROOM, applicant, Uint8Array.of(used + count));
  }

  #hourOf(name: string): { sinceMs: number; count: number } {
    const nowMs = this.#init.clock.now();
    const known = this.#hours.get(name);
    if (known !== undefined && nowMs - known.sinceMs < HOUR_MS) return known;
    const fresh = { sinceMs: nowMs, count: 0 };
    this.#hours.set(name, fresh);
    return fresh;
  }

  #evaluate({ blinded }: IdentityQuestion): IdentityEvaluation {
    const { backend, identityKeys } = this.#init;
    try {
      return evaluateIdentities(backend, identityKeys, blinded);
    } catch (cause) {
      if (cause instanceof CryptoError) throw new IdentityRefusal('malformed', { cause });
      throw cause;
    }
  }
}

/** A patient whose application is open at this institution, or who asks it to be her home. */
export function isApplicantAt(get: Get, applicant: Uint8Array, institution: Uint8Array): boolean {
  const person = readPerson(get, applicant);
  if (person?.role !== 'patient') return false;
  if (person.status === 'pending') return equalBytes(person.home, institution);
  const move = readMove(get, applicant);
  return person.status === 'active' && move !== undefined && equalBytes(move.home, institution);
}

/** What an institution sent back; the client checks the proof. */
export function decodeIdentityReply(reply: Uint8Array): IdentityEvaluation | { refused: string } {
  const value = decode(reply, IDENTITY_MESSAGE_BYTES_MAX);
  if (typeof value === 'object' && value !== null) {
    if ('refused' in value && typeof value.refused === 'string')
      return { refused: value.refused.slice(0, 40) };
    const evaluated = 'evaluated' in value ? pointsOf(value.evaluated) : undefined;
    if (evaluated !== undefined && 'proof' in value && value.proof instanceof Uint8Array)
      return { evaluated, proof: value.proof };
  }
  return { refused: 'malformed' };
}

function questionOf(request: Uint8Array): IdentityQuestion {
  try {
    const value = decode(request, IDENTITY_MESSAGE_BYTES_MAX);
    if (typeof value === 'object' && value !== null && 'applicant' in value && 'blinded' in value) {
      const blinded = pointsOf(value.blinded);
      const { applicant } = value;
      if (applicant instanceof Uint8Array && applicant.length === 32 && blinded !== undefined)
        return { applicant, blinded };
    }
  } catch (cause) {
    throw new IdentityRefusal('malformed', { cause });
  }
  throw new IdentityRefusal('malformed');
}

function pointsOf(value: unknown): Uint8Array[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const points = value.filter((one): one is Uint8Array => one instanceof Uint8Array && one.length === 32);
  return points.length === value.length && points.length > 0 ? points : undefined;
}
