import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planDevnet } from '../../../scripts/devnet/plan.ts';
import { accountsOf, accountTable } from '../../../scripts/devnet/scenario/accounts.ts';
import { chartOf } from '../../../scripts/devnet/scenario/clinic-chart.ts';
import { documentsOf } from '../../../scripts/devnet/scenario/clinic-documents.ts';
import { CLINIC_PEOPLE } from '../../../scripts/devnet/scenario/clinic-people.ts';
import { planClinic, requireClinicHomes, STUDIES } from '../../../scripts/devnet/scenario/clinic-plan.ts';
import { wearableMonth } from '../../../scripts/devnet/scenario/clinic-wearables.ts';
import { scenarioNamed } from '../../../scripts/devnet/scenario/scenario.ts';
import { isObject, objectsOf, textOf } from '../../../node/records/resource.ts';
import { decodeSamples } from '#node/records';
import type { UploadRecord } from '#node/client';

const NOW_MS = Date.UTC(2026, 10, 22, 13, 5);
const devnet = (seed = 'demo', nodes = 4) => planDevnet({ seed, nodes, basePort: 9000 });
const plan = planClinic(devnet(), NOW_MS);
const patients = CLINIC_PEOPLE.filter(({ role, fate }) => role === 'patient' && fate === 'active');
const digestOf = (records: readonly UploadRecord[]): string => {
  const hash = createHash('sha256');
  for (const { resource, category, month, keywords } of records)
    hash.update(resource).update(`${category}/${month}/${keywords.join()}`);
  return hash.digest('hex');
};
const charts = (seed: string): string[] =>
  patients.map((person) => digestOf(chartOf(person, { seed, endMs: plan.endMs })));
const monthOf = (seed: string): UploadRecord[] =>
  wearableMonth({
    ...plan,
    seed,
    device: 'watch',
    patient: new Uint8Array(32).fill(7),
    writer: new Uint8Array(32).fill(8),
  });

describe('the scenario clinic', () => {
  it('has who the issue asks for: 8 patients, 5 doctors, 2 researchers of 2 studies, an auditor', () => {
    const count = (role: string) =>
      CLINIC_PEOPLE.filter((one) => one.role === role && one.fate === 'active').length;
    expect([count('patient'), count('doctor'), count('researcher'), count('auditor')]).toEqual([8, 5, 2, 1]);
    const purposes = new Set(
      plan.grants.map(({ purpose }) => purpose).filter((one) => one.startsWith('HRESCH')),
    );
    expect(purposes.size).toBe(Object.keys(STUDIES).length);
    for (const fate of ['pending', 'half', 'refused', 'suspended'])
      expect(
        CLINIC_PEOPLE.some((one) => one.fate === fate),
        fate,
      ).toBe(true);
  });

  it('is the same plan for the same seed and day, whatever the hour', () => {
    expect(planClinic(devnet(), NOW_MS + 3_600_000)).toEqual(plan);
    expect(planClinic(devnet(), NOW_MS + 24 * 3_600_000)).not.toEqual(plan);
  });

  it('has no reading of a time that is still to come', () => {
    expect(plan.endMs).toBeLessThanOrEqual(NOW_MS);
    expect(plan.months).toEqual(['2026-10', '2026-11']);
  });

  it('names only people who live in it, and nobody as her own doctor or delegate', () => {
    const known = new Set([...plan.people, ...plan.administrators].map(({ account }) => account));
    const named = [
      ...plan.assignments.flatMap(({ patient, doctor }) => [patient, doctor]),
      ...plan.grants.flatMap(({ patient, issuer, delegate }) => [patient, issuer, delegate]),
      ...plan.requests.flatMap(({ patient, from, to }) => [patient, from, to]),
      ...plan.emergencies.flatMap(({ patient, doctor, countersignedBy }) => [
        patient,
        doctor,
        countersignedBy,
      ]),
      ...plan.wearables.map(({ patient }) => patient),
      ...plan.moves.map(({ patient }) => patient),
      ...plan.guardianships.flatMap(({ patient, guardian }) => [patient, guardian]),
      ...plan.documents.flatMap(({ patient, doctor }) => [patient, doctor]),
    ];
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(plan.grants.filter(({ issuer, delegate }) => issuer === delegate)).toEqual([]);
    expect(plan.guardianships.filter(({ patient, guardian }) => patient === guardian)).toEqual([]);
    expect(new Set([...plan.people, ...plan.administrators].map(({ account }) => account)).size).toBe(
      plan.people.length + plan.administrators.length,
    );
  });

  it('lets patients move to institutions that are not their homes', () => {
    const homes = new Set(plan.administrators.map(({ home }) => home));
    for (const { patient, to } of plan.moves) {
      const from = plan.people.find(({ account }) => account === patient);
      expect([from?.role, from?.fate, from?.home === to, homes.has(to)]).toEqual([
        'patient',
        'active',
        false,
        true,
      ]);
    }
  });

  it('lets documents and grants come from the patient or a doctor in charge of her', () => {
    const inCharge = (patient: string, who: string): boolean =>
      patient === who ||
      plan.assignments.some((one) => one.patient === patient && one.doctor === who && one.state === 'active');
    expect(plan.grants.filter(({ patient, issuer }) => !inCharge(patient, issuer))).toEqual([]);
    expect(plan.documents.filter(({ patient, doctor }) => !inCharge(patient, doctor))).toEqual([]);
    expect(plan.requests.filter(({ patient, to }) => !inCharge(patient, to))).toEqual([]);
  });

  it('refuses a network that lacks one of the four institutions, and a scenario nobody wrote', () => {
    expect(() => requireClinicHomes(devnet('demo', 3))).toThrow(/use --nodes 4/);
    expect(() => scenarioNamed('load')).toThrow(/empty or clinic/);
    expect(scenarioNamed(undefined)).toBe('empty');
  });
});

