import { beforeEach, describe, expect, test } from 'vitest';
import {
  canOpen,
  combineReleases,
  createSharing,
  CryptoError,
  dealSubShares,
  decodeRecordHeader,
  emergencySecret,
  joinReleases,
  openRelease,
  personIdOf,
  toHex,
} from '#crypto';
import type { Release } from '#crypto';
import {
  membersAt,
  readHeld,
  readInstitution,
  readItem,
  readPerson,
  readRecord,
  readRecoverable,
  readRecoverySharing,
  readReleasable,
  readResharing,
  readSchedule,
  readSharing,
  RESHARE_WINDOW_MS,
} from '#consensus/ledger';
import type { EmergencySharing } from '#consensus/ledger';
import { decodeReleaseAnswer } from '#node/client';
import { decodeProxyReply, Proxy } from '#node/proxy';
import { backend, DAY_MS, node, person } from '../ledger/consortium.ts';
import type { InstitutionName } from '../ledger/consortium.ts';
import { ResharingWorld } from './resharing-world.ts';

const FOUR = ['north', 'east', 'south', 'west'] as const;
const FIVE = [...FOUR, 'fifth'] as const;
const ROOT = new Uint8Array(32).fill(7);
const maria = person('maria');
const bob = person('bob');
const signal = new AbortController().signal;

let scene: ResharingWorld;
let emergency: Uint8Array;

beforeEach(async () => {
  scene = await ResharingWorld.create();
  deposit('emergency', 3);
  deposit('recovery', 4);
  emergency = requested();
});

/** Maria's deposit among the members of now, with real boxes. */
function deposit(kind: 'emergency' | 'recovery', nonce: number): void {
  const { world } = scene;
  const { chain } = world;
  const members = membersAt(chain.get, chain.height + 1);
  const threshold = members.length - 1;
  const { commitments, lock, sealed, boxes } = createSharing(backend, {
    issuer: maria,
    patient: maria.id,
    secret: kind === 'emergency' ? emergencySecret(world.vitals) : { bytes: ROOT },
    threshold,
    holders: members.map(({ id, index, sealKey }) => ({ id, index, seal: sealKey })),
    nonce: new Uint8Array(16).fill(nonce),
  });
  chain.must('maria', `${kind}.share`, {
    patient: maria.id,
    nonce: new Uint8Array(16).fill(nonce),
    threshold,
    commitments,
    lock,
    sealed: world.put(sealed),
    shares: boxes.map(({ id, box }) => ({ node: id, box: world.put(box) })),
  });
}

function requested(): Uint8Array {
  const { chain } = scene.world;
  const id = chain.must('bob', 'emergency.request', { ...chain.emergency('maria'), lifetimeMs: DAY_MS });
  chain.must('east-admin-1', 'emergency.countersign', { emergency: id });
  return id;
}

function held(kind: 'emergency' | 'recovery'): EmergencySharing {
  const { get } = scene.world.chain;
  const found = kind === 'emergency' ? readSharing(get, maria.id) : readRecoverySharing(get, maria.id);
  if (found === undefined) throw new Error('no deposit');
  return found;
}

/** What a node gives, opened under the deposit as it is now, or as it was; its code when it refuses. */
async function released(
  name: string,
  kind: 'emergency' | 'recovery',
  sharing: EmergencySharing = held(kind),
): Promise<Release | string> {
  const { world } = scene;
  world.nowMs = world.chain.timeMs;
  const items = kind === 'emergency' ? [{ record: world.recordId('vital'), slot: 0 }] : [];
  const id = kind === 'emergency' ? emergency : maria.id;
  const request = Proxy.releaseRequest({ ground: kind, id, items });
  const reply = decodeProxyReply(await world.proxy(name as InstitutionName).answer(request, signal));
  if ('refused' in reply) return reply.refused;
  const { box, index, height, node: holder } = decodeReleaseAnswer(reply.answer);
  const { get } = world.chain;
  const recovery = readRecoverable(get, maria.id)?.recovery;
  const requester = kind === 'emergency' ? bob : person('maria on a new phone');
  const accessId = recovery === undefined ? emergency : personIdOf(recovery.keys);
  const header = decodeRecordHeader(scene.block(readRecord(get, world.recordId('vital'))!.header));
  const signPublicKey = readInstitution(get, holder)!.validatorKey;
  try {
    return openRelease(backend, {
      requester,
      holder: { id: holder, index, signPublicKey },
      context: {
        chainId: world.chain.chainId,
        sharingId: sharing.id,
        requester: kind === 'emergency' ? bob.id : maria.id,
        accessId: kind === 'emergency' ? emergency : accessId,
        height,
      },
      sharing,
      capsules: items.map(({ record, slot }) => ({ E: header.slots[slot]!.E, recordId: record, slot })),
      box,
    });
  } catch (error) {
    if (error instanceof CryptoError) return 'false';
    throw error;
  }
}

