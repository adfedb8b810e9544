import { describe, expect, it } from 'vitest';
import { linkOf } from '#crypto';
import { observationOf } from '../../../node/gateway/stream.ts';
import type { StreamObject } from '../../../node/gateway/stream.ts';
import { faultsByFhir, faultsByMedplum } from '../records/hl7.ts';

const START_MS = Date.UTC(2026, 10, 22, 8);
const id = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const sample = (offset: number, values: number[], claimedMs: number | null = null) => ({
  timeMs: START_MS + offset,
  values,
  claimedMs,
});
const stream = { source: 'watch-1', code: '8867-4', day: '2026-11-22', flags: [] };
const segment: StreamObject = {
  kind: 'segment',
  stream,
  samples: [sample(0, [60]), sample(1000, [61]), sample(3000, [62])],
  covers: [],
  amends: null,
};
/**
 * vs-1 speaks of a date and holds for a Period by the rules of FHIRPath (empty is not false); this validator reads
 * empty as unmet. It must be the only thing that it says.
 */
const PERIOD = /^OperationOutcomeError: Constraint vs-1 not met[^;]*$/;
const header = linkOf('dag-cbor', new Uint8Array(3));

describe('what a gateway writes is FHIR R4 by the word of two outside validators', () => {
  it.each([
    ['a row on a grid', segment],
    ['one reading', { ...segment, samples: [sample(0, [60])] }],
    [
      'readings at odd times',
      { ...segment, samples: [sample(0, [60]), sample(7, [61]), sample(99_991, [62])] },
    ],
    [
      'blood pressure',
      { ...segment, stream: { ...stream, code: '85354-9' }, samples: [sample(0, [120, 80])] },
    ],
    ['saturation', { ...segment, stream: { ...stream, code: '2708-6' }, samples: [sample(0, [97])] }],
    [
      'a flagged stream with claimed times',
      { ...segment, stream: { ...stream, flags: ['clock'] }, samples: [sample(0, [60], 0)] },
    ],
    [
      'a day that amends another and covers segments',
      { ...segment, kind: 'day', covers: [id(1), id(2)], amends: { recordId: id(3), header } },
    ],
  ] as [string, StreamObject][])('%s', (_what, object) => {
    const observation = observationOf(object, id(7), id(8));
    expect(faultsByFhir(observation)).toEqual([]);
    expect(faultsByMedplum(observation).filter((fault) => !PERIOD.test(fault))).toEqual([]);
    // And the validators are awake.
    expect(faultsByMedplum({ ...observation, status: undefined })).not.toEqual([]);
  });
});
