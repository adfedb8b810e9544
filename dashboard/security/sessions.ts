import { fromBase64Url, sha256, toBase64Url, toHex } from '#crypto';
import type { Backend } from '#crypto';
import { SESSION_COOKIE } from '#node/client';
import type { SessionLine } from '#node/client';
import type { AgentWords } from '../accounts/agent.ts';
import type { Clock } from '../options.ts';

export const TOKEN_BYTES = 32;
const ID_BYTES = 16;
const UNKNOWN_AGENT: AgentWords = { browser: 'other', system: 'other' };
export const SESSION_IDLE_MS = 15 * 60_000;
export const SESSION_ABSOLUTE_MS = 12 * 3_600_000;

interface Session {
  /** Names the session to its owner; has nothing to do with the token. */
  id: string;
  agent: AgentWords;
  account: string;
  /** The signing key (lowercase hex) that opened it: a session is worth no more than its key. */
  signKey: string;
  openedAtMs: number;
  usedAtMs: number;
  /** Opened by an account that nobody has approved yet; these give way first. */
  tentative: boolean;
}

/**
 * Sessions by the SHA-256 of their token: what lies in memory or a heap dump opens nothing.
 *
 * The table is kept in order of last use. An account's seventeenth session ends its least recently used one. A
 * full table ends sessions of unapproved accounts first, so that strangers who register can not push anybody out.
 */
export class Sessions {
  readonly #backend: Backend;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #perAccountMax: number;
  readonly #sessionsMax: number;
  readonly #byHash = new Map<string, Session>();
  readonly #byAccount = new Map<string, Set<string>>();
  /** Called with the id of every session that ends, and whether its account, or its key, may hold none any more. */
  onEnd: (id: string, isClosed: boolean) => void = () => undefined;
  /** Called before that, when a session goes on as another one of the same account. */
  onReplace: (id: string, next: string) => void = () => undefined;

  constructor(
    backend: Backend,
    clock: Pick<Clock, 'now'>,
    limits: { sessionsPerAccountMax: number; sessionsMax: number },
  ) {
    this.#backend = backend;
    this.#clock = clock;
    this.#perAccountMax = limits.sessionsPerAccountMax;
    this.#sessionsMax = limits.sessionsMax;
  }

