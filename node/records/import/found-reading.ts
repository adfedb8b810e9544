import { encodeResource } from '../fhir/author.ts';
import type { Authored } from '../fhir/author.ts';
import { RecordsError } from '../records-error.ts';
import type { Found } from './import-item.ts';
import { digestOf } from './seen-table.ts';

const hex = (word: number): string => word.toString(16).padStart(8, '0');

/**
 * A reading as an Observation of ours, or the reason why it is none: the import goes on. Its id comes out of `key`,
 * so that the same reading has the same id whenever it is imported.
 */
export function foundReading(
  line: number,
  key: string,
  make: (id: string) => Authored<'Observation'>,
): Found {
  const [high, low] = digestOf(key);
  try {
    const resource = make(`r-${hex(high)}${hex(low)}`);
    return { kind: 'record', line, bytes: encodeResource(resource), resource, key };
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
    if (error.code === 'unit-unknown' || error.code === 'implausible')
      return { kind: 'reject', line, code: error.code };
    return { kind: 'reject', line, code: 'bad-value' };
  }
}
