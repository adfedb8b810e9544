import { beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import type { PhrClient } from '#node/client';
import { administratorCalls } from '../../../dashboard/app/worker/administrator/calls.ts';
import type { WorkerContext } from '../../../dashboard/app/worker/context.ts';
import { patientCalls } from '../../../dashboard/app/worker/patient/calls.ts';
import { admit, failure, openClinic, readings } from '../client/clinic.ts';
import type { Clinic } from '../client/clinic.ts';

const DAY_MS = 24 * 3_600_000;

function contextOf(client: PhrClient): WorkerContext {
  const person = { id: toHex(client.keys.id), role: 'patient', state: 'active', name: '' } as const;
  return {
    signedIn: () => ({ client, person }),
    signal: new AbortController().signal,
    progress: () => undefined,
  } as unknown as WorkerContext;
}

let clinic: Clinic;
let [maria, gwen, first, second]: WorkerContext[] = [];
let [patient, guardian] = ['', ''];
const of = (context: WorkerContext | undefined): WorkerContext => {
  if (context === undefined) throw new Error('nobody');
  return context;
};
const pair = () => ({ patient, guardian });
const office = async (who = first) =>
  await administratorCalls['administrator.guardianships'](of(who), undefined);
const act = async (who: WorkerContext | undefined, what: 'confirm' | 'end') =>
  await administratorCalls['administrator.guardian-act'](of(who), { act: what, ...pair() });
const propose = async () =>
  await administratorCalls['administrator.guardian-act'](of(first), {
    act: 'propose',
    ...pair(),
    untilMs: clinic.network.timeMs + 90 * DAY_MS,
  });
const viewOf = async (who: WorkerContext | undefined) =>
  await patientCalls['patient.guardians'](of(who), undefined);
const open = async () =>
  await patientCalls['patient.ward'](of(gwen), { patient, months: 12, categories: [] });

beforeAll(async () => {
  clinic = await openClinic();
  const { network, maria: owner, administrators } = clinic;
  await owner.records.upload({ patient: owner.keys.id, records: readings(4) });
  const acting = await admit(network, 'gwen', 'patient', 1);
  [maria, gwen, first, second] = [owner, acting, ...administrators].map(contextOf);
  [patient, guardian] = [toHex(owner.keys.id), toHex(acting.keys.id)];
});

describe('a guardian on the pages', () => {
  it('is proposed by one administrator, refused by the patient, and proposed again', async () => {
    await propose();
    expect((await office()).lines).toMatchObject([{ ...pair(), state: 'proposed', isProposedByMe: true }]);
    expect((await office(second)).lines).toMatchObject([{ isProposedByMe: false }]);
    expect(await failure(act(first, 'confirm'))).toBe('already-decided-by-sender');
    expect((await viewOf(gwen)).wards).toMatchObject([{ patient, state: 'proposed', hasKeys: false }]);
    await patientCalls['patient.decline-guardian'](of(maria), { guardian });
    expect((await viewOf(maria)).guardians).toMatchObject([{ guardian, state: 'ended' }]);
    await propose();
    expect((await viewOf(gwen)).wards).toHaveLength(1);
    expect(await failure(open())).toBe('no-access');
  });

  it('opens nothing before the keys are sealed to him, and then what is in the record, with a line in her list', async () => {
    await act(second, 'confirm');
    expect((await viewOf(maria)).guardians).toMatchObject([{ state: 'active', keys: 'none' }]);
    expect(await failure(patientCalls['patient.decline-guardian'](of(maria), { guardian }))).toBe(
      'not-permitted',
    );
    await patientCalls['patient.seal-guardians'](of(maria), undefined);
    expect((await viewOf(maria)).guardians).toMatchObject([{ keys: 'newest' }]);
    expect((await viewOf(gwen)).wards).toMatchObject([{ state: 'active', hasKeys: true }]);
    const { lines, isComplete } = await open();
    expect(isComplete).toBe(true);
    expect(lines.length).toBeGreaterThan(0);
    const { lines: seen } = await clinic.maria.audit.whoHasSeen(clinic.maria.keys.id);
    expect(seen.some(({ actor, kind }) => toHex(actor) === guardian && kind === 'access.report')).toBe(true);
  });

  it('opens nothing on the pages once it is ended, and nothing that is written after new keys', async () => {
    await patientCalls['patient.end-ward'](of(gwen), { patient });
    expect(await failure(open())).toBe('no-access');
    // He still has what was sealed to him: the page says so, until there are new keys.
    expect((await viewOf(maria)).guardians).toMatchObject([{ state: 'ended', keys: 'newest' }]);
    await patientCalls['patient.seal-guardians'](of(maria), undefined);
    expect((await viewOf(maria)).guardians).toMatchObject([{ state: 'ended', keys: 'older' }]);
  });

  it('is over by time alone, and a guardian whom nobody knows is not proposed', async () => {
    await propose();
    await act(second, 'confirm');
    clinic.network.timeMs += 91 * DAY_MS;
    // A block of now.
    await clinic.maria.records.upload({ patient: clinic.maria.keys.id, records: readings(1) });
    expect((await viewOf(gwen)).wards).toMatchObject([{ state: 'over' }]);
    expect((await office()).lines).toMatchObject([{ state: 'over' }]);
    expect(await failure(open())).toBe('no-access');
    const unknown = { act: 'propose', patient, guardian: 'ab'.repeat(32), untilMs: 0 } as const;
    expect(await failure(administratorCalls['administrator.guardian-act'](of(first), unknown))).toBe(
      'not-found',
    );
  });
});
