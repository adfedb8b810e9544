import { describe, expect, it, vi } from 'vitest';
import { NOW_MS, pulse, readBack, Ward } from './ward.ts';

const SOURCES = ['watch-1', 'watch-2', 'bed'];
const STEPS = 60;
/** Of the same patient for two weeks: each seed is another life of a gateway. */
const SEEDS = [20_261_122, 7, 4_711];
let ward: Ward;

/** Mulberry32: the same steps for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

describe('two weeks of a gateway', () => {
  const totals = new Map<string, number>();

  it.each(SEEDS)(
    'every reading that was accepted is there once, over restarts, lost answers, replays and gaps (seed %i)',
    async (seed) => {
      const random = randomOf(seed);
      ward = await Ward.open();
      let { gateway, url } = await ward.gateway();
      const expected: string[] = [];
      const messages = new Map<string, ReturnType<typeof pulse>[]>(SOURCES.map((source) => [source, []]));
      const counts = { sent: 0, replayed: 0, restarts: 0, lost: 0, away: 0, days: 0 };
      const next = new Map<string, number>();
      const isTried = (): boolean => gateway.status().waiting === 0 || gateway.status().failure !== null;
      const say = async (): Promise<void> => {
        const source = SOURCES[random(SOURCES.length)]!;
        const firstN = next.get(source) ?? 1;
        // A gap in the numbers is a message that the device never got out: what comes after it is taken.
        const readings = pulse(1 + random(8), firstN + random(3), ward.time.wallMs - 30_000);
        const { status } = await ward.post(url, source, readings);
        expect(status).toBe(200);
        next.set(source, readings.at(-1)!.n + 1);
        messages.get(source)!.push(readings);
        expected.push(...readings.map(({ timeMs, value }) => [source, '8867-4', timeMs, value].join(' ')));
        counts.sent += 1;
        ward.pass(60_000);
      };
      const sayAgain = async (): Promise<void> => {
        const source = SOURCES[random(SOURCES.length)]!;
        const known = messages.get(source)!;
        const readings = known[random(Math.max(1, known.length))];
        if (readings === undefined) return;
        // Out of order or a second time: what is older than the newest is refused, and the answer says where to go on.
        const { status, body } = await ward.post(url, source, readings);
        expect({ status, code: body.error?.code }).toEqual({ status: 409, code: 'replayed' });
        expect(body.error?.facts?.['next']).toBe(next.get(source));
        counts.replayed += 1;
      };
      const wires: (typeof ward.wire)[] = [
        (_path, send) => send(),
        async () => {
          counts.away += 1;
          throw new TypeError('fetch failed');
        },
        async (path, send) => {
          const answer = await send();
          if (!path.endsWith('/transactions')) return answer;
          counts.lost += 1;
          throw new TypeError('fetch failed');
        },
      ];
      const steps: (() => void | Promise<void>)[] = [
        say,
        say,
        say,
        sayAgain,
        async () => {
          gateway.segment();
          // Tried on whatever wire there is now, and then the next step.
          await vi.waitFor(() => expect(isTried()).toBe(true), { timeout: 60_000 });
        },
        () => ward.pass(60_000 * random(600)),
        () => void (ward.wire = wires[random(wires.length)]!),
        async () => {
          await ward.stop(gateway);
          ({ gateway, url } = await ward.gateway());
          counts.restarts += 1;
        },
        () => {
          ward.pass(26 * 3_600_000);
          gateway.compact();
          counts.days += 1;
        },
      ];
      for (let step = 0; step < STEPS; step += 1) await steps[random(steps.length)]!();
      ward.wire = wires[0]!;
      await ward.stop(gateway);
      ({ gateway } = await ward.gateway());
      ward.pass(26 * 3_600_000);
      gateway.segment();
      await settled();
      gateway.compact();
      await settled();
      const months = ['2026-11', '2026-12'];
      const { readings } = await readBack(ward.maria, ward.maria.keys.id, '*', months);
      expect(readings).toEqual(expected.toSorted());
      expect(ward.time.wallMs - NOW_MS).toBeGreaterThan(5 * 24 * 3_600_000);
      await ward.close();
      for (const [what, count] of Object.entries(counts)) totals.set(what, (totals.get(what) ?? 0) + count);

      async function settled(): Promise<void> {
        const quiet = { waiting: 0, messages: 0, failure: null };
        await vi.waitFor(() => expect(gateway.status()).toMatchObject(quiet), { timeout: 60_000 });
      }
    },
    120_000,
  );

  it('had every kind of misfortune in them', () => {
    expect(totals.size).toBe(6);
    for (const [what, count] of totals) expect(count, what).toBeGreaterThan(0);
  });
});
