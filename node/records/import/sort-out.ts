import { RecordsError } from '../records-error.ts';
import type { Checkpoint, Found, ImportFormat, ImportItem, ImportOptions } from './import-item.ts';
import { digestOf, SeenTable } from './seen-table.ts';

/** What the counting of bytes and the parsing share. */
export interface Reading {
  bytesRead: number;
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');

/**
 * Turns what an importer finds into items: what came before is a duplicate, what the checkpoint says was handed over
 * is not handed over again.
 * @throws RecordsError `checkpoint-mismatch` when the file before the checkpoint is another one.
 */
export async function* sortOut(
  format: ImportFormat,
  found: AsyncIterable<Found>,
  reading: Reading,
  { checkpoint, signal }: ImportOptions,
): AsyncGenerator<ImportItem> {
  if (checkpoint && checkpoint.format !== format) throw new RecordsError('checkpoint-mismatch');
  const seen = new SeenTable();
  let items = 0;
  let [high, low] = [0, 0];
  for await (const one of found) {
    signal?.throwIfAborted();
    const digest = digestOf(one.kind === 'record' ? (one.key ?? one.bytes) : `${one.line}/${one.code}`);
    const isNew = one.kind !== 'record' || seen.add(...digest);
    items += 1;
    [high, low] = [Math.imul(high ^ digest[0], 2_654_435_761), Math.imul(low ^ digest[1], 1_597_334_677) + 1];
    if (checkpoint && items <= checkpoint.items) {
      if (items === checkpoint.items && `${hex(high)}${hex(low)}` !== checkpoint.fingerprint)
        throw new RecordsError('checkpoint-mismatch');
      continue;
    }
    const mark: Checkpoint = { format, items, fingerprint: `${hex(high)}${hex(low)}` };
    const place = { line: one.line, checkpoint: mark, bytesRead: reading.bytesRead };
    if (one.kind === 'reject') yield { kind: 'reject', code: one.code, ...place };
    else if (isNew) yield { kind: 'record', bytes: one.bytes, resource: one.resource, ...place };
    else yield { kind: 'duplicate', ...place };
  }
  if (checkpoint && items < checkpoint.items) throw new RecordsError('checkpoint-mismatch');
}
