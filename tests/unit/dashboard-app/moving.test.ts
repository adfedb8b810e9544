import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { MOVE_WINDOW_MS } from '#consensus/ledger';
import { emptyProfile } from '#node/client';
import type { PhrClient } from '#node/client';
import { administratorCalls } from '../../../dashboard/app/worker/administrator/calls.ts';
import type { WorkerContext } from '../../../dashboard/app/worker/context.ts';
import { patientCalls } from '../../../dashboard/app/worker/patient/calls.ts';
import { failure } from '../client/clinic.ts';
import { FakeNetwork } from '../client/fake-node.ts';

const PROFILE = { ...emptyProfile, family: 'Sørensen', given: 'Pia', birthDate: '1961-03-09' };
const IDENTITY = { family: 'Sörensen', given: 'Pia', birthDate: '1961-03-09' };
const backend = await createNativeBackend();

function contextOf(client: PhrClient): WorkerContext {
  const person = { id: toHex(client.keys.id), role: 'patient', state: 'active', name: '' } as const;
  return {
    signedIn: () => ({ client, person }),
    signal: new AbortController().signal,
    progress: () => undefined,
  } as unknown as WorkerContext;
}

let network: FakeNetwork;
let pia: PhrClient;
let her: WorkerContext;
let north: WorkerContext;
let south: WorkerContext;
const south2 = (): string => toHex(network.nodes[2]!.id);

beforeEach(async () => {
  network = new FakeNetwork(backend);
  const clients = network.administrators.map(([keys], node) => network.client(keys, { node }));
  for (const client of clients) await client.identities.publishKey();
  [north, , south] = clients.map(contextOf) as [WorkerContext, WorkerContext, WorkerContext];
  pia = network.client(network.person('pia'));
  her = contextOf(pia);
  await pia.people.register({ role: 'patient', home: network.nodes[0]!.id, profile: PROFILE });
  await clients[0]!.people.approve(pia.keys.id);
});

const viewOf = () => patientCalls['patient.institution'](her, undefined);
const ask = () => patientCalls['patient.move'](her, { home: south2(), profile: PROFILE });

describe("a patient's move on the pages", () => {
  it('begins where she is, with what she said there, and goes to members that are not her home', async () => {
    const view = await viewOf();
    expect(view).toMatchObject({ home: { name: 'institution 0', isMember: true }, wish: null });
    expect(view.profile).toEqual({ ...PROFILE, number: '', message: '' });
    expect(view.others.map(({ name }) => name)).toEqual(['institution 1', 'institution 2', 'institution 3']);
  });

  it('waits three days for the new institution, which alone reads what she says, and can be taken back', async () => {
    const { height } = await ask();
    expect((await viewOf()).wish).toMatchObject({ name: 'institution 2', height, isDue: false });
    const id = toHex(pia.keys.id);
    const { coming, leaving } = await administratorCalls['administrator.moves'](south, undefined);
    expect(coming).toMatchObject([{ id, name: 'SØRENSEN, Pia', institution: 'institution 0', isDue: false }]);
    expect(leaving).toEqual([]);
    expect(await administratorCalls['administrator.move'](south, { id })).toMatchObject({
      profile: PROFILE,
      isStopped: false,
    });
    const seen = await administratorCalls['administrator.moves'](north, undefined);
    expect(seen).toMatchObject({ coming: [], leaving: [{ id, institution: 'institution 2' }] });
    expect(await failure(administratorCalls['administrator.move'](north, { id }))).toBe('not-found');
    expect(await failure(administratorCalls['administrator.receive'](south, { id, identifiers: [] }))).toBe(
      'window-open',
    );
    await patientCalls['patient.stay'](her, undefined);
    expect((await viewOf()).wish).toBeNull();
    expect((await administratorCalls['administrator.moves'](south, undefined)).coming).toEqual([]);
    expect(await failure(patientCalls['patient.stay'](her, undefined))).toBe('move-unknown');
  });

  it('ends with her in the list of the new institution, where her identity is found from then on', async () => {
    await ask();
    network.timeMs += MOVE_WINDOW_MS;
    const id = toHex(pia.keys.id);
    const found = await administratorCalls['administrator.look-for'](south, { id, ...IDENTITY });
    expect(found).toMatchObject({ matches: [], unchecked: [] });
    expect(found.identifiers.length).toBeGreaterThan(0);
    const { identifiers } = found;
    await administratorCalls['administrator.receive'](south, { id, identifiers });
    expect((await viewOf()).home.name).toBe('institution 2');
    const { people } = await administratorCalls['administrator.people'](south, undefined);
    expect(people.map((one) => one.id)).toContain(id);
    expect((await administratorCalls['administrator.moves'](south, undefined)).coming).toEqual([]);

    const again = network.client(network.person('pia once more'), { node: 2 });
    await again.people.register({ role: 'patient', home: network.nodes[2]!.id, profile: PROFILE });
    const other = { id: toHex(again.keys.id), ...IDENTITY };
    const { matches } = await administratorCalls['administrator.look-for'](south, other);
    expect(matches).toEqual([{ id, institution: 'institution 2' }]);
  });

  it('is stopped while her home has suspended her, and nobody is offered to receive her', async () => {
    await ask();
    network.timeMs += MOVE_WINDOW_MS;
    const id = toHex(pia.keys.id);
    await administratorCalls['administrator.decide'](north, { id, decision: 'suspend', reason: '' });
    expect(await administratorCalls['administrator.move'](south, { id })).toMatchObject({
      isStopped: true,
      isDue: true,
    });
    expect(await failure(administratorCalls['administrator.receive'](south, { id, identifiers: [] }))).toBe(
      'person-not-active',
    );
  });
});
