import { equalBytes, toHex } from '#crypto';
import { readGuardianships, stateKeys } from '#consensus/ledger';
import type { Guardianship } from '#consensus/ledger';
import { ClientError } from '#node/client';
import type { CallOptions } from '#node/client';
import { idOf, nameOf } from '../directory.ts';
import { linesOf, named } from '../guardianships.ts';
import type { GuardianshipLine } from '../guardianships.ts';
import type { WorkerContext } from '../context.ts';
import { everybody } from './lines.ts';
import { homeOf } from './people.ts';

const optionsOf = ({ signal, progress }: WorkerContext): CallOptions => ({ signal, onProgress: progress });

export interface OfficeLine extends GuardianshipLine {
  patientName: string;
  guardianName: string;
  /** Who proposed it can not be the second voice. */
  isProposedByMe: boolean;
}

export interface OfficeView {
  lines: OfficeLine[];
  /** Active patients of the institution, who may be wards and guardians; of other institutions by number alone. */
  patients: { id: string; name: string }[];
}

/** Guardianships of the institution's patients: the ledger has no list of them, so all are looked at. */
export async function guardianships(context: WorkerContext): Promise<OfficeView> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const [home, head] = await Promise.all([homeOf(client, options), client.head(options)]);
  const ours = (await everybody(client, options)).filter(
    ({ role, home: at }) => role === 'patient' && equalBytes(at, home.id),
  );
  const proven = await client.read(
    ours.map(({ id }) => stateKeys.guardians(id)),
    options,
  );
  const isMine = (all: readonly Guardianship[], line: GuardianshipLine): boolean =>
    all.some((one) => toHex(one.guardian) === line.guardian && equalBytes(one.createdBy, client.keys.id));
  const lines = ours.flatMap(({ id }) => {
    const all = readGuardianships(proven.get, id);
    return linesOf(id, all, head.time).map((line) => ({ ...line, isProposedByMe: isMine(all, line) }));
  });
  const active = ours.filter(({ status }) => status === 'active');
  return {
    lines: (await named(client, lines, options)).toSorted((a, b) => b.changedHeight - a.changedHeight),
    patients: await Promise.all(
      active.map(async (one) => ({ id: toHex(one.id), name: await nameOf(client, one, options) })),
    ),
  };
}

export type GuardianAct =
  | { act: 'propose'; patient: string; guardian: string; untilMs: number }
  | { act: 'confirm' | 'end'; patient: string; guardian: string };

/** @throws ClientError `not-found` for a guardian whom nobody knows */
export async function actOnGuardian(context: WorkerContext, input: GuardianAct): Promise<{ height: number }> {
  const { client } = context.signedIn();
  const options = optionsOf(context);
  const [patient, guardian] = [idOf(input.patient), idOf(input.guardian)];
  switch (input.act) {
    case 'propose': {
      // The ledger would say it of either of the two.
      if ((await client.people.find(guardian, options)) === undefined)
        throw new ClientError('not-found', { what: 'guardian' });
      const init = { patient, guardian, untilMs: input.untilMs };
      return { height: (await client.guardians.propose(init, options)).height };
    }
    case 'confirm':
      return { height: (await client.guardians.confirm(patient, guardian, options)).height };
    case 'end':
      return { height: (await client.guardians.end(patient, guardian, options)).height };
  }
}
