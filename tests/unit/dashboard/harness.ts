import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { expect } from 'vitest';
import { createDashboard } from '#dashboard';
import type { Clock, Dashboard, DashboardLimits, DashboardOptions, Logger } from '#dashboard';
import { concatBytes, DOMAIN, fromBase64Url, signTagged, toBase64Url, utf8 } from '#crypto';
import { FakeServices, backend } from './fake-services.ts';
import type { Person } from './fake-services.ts';

/** Waits for a claim to come true; on a busy machine that may take its time. */
export function eventually<T>(read: () => T) {
  return expect.poll(read, { timeout: 30_000, interval: 2 });
}

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  #nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);
  #timers = new Set<{ atMs: number; run: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  setTimeout(run: () => void, ms: number): () => void {
    const timer = { atMs: this.#nowMs + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves on, and runs what falls due in the order of its time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#timers]
        .filter(({ atMs }) => atMs <= endMs)
        .toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = endMs;
  }

  get timers(): number {
    return this.#timers.size;
  }
}

export interface LogLine {
  level: string;
  facts: Record<string, unknown>;
  event: string;
}

export function recordingLogger(): Logger & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (facts: Record<string, unknown>, event: string) =>
    void lines.push({ level, facts, event });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  json: <T>() => T;
}

export interface Ask {
  method?: string;
  path: string;
  headers?: Record<string, string | string[]>;
  json?: unknown;
  body?: Uint8Array | string;
  token?: string | undefined;
}

export interface Served {
  services: FakeServices;
  clock: ManualClock;
  logger: ReturnType<typeof recordingLogger>;
  dashboard: Dashboard;
  port: number;
  host: string;
  origin: string;
  /** A request as a program would send it; every header can be overridden, Host too. */
  ask: (ask: Ask) => Promise<Reply>;
  /** Signs in and returns the token; the account must exist. */
  signIn: (person: Person) => Promise<string>;
}

/** A dashboard on a free loopback port, with a clock and a node of the test. */
export async function serveFake(
  init: {
    limits?: Partial<DashboardLimits>;
    options?: Partial<DashboardOptions>;
    services?: FakeServices;
  } = {},
): Promise<Served> {
  const services = init.services ?? new FakeServices();
  const clock = new ManualClock();
  const logger = recordingLogger();
  const dashboard = createDashboard({
    services,
    backend,
    port: 0,
    name: 'north',
    clock,
    logger,
    ...(init.limits === undefined ? {} : { limits: init.limits }),
    ...init.options,
  });
  const { port } = await dashboard.start();
  const host = `127.0.0.1:${port}`;
  const ask = (each: Ask): Promise<Reply> => askServer(port, each);
  const signIn = async (person: Person): Promise<string> => {
    const reply = await trySignIn(ask, services, person);
    if (reply.status !== 200) throw new Error(`sign-in answered ${reply.status}`);
    return reply.json<{ token: string }>().token;
  };
  return { services, clock, logger, dashboard, port, host, origin: `http://${host}`, ask, signIn };
}

/** Challenge and answer; returns the reply of POST /session. */
export async function trySignIn(
  ask: Served['ask'],
  services: FakeServices,
  person: Person,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const id = Buffer.from(person.id).toString('hex');
  const asked = await ask({
    method: 'POST',
    path: '/api/v1/session/challenge',
    json: { person: id },
    headers,
  });
  if (asked.status !== 200) return asked;
  const { challenge } = asked.json<{ challenge: string }>();
  return ask({
    method: 'POST',
    path: '/api/v1/session',
    json: { person: id, challenge, signature: signatureOver(services, person, challenge) },
    headers,
  });
}

export function signatureOver(services: FakeServices, person: Person, challenge: string): string {
  const message = concatBytes(services.chainId, services.nodeId, person.id, fromBase64Url(challenge));
  return toBase64Url(signTagged(backend, DOMAIN.session, message, person.secretKey));
}

/** A transaction of the fake node: its kind and the name of its sender. */
export function transactionOf(kind: string, sender: string): { transaction: string } {
  return { transaction: toBase64Url(utf8(`${kind}|${sender}`)) };
}

export function askServer(port: number, ask: Ask): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const payload = ask.json === undefined ? ask.body : JSON.stringify(ask.json);
  const sent = httpRequest(
    {
      host: '127.0.0.1',
      port,
      path: ask.path,
      method: ask.method ?? 'GET',
      agent: false,
      headers: {
        ...(ask.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) }),
        ...(ask.token === undefined ? {} : { authorization: `Bearer ${ask.token}` }),
        ...ask.headers,
      },
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          json: <T>() => JSON.parse(bytes.toString()) as T,
        });
      });
    },
  );
  sent.on('error', reject);
  sent.end(payload);
  return promise;
}
