import { equalBytes, toHex } from '#crypto';
import { approvalsNeeded, readPerson, stateKeys } from '#consensus/ledger';
import type { Person } from '#consensus/ledger';
import type { CallOptions, PhrClient, Profile } from '#node/client';
import { directoryOf, genesisAdministrators, institutionName, nameOf, profileOf } from '../directory.ts';

/** Somebody in a list. Ids are hex. */
export interface PersonLine {
  id: string;
  role: string;
  state: string;
  home: string;
  /** Empty when the reader can not know it. */
  name: string;
  registeredAtMs: number;
  registeredHeight: number;
}

/** Somebody who waits for a decision. */
export interface Applicant extends PersonLine {
  profile: Profile | null;
  approvals: number;
  needed: number;
  /** The reader has given her voice already. */
  isDecidedByMe: boolean;
}

/** Everybody of the network with role and newest state, from blocks and proven state. */
export async function everybody(
  client: PhrClient,
  options: CallOptions,
): Promise<(Person & { timeMs: number })[]> {
  const { registrations } = await directoryOf(client, options);
  const first = genesisAdministrators(client).map(({ id }) => ({
    id,
    timeMs: client.genesis.timeMs,
  }));
  const all = [...registrations.map(({ id, timeMs }) => ({ id, timeMs })), ...first];
  const proven = await client.read(
    all.map(({ id }) => stateKeys.person(id)),
    options,
  );
  return all.flatMap(({ id, timeMs }) => {
    const person = readPerson(proven.get, id);
    return person === undefined ? [] : [{ ...person, timeMs }];
  });
}

export async function personLine(
  client: PhrClient,
  person: Person & { timeMs: number },
  options: CallOptions,
): Promise<PersonLine> {
  return {
    id: toHex(person.id),
    role: person.role,
    state: person.status,
    home: institutionName(client, person.home),
    name: await nameOf(client, person, options),
    registeredAtMs: person.timeMs,
    registeredHeight: person.registeredHeight,
  };
}

export async function applicantLine(
  client: PhrClient,
  person: Person & { timeMs: number },
  options: CallOptions,
): Promise<Applicant> {
  return {
    ...(await personLine(client, person, options)),
    profile: await profileOf(client, person, options),
    approvals: person.approvals.length,
    needed: person.role === 'device' ? 0 : approvalsNeeded(person.role),
    isDecidedByMe: person.approvals.some((id) => equalBytes(id, client.keys.id)),
  };
}
