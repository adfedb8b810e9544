import { BLOOD_PRESSURE_PANEL, DIASTOLIC, SYSTOLIC, vitalSignOf } from '#node/records';
import type { VitalSign } from '#node/records';
import { z } from 'zod';
import { GatewayError } from './gateway-error.ts';

export const MESSAGE_BYTES_MAX = 256 * 1024;
export const MESSAGE_READINGS_MAX = 1_000;
/** A value beyond this is no measurement of anything that a body has. */
const VALUE_MAX = 1e9;
/** Device times from 1970 to 9999: a wrong clock is flagged, but it must be a time. */
const TIME_MS_MAX = 253_402_300_799_999;
/** How far ahead of the gateway a device's clock may be, and how old what it buffered may be. */
export const AHEAD_MS_MAX = 5 * 60_000;
export const BEHIND_MS_MAX = 31 * 24 * 3_600_000;

export const READING_FLAGS = ['clock', 'implausible'] as const;
export type ReadingFlag = (typeof READING_FLAGS)[number];

/** A reading as its source sent it. */
export interface Reading {
  /** Counter of the source: rises with every reading, whatever its clock does. */
  readonly n: number;
  /** When it was measured, by the source's clock, Unix milliseconds. */
  readonly timeMs: number;
  /** LOINC. */
  readonly code: string;
  /** One value, or systolic and diastolic. In the unit of the code. */
  readonly values: readonly number[];
}

/** A reading that was accepted, with what the gateway noticed. */
export interface JudgedReading extends Reading {
  /** The claimed time of a reading whose clock is wrong; `timeMs` is then the time of arrival. */
  readonly claimedMs: number | null;
  readonly flags: readonly ReadingFlag[];
}

const value = z.number().min(-VALUE_MAX).max(VALUE_MAX);
const readingSchema = z
  .strictObject({
    n: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
    timeMs: z.number().int().min(0).max(TIME_MS_MAX),
    code: z.string().min(1).max(32),
    unit: z.string().max(32).optional(),
    value: value.optional(),
    values: z.array(value).min(1).max(2).optional(),
  })
  .refine((reading) => (reading.value === undefined) !== (reading.values === undefined));
const messageSchema = z.strictObject({
  readings: z.array(readingSchema).min(1),
  patient: z.string().max(128).optional(),
});

/** The measured quantities behind a code, in the order of a reading's values; undefined when it is not known. */
export function signsOf(code: string): readonly VitalSign[] | undefined {
  if (code === BLOOD_PRESSURE_PANEL.code) return [SYSTOLIC, DIASTOLIC];
  const sign = vitalSignOf(code);
  return sign === undefined ? undefined : [sign];
}

/**
 * The readings of a message `{"readings": [{n, timeMs, code, value | values, unit?}], "patient"?}`. A device that knows
 * whom it is on may say so: a wrist on which the wrong band was put is noticed then.
 * @param patient hex of the patient whose lane it goes to
 * @throws GatewayError `message-too-large`, `message-malformed`, `other-patient`, `code-unknown`, `unit-mismatch`,
 * `out-of-order`
 */
export function decodeMessage(bytes: Uint8Array, patient: string): Reading[] {
  if (bytes.length > MESSAGE_BYTES_MAX)
    throw new GatewayError('message-too-large', { bytesMax: MESSAGE_BYTES_MAX });
  const parsed = messageSchema.safeParse(jsonOf(bytes));
  if (!parsed.success)
    throw new GatewayError('message-malformed', { field: parsed.error.issues[0]?.path.join('.') ?? '' });
  const { readings, patient: named } = parsed.data;
  if (named !== undefined && named !== patient) throw new GatewayError('other-patient');
  if (readings.length > MESSAGE_READINGS_MAX)
    throw new GatewayError('message-too-large', { readingsMax: MESSAGE_READINGS_MAX });
  let before = 0;
  return readings.map(({ n, timeMs, code, unit, value: single, values }, index) => {
    const signs = signsOf(code);
    if (signs === undefined) throw new GatewayError('code-unknown', { index });
    const given = values ?? (single === undefined ? [] : [single]);
    if (given.length !== signs.length) throw new GatewayError('message-malformed', { index });
    if (unit !== undefined && signs.some(({ ucum }) => ucum !== unit))
      throw new GatewayError('unit-mismatch', { index });
    if (n <= before) throw new GatewayError('out-of-order', { index, n });
    before = n;
    return { n, timeMs, code, values: given };
  });
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new GatewayError('message-malformed', { field: 'json' }, { cause });
  }
}

/** Flags what cannot be true, and loses nothing: a wrong clock's reading is filed under the time of its arrival. */
export function judge(reading: Reading, nowMs: number): JudgedReading {
  const { timeMs, code, values } = reading;
  const clockIsWrong = timeMs > nowMs + AHEAD_MS_MAX || timeMs < nowMs - BEHIND_MS_MAX;
  const signs = signsOf(code) ?? [];
  const outside = values.some((one, i) => {
    const [low, high] = signs[i]?.plausible ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    return one < low || one > high;
  });
  const [first = 0, second] = values;
  const crossed = second !== undefined && first <= second;
  return {
    ...reading,
    timeMs: clockIsWrong ? nowMs : timeMs,
    claimedMs: clockIsWrong ? timeMs : null,
    flags: [
      ...(clockIsWrong ? (['clock'] as const) : []),
      ...(outside || crossed ? (['implausible'] as const) : []),
    ],
  };
}
