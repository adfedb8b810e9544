import { at, codingsOf, isObject, numberOf, objectsOf, textOf } from './resource.ts';
import { convertUnit, measuredSignOf, ucumOf } from './units.ts';
import { LOINC, UCUM } from './vital-sign-codes.ts';
import type { JsonObject } from './resource.ts';

export type Flag = 'abnormal' | 'high' | 'low';

/** v3-ObservationInterpretation codes that say outside the usual; N and its like say nothing here. */
const INTERPRETATION: Readonly<Record<string, readonly Flag[]>> = {
  A: ['abnormal'],
  AA: ['abnormal'],
  H: ['abnormal', 'high'],
  HH: ['abnormal', 'high'],
  HU: ['abnormal', 'high'],
  L: ['abnormal', 'low'],
  LL: ['abnormal', 'low'],
  LU: ['abnormal', 'low'],
};

function byRange(value: number, low: number | undefined, high: number | undefined): readonly Flag[] {
  if (low !== undefined && value < low) return ['abnormal', 'low'];
  if (high !== undefined && value > high) return ['abnormal', 'high'];
  return [];
}

/** The laboratory's own range, when there is one range in the same unit; several ranges need an age or a sex. */
function ownRange(part: JsonObject): readonly [number | undefined, number | undefined] | undefined {
  const ranges = objectsOf(part['referenceRange']);
  const [range] = ranges;
  if (ranges.length !== 1 || !range) return undefined;
  const unit = textOf(at(part, 'valueQuantity', 'code'));
  const bound = (side: 'low' | 'high'): number | undefined => {
    const code = textOf(at(range, side, 'code'));
    return code === undefined || code === unit ? numberOf(at(range, side, 'value')) : undefined;
  };
  return [bound('low'), bound('high')];
}

function flagsOfPart(part: JsonObject): readonly Flag[] {
  const said = objectsOf(part['interpretation'])
    .flatMap((concept) => objectsOf(concept['coding']))
    .flatMap((coding) => textOf(coding['code']) ?? []);
  if (said.length > 0)
    return said.flatMap((code) => (Object.hasOwn(INTERPRETATION, code) ? (INTERPRETATION[code] ?? []) : []));
  const value = numberOf(at(part, 'valueQuantity', 'value'));
  if (value === undefined) return [];
  const range = ownRange(part);
  if (range) return byRange(value, ...range);
  const unit = textOf(at(part, 'valueQuantity', 'code'));
  const system = textOf(at(part, 'valueQuantity', 'system'));
  for (const coding of codingsOf(part['code'])) {
    const sign = coding.system === LOINC && system === UCUM ? measuredSignOf(coding.code) : undefined;
    const converted = sign && unit !== undefined ? convertUnit(value, ucumOf(unit), sign.ucum) : undefined;
    if (sign && converted !== undefined) return byRange(converted, ...sign.usual);
  }
  return [];
}

/**
 * What an Observation says about being outside the usual: its own interpretation first, then its reference range,
 * then the adult table of vital signs. A search aid, not a diagnosis; silence when the unit is of
 * another quantity.
 */
export function flagsOf(observation: unknown): Flag[] {
  if (!isObject(observation)) return [];
  const parts = [observation, ...objectsOf(observation['component'])];
  return [...new Set(parts.flatMap(flagsOfPart))];
}
