import type { Resource } from '../resource.ts';

/** Why one item of a file was not taken; the rest of the file goes on. */
export const REJECT_CODES = [
  'not-json',
  'not-a-resource',
  'ambiguous',
  'too-large',
  'bad-time',
  'bad-value',
  'unit-unknown',
  'measure-unknown',
  'implausible',
  'bad-row',
] as const;
export type RejectCode = (typeof REJECT_CODES)[number];

/**
 * Where an import stands, plain JSON for the caller to keep: everything up to and including the item that brought it
 * was handed over. An import that is given it reads the file again, says nothing of what was handed over, and goes on.
 */
export interface Checkpoint {
  readonly format: ImportFormat;
  /** Items handed over, of every kind. */
  readonly items: number;
  /** Of the items handed over, so that another file is not taken for this one. Hex. */
  readonly fingerprint: string;
}
export type ImportFormat = 'bundle' | 'ndjson' | 'apple-health' | 'csv';

/** What an importer yields, in the order of the file. `line` counts from 1. */
export type ImportItem =
  | {
      readonly kind: 'record';
      readonly line: number;
      /** What is to be sealed: the original bytes of a FHIR resource, or those of an Observation made here. */
      readonly bytes: Uint8Array;
      readonly resource: Resource;
      readonly checkpoint: Checkpoint;
      readonly bytesRead: number;
    }
  | {
      readonly kind: 'duplicate';
      readonly line: number;
      readonly checkpoint: Checkpoint;
      readonly bytesRead: number;
    }
  | {
      readonly kind: 'reject';
      readonly line: number;
      readonly code: RejectCode;
      readonly checkpoint: Checkpoint;
      readonly bytesRead: number;
    };

export interface ImportOptions {
  readonly checkpoint?: Checkpoint;
  readonly signal?: AbortSignal;
}

/** Bytes of a file, in any pieces: a browser's `File.stream()`, a Node stream, a list. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What an importer has found, before duplicates are sorted out. */
export type Found =
  | {
      readonly kind: 'record';
      readonly line: number;
      readonly bytes: Uint8Array;
      readonly resource: Resource;
      readonly key?: string;
    }
  | { readonly kind: 'reject'; readonly line: number; readonly code: RejectCode };
