import type { RecordsErrorCode } from '#node/records';
import type { Text } from './ledger-texts.ts';

export const RECORDS_TEXTS: Readonly<Record<RecordsErrorCode, Text>> = {
  'not-json': ['The file is not UTF-8 or not JSON.', 'Check that it was copied whole, and its format.'],
  'too-large': [
    'The file or a part of it is larger than the limit that the facts name.',
    'Split it, or use NDJSON in place of a bundle.',
  ],
  'not-a-bundle': [
    'The JSON is no FHIR Bundle, or a part of it is no FHIR resource.',
    'Choose the right --format; a file with a resource a line is ndjson.',
  ],
  ambiguous: [
    'A member is named twice where one meaning is needed.',
    'Ask whoever made the file: two programs could read two contents in it.',
  ],
  'profile-violated': [
    'A resource that was to be written does not fit its FHIR profile.',
    'Correct what was entered; nothing was written.',
  ],
  'unit-unknown': [
    'The unit is not one of this measure.',
    'Use a UCUM unit of the measure, such as Cel or [degF].',
  ],
  implausible: ['The value is not one that a living person has.', 'Check the value and its unit.'],
  'format-unknown': [
    'The file is not of the format that it was said to be, or breaks off.',
    'Choose the right --format, or get the file again. What came before the break was taken.',
  ],
  'checkpoint-mismatch': [
    'The checkpoint belongs to another file, or the file was changed.',
    'Give the same file again, or remove the checkpoint to begin anew.',
  ],
};
