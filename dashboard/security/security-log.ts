import { createHmac } from 'node:crypto';
import type { Clock, Logger } from '../options.ts';

/** Lines of one event that are written in a minute; what comes beyond is counted and said with the next line. */
export const LINES_PER_MINUTE_MAX = 120;

const PSEUDONYM_CHARS = 16;
const MINUTE_MS = 60_000;

export type SecurityEventName =
  | 'signed-in'
  | 'sign-in-refused'
  | 'signed-out'
  | 'sessions-ended'
  | 'unlock-missed'
  | 'way-in-added'
  | 'way-in-removed'
  | 'request-refused';

/** Something that whoever watches over a node wants to see. `facts` hold counts, codes and ids of sessions only. */
export interface SecurityEvent {
  readonly name: SecurityEventName;
  /** Whose account it is about, where that is not the one who asks. */
  readonly account?: Uint8Array;
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** Statuses that say that somebody was kept from something, or sent what no client of ours sends. */
const REFUSALS = new Set([400, 401, 403, 405, 413, 415, 421, 429]);

/**
 * Sign-ins, ends of sessions and refusals of the API as log lines.
 *
 * A line names neither person nor address: both become pseudonyms under a key that dies with the process. So the lines
 * of one attacker can be told from those of another, and a log that gets away says nothing of who was at the node.
 */
export class SecurityLog {
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #key: Uint8Array;
  readonly #minutes = new Map<SecurityEventName, { sinceMs: number; lines: number; leftOut: number }>();

  /** @param key 32 random bytes of this process */
  constructor(logger: Logger, clock: Pick<Clock, 'now'>, key: Uint8Array) {
    this.#logger = logger;
    this.#clock = clock;
    this.#key = key;
  }

  /** @param from.account of the session that asks; `from.address` is the key under which limits count it */
  note(
    event: SecurityEvent,
    from: { request: number; address: string; account: Uint8Array | undefined },
  ): void {
    const leftOut = this.#admit(event.name);
    if (leftOut === undefined) return;
    const account = event.account ?? from.account;
    const facts = {
      request: from.request,
      from: this.#pseudonym('address', Buffer.from(from.address)),
      ...(account === undefined ? {} : { account: this.#pseudonym('account', account) }),
      ...event.facts,
      ...(leftOut === 0 ? {} : { leftOut }),
    };
    if (event.name === 'request-refused' || event.name === 'sign-in-refused')
      this.#logger.warn(facts, event.name);
    else this.#logger.info(facts, event.name);
  }

  /** A refusal, if it is one that counts. @param route of ROUTES, never the path, in which there may be an id */
  refused(
    refusal: { route: string; status: number; code: string },
    from: { request: number; address: string; account: Uint8Array | undefined },
  ): void {
    if (!REFUSALS.has(refusal.status)) return;
    const name = refusal.route === 'POST /session' ? 'sign-in-refused' : 'request-refused';
    this.note({ name, facts: refusal }, from);
  }

  /** How many lines were left out since the last one; undefined when this one is left out too. */
  #admit(name: SecurityEventName): number | undefined {
    const nowMs = this.#clock.now();
    const known = this.#minutes.get(name);
    const isOver = known === undefined || nowMs - known.sinceMs >= MINUTE_MS;
    const minute = isOver ? { sinceMs: nowMs, lines: 0, leftOut: known?.leftOut ?? 0 } : known;
    this.#minutes.set(name, minute);
    if (minute.lines >= LINES_PER_MINUTE_MAX) {
      minute.leftOut += 1;
      return undefined;
    }
    const { leftOut } = minute;
    minute.lines += 1;
    minute.leftOut = 0;
    return leftOut;
  }

  #pseudonym(kind: 'address' | 'account', value: Uint8Array): string {
    return createHmac('sha256', this.#key).update(kind).update(value).digest('hex').slice(0, PSEUDONYM_CHARS);
  }
}
