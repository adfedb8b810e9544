import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nobleBackend, toHex } from '#crypto';
import { ClientError, ledgerRefusalOf, verifyAudit, verifyReceipt } from '#node/client';
import type { Hit, Submitted } from '#node/client';
import { endNodes, signalNode } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { poll } from '../../scripts/devnet/poll.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { readState } from '../../scripts/devnet/state-file.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { openRaceWorld, Refused } from './race-world.ts';
import type { RaceWorld } from './race-world.ts';

const READS = 200;
/** Transactions of one sender that a node holds back are bounded by 64. */
const UNDER_WAY_MAX = 32;
/** The revocation is sent when this many have been read, or when so many have ended in any way. */
const READ_BEFORE = 50;
const ENDED_BEFORE = 150;
const BANKED = 3;
/** Nodes that convert during the race; west is stopped, as if it were cut off. */
const AWAKE = ['north', 'east', 'south'] as const;

type Outcome =
  | { kind: 'read'; receipt: Uint8Array; access: Submitted; begunAfter: boolean }
  | { kind: 'refused'; code: string; begunAfter: boolean };

const scratch = mkdtempSync(join(tmpdir(), 'phr-e2e-race-'));
const dataDir = join(scratch, 'data');
let world: RaceWorld;
let passed = false;

beforeAll(async () => {
  const plan = planDevnet({ seed: 'race', nodes: 4, basePort: await findFreeBasePort(4, 26_000) });
  const signal = new AbortController().signal;
  await bringUp(dataDir, plan, { fresh: true, io: { out: () => undefined, signal } });
  world = await openRaceWorld(dataDir, plan);
});

afterAll(async () => {
  if (readState(dataDir) !== undefined) {
    await signalNode(dataDir, 'west', 'SIGCONT').catch(() => undefined);
    await endNodes(dataDir);
  }
  // What failed is left for whoever looks into it.
  if (passed) rmSync(scratch, { recursive: true, force: true });
});

it('gives every one of 200 reads against a revocation either a receipt below it or nothing', async () => {
  const { bob, maria, grant } = world;
  for (const name of [...AWAKE, 'west']) await bob.at(name).signIn();
  await Promise.all([...AWAKE, 'west'].map((name) => bob.at(name).sharing.open(grant)));
  const banked = await bank(BANKED);
  await signalNode(dataDir, 'west', 'SIGSTOP');

  const outcomes: Outcome[] = [];
  let revocation: Submitted | undefined;
  let revoking: Promise<Submitted> | undefined;
  const startMs = performance.now();
  let seconds = 0;
  const runner = readerOf(() => revocation !== undefined);
  const reads = Array.from({ length: READS }, async (_, i) => {
    const outcome = await runner(i);
    outcomes.push(outcome);
    const read = outcomes.filter(({ kind }) => kind === 'read').length;
    if (read < READ_BEFORE && outcomes.length < ENDED_BEFORE) return;
    revoking ??= maria
      .at('north')
      .submit('grant.revoke', { grant })
      .then((submitted) => {
        seconds = (performance.now() - startMs) / 1000;
        return (revocation = submitted);
      });
  });
  await Promise.all(reads);
  const revoked = await revoking;
  if (revoked === undefined) throw new Error('never revoked');

  const read = outcomes.filter((outcome) => outcome.kind === 'read');
  const refused = outcomes.filter((outcome) => outcome.kind === 'refused');
  expect(read.length + refused.length).toBe(READS);
  expect(read.length, codesOf(refused)).toBeGreaterThan(0);
  expect(refused.filter(({ begunAfter }) => begunAfter).length).toBeGreaterThan(0);
  // None after: neither by its height nor by when it began.
  expect(read.filter(({ begunAfter }) => begunAfter)).toEqual([]);
  for (const { receipt, access } of read) {
    const shown = verifyReceipt(nobleBackend, world.genesis, receipt);
    expect(toHex(shown.access)).toBe(toHex(access.hash));
    expect(shown.height).toBeLessThan(revoked.height);
    expect(shown.proxies.length).toBeGreaterThanOrEqual(3);
  }
  expect(new Set(read.map(({ access }) => toHex(access.hash))).size).toBe(read.length);

  await signalNode(dataDir, 'west', 'SIGCONT');
  await claimBankedRefused(banked);
  await claimAuditHolds(read, revoked.height);
  passed = true;
  const [codes, heights] = [codesOf(refused), read.map(({ access }) => access.height)];
  process.stdout.write(
    `${read.length} read in blocks ${Math.min(...heights)} to ${Math.max(...heights)}, revoked in ${revoked.height} after ${seconds.toFixed(1)} s; ${codes}\n`,
  );
}, 540_000);