/** Bob opens Maria's record through these nodes. */
async function opened(...names: string[]): Promise<string> {
  const releases = [];
  for (const name of names) {
    const one = await released(name, 'emergency');
    if (typeof one === 'string') return one;
    releases.push(one);
  }
  const { world } = scene;
  const header = decodeRecordHeader(
    scene.block(readRecord(world.chain.get, world.recordId('vital'))!.header),
  );
  try {
    const { compartment, elements } = combineReleases(backend, releases, world.vitals.name);
    return canOpen(backend, header, { kind: 'converted', compartment, Y: elements[0]! }) ? 'opened' : 'shut';
  } catch (error) {
    if (error instanceof CryptoError) return error.code;
    throw error;
  }
}

const namesOf = (ids: readonly { node: Uint8Array }[]): string[] =>
  ids.map((one) => FIVE.find((name) => toHex(node(name).id) === toHex(one.node)) ?? 'nobody').toSorted();

const grow = (): void => scene.join('fifth', 'west', 'north', 'east');

describe('the holders share a deposit again, without the patient', () => {
  test('an emergency that runs goes on: before from the holders of before, after with the new threshold', async () => {
    const before = { emergency: held('emergency'), recovery: held('recovery') };
    grow();
    expect(await opened('north', 'east', 'south')).toBe('opened');
    await scene.settle(...FIVE);
    expect(scene.answers.filter((answer) => answer !== 'ok')).toEqual([]);
    for (const kind of ['emergency', 'recovery'] as const) {
      const after = held(kind);
      expect(after).toMatchObject({ threshold: 4, epoch: 1, id: before[kind].id });
      expect(namesOf(after.shares)).toEqual([...FIVE].toSorted());
      expect(after.sealed).toEqual(before[kind].sealed);
      expect(after.commitments.map(([constant]) => constant)).toEqual(
        before[kind].commitments.map(([constant]) => constant),
      );
      for (const [j, list] of after.commitments.entries()) {
        expect(list).toHaveLength(4);
        expect(list[1]).not.toEqual(before[kind].commitments[j]?.[1]);
      }
    }
    expect(await opened('fifth', 'east', 'south', 'west')).toBe('opened');
    expect(await opened('north', 'fifth', 'west', 'east')).toBe('opened');
    // As many as were enough before are too few now.
    expect(await opened('north', 'east', 'south')).toBe('share-invalid');
    // What is released now fits nothing of before, so halves of two times make no whole.
    for (const name of FOUR) expect(await released(name, 'emergency', before.emergency)).toBe('false');
  });

  test('is released to nobody before the countersignature and after the end, whoever holds it', async () => {
    grow();
    await scene.settle(...FIVE);
    const { chain } = scene.world;
    chain.must('bob', 'emergency.end', { emergency });
    expect(await opened('north')).toBe('emergency-over');
    emergency = chain.must('bob', 'emergency.request', chain.emergency('maria'));
    for (const name of FIVE) expect(await released(name, 'emergency')).toBe('not-countersigned');
    chain.must('east-admin-1', 'emergency.countersign', { emergency });
    expect(await opened('fifth', 'north', 'south', 'west')).toBe('opened');
  });

  test('an institution leaves: who stayed opens with one of them down, who left gives nothing', async () => {
    grow();
    await scene.settle(...FIVE);
    scene.leave('north', 'west', 'east', 'south', 'fifth');
    const staying = FIVE.filter((name) => name !== 'north');
    await scene.settle(...staying);
    expect(held('emergency')).toMatchObject({ threshold: 3, epoch: 2 });
    for (const down of staying)
      expect(await opened(...staying.filter((name) => name !== down))).toBe('opened');
    expect(await released('north', 'emergency')).toBe('no-share');
  });

  test('a recovery gives the root through those who joined', async () => {
    const { chain } = scene.world;
    grow();
    await scene.settle(...FIVE);
    const change = chain.keyChange('maria', 'maria on a new phone');
    chain.must('north-admin-1', 'recovery.start', { person: maria.id, ...change });
    chain.timeMs += 7 * DAY_MS;
    chain.must('north-admin-2', 'recovery.finish', { person: maria.id });
    expect(readPerson(chain.get, maria.id)?.keys.seal).not.toEqual(maria.publicKeys.seal);
    const releases: Release[] = [];
    for (const name of ['fifth', 'east', 'south', 'west']) {
      const one = await released(name, 'recovery');
      if (typeof one === 'string') throw new Error(`${name}: ${one}`);
      releases.push(one);
    }
    expect(joinReleases(releases)).toEqual(ROOT);
    expect(() => joinReleases(releases.slice(1))).toThrow('exactly t releases');
  });

  test('a release that a re-sharing overtakes is asked for again', async () => {
    grow();
    let done: Promise<void> | undefined;
    scene.world.onFetch = () => (done ??= scene.settle(...FIVE));
    expect(await released('north', 'emergency')).toBe('stale-view');
    expect(typeof (await released('north', 'emergency'))).toBe('object');
  });

  test('a holder that is away holds up nothing, and has its share when it is back', async () => {
    grow();
    await scene.settle('east', 'south', 'west', 'fifth');
    expect(held('emergency').threshold).toBe(3);
    scene.world.chain.timeMs += RESHARE_WINDOW_MS;
    await scene.settle('fifth', 'east', 'south', 'west');
    expect(namesOf(held('emergency').dealers)).toEqual(['east', 'south', 'west']);
    expect(await opened('north', 'fifth', 'south', 'west')).toBe('opened');
  });
});

