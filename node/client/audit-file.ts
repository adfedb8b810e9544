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
import { chainIdOf, decodeGenesis, readAudit, readAuditCount, verifyProof } from '#consensus/ledger';
import type { AuditLine, Genesis, Get, Grant, SetChange, ValidatorHistory } from '#consensus/ledger';
import {
  grantCount,
  grantSegmentFrom,
  grantSegmentKeys,
  grantSegmentValue,
  grantsOfSegment,
} from './audit-grants.ts';
import type { GrantSegment } from './audit-grants.ts';
import { segmentKeys } from './audit-segment.ts';
import { ClientError } from './client-error.ts';
import type { StateEvidence } from './proven-state.ts';
import { changesField, changesFrom, changesNames, historyAlong } from './set-changes.ts';

/** Proof of one stretch of a patient's audit list, under one certified head. */
export interface AuditSegment extends StateEvidence {
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
  /** Every grant over the patient's records, oldest first, as of `grantsHeight`, which is not below `height`. */
  readonly grants: readonly Grant[];
  readonly grantsHeight: number;
}

/** Largest audit file that is read. */
export const AUDIT_FILE_BYTES_MAX = 256 * 1024 * 1024;
const SEGMENTS_MAX = 4096;
const SEGMENT_LINES_MAX = 512;

/** The self-contained file: canonical DAG-CBOR of chain, patient, segments of lines and of grants. */
export function encodeAuditFile(
  chainId: Uint8Array,
  patient: Uint8Array,
  segments: readonly AuditSegment[],
  grants: readonly GrantSegment[],
  changes: readonly SetChange[] = [],
): Uint8Array {
  return encode({
    format: 'phr-mesh-audit',
    version: 2,
    chainId,
    patient,
    segments: segments.map(({ header, certificate, proof, first, count }) => ({
      header,
      certificate,
      proof,
      first,
      count,
    })),
    grants: grants.map(grantSegmentValue),
    ...changesField(changes),
  });
}

function decodeAuditFile(file: Uint8Array): {
  chainId: Uint8Array;
  patient: Uint8Array;
  segments: AuditSegment[];
  grants: GrantSegment[];
  changes: SetChange[];
} {
  const value = decode(file, AUDIT_FILE_BYTES_MAX);
  const fields = ['format', 'version', 'chainId', 'patient', 'segments', 'grants'] as const;
  const map = expectMap(value, [...fields, ...changesNames(value)], 'audit');
  if (map['format'] !== 'phr-mesh-audit')
    throw new ClientError('input-invalid', { what: 'not an audit file' });
  expectInteger(map['version'], 2, 2, 'version');
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
    grants: expectList(map['grants'], 1, SEGMENTS_MAX, 'grants').map((value) =>
      grantSegmentFrom(value, bytesOf),
    ),
  };
}

/**
 * Verifies an exported audit offline: every head is certified by a quorum of its validators, every line is
 * in the state, and the proven length of the list equals the lines in the file, so that none is missing; the same of
 * the grants.
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
  const check = (segment: StateEvidence, keys: Uint8Array[]): Proven => proven(history, segment, keys);
  const { lines, height, timeMs } = checkedLines(patient, segments, check);
  const { grants, grantsHeight } = checkedGrants(patient, parts.grants, check);
  if (grantsHeight < height) throw new ClientError('proof-invalid', { what: 'order of heads' });
  return { patient, height, timeMs, lines, grants, grantsHeight };
}

interface Proven {
  readonly header: Header;
  readonly get: Get;
}
type Check = (segment: StateEvidence, keys: Uint8Array[]) => Proven;

function checkedLines(
  patient: Uint8Array,
  segments: readonly AuditSegment[],
  check: Check,
): Pick<VerifiedAudit, 'lines' | 'height' | 'timeMs'> {
  const lines: AuditLine[] = [];
  let expected = 0;
  let height = 0;
  let timeMs = 0;
  for (const segment of segments) {
    if (segment.first !== lines.length)
      throw new ClientError('proof-invalid', { what: 'a gap between segments' });
    const { header, get } = check(segment, segmentKeys(patient, segment.first, segment.count));
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
  return { lines, height, timeMs };
}

/** Grants can be revoked between two heads: `grantsHeight` is the lowest of them. */
function checkedGrants(
  patient: Uint8Array,
  segments: readonly GrantSegment[],
  check: Check,
): Pick<VerifiedAudit, 'grants' | 'grantsHeight'> {
  const grants: Grant[] = [];
  let expected = 0;
  let grantsHeight = 0;
  for (const [i, segment] of segments.entries()) {
    if (segment.first !== grants.length || (i > 0 && segment.first === 0))
      throw new ClientError('proof-invalid', { what: 'a gap between grants' });
    const { header, get } = check(segment, grantSegmentKeys(patient, segment.first, segment.ids));
    if (i === 0) expected = grantCount(get, patient);
    grantsHeight = i === 0 ? header.height : Math.min(grantsHeight, header.height);
    grants.push(...grantsOfSegment(get, patient, segment));
  }
  if (grants.length !== expected)
    throw new ClientError('proof-invalid', { what: 'number of grants', expected });
  return { grants, grantsHeight };
}

function historyOf(backend: Backend, genesis: Genesis, changes: readonly SetChange[]): ValidatorHistory {
  try {
    return historyAlong(backend, genesis, changes);
  } catch (cause) {
    throw new ClientError('proof-invalid', { what: 'change of the members' }, { cause });
  }
}

function proven(history: ValidatorHistory, segment: StateEvidence, keys: Uint8Array[]): Proven {
  try {
    const header = history.verifyHead(segment.header, segment.certificate);
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