  /** Opens a session; undefined when the table is full of sessions of approved accounts. */
  open(
    account: Uint8Array,
    signKey: Uint8Array,
    tentative: boolean,
    agent: AgentWords = UNKNOWN_AGENT,
  ): { id: string; token: string; expiresAtMs: number } | undefined {
    const key = toHex(account);
    const own = this.#byAccount.get(key);
    if (own !== undefined && own.size >= this.#perAccountMax) this.#endOldestOf(key);
    if (this.#byHash.size >= this.#sessionsMax && !this.#makeRoom()) return undefined;
    const token = this.#backend.random(TOKEN_BYTES);
    const hash = toHex(sha256(token));
    const nowMs = this.#clock.now();
    const id = toHex(this.#backend.random(ID_BYTES));
    this.#byHash.set(hash, {
      id,
      agent,
      account: key,
      signKey: toHex(signKey),
      openedAtMs: nowMs,
      usedAtMs: nowMs,
      tentative,
    });
    const sessions = this.#byAccount.get(key) ?? new Set<string>();
    this.#byAccount.set(key, sessions.add(hash));
    return { id, token: toBase64Url(token), expiresAtMs: nowMs + SESSION_ABSOLUTE_MS };
  }

  /** The account (lowercase hex) of a live session, whose idle time starts anew; undefined otherwise. */
  use(token: string): string | undefined {
    const hash = hashOf(token);
    const session = hash === undefined ? undefined : this.#byHash.get(hash);
    if (hash === undefined || session === undefined) return undefined;
    if (this.#hasEnded(session)) {
      this.#remove(hash, session);
      return undefined;
    }
    session.usedAtMs = this.#clock.now();
    this.#byHash.delete(hash);
    this.#byHash.set(hash, session);
    return session.account;
  }

  /** The signing key (lowercase hex) with which a session was opened. */
  keyOf(token: string): string | undefined {
    const hash = hashOf(token);
    return hash === undefined ? undefined : this.#byHash.get(hash)?.signKey;
  }

  /** The id of a live session; undefined otherwise. Does not count as a use. */
  idOf(token: string): string | undefined {
    const session = this.#byHash.get(hashOf(token) ?? '');
    return session === undefined || this.#hasEnded(session) ? undefined : session.id;
  }

  /** The live sessions of an account (lowercase hex), the one used last first. */
  list(account: string, currentToken: string): SessionLine[] {
    const current = hashOf(currentToken);
    const own = [...(this.#byAccount.get(account) ?? [])].flatMap((hash) => {
      const session = this.#byHash.get(hash);
      if (session === undefined || this.#hasEnded(session)) return [];
      const { id, agent, openedAtMs, usedAtMs } = session;
      return [{ id, openedAtMs, usedAtMs, current: hash === current, ...agent }];
    });
    return own.toSorted((a, b) => b.usedAtMs - a.usedAtMs);
  }

  /** Ends a session of this account; another's stays. @returns whether it was the one of the token */
  endById(account: string, id: string, currentToken: string): boolean {
    for (const hash of this.#byAccount.get(account) ?? []) {
      const session = this.#byHash.get(hash);
      if (session?.id !== id) continue;
      this.#remove(hash, session);
      return hash === hashOf(currentToken);
    }
    return false;
  }

  /** Ends all sessions of this account but the one of the token. @returns how many */
  endOthers(account: string, currentToken: string): number {
    const current = hashOf(currentToken);
    let ended = 0;
    for (const hash of this.#byAccount.get(account) ?? []) {
      const session = this.#byHash.get(hash);
      if (session === undefined || hash === current) continue;
      this.#remove(hash, session);
      ended += 1;
    }
    return ended;
  }

  end(token: string): void {
    const hash = hashOf(token);
    const session = hash === undefined ? undefined : this.#byHash.get(hash);
    if (hash !== undefined && session !== undefined) this.#remove(hash, session);
  }

  /** Ends the session of a token for a newer one, which takes over its live views if it is the same account's. */
  replace(token: string, next: string): void {
    const [before, after] = [token, next].map((each) => this.#byHash.get(hashOf(each) ?? ''));
    if (before === undefined || before === after) return;
    if (before.account === after?.account) this.onReplace(before.id, after.id);
    this.end(token);
  }

  /** Ends the sessions of accounts (lowercase hex) that may hold none any more, under the key that opened them. */
  endUnless(mayHoldSession: (account: string, signKey: string) => boolean): void {
    for (const [hash, session] of this.#byHash) {
      if (!mayHoldSession(session.account, session.signKey)) this.#remove(hash, session, true);
    }
  }

  endAll(): void {
    this.#byHash.clear();
    this.#byAccount.clear();
  }

  get size(): number {
    return this.#byHash.size;
  }

  #hasEnded(session: Session): boolean {
    const nowMs = this.#clock.now();
    return nowMs - session.usedAtMs >= SESSION_IDLE_MS || nowMs - session.openedAtMs >= SESSION_ABSOLUTE_MS;
  }

  #remove(hash: string, session: Session, isClosed = false): void {
    this.#byHash.delete(hash);
    this.onEnd(session.id, isClosed);
    const own = this.#byAccount.get(session.account);
    own?.delete(hash);
    if (own?.size === 0) this.#byAccount.delete(session.account);
  }

  #endOldestOf(account: string): void {
    for (const [hash, session] of this.#byHash) {
      if (session.account !== account) continue;
      this.#remove(hash, session);
      return;
    }
  }

  #makeRoom(): boolean {
    let tentative: [string, Session] | undefined;
    for (const [hash, session] of this.#byHash) {
      if (this.#hasEnded(session)) this.#remove(hash, session);
      else if (session.tentative) tentative ??= [hash, session];
    }
    if (this.#byHash.size < this.#sessionsMax) return true;
    if (tentative === undefined) return false;
    this.#remove(...tentative);
    return true;
  }
}

/** The token of a request: `Authorization: Bearer` of a program, else the cookie of a browser. */
export function tokenOf(headers: { authorization?: string | undefined; cookie?: string | undefined }):
  | {
      token: string;
      from: 'bearer' | 'cookie';
    }
  | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { token: bearer, from: 'bearer' };
  const cookies = (headers.cookie ?? '').split(';').map((part) => part.trim());
  const own = cookies.filter((part) => part.startsWith(`${SESSION_COOKIE}=`));
  // Two cookies of that name: somebody else planted one, and it is not for us to guess which.
  if (own.length !== 1) return undefined;
  return { token: (own[0] ?? '').slice(SESSION_COOKIE.length + 1), from: 'cookie' };
}

/** `Set-Cookie` that hands a browser its session, or takes it away when `token` is undefined. */
export function sessionCookie(token: string | undefined): string {
  const maxAge = token === undefined ? 0 : SESSION_ABSOLUTE_MS / 1000;
  return `${SESSION_COOKIE}=${token ?? ''}; Path=/; Max-Age=${maxAge}; Secure; HttpOnly; SameSite=Strict`;
}

/**
 * What a browser is told when it signs out: no session any more, and no answer kept. What the page itself stored is
 * sealed drafts, which the person keeps or removes when she signs out, and the newest height that was verified, which
 * guards the next visit against an older copy of the network.
 */
export const LEAVING: Readonly<Record<string, string>> = {
  'Set-Cookie': sessionCookie(undefined),
  'Clear-Site-Data': '"cache"',
};

function hashOf(token: string): string | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) return undefined;
  try {
    return toHex(sha256(fromBase64Url(token)));
  } catch {
    // Not the canonical writing of 32 bytes: no token of ours.
    return undefined;
  }
}
