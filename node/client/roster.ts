import { equalBytes, fromBase64Url, fromHex } from '#crypto';
import type { PublicKeys } from '#crypto';
import {
  CONSORTIUM,
  epochAt,
  nodesOf,
  readApplicant,
  readCount,
  readInstitution,
  readItem,
  readProposal,
  stateKeys,
} from '#consensus/ledger';
import type { Genesis, Get } from '#consensus/ledger';
import { institutionsSchema } from './api.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';

/** An institution that belongs, is to belong or did, proven. */
export interface RosterEntry {
  readonly id: Uint8Array;
  readonly name: string;
  /** Share index. */
  readonly index: number;
  /** It decides the next height. */
  readonly isMember: boolean;
  /** Its first administrators: those of the genesis, or of the proposal that admitted it. */
  readonly administrators: readonly PublicKeys[];
}

/** What proves the roster: the list and its length, every institution, and the proposals that admitted some. */
export function rosterKeys(
  institutions: readonly Uint8Array[],
  admissions: readonly Uint8Array[],
): Uint8Array[] {
  return [
    stateKeys.schedule(),
    stateKeys.institutionsCount(CONSORTIUM),
    ...institutions.map((_, i) => stateKeys.institutions(CONSORTIUM, i)),
    ...institutions.map(stateKeys.institution),
    ...admissions.flatMap((id) => [stateKeys.proposal(id), stateKeys.applicant(id)]),
  ];
}

/**
 * Every institution that ever belonged, in order of share index, without a session: whoever applies has to know at whom.
 * @throws ClientError `proof-invalid` when the node leaves one out or says of one what the state does not
 */
export async function readRoster(
  { api, genesis, state }: Connection,
  options: CallOptions,
): Promise<RosterEntry[]> {
  const request = { method: 'GET', path: '/institutions' } as const;
  let answer;
  try {
    answer = await api.json(request, institutionsSchema, options, 'no-session');
  } catch (error) {
    // Before block 1 there is nothing to prove, and the members are those of the genesis.
    const code = error instanceof ClientError ? error.api?.code : undefined;
    if (code === 'unavailable' && state.newestHeight === 0) return firstRoster(genesis);
    throw error;
  }
  const institutions = answer.institutions.map((id) => fromHex(id));
  const admissions = answer.admissions.map((id) => fromHex(id));
  const { get, height } = await state.accept(
    {
      header: fromBase64Url(answer.header),
      certificate: fromBase64Url(answer.certificate),
      proof: fromBase64Url(answer.proof),
    },
    rosterKeys(institutions, admissions),
    options,
  );
  if (readCount(get, 'institutions', CONSORTIUM) !== institutions.length)
    throw new ClientError('proof-invalid', { what: 'institutions' });
  const { members } = epochAt(get, height + 1);
  return institutions.map((_, i) => {
    const id = readItem(get, 'institutions', CONSORTIUM, i);
    const found = id === undefined ? undefined : readInstitution(get, id);
    if (found === undefined) throw new ClientError('proof-invalid', { what: 'institutions' });
    const isMember = members.some((member) => equalBytes(member.id, found.id));
    const administrators = administratorsOf(genesis, get, found.id, admissions);
    return { id: found.id, name: found.name, index: found.index, isMember, administrators };
  });
}

function administratorsOf(
  genesis: Genesis,
  get: Get,
  institution: Uint8Array,
  admissions: readonly Uint8Array[],
): readonly PublicKeys[] {
  const first = genesis.institutions.find(({ id }) => equalBytes(id, institution));
  if (first !== undefined) return first.administrators;
  for (const id of admissions) {
    const proposal = readProposal(get, id);
    const isIts =
      proposal?.kind === 'admit' &&
      proposal.status === 'decided' &&
      equalBytes(proposal.institution, institution);
    if (isIts) return readApplicant(get, id)?.administrators ?? [];
  }
  throw new ClientError('proof-invalid', { what: 'administrators' });
}

/** The institutions of the genesis, as they are before anybody joined or left. */
export function firstRoster(genesis: Genesis): RosterEntry[] {
  return nodesOf(genesis).map(({ id, name, index }) => {
    const found = genesis.institutions.find((one) => equalBytes(one.id, id));
    return { id, name, index, isMember: true, administrators: found?.administrators ?? [] };
  });
}
