import {
  decode,
  encode,
  equalBytes,
  expectBytes,
  expectInteger,
  expectList,
  expectMap,
  toHex,
} from '#crypto';
import type { Backend } from '#crypto';
import type { Header } from '#consensus';
import {
  chainIdOf,
  decodeGenesis,
  readAudit,
  readAuditCount,
  stateKeys,
  ValidatorHistory,
  verifyProof,
} from '#consensus/ledger';
import type { AuditLine, Genesis, Get, SetChange } from '#consensus/ledger';
import { ClientError } from './client-error.ts';
import { changesField, changesFrom, changesNames } from './set-changes.ts';

/** Proof of one stretch of a patient's audit list, under one certified head. */
export interface AuditSegment {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly proof: Uint8Array;
  /** Lines `first` to `first + count - 1`; the first segment also proves the length of the whole list. */
  readonly first: number;
  readonly count: number;
}

/** What an audit file proves to anybody who has the genesis. */
export interface VerifiedAudit {
  readonly patient: Uint8Array;
  /** The list is complete up to this block. */
  readonly height: number;
  /** Time of that block. */
  readonly timeMs: number;
  readonly lines: readonly AuditLine[];
}

/** Largest audit file that is read. */
export const AUDIT_FILE_BYTES_MAX = 256 * 1024 * 1024;
const SEGMENTS_MAX = 4096;
const SEGMENT_LINES_MAX = 512;

/** State keys that a segment proves, in the order in which they were asked. */
export function segmentKeys(patient: Uint8Array, first: number, count: number): Uint8Array[] {
  const lines = Array.from({ length: count }, (_, i) => stateKeys.audit(patient, first + i));
  return first === 0 ? [stateKeys.auditCount(patient), ...lines] : lines;
}

/** The self-contained file: canonical DAG-CBOR of chain, patient and segments. */
export function encodeAuditFile(
  chainId: Uint8Array,
  patient: Uint8Array,
  segments: readonly AuditSegment[],
  changes: readonly SetChange[] = [],
): Uint8Array {
  return encode({
    format: 'phr-mesh-audit',
    version: 1,
    chainId,
    patient,
    segments: segments.map(({ header, certificate, proof, first, count }) => ({
      header,
      certificate,
      proof,
      first,
      count,
    })),
    ...changesField(changes),
  });
}

function decodeAuditFile(file: Uint8Array): {
  chainId: Uint8Array;
  patient: Uint8Array;
  segments: AuditSegment[];
  changes: SetChange[];
} {
  const value = decode(file, AUDIT_FILE_BYTES_MAX);
  const fields = ['format', 'version', 'chainId', 'patient', 'segments'] as const;
  const map = expectMap(value, [...fields, ...changesNames(value)], 'audit');
  if (map['format'] !== 'phr-mesh-audit')
    throw new ClientError('input-invalid', { what: 'not an audit file' });
  expectInteger(map['version'], 1, 1, 'version');
  const bytesOf = (value: unknown): Uint8Array => {
    if (!(value instanceof Uint8Array)) throw new ClientError('input-invalid', { what: 'audit segment' });
    return value;
  };
  return {
    chainId: expectBytes(map['chainId'], 32, 'chainId'),
    patient: expectBytes(map['patient'], 32, 'patient'),
    changes: changesFrom(value),
    segments: expectList(map['segments'], 1, SEGMENTS_MAX, 'segments').map((segment) => {
      const one = expectMap(segment, ['header', 'certificate', 'proof', 'first', 'count'], 'segment');
      return {
        header: bytesOf(one.header),
        certificate: bytesOf(one.certificate),
        proof: bytesOf(one.proof),
        first: expectInteger(one.first, 0, Number.MAX_SAFE_INTEGER, 'first'),
        count: expectInteger(one.count, 0, SEGMENT_LINES_MAX, 'count'),
      };
    }),
  };
}

/**
 * Verifies an exported audit offline: every head is certified by a quorum of its validators, every line is
 * in the state, and the proven length of the list equals the lines in the file, so that none is missing.
 * @throws ClientError `input-invalid` for something else than an audit file of this chain, `proof-invalid`.
 */
export function verifyAudit(backend: Backend, genesisBytes: Uint8Array, file: Uint8Array): VerifiedAudit {
  const genesis = decodeGenesis(genesisBytes);
  let parts: ReturnType<typeof decodeAuditFile>;
  try {
    parts = decodeAuditFile(file);
  } catch (cause) {
    throw cause instanceof ClientError
      ? cause
      : new ClientError('input-invalid', { what: 'audit file' }, { cause });
  }
  const { chainId, patient, segments } = parts;
  const history = historyOf(backend, genesis, parts.changes);
  if (!equalBytes(chainId, chainIdOf(genesis)))
    throw new ClientError('input-invalid', { what: 'another chain' });
  const lines: AuditLine[] = [];
  let expected = 0;
  let height = 0;
  let timeMs = 0;
  for (const segment of segments) {
    if (segment.first !== lines.length)
      throw new ClientError('proof-invalid', { what: 'a gap between segments' });
    const { header, get } = proven(history, patient, segment);
    // Lines never change, so a later head proves them as well; an earlier one would contradict the count.
    if (header.height < height) throw new ClientError('proof-invalid', { what: 'order of heads' });
    if (segment.first === 0) {
      if (lines.length > 0 || height > 0)
        throw new ClientError('proof-invalid', { what: 'two first segments' });
      expected = readAuditCount(get, patient);
      height = header.height;
      timeMs = header.time;
    }
    for (let i = 0; i < segment.count; i += 1) {
      const line = readAudit(get, patient, segment.first + i);
      if (!line) throw new ClientError('proof-invalid', { what: 'a line is missing' });
      lines.push(line);
    }
  }
  if (lines.length !== expected)
    throw new ClientError('proof-invalid', { what: 'number of lines', expected });
  return { patient, height, timeMs, lines };
}

function historyOf(backend: Backend, genesis: Genesis, changes: readonly SetChange[]): ValidatorHistory {
  try {
    const history = new ValidatorHistory(backend, genesis);
    for (const change of changes) history.follow(change);
    return history;
  } catch (cause) {
    throw new ClientError('proof-invalid', { what: 'change of the members' }, { cause });
  }
}

function proven(
  history: ValidatorHistory,
  patient: Uint8Array,
  segment: AuditSegment,
): { header: Header; get: Get } {
  try {
    const header = history.verifyHead(segment.header, segment.certificate);
    const keys = segmentKeys(patient, segment.first, segment.count);
    const values = verifyProof(header.stateRoot, segment.proof, keys);
    const get: Get = (key) => {
      const name = toHex(key);
      if (!values.has(name)) throw new ClientError('proof-invalid', { what: 'a key is not covered' });
      return values.get(name);
    };
    return { header, get };
  } catch (cause) {
    throw cause instanceof ClientError
      ? cause
      : new ClientError('proof-invalid', { what: 'segment' }, { cause });
  }
}
