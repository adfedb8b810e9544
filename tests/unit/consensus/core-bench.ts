import { ownMessage, PbftCore, qbftRules } from '#consensus/pbft';
import type {
  BlockHash,
  CoreInit,
  Effect,
  Event,
  JournalRecord,
  Message,
  Proposal,
  SignedVote,
  UnverifiedMessage,
  Vote,
} from '#consensus/pbft';

/** Helpers to speak to one core directly: validator 0 of 4, at height 4, where round r belongs to validator r mod 4. */
export const RULES = qbftRules({ roundTimeoutMs: 1_000, resendMs: 500 });
export const PARENT = 'parent' as BlockHash;
export const HEIGHT = 4;

export function block(name: string): Proposal<string> {
  return { hash: name as BlockHash, height: HEIGHT, parent: PARENT, body: name };
}

export function vote(
  validator: number,
  kind: Vote['kind'],
  round: number,
  hash: string | null,
  preparedRound: number | null = null,
): SignedVote {
  const signature = new Uint8Array(0);
  return { kind, height: HEIGHT, round, hash: hash as BlockHash | null, preparedRound, validator, signature };
}

export const prepares = (round: number, hash: string, validators: number[]): SignedVote[] =>
  validators.map((validator) => vote(validator, 'prepare', round, hash));

export function verified(message: UnverifiedMessage<string>): Event<string> {
  return { kind: 'message', message: ownMessage(message) };
}

export function proposal(
  round: number,
  name: string,
  roundChanges: SignedVote[] = [],
  proof: SignedVote[] = [],
): Event<string> {
  const validator = (HEIGHT + round) % 4;
  const made = vote(validator, 'pre-prepare', round, name);
  return verified({ kind: 'pre-prepare', vote: made, block: block(name), roundChanges, prepares: proof });
}

export const prepare = (validator: number, round: number, name: string): Event<string> =>
  verified({ kind: 'prepare', vote: vote(validator, 'prepare', round, name) });

export const commit = (validator: number, round: number, name: string): Event<string> =>
  verified({ kind: 'commit', vote: vote(validator, 'commit', round, name) });

export function roundChange(
  validator: number,
  round: number,
  prepared?: { round: number; name: string; proof: SignedVote[]; body?: boolean },
): Event<string> {
  const made = vote(validator, 'round-change', round, prepared?.name ?? null, prepared?.round ?? null);
  const withBody = prepared !== undefined && prepared.body !== false ? block(prepared.name) : null;
  return verified({ kind: 'round-change', vote: made, prepares: prepared?.proof ?? [], block: withBody });
}

/** A core with a driver that signs and validates at once and remembers everything. */
export class Bench {
  readonly core: PbftCore<string>;
  readonly effects: Effect<string>[] = [];
  readonly journal: JournalRecord<string>[] = [];
  invalid: string[] = [];

  constructor(init: Partial<CoreInit<string>> = {}) {
    const head = { height: HEIGHT - 1, hash: PARENT };
    this.core = new PbftCore(RULES, { self: 3, validatorCount: 4, head, records: [], ...init });
  }

  /** Steps one event after the other; returns what came of them. */
  feed(...events: Event<string>[]): Effect<string>[] {
    const from = this.effects.length;
    for (const event of events) this.#step(event);
    return this.effects.slice(from);
  }

  sent(): SignedVote[] {
    return this.effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message.vote] : []));
  }

  said(): string[] {
    return [...new Set(this.sent().map(({ kind, round, hash }) => `${kind} ${round} ${hash}`))];
  }

  kinds(): string[] {
    return this.effects.map(({ kind }) => kind);
  }

  #step(event: Event<string>): void {
    for (const effect of this.core.step(event)) {
      this.effects.push(effect);
      if (effect.kind === 'persist') this.journal.push(effect.record);
      if (effect.kind === 'sign') {
        const message = { ...effect.draft, vote: { ...effect.draft.vote, signature: new Uint8Array(0) } };
        this.#step({ kind: 'signed', message: message as Message<string> });
      }
      if (effect.kind === 'validate') {
        const ok = !this.invalid.includes(effect.block.hash);
        this.#step({ kind: 'validated', height: HEIGHT, hash: effect.block.hash, ok });
      }
    }
  }
}
