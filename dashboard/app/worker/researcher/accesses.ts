import { equalBytes, fromHex, toHex } from '#crypto';
import type { CallOptions, PhrClient } from '#node/client';
import { institutionsOf } from '../institutions.ts';
import { studies } from './studies.ts';

/** One line that this researcher left in a patient's list. */
export interface AccessLine {
  transaction: string;
  kind: string;
  patient: string;
  protocol: string;
  records: number;
  timeMs: number;
  height: number;
}

/** What the patients see of this researcher: read from their proven lists, newest first. */
export async function accesses(
  client: PhrClient,
  options: CallOptions,
): Promise<{ lines: AccessLine[]; height: number; signers: number; total: number }> {
  const views = await studies(client, options);
  const protocolOf = new Map(
    views.flatMap(({ protocol, shared }) => shared.map(({ grant }) => [grant, protocol] as const)),
  );
  const patients = [...new Set(views.flatMap(({ shared }) => shared.map(({ patient }) => patient)))];
  const lists = await Promise.all(
    patients.map((patient) => client.audit.whoHasSeen(fromHex(patient), options)),
  );
  const lines = lists.flatMap(({ patient, lines: all }) =>
    all
      .filter(({ actor, kind }) => equalBytes(actor, client.keys.id) && kind.startsWith('access.'))
      .map((line) => ({
        transaction: toHex(line.transaction),
        kind: line.kind,
        patient: toHex(patient),
        protocol: line.grant === null ? '' : (protocolOf.get(toHex(line.grant)) ?? ''),
        records: line.records.length,
        timeMs: line.timeMs,
        height: line.height,
      })),
  );
  const height = Math.min(...lists.map((list) => list.height), Number.MAX_SAFE_INTEGER);
  const signers = lists.length === 0 ? 0 : (await client.chain.block(height, options)).signers.length;
  return {
    lines: lines.toSorted((a, b) => b.height - a.height),
    height: lists.length === 0 ? 0 : height,
    signers,
    total: institutionsOf(client).length,
  };
}
