import { toHex } from '#crypto';
import {
  AUDIT_FILE_BYTES_MAX,
  ClientError,
  readProofFile,
  verifyAudit,
  verifyEmergencyReceipt,
  verifyFalseConversion,
  verifyReceipt,
  verifyTwoCertificates,
} from '#node/client';
import type { WorkerContext } from '../context.ts';
import { placeOf } from './place.ts';

/**
 * What a file proves to who trusts the genesis of this network. Ids in hex, nodes by the names that the genesis or the
 * file itself proves; by its id who signed two certificates, joined later, and whose name the file does not prove.
 */
export type Proven =
  | {
      kind: 'receipt';
      height: number;
      timeMs: number;
      access: string;
      patient: string;
      delegate: string;
      records: string[];
      nodes: string[];
    }
  | {
      kind: 'emergency';
      height: number;
      timeMs: number;
      access: string;
      patient: string;
      delegate: string;
      records: string[];
      nodes: string[];
    }
  | { kind: 'audit'; height: number; timeMs: number; patient: string; lines: number }
  | { kind: 'false-conversion'; height: number; node: string; access: string; item: number }
  | { kind: 'two-certificates'; height: number; blocks: string[]; nodes: string[] };

const OPENING_BRACE = 0x7b;

/** Checks a file with the genesis alone: nothing is asked of anybody. @throws ClientError */
export async function verifyProof({ signal }: WorkerContext, { file }: { file: File }): Promise<Proven> {
  if (file.size > AUDIT_FILE_BYTES_MAX) throw new ClientError('input-invalid', { what: 'too large' });
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { backend, genesisBytes } = await placeOf(signal);
  // A proof file is JSON and begins with a brace; an audit is a CBOR map and never does.
  if (bytes[0] !== OPENING_BRACE) {
    const { patient, height, timeMs, lines } = verifyAudit(backend, genesisBytes, bytes);
    return { kind: 'audit', height, timeMs, patient: toHex(patient), lines: lines.length };
  }
  switch (readProofFile(bytes).format) {
    case 'phr-mesh-receipt': {
      const receipt = verifyReceipt(backend, genesisBytes, bytes);
      return {
        kind: 'receipt',
        height: receipt.height,
        timeMs: receipt.timeMs,
        access: toHex(receipt.access),
        patient: toHex(receipt.patient),
        delegate: toHex(receipt.delegate),
        records: receipt.records.map(toHex),
        nodes: [...receipt.proxyNames],
      };
    }
    case 'phr-mesh-emergency-receipt': {
      const receipt = verifyEmergencyReceipt(backend, genesisBytes, bytes);
      return {
        kind: 'emergency',
        height: receipt.height,
        timeMs: receipt.timeMs,
        access: toHex(receipt.emergency),
        patient: toHex(receipt.patient),
        delegate: toHex(receipt.doctor),
        records: receipt.records.map(toHex),
        nodes: [...receipt.nodeNames],
      };
    }
    case 'phr-mesh-false-conversion': {
      const { nodeName: node, access, item, height } = verifyFalseConversion(backend, genesisBytes, bytes);
      return { kind: 'false-conversion', node, access: toHex(access), item, height };
    }
    case 'phr-mesh-two-certificates': {
      const { height, blocks, signedBothNames } = verifyTwoCertificates(backend, genesisBytes, bytes);
      return { kind: 'two-certificates', height, blocks: blocks.map(toHex), nodes: [...signedBothNames] };
    }
  }
}
