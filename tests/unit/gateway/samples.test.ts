import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nobleBackend, sha256 } from '#crypto';
import { decodeSamples, encodeSamples, vitalSignOf } from '#node/records';
import { DiskSeal, GatewayClock, Queue, QueueFile, Segmenter, simulateSource } from '#node/gateway';
import { AHEAD_MS_MAX, BEHIND_MS_MAX, judge } from '#node/gateway';

const HEART_RATE = vitalSignOf('8867-4')!;
const START_MS = Date.UTC(2026, 10, 22);

describe('SampledData', () => {
  it('gives back every time and value, evenly measured or not', () => {
    const steps = fc.array(
      fc.record({
        step: fc.integer({ min: 0, max: 100_000 }),
        value: fc.float({ noNaN: true, noDefaultInfinity: true }),
      }),
      {
        minLength: 1,
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let timeMs = START_MS;
        const samples = list.map(({ step, value }) => ({ timeMs: (timeMs += step), value: value + 0 }));
        const encoded = encodeSamples(
          HEART_RATE,
          samples.map((one) => one.timeMs),
          samples.map((one) => one.value),
        );
        expect(decodeSamples(samples[0]!.timeMs, encoded)).toEqual(samples);
        expect(encoded.period).toBeGreaterThan(0);
      }),
    );
  });

  it('puts a second-by-second row with gaps on a grid, and takes 0.4 MB at most for a day of it', () => {
    const times = Array.from({ length: 86_400 }, (_, i) => START_MS + i * 1000).filter((_, i) => i % 100 > 3);
    const encoded = encodeSamples(
      HEART_RATE,
      times,
      times.map((_, i) => 60 + (i % 60)),
    );
    expect(encoded).toMatchObject({ period: 1000 });
    expect(encoded.extension).toBeUndefined();
    expect(encoded.data.length).toBeLessThan(400_000);
    expect(decodeSamples(START_MS + 4000, encoded)).toHaveLength(times.length);
  });
});

describe('judgement by the clock', () => {
  it.each([
    [AHEAD_MS_MAX, false],
    [AHEAD_MS_MAX + 1, true],
    [-BEHIND_MS_MAX, false],
    [-BEHIND_MS_MAX - 1, true],
  ])('a reading %i ms from now is flagged: %s', (offset, isFlagged) => {
    const reading = { n: 1, timeMs: START_MS + offset, code: '8867-4', values: [70] };
    expect(judge(reading, START_MS).flags).toEqual(isFlagged ? ['clock'] : []);
    expect(judge(reading, START_MS).claimedMs).toBe(isFlagged ? START_MS + offset : null);
  });
});

describe('the clock of the gateway', () => {
  const at = (wallMs: number, floorMs = 0) => {
    const machine = { wallMs, monotonicMs: 0 };
    const sources = { wall: () => machine.wallMs, monotonic: () => machine.monotonicMs };
    return { machine, clock: new GatewayClock(sources, floorMs) };
  };

  it('does not jump when the machine’s clock does', () => {
    const { machine, clock } = at(START_MS);
    machine.wallMs -= 86_400_000;
    machine.monotonicMs += 1000;
    expect(clock.now()).toBe(START_MS + 1000);
  });

  it('starts no earlier than it has been before', () => {
    expect(at(0, START_MS).clock.now()).toBe(START_MS);
  });

  it('is set right by blocks: behind any block, and ahead of one that was committed just now', () => {
    const late = at(0);
    late.clock.observe(START_MS, false);
    expect(late.clock.now()).toBe(START_MS);
    const early = at(START_MS + 86_400_000);
    early.clock.observe(START_MS, false);
    expect(early.clock.now()).toBe(START_MS + 86_400_000);
    early.clock.observe(START_MS, true);
    expect(early.clock.now()).toBe(START_MS);
  });

  it('believes the machine’s clock again when blocks confirm it', () => {
    const { machine, clock } = at(START_MS - 86_400_000);
    clock.observe(START_MS, true);
    machine.wallMs = START_MS + 3000;
    machine.monotonicMs += 3500;
    clock.observe(START_MS + 3000, true);
    expect(clock.now()).toBe(START_MS + 3000);
  });
});

describe('simulated sources', () => {
  it('same seed, same messages; counters rise; some readings are artefacts and some seconds are missing', () => {
    const init = { seed: 7, startMs: START_MS, seconds: 3_600, hz: 2 };
    const messages = [...simulateSource(init)];
    expect([...simulateSource(init)]).toEqual(messages);
    expect(messages.length).toBeLessThan(3_600);
    const readings = messages.flatMap((message) => message.readings);
    for (const [i, { n }] of readings.entries()) if (i > 0) expect(n).toBeGreaterThan(readings[i - 1]!.n);
    const implausible = readings.filter((one) => judge(one, one.timeMs).flags.includes('implausible'));
    expect(implausible.length).toBeGreaterThan(0);
    expect(implausible.length).toBeLessThan(readings.length / 50);
    expect(new Set(readings.map(({ code }) => code)).size).toBe(4);
  });
});

describe('the queue', () => {
  it('does not open a box under another key, in another place or with a flipped bit', () => {
    const seal = new DiskSeal(new Uint8Array(32).fill(1));
    const box = seal.seal('intake', { a: 1 });
    expect(seal.open('intake', box)).toEqual({ a: 1 });
    const flipped = Uint8Array.from(box, (byte, i) => (i === 40 ? byte ^ 1 : byte));
    for (const open of [
      () => seal.open('object:1', box),
      () => seal.open('intake', flipped),
      () => new DiskSeal(new Uint8Array(32).fill(2)).open('intake', box),
    ])
      expect(open).toThrow('disk-damaged');
  });

  it('keeps messages or segments, never both and never neither, whatever fails in between', () => {
    const directory = mkdtempSync(join(tmpdir(), 'phr-queue-'));
    const file = new QueueFile(join(directory, 'queue.sqlite'));
    const seal = new DiskSeal(new Uint8Array(32).fill(1));
    const queue = new Queue(file, { name: 'default', seal, recordIdOf: sha256 });
    const readings = [{ n: 1, timeMs: START_MS, code: '8867-4', values: [70], claimedMs: null, flags: [] }];
    queue.transaction(() => queue.accept({ source: 'watch-1', readings }));
    const failing = new Segmenter({
      queue,
      graceMs: 0,
      random: () => {
        throw new Error('no entropy');
      },
    });
    expect(() => failing.cut(START_MS)).toThrow('queue-failed');
    expect([queue.intakeRows, queue.waitingObjects, queue.lastCounter('watch-1')]).toEqual([1, 0, 1]);
    const working = new Segmenter({ queue, graceMs: 0, random: (length) => nobleBackend.random(length) });
    expect(working.cut(START_MS)).toBe(1);
    expect([queue.intakeRows, queue.waitingObjects]).toEqual([0, 1]);
    file.close();
    rmSync(directory, { recursive: true, force: true });
  });
});
