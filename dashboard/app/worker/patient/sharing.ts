import { toHex } from '#crypto';
import type { Grant, GrantRequest } from '#consensus/ledger';
import { ClientError } from '#node/client';
import { CONSENT_CATEGORY } from '#node/records';
import { directoryOf, institutionName, namesOf, profileOf } from '../directory.ts';
import { at, objectsOf, parseJson, textOf } from '../record/json.ts';
import { recordsOf } from '../record/chart.ts';
import { grantOnRecord } from '../record/consent.ts';
import type { ShareInput } from '../record/consent.ts';
import type { WorkerContext } from '../context.ts';
import { idOf, selfOf } from './self.ts';
import type { Self } from './self.ts';

/** A grant as the patient sees it. What was granted is known where a copy of it lies in her record. */
export interface GrantLine {
  id: string;
  delegate: string;
  delegateName: string;
  delegateRole: string;
  issuer: string;
  issuerName: string;
  isOwn: boolean;
  createdMs: number;
  expiresAtMs: number;
  state: 'running' | 'over' | 'revoked';
  revokedHeight: number | null;
  threshold: number;
  height: number;
  /** Empty when the patient's record has no copy of the terms. */
  categories: string[];
  months: string[];
  purpose: string;
}

export interface RequestLine {
  id: string;
  from: string;
  fromName: string;
  fromRole: string;
  /** Institution of who asks. */
  home: string;
  status: string;
  timeMs: number;
  height: number;
  grant: string;
}

export interface Recipient {
  id: string;
  name: string;
  role: string;
  speciality: string;
  home: string;
}

export async function grants(context: WorkerContext): Promise<GrantLine[]> {
  const self = selfOf(context);
  const { client, patient, options } = self;
  const [all, terms] = await Promise.all([client.sharing.grantsOf(patient, options), termsOnRecord(self)]);
  const ids = all.flatMap(({ delegate, issuer }) => [toHex(delegate), toHex(issuer)]);
  const [names, roles] = await Promise.all([namesOf(client, ids, options), rolesOf(self, ids)]);
  return all
    .map((grant): GrantLine => {
      const [delegate, issuer] = [toHex(grant.delegate), toHex(grant.issuer)];
      const known = terms.get(toHex(grant.id));
      return {
        id: toHex(grant.id),
        delegate,
        delegateName: names.get(delegate) ?? '',
        delegateRole: roles.get(delegate) ?? '',
        issuer,
        issuerName: names.get(issuer) ?? '',
        isOwn: issuer === toHex(patient),
        createdMs: grant.timeMs,
        expiresAtMs: grant.expiresAtMs,
        state: stateOf(grant),
        revokedHeight: grant.revokedHeight,
        threshold: grant.threshold,
        height: grant.height,
        categories: known?.categories ?? [],
        months: known?.months ?? [],
        purpose: known?.purpose ?? '',
      };
    })
    .toSorted((a, b) => b.createdMs - a.createdMs);
}

export const stateOf = ({ revokedHeight, expiresAtMs }: Grant): GrantLine['state'] =>
  revokedHeight !== null ? 'revoked' : expiresAtMs <= Date.now() ? 'over' : 'running';

export interface Terms {
  categories: string[];
  months: string[];
  purpose: string;
}

/** Copies of the terms that this app put into the patient's own record when she signed. */
export async function termsOnRecord({ client, patient, options }: Self): Promise<Map<string, Terms>> {
  const init = { patient, categories: [CONSENT_CATEGORY], months: ['all'], keywords: ['type:Consent'] };
  const { records } = await recordsOf(client, init, options);
  const found = new Map<string, Terms>();
  for (const { resource } of records) {
    const json = parseJson(resource);
    const grant = textOf(at(json, 'identifier', 'value'));
    if (json === undefined || grant === undefined) continue;
    const codes = objectsOf(at(json, 'provision'))[0]?.['code'];
    found.set(grant, {
      categories: objectsOf(codes).flatMap((code) => textOf(at(code, 'coding', 'code')) ?? []),
      months: ['start', 'end'].flatMap(
        (side) => textOf(at(json, 'provision', 'dataPeriod', side))?.slice(0, 7) ?? [],
      ),
      purpose: textOf(at(json, 'provision', 'purpose', 'code')) ?? '',
    });
  }
  return found;
}