/** Requests that were committed in time and are used only when it is too late. */
async function bank(count: number): Promise<{ access: Submitted; hit: Hit }[]> {
  const { bob, grant, hits, rekey } = world;
  const kept: { access: Submitted; hit: Hit }[] = [];
  for (const hit of hits.slice(0, count)) {
    const nonce = await bob.nonce('east');
    const { height } = await bob.at('east').head();
    kept.push({ access: await bob.request('east', { grant, hit, rekey, nonce, height }), hit });
  }
  return kept;
}

/** One reader: asks in its turn, and opens through the proxies what was committed. */
function readerOf(isRevoked: () => boolean): (i: number) => Promise<Outcome> {
  const { bob, grant, hits, rekey } = world;
  const turns = new Turns(UNDER_WAY_MAX);
  let next: Promise<{ nonce: number; height: number }> | undefined;
  const numbered = async (name: string): Promise<{ nonce: number; height: number }> => {
    // After the revocation nothing of ours is taken any more, so that numbers do not go on either.
    if (isRevoked()) return { nonce: await bob.nonce(name), height: (await bob.at(name).head()).height };
    next = next
      ? next.then(({ nonce, height }) => ({ nonce: nonce + 1, height }))
      : (async () => ({ nonce: await bob.nonce(name), height: (await bob.at(name).head()).height }))();
    return await next;
  };
  return async (i) => {
    const [name, hit] = [AWAKE[i % AWAKE.length] ?? 'north', hits[i % hits.length]];
    if (hit === undefined) throw new Error('no record');
    let begunAfter = false;
    await turns.take();
    try {
      const access = await bob.request(name, { grant, hit, rekey, ...(await numbered(name)) });
      begunAfter = isRevoked();
      const { receipts, records } = await bob.at(name).sharing.openShared({ grant, hits: [hit], access });
      expect(records).toHaveLength(1);
      return { kind: 'read', receipt: receipts[0] ?? new Uint8Array(), access, begunAfter };
    } catch (error) {
      return { kind: 'refused', code: codeOf(error), begunAfter: begunAfter || isRevoked() };
    } finally {
      turns.give();
    }
  };
}

/**
 * No proxy converts what was asked for before, not even the one that slept through the revocation: each says itself that
 * the revocation is why, for another reason (too old, a stale view) would prove nothing.
 */
async function claimBankedRefused(banked: { access: Submitted; hit: Hit }[]): Promise<void> {
  const { bob, grant } = world;
  for (const name of [...AWAKE, 'west']) {
    const at = bob.at(name);
    for (const { access, hit } of banked) {
      const isRefused = await poll(
        async () => {
          const outcome = await at.sharing.openShared({ grant, hits: [hit], access }).then(
            () => 'read',
            (error: unknown) => codeOf(error),
          );
          expect(outcome, `${name} after the revocation`).not.toBe('read');
          const refusals = await at.audit.refusals().catch(() => []);
          return refusals.some(
            ({ code, access: of }) => code === 'grant-revoked' && of === toHex(access.hash),
          )
            ? true
            : undefined;
        },
        { timeoutMs: 90_000 },
      );
      expect(isRefused, `${name} names the revocation`).toBe(true);
    }
  }
}

/** What was read is what Maria sees, line by line, and nothing was asked for with success after her word. */
async function claimAuditHolds(read: readonly { access: Submitted }[], revokedHeight: number): Promise<void> {
  const { maria, genesis } = world;
  const file = await maria.at('north').audit.export(maria.keys.id);
  const { lines } = verifyAudit(nobleBackend, genesis, file);
  const asked = lines.filter(({ kind }) => kind === 'access.request');
  expect(asked.every(({ height }) => height <= revokedHeight)).toBe(true);
  const listed = new Set(asked.map(({ transaction }) => toHex(transaction)));
  expect(read.filter(({ access }) => !listed.has(toHex(access.hash)))).toEqual([]);
}

function codeOf(error: unknown): string {
  if (error instanceof Refused) return error.code;
  if (error instanceof ClientError) return ledgerRefusalOf(error) ?? error.api?.code ?? error.code;
  throw error;
}

function codesOf(refused: readonly { code: string }[]): string {
  const counts = new Map<string, number>();
  for (const { code } of refused) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ');
}

/** At most so many at once, first come first served. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
