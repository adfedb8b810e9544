import { toHex } from '#crypto';
import { ClientError } from '#node/client';
import { attach, categoryOf, clinicalMonthOf, encodeResource, keywordsOf, wordsOf } from '#node/records';
import { institutionsOf } from '../institutions.ts';
import type { WorkerContext } from '../context.ts';
import { subjectOf } from '../patient/self.ts';
import { requireInCharge } from './ward.ts';

export interface NoteInput {
  patient: string;
  title: string;
  text: string;
}

export interface NoteWritten {
  id: string;
  height: number;
  holders: number;
  institutions: number;
}

const KEYWORDS_MAX = 64;
export const NOTE_LENGTH_MAX = 20_000;

/** A note of the doctor: a document with plain text, sealed to the patient and who is in charge of her. */
export async function addNote(context: WorkerContext, input: NoteInput): Promise<NoteWritten> {
  const self = await requireInCharge(context, input.patient);
  const { client, options } = self;
  const [title, text] = [input.title.trim(), input.text.trim()];
  if (title === '' || text === '' || text.length > NOTE_LENGTH_MAX)
    throw new ClientError('input-invalid', { what: 'note' });
  const date = new Date().toISOString();
  const { reference, binary } = attach({
    id: crypto.randomUUID(),
    subject: subjectOf(self),
    contentType: 'text/plain',
    title,
    bytes: new TextEncoder().encode(text),
    date,
  });
  const month = clinicalMonthOf(reference);
  const records = [reference, binary].map((resource) => {
    const category = categoryOf(resource);
    const found = keywordsOf(resource, { category, month, author: toHex(client.keys.id) });
    // The words of a note are found as the words of any other record.
    const words = resource === reference ? [...wordsOf(title), ...wordsOf(text)] : [];
    const keywords = [...new Set([...found, ...words])].slice(0, KEYWORDS_MAX);
    return { resource: encodeResource(resource), category, month, keywords };
  });
  const uploaded = await client.records.upload({ patient: self.patient, records }, options);
  const [written] = uploaded;
  if (written === undefined) throw new ClientError('record-invalid', { what: 'nothing was written' });
  return {
    id: toHex(written.recordId),
    height: written.height,
    holders: written.holders,
    institutions: institutionsOf(client).length,
  };
}
