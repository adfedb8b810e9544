import { equalBytes, fromBase64Url, toBase64Url, utf8 } from '#crypto';
import { decodeGenesis } from '#consensus/ledger';
import type { Genesis } from '#consensus/ledger';
import { ClientError } from './client-error.ts';

/** What a file shows to anybody who has the genesis. */
export const PROOF_FORMATS = [
  /** One delegated access: who, what, when, under which grant, and what the proxies did for it. */
  'phr-mesh-receipt',
  /** A proxy's signed answer that its own proof does not support. */
  'phr-mesh-false-conversion',
  /** Two certified blocks of one height. */
  'phr-mesh-two-certificates',
] as const;
export type ProofFormat = (typeof PROOF_FORMATS)[number];

/** What the file says of itself in words: computed again from the proof by whoever verifies. */
export type ProofFacts = Readonly<Record<string, string | number | readonly string[]>>;

/** 64 items of an access request with their headers, a proof, and the answers of 64 proxies, in base64url. */
export const PROOF_FILE_BYTES_MAX = 8 * 1024 * 1024;

/** The file: one line of JSON, the same bytes for the same facts and proof. `proof` is canonical DAG-CBOR. */
export function frameProof(format: ProofFormat, facts: ProofFacts, proof: Uint8Array): Uint8Array {
  return utf8(`${JSON.stringify({ format, version: 1, facts, proof: toBase64Url(proof) })}\n`);
}

/** Format and proof of a file; says nothing of its truth. @throws ClientError `input-invalid` */
export function readProofFile(file: Uint8Array): { format: ProofFormat; proof: Uint8Array } {
  try {
    if (file.length > PROOF_FILE_BYTES_MAX) throw new RangeError('too large');
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file));
    if (typeof value === 'object' && value !== null && 'format' in value && 'proof' in value) {
      const format = PROOF_FORMATS.find((known) => known === value.format);
      if (format && typeof value.proof === 'string') return { format, proof: fromBase64Url(value.proof) };
    }
  } catch (cause) {
    throw new ClientError('input-invalid', { what: 'not a proof file' }, { cause });
  }
  throw new ClientError('input-invalid', { what: 'not a proof file' });
}

/**
 * Verifies a file of one format. The proof is checked by `check`, which also says what it shows; the file must then be,
 * byte for byte, the one that frames exactly that: no byte of it is without a meaning.
 * @throws ClientError `input-invalid` for something else than such a file, `proof-invalid`.
 */
export function verifyFramed<T>(
  format: ProofFormat,
  init: { genesis: Uint8Array; file: Uint8Array },
  check: (genesis: Genesis, proof: Uint8Array) => { value: T; facts: ProofFacts; proof: Uint8Array },
): T {
  const read = readProofFile(init.file);
  if (read.format !== format) throw new ClientError('input-invalid', { what: 'another kind of file' });
  const genesis = decodeGenesis(init.genesis);
  let checked: ReturnType<typeof check>;
  try {
    checked = check(genesis, read.proof);
  } catch (cause) {
    throw cause instanceof ClientError
      ? cause
      : new ClientError('proof-invalid', { what: format }, { cause });
  }
  if (!equalBytes(frameProof(format, checked.facts, checked.proof), init.file))
    throw new ClientError('proof-invalid', { what: 'the file says something else than its proof' });
  return checked.value;
}

/** Fails a proof with what does not hold. */
export function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new ClientError('proof-invalid', { what });
}

export function bytesOf(value: unknown): Uint8Array {
  demand(value instanceof Uint8Array, 'bytes');
  return value;
}
