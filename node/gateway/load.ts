import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { MESSAGE_READINGS_MAX } from './reading.ts';
import type { Reading } from './reading.ts';
import { simulateSource } from './simulated-source.ts';

const RETRY_MS = 250;
const REQUEST_TIMEOUT_MS = 10_000;
/** A whole run is given up when the gateway is away for this long. */
const AWAY_MS_MAX = 5 * 60_000;

const answerSchema = z.object({ accepted: z.number(), flagged: z.number(), next: z.number() });
const refusalSchema = z.object({
  error: z.object({ code: z.string(), facts: z.object({ next: z.number().optional() }).optional() }),
});

export interface LoadInit {
  /** Origin of the gateway. */
  readonly url: string;
  readonly secretOf: (source: string) => string;
  /** By which the gateway knows a source; its name alone unless told otherwise. */
  readonly addressOf?: (source: string) => string;
  readonly wearables: number;
  readonly hz: number;
  readonly seconds: number;
  readonly seed: number;
  readonly startMs: number;
  readonly signal: AbortSignal;
}

export interface LoadReport {
  readonly sent: number;
  /** Readings whose acceptance the gateway confirmed, in whatever answer. */
  readonly accepted: number;
  readonly flagged: number;
  /** Messages that had to be sent again. */
  readonly retries: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** From sending a message to its answer. */
  readonly answerMs: { readonly p50: number; readonly p95: number };
}

interface Tally {
  sent: number;
  accepted: number;
  flagged: number;
  retries: number;
  refusals: Record<string, number>;
  answerMs: number[];
}

export const sourceName = (index: number): string => `wearable-${String(index + 1).padStart(3, '0')}`;

/**
 * Wearables that send in real time, each a message a second at a moment of its own. One whose gateway is away keeps
 * its readings and sends them when it is back, as a device does.
 */
export async function runLoad(init: LoadInit): Promise<LoadReport> {
  const tally: Tally = { sent: 0, accepted: 0, flagged: 0, retries: 0, refusals: {}, answerMs: [] };
  const begun = performance.now();
  await Promise.all(Array.from({ length: init.wearables }, (_, i) => runWearable(init, i, begun, tally)));
  const { answerMs, ...counts } = tally;
  const ordered = answerMs.toSorted((a, b) => a - b);
  const at = (share: number): number => ordered[Math.floor((ordered.length - 1) * share)] ?? 0;
  const seconds = (performance.now() - begun) / 1000;
  return { ...counts, seconds, answerMs: { p50: at(0.5), p95: at(0.95) } };
}

async function runWearable(init: LoadInit, index: number, begun: number, tally: Tally): Promise<void> {
  const { seed, startMs, seconds, hz, signal, wearables } = init;
  const phaseMs = (1000 * index) / wearables;
  let kept: Reading[] = [];
  for (const { atMs, readings } of simulateSource({ seed: seed + index, startMs, seconds, hz })) {
    const waitMs = begun + atMs + phaseMs - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
    kept.push(...readings);
    tally.sent += readings.length;
    kept = await sendOnce(init, sourceName(index), kept, tally);
  }
  const giveUpAt = performance.now() + AWAY_MS_MAX;
  while (kept.length > 0 && performance.now() < giveUpAt) {
    await delay(RETRY_MS, undefined, { signal });
    kept = await sendOnce(init, sourceName(index), kept, tally);
  }
}

/** @returns what the gateway has not confirmed */
async function sendOnce(init: LoadInit, source: string, kept: Reading[], tally: Tally): Promise<Reading[]> {
  const readings = kept.slice(0, MESSAGE_READINGS_MAX);
  const begun = performance.now();
  try {
    const response = await fetch(`${init.url}/v1/readings`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${init.secretOf(source)}`,
        'phr-source': init.addressOf?.(source) ?? source,
      },
      body: JSON.stringify({ readings }),
      signal: AbortSignal.any([init.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    });
    const json: unknown = await response.json();
    if (response.ok) {
      const { accepted, flagged } = answerSchema.parse(json);
      tally.answerMs.push(performance.now() - begun);
      tally.accepted += accepted;
      tally.flagged += flagged;
      return kept.slice(readings.length);
    }
    const { code, facts } = refusalSchema.parse(json).error;
    tally.refusals[code] = (tally.refusals[code] ?? 0) + 1;
    const next = facts?.next;
    // The answer to an earlier sending was lost: what is below `next` is there.
    if (code !== 'replayed' || next === undefined) return kept;
    const left = kept.filter(({ n }) => n >= next);
    tally.accepted += kept.length - left.length;
    return left;
  } catch (error) {
    if (init.signal.aborted) throw error;
    tally.retries += 1;
    return kept;
  }
}