describe('charts', () => {
  it('are the same bytes for the same seed, and others for another where they are drawn', () => {
    expect(charts('demo')).toEqual(charts('demo'));
    const [one, other] = [charts('demo'), charts('other')];
    const drawn = patients.flatMap(({ account }, i) => (one[i] === other[i] ? [] : [account]));
    expect(drawn).toHaveLength(6);
  });

  it('have a Patient with name and birth date, and something in several categories, for every patient', () => {
    for (const person of patients) {
      const records = chartOf(person, plan);
      const resources = records.map(({ resource }): unknown =>
        JSON.parse(new TextDecoder().decode(resource)),
      );
      const [patient] = resources.filter((one) => isObject(one) && one['resourceType'] === 'Patient');
      const [name] = objectsOf(isObject(patient) ? patient['name'] : undefined);
      expect(textOf(name?.['family']), person.account).toBe(person.family);
      expect(isObject(patient) && patient['birthDate'], person.account).toBe(person.birthDate);
      expect(new Set(records.map(({ category }) => category)).size, person.account).toBeGreaterThan(3);
    }
  });

  it('have documents that a viewer opens: a PDF with its cross references in place, a PNG', () => {
    const [ove] = patients.filter(({ account }) => account === 'ove-lindqvist');
    if (ove === undefined) throw new Error('nobody');
    const bytesOf = (kind: 'letter' | 'ecg'): Buffer => {
      const [, binary] = documentsOf({ patient: ove.account, doctor: 'alice-berg', kind, person: ove, plan });
      const { data } = JSON.parse(new TextDecoder().decode(binary?.resource)) as { data: string };
      return Buffer.from(data, 'base64');
    };
    const pdf = bytesOf('letter').toString('latin1');
    const table = Number(/startxref\n(\d+)\n/.exec(pdf)?.[1]);
    expect(pdf.slice(table, table + 4)).toBe('xref');
    const offsets = [...pdf.slice(table).matchAll(/^(\d{10}) 00000 n /gm)].map(([, at]) => Number(at));
    expect(offsets.map((at, i) => pdf.startsWith(`${i + 1} 0 obj`, at))).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(bytesOf('ecg').subarray(1, 4).toString('latin1')).toBe('PNG');
  });
});

describe('wearables', () => {
  it('are the same month for the same seed, one object a day and sign', () => {
    const records = monthOf('demo');
    expect(records).toHaveLength(30 * 4);
    expect(digestOf(monthOf('demo'))).toBe(digestOf(records));
    expect(digestOf(monthOf('other'))).not.toBe(digestOf(records));
    expect(new Set(records.map(({ nonce }) => Buffer.from(nonce ?? []).toString('hex'))).size).toBe(120);
  });

  it('have a gap where the watch was on its charger, and no reading outside their day', () => {
    const [record] = monthOf('demo');
    const observation = JSON.parse(new TextDecoder().decode(record?.resource)) as {
      effectivePeriod: { start: string };
      valueSampledData: Parameters<typeof decodeSamples>[1];
    };
    const startMs = Date.parse(observation.effectivePeriod.start);
    const times = decodeSamples(startMs, observation.valueSampledData).map(({ timeMs }) => timeMs);
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(gaps.filter((gap) => gap >= 45 * 60_000)).toHaveLength(1);
    expect(times.every((time) => time >= plan.startMs && time < plan.startMs + 24 * 3_600_000)).toBe(true);
  });
});

describe('accounts', () => {
  it('lists administrators alone for an empty network, and everybody with a dashboard for the clinic', () => {
    expect(new Set(accountsOf(devnet(), 'empty').map(({ role }) => role))).toEqual(
      new Set(['administrator']),
    );
    const accounts = accountsOf(devnet(), 'clinic');
    expect(accounts).toHaveLength(CLINIC_PEOPLE.length + 8);
    expect(accounts.every(({ url, passphrase }) => url.startsWith('http://') && passphrase.length > 12)).toBe(
      true,
    );
    expect(new Set(accounts.map(({ passphrase }) => passphrase)).size).toBe(accounts.length);
    for (const { name, passphrase } of accounts)
      expect(accountTable(accounts)).toMatch(new RegExp(`^${name} .* ${passphrase} +http`, 'm'));
  });
});