describe('the ledger refuses', () => {
  /** A deal of a node in order but for what is changed, for the members of the present epoch. */
  function deal(name: string, owner: Uint8Array, shares: readonly Uint8Array[]) {
    const { chain } = scene.world;
    const { last } = readSchedule(chain.get);
    const members = membersAt(chain.get, last.fromHeight);
    const { commitments, boxes } = dealSubShares(backend, {
      owner,
      epoch: last.number,
      dealer: { id: node(name).id, index: scene.index(name), secretKey: node(name).validator.secretKey },
      shares,
      threshold: 4,
      holders: members.map(({ id, index, sealKey }) => ({ id, index, seal: sealKey })),
    });
    const links = boxes.map(({ id, box }) => ({ node: id, box: scene.world.put(box) }));
    return { owner, epoch: last.number, commitments, boxes: links };
  }

  test('a deal of anything else than what the dealer holds of this very deposit', () => {
    grow();
    const [mine, recovery] = [held('emergency'), held('recovery')];
    const scalars = [1, 2].map((k) => new Uint8Array(32).fill(k, 0, 31));
    const send = (body: ReturnType<typeof deal>): string => scene.send('north', 'reshare.deal', body);
    expect(send(deal('north', mine.id, scalars))).toBe('commitments-wrong');
    expect(send(deal('north', recovery.id, scalars.slice(1)))).toBe('commitments-wrong');
    // What fits the grant fits no deposit.
    const ofGrant = scene.deal('north', scene.shares('north'));
    expect(scene.send('north', 'reshare.deal', { ...ofGrant, owner: mine.id })).toBe('commitments-wrong');
    expect(send({ ...deal('north', mine.id, scalars), owner: emergency })).toBe('reshare-not-due');
  });

  test('to go on with a deposit that was taken back, replaced, or whose person was erased', async () => {
    const { chain } = scene.world;
    grow();
    await scene.turn('north', 'east', 'south');
    const { id } = held('emergency');
    const { deals, epoch } = readResharing(chain.get, id)!;
    const confirm = (): string => scene.send('west', 'reshare.confirm', { owner: id, epoch, deals });
    for (const [what, end] of [
      ['taken back', () => chain.must('maria', 'emergency.unshare', { patient: maria.id })],
      ['replaced', () => deposit('emergency', 9)],
      ['erased', () => chain.must('maria', 'person.erase', { patient: maria.id })],
    ] as const) {
      const { state, height, timeMs } = chain;
      end();
      expect(confirm(), what).toBe('reshare-not-due');
      Object.assign(chain, { state, height, timeMs });
    }
    expect(confirm()).toBe('ok');
  });

  test('nothing that is in order: deals of a deposit that was replaced stay on its own list', async () => {
    const { chain } = scene.world;
    grow();
    await scene.settle(...FIVE);
    const { id } = held('emergency');
    deposit('emergency', 9);
    expect(readHeld(chain.get, id)).toBeUndefined();
    expect(readItem(chain.get, 'deals-of', id, 0)).toBeDefined();
    expect(held('emergency')).toMatchObject({ threshold: 4, epoch: 1, dealers: [] });
    expect(readReleasable(chain.get, emergency, chain)).toBeUndefined();
  });
});