async function rolesOf({ client, options }: Self, ids: readonly string[]): Promise<Map<string, string>> {
  const distinct = [...new Set(ids)];
  const people = await Promise.all(distinct.map((id) => client.people.find(idOf(id), options)));
  return new Map(distinct.map((id, i) => [id, people[i]?.role ?? '']));
}

/** Doctors and researchers to whom something can be shared: active ones, by the names that they practise under. */
export async function recipients(context: WorkerContext): Promise<Recipient[]> {
  const { client, patient, options } = selfOf(context);
  const { registrations } = await directoryOf(client, options);
  const wanted = registrations.filter(({ role }) => role === 'doctor' || role === 'researcher');
  const found = await Promise.all(
    wanted.map(async ({ id }): Promise<Recipient[]> => {
      const person = await client.people.find(id, options);
      if (person?.status !== 'active' || toHex(id) === toHex(patient)) return [];
      const profile = await profileOf(client, person, options);
      const name = profile === null ? '' : `${profile.given} ${profile.family}`;
      const home = institutionName(client, person.home);
      return [{ id: toHex(id), name, role: person.role, speciality: profile?.speciality ?? '', home }];
    }),
  );
  return found.flat().toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Signs a grant, and puts a copy of its terms into the patient's own record, where the sharing list finds it. */
export async function share(
  context: WorkerContext,
  input: ShareInput,
): Promise<{ grant: string; height: number; isOnRecord: boolean }> {
  return grantOnRecord(selfOf(context), input);
}

export async function revoke(context: WorkerContext, input: { grant: string }): Promise<{ height: number }> {
  const { client, options } = selfOf(context);
  const { height } = await client.sharing.revoke(idOf(input.grant), options);
  return { height };
}

/** Requests to see something, answered ones too, newest first. */
export async function requests(context: WorkerContext): Promise<RequestLine[]> {
  const self = selfOf(context);
  const { client, options } = self;
  const all = await client.sharing.requests(options);
  const ids = all.map(({ from }) => toHex(from));
  const [names, people] = await Promise.all([
    namesOf(client, ids, options),
    Promise.all(all.map(({ from }) => client.people.find(from, options))),
  ]);
  return all
    .map((request, i) => {
      const person = people[i];
      return {
        ...requestLine(request),
        fromName: names.get(toHex(request.from)) ?? '',
        fromRole: person?.role ?? '',
        home: person === undefined ? '' : institutionName(client, person.home),
      };
    })
    .toSorted((a, b) => b.timeMs - a.timeMs);
}

const requestLine = ({ id, from, status, timeMs, height, grant }: GrantRequest) => ({
  id: toHex(id),
  from: toHex(from),
  status,
  timeMs,
  height,
  grant: grant === null ? '' : toHex(grant),
});

export async function request(
  context: WorkerContext,
  input: { id: string },
): Promise<RequestLine & { message: string; speciality: string }> {
  const { client, options } = selfOf(context);
  const lines = await requests(context);
  const line = lines.find(({ id }) => id === input.id);
  const found = (await client.sharing.requests(options)).find(({ id }) => toHex(id) === input.id);
  if (line === undefined || found === undefined) throw new ClientError('not-found', { what: 'request' });
  const person = await client.people.find(found.from, options);
  const profile = person === undefined ? null : await profileOf(client, person, options);
  return {
    ...line,
    message: (await client.sharing.message(found, options)) ?? '',
    speciality: profile?.speciality ?? '',
  };
}

export async function refuse(
  context: WorkerContext,
  input: { id: string; reason: string },
): Promise<{ height: number }> {
  const { client, options } = selfOf(context);
  const found = (await client.sharing.requests(options)).find(({ id }) => toHex(id) === input.id);
  if (found === undefined) throw new ClientError('not-found', { what: 'request' });
  if (input.reason.trim() === '') throw new ClientError('input-invalid', { what: 'reason' });
  const { height } = await client.sharing.refuseRequest(found, input.reason.trim(), options);
  return { height };
}
