import { toHex } from '#crypto';
import { encodeGenesis } from '#consensus/ledger';
import { auditCsv, auditRange, verifyAudit } from '#node/client';
import { auditEventOf } from '#node/records';
import type { WorkerContext } from '../context.ts';
import { selfOf } from './self.ts';

/** The list as a file: one that proves itself without a network, a table, or FHIR for other systems. */
export async function auditFile(
  context: WorkerContext,
  input: { format: 'proof' | 'csv' | 'fhir' },
): Promise<{ name: string; mediaType: string; bytes: Uint8Array }> {
  const { client, patient, options } = selfOf(context);
  if (input.format === 'proof') {
    const bytes = await client.audit.export(patient, options);
    return { name: 'who-has-seen-my-data.phr-proof', mediaType: 'application/octet-stream', bytes };
  }
  const list = await client.audit.whoHasSeen(patient, options);
  if (input.format === 'csv') {
    // The file that proves itself, read back as anybody else would read it.
    const proof = await client.audit.export(patient, options);
    const text = auditCsv(auditRange(verifyAudit(client.backend, encodeGenesis(client.genesis), proof)));
    return { name: 'who-has-seen-my-data.csv', mediaType: 'text/csv', bytes: new TextEncoder().encode(text) };
  }
  const network = { patient: toHex(patient), chainId: toHex(client.chainId) };
  const events = list.lines.map((line) => JSON.stringify(auditEventOf(line, network)));
  return {
    name: 'who-has-seen-my-data.ndjson',
    mediaType: 'application/fhir+ndjson',
    bytes: new TextEncoder().encode(`${events.join('\n')}\n`),
  };
}
