/** Every reason for which this room refuses or fails. Facts beside a code are numbers and ids, never contents. */
export const STORAGE_ERROR_CODES = [
  'block-erased',
  'block-mismatch',
  'block-too-large',
  'block-unsupported',
  'directory-locked',
  'disk-full',
  'height-out-of-order',
  'journal-closed',
  'journal-corrupt',
  'journal-failed',
  'journal-record-too-large',
  'read-failed',
  'schema-unknown',
  'store-closed',
  'write-failed',
] as const;

export type StorageErrorCode = (typeof STORAGE_ERROR_CODES)[number];

const TEXT: Record<StorageErrorCode, string> = {
  'block-erased': 'the block belongs to something that was erased: it is not taken again',
  'block-mismatch': 'the bytes do not hash to the given CID',
  'block-too-large': 'the block is larger than the limit',
  'block-unsupported': 'only SHA-256 CIDs are stored',
  'directory-locked': 'another process uses this data directory',
  'disk-full': 'the disk is full, or so nearly that only ledger and journal may still write',
  'height-out-of-order': 'a block may only be committed right after its parent',
  'journal-closed': 'the journal is closed',
  'journal-corrupt': 'the journal is damaged before its last group: the node must not sign from it',
  'journal-failed': 'a journal write failed earlier: nothing more is accepted',
  'journal-record-too-large': 'the journal record is larger than the limit',
  'read-failed': 'the disk could not be read',
  'schema-unknown': 'the store was written by a version that this one does not know',
  'store-closed': 'the store is closed',
  'write-failed': 'the disk did not take the write',
};

export type StorageFacts = Readonly<Record<string, string | number>>;

/** The one error class of #storage. `code` is stable; `facts` hold sizes, heights and offsets. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  readonly facts: StorageFacts;

  constructor(code: StorageErrorCode, options: { facts?: StorageFacts; cause?: unknown } = {}) {
    super(TEXT[code], options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
  }
}
