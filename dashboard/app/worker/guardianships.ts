import { toHex } from '#crypto';
import type { Guardianship } from '#consensus/ledger';
import type { CallOptions, PhrClient } from '#node/client';
import { namesOf } from './directory.ts';

/** `over`: its time is up, and nobody ended it. */
export type GuardianshipState = Guardianship['status'] | 'over';

/** One guardianship, as far as everybody can read it. Ids are hex. */
export interface GuardianshipLine {
  patient: string;
  guardian: string;
  state: GuardianshipState;
  untilMs: number;
  changedHeight: number;
}

/** Newest change first; `nowMs` is block time. */
export function linesOf(
  patient: Uint8Array,
  guardianships: readonly Guardianship[],
  nowMs: number,
): GuardianshipLine[] {
  return guardianships
    .map(({ guardian, status, untilMs, changedHeight }) => ({
      patient: toHex(patient),
      guardian: toHex(guardian),
      state: status !== 'ended' && nowMs >= untilMs ? ('over' as const) : status,
      untilMs,
      changedHeight,
    }))
    .toSorted((a, b) => b.changedHeight - a.changedHeight);
}

/** The same with names where the reader may know them. */
export async function named<L extends GuardianshipLine>(
  client: PhrClient,
  lines: readonly L[],
  options: CallOptions,
): Promise<(L & { patientName: string; guardianName: string })[]> {
  const names = await namesOf(
    client,
    lines.flatMap(({ patient, guardian }) => [patient, guardian]),
    options,
  );
  return lines.map((line) => ({
    ...line,
    patientName: names.get(line.patient) ?? '',
    guardianName: names.get(line.guardian) ?? '',
  }));
}
