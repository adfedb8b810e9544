import { toHex } from '#crypto';
import type { UploadedRecord, UploadRecord } from '#node/client';
import { ClientError } from '#node/client';
import {
  attach,
  categoryOf,
  clinicalMonthOf,
  encodeResource,
  keywordsOf,
  measure,
  measureBloodPressure,
  measuredSignOf,
} from '#node/records';
import { institutionsOf } from '../institutions.ts';
import type { WorkerContext } from '../context.ts';
import { forgetBanner, selfOf, subjectOf } from './self.ts';
import type { Self } from './self.ts';

/** What became of something that was written. */
export interface Written {
  id: string;
  height: number;
  /** Institutions that signed that they hold it, of how many; null when it was there before. */
  holders: number | null;
  institutions: number;
}

export interface ReadingInput {
  /** LOINC; `85354-9` takes both pressures. */
  code: string;
  value: number;
  /** Diastolic pressure. */
  second?: number;
  unit?: string;
  /** With zone. */
  effective: string;
}

export async function addReading(context: WorkerContext, input: ReadingInput): Promise<Written> {
  const self = selfOf(context);
  const resource = readingOf(self, input);
  return await write(self, { bytes: encodeResource(resource), resource });
}

function readingOf(self: Self, input: ReadingInput) {
  const subject = subjectOf(self);
  const id = crypto.randomUUID();
  const init = { id, subject, effective: input.effective, performer: subject };
  if (input.code === '85354-9')
    return measureBloodPressure({ value: input.value }, { value: input.second ?? Number.NaN }, init);
  const sign = measuredSignOf(input.code);
  if (sign === undefined) throw new ClientError('input-invalid', { what: 'measure' });
  return measure(sign, { value: input.value, unit: input.unit }, init);
}

const FILE_TYPES = new Set(['application/pdf', 'image/png', 'image/jpeg', 'text/plain']);
const SHOWN_BYTES_MAX = 8_000_000;

/** Whether a document is one record, which the page can show as it is. */
export const isShownWhole = ({ type, size }: File): boolean =>
  FILE_TYPES.has(type) && size <= SHOWN_BYTES_MAX;

/** A document of the patient: PDF, picture or plain text, with what it is and when it was made. */
export async function addDocument(
  context: WorkerContext,
  input: { file: File; title: string; date: string },
): Promise<Written> {
  const self = selfOf(context);
  const { file, title, date } = input;
  if (!FILE_TYPES.has(file.type)) throw new ClientError('input-invalid', { what: 'type of the file' });
  const { reference, binary } = attach({
    id: crypto.randomUUID(),
    subject: subjectOf(self),
    contentType: file.type,
    title,
    bytes: new Uint8Array(await file.arrayBuffer()),
    date,
  });
  const month = clinicalMonthOf(reference);
  const [written] = await upload(self, [
    prepared(self, { bytes: encodeResource(reference), resource: reference, month }),
    prepared(self, { bytes: encodeResource(binary), resource: binary, month }),
  ]);
  return viewOf(self, written);
}

async function write(self: Self, init: { bytes: Uint8Array; resource: unknown }): Promise<Written> {
  const [written] = await upload(self, [prepared(self, init)]);
  return viewOf(self, written);
}

/** A resource with the category, month and keywords that its own content gives. */
export function prepared(
  self: Self,
  init: { bytes: Uint8Array; resource: unknown; month?: string },
): UploadRecord {
  const category = categoryOf(init.resource);
  const month = init.month ?? clinicalMonthOf(init.resource);
  const keywords = keywordsOf(init.resource, { category, month, author: toHex(self.patient) });
  return { resource: init.bytes, category, month, keywords };
}

export async function upload(self: Self, records: readonly UploadRecord[]): Promise<UploadedRecord[]> {
  const { client, patient, options } = self;
  const uploaded = await client.records.upload({ patient, records }, options);
  forgetBanner(self);
  return uploaded;
}

/** Leaves out what is in the record already, byte for byte; its progress is that of the whole file, not of a batch. */
export async function uploadOnce(
  self: Self,
  records: readonly UploadRecord[],
): Promise<{ uploaded: UploadedRecord[]; anchored: number }> {
  const { client, patient, options } = self;
  const outcome = await client.records.uploadOnce({ patient, records }, { signal: options.signal });
  forgetBanner(self);
  return outcome;
}

function viewOf({ client }: Self, written: UploadedRecord | undefined): Written {
  if (written === undefined) throw new ClientError('record-invalid', { what: 'nothing was written' });
  return {
    id: toHex(written.recordId),
    height: written.height,
    holders: written.holders,
    institutions: institutionsOf(client).length,
  };
}
