import { describe, expect, test } from 'vitest';
import { toHex } from '#crypto';
import {
  CONSORTIUM,
  COUNTERSIGN_WINDOW_MS,
  EMERGENCY_LIFETIME_MS_MAX,
  emergencyPhase,
  isServed,
  readAudit,
  readAuditCount,
  readCount,
  readEmergency,
  readItem,
  readReleasable,
  readSharing,
  REVIEWS_MAX,
  REVIEWS_OF_PATIENT,
  stateKeys,
  verdictOf,
} from '#consensus/ledger';
import { ENTRY } from '../../../consensus/ledger/entry.ts';
import { id32, node, person, standardConsortium } from './consortium.ts';
import type { Consortium } from './consortium.ts';

const maria = person('maria').id;
const HOUR_MS = 3_600_000;

function shared(): Consortium {
  const chain = standardConsortium();
  chain.must('maria', 'emergency.share', chain.deposit('maria'));
  return chain;
}

/** Bob (east) has asked for Maria (north); opened when countersigned. */
function asked(): { chain: Consortium; emergency: Uint8Array } {
  const chain = shared();
  return { chain, emergency: chain.must('bob', 'emergency.request', chain.emergency('maria')) };
}

function opened(): { chain: Consortium; emergency: Uint8Array } {
  const { chain, emergency } = asked();
  chain.must('east-admin-1', 'emergency.countersign', { emergency });
  return { chain, emergency };
}

const isOpen = (chain: Consortium, emergency: Uint8Array, timeMs = chain.timeMs): boolean =>
  readReleasable(chain.get, emergency, { timeMs, height: chain.height }) !== undefined;

describe('deposits for emergencies', () => {
  test('are kept with their id, and a new one takes the place of the old', () => {
    const chain = shared();
    const first = readSharing(chain.get, maria);
    expect(first).toMatchObject({ issuer: maria, threshold: 3, endedHeight: null });
    expect(chain.send('maria', 'emergency.share', chain.deposit('maria'))).toBe('sharing-exists');
    chain.must('maria', 'emergency.share', chain.deposit('maria', 2));
    expect(toHex(readSharing(chain.get, maria)?.id ?? new Uint8Array())).not.toBe(
      toHex(first?.id ?? new Uint8Array()),
    );
  });

  test('need a part for every institution, in order, and a threshold of the consortium', () => {
    const chain = standardConsortium();
    const deposit = chain.deposit('maria');
    const share = (changed: object): string =>
      chain.send('maria', 'emergency.share', { ...deposit, ...changed });
    expect(share({ threshold: 2 })).toBe('threshold-wrong');
    expect(share({ threshold: 5 })).toBe('threshold-wrong');
    expect(share({ shares: deposit.shares.slice(1) })).toBe('shares-wrong');
    expect(share({ shares: deposit.shares.toReversed() })).toBe('shares-wrong');
    expect(share({ nonce: new Uint8Array(15) })).toBe('malformed');
    expect(share({ lock: new Uint8Array(31) })).toBe('malformed');
    const [ofR, ofB] = deposit.commitments;
    const wrong = [
      [ofR!],
      [ofR!, ofB!.slice(1)],
      [ofR!, [...ofB!, ofB![0]!]],
      [ofR!, ofB!.map(() => new Uint8Array(32))],
      [ofR!.map(() => new Uint8Array(32).fill(255)), ofB!],
    ];
    for (const commitments of wrong) expect(share({ commitments })).toBe('commitments-wrong');
    for (const commitments of [[], [ofR!, ofB!, ofB!], [ofR!, []], [ofR!, [new Uint8Array(31)]]])
      expect(share({ commitments })).toBe('malformed');
    expect(share({ patient: person('tom').id })).toBe('not-permitted');
    expect(share({ patient: person('bob').id })).toBe('not-a-patient');
    expect(share({ patient: id32('nobody') })).toBe('person-unknown');
    expect(chain.send('maria', 'emergency.unshare', { patient: maria })).toBe('sharing-off');
    expect(chain.send('tom', 'emergency.unshare', { patient: maria })).toBe('not-permitted');
  });

  test('taken back, they open nothing, running emergencies included', () => {
    const { chain, emergency } = opened();
    const waiting = asked();
    chain.must('maria', 'emergency.unshare', { patient: maria });
    expect(isOpen(chain, emergency)).toBe(false);
    expect(chain.send('carol', 'emergency.request', chain.emergency('maria'))).toBe('sharing-off');
    expect(chain.send('maria', 'emergency.unshare', { patient: maria })).toBe('sharing-off');
    waiting.chain.must('maria', 'emergency.unshare', { patient: maria });
    const countersign = (): string =>
      waiting.chain.send('east-admin-1', 'emergency.countersign', { emergency: waiting.emergency });
    expect(countersign()).toBe('sharing-off');
    waiting.chain.must('maria', 'emergency.share', waiting.chain.deposit('maria', 2));
    expect(countersign()).toBe('sharing-off');
  });

  test('a new deposit ends what the old one opened', () => {
    const { chain, emergency } = opened();
    expect(isOpen(chain, emergency)).toBe(true);
    chain.must('maria', 'emergency.share', chain.deposit('maria', 2));
    expect(isOpen(chain, emergency)).toBe(false);
  });
});

describe('emergencies', () => {
  test('open nothing before the doctor’s institution has countersigned', () => {
    const { chain, emergency } = asked();
    expect(isOpen(chain, emergency)).toBe(false);
    expect(chain.send('north-admin-1', 'emergency.countersign', { emergency })).toBe('other-institution');
    expect(chain.send('bob', 'emergency.countersign', { emergency })).toBe('role-not-allowed');
    chain.must('east-admin-1', 'emergency.countersign', { emergency });
    expect(isOpen(chain, emergency)).toBe(true);
    expect(chain.send('east-admin-2', 'emergency.countersign', { emergency })).toBe('wrong-status');
    expect(readCount(chain.get, 'emergencies-at', node('east').id)).toBe(1);
    expect(readCount(chain.get, 'emergencies-of', maria)).toBe(1);
  });

  test('lapse without a countersignature in time, and are asked for anew', () => {
    const { chain, emergency } = asked();
    const requestedMs = chain.timeMs;
    expect(chain.send('bob', 'emergency.request', chain.emergency('maria'))).toBe('emergency-open');
    const countersignAt = (timeMs: number): string => {
      const copy = chain.fork();
      copy.timeMs = timeMs - 1000;
      return copy.send('east-admin-1', 'emergency.countersign', { emergency });
    };
    expect(countersignAt(requestedMs + COUNTERSIGN_WINDOW_MS - 1)).toBe('ok');
    expect(countersignAt(requestedMs + COUNTERSIGN_WINDOW_MS)).toBe('emergency-expired');
    chain.timeMs += COUNTERSIGN_WINDOW_MS;
    expect(chain.send('bob', 'emergency.end', { emergency })).toBe('wrong-status');
    expect(chain.send('bob', 'emergency.request', chain.emergency('maria'))).toBe('ok');
  });

  test('expire by block time from the countersignature on', () => {
    const { chain, emergency } = opened();
    const expiresAtMs = chain.timeMs + HOUR_MS;
    expect(readEmergency(chain.get, emergency)).toMatchObject({ expiresAtMs });
    expect(isOpen(chain, emergency, expiresAtMs - 1)).toBe(true);
    expect(isOpen(chain, emergency, expiresAtMs)).toBe(false);
    expect(chain.send('bob', 'emergency.request', chain.emergency('maria'))).toBe('emergency-open');
    chain.timeMs = expiresAtMs;
    expect(chain.send('bob', 'emergency.end', { emergency })).toBe('wrong-status');
    expect(chain.send('bob', 'emergency.request', chain.emergency('maria'))).toBe('ok');
  });

  test('are for one patient and one doctor, active both', () => {
    const { chain, emergency } = opened();
    expect(readReleasable(chain.get, emergency, chain)).toMatchObject({
      patient: maria,
      doctor: person('bob').id,
    });
    expect(readReleasable(chain.get, id32('none'), chain)).toBeUndefined();
    for (const [name, admin] of [
      ['bob', 'east-admin-1'],
      ['maria', 'north-admin-1'],
    ] as const) {
      const copy = chain.fork();
      copy.must(admin, 'person.suspend', { person: person(name).id, reason: null });
      expect(isOpen(copy, emergency)).toBe(false);
    }
  });

  test('of a patient who did not opt in, or is none, or is not active, are refused', () => {
    const chain = shared();
    const request = (patient: string): string =>
      chain.send('bob', 'emergency.request', chain.emergency(patient));
    expect(request('tom')).toBe('sharing-off');
    expect(request('alice')).toBe('not-a-patient');
    expect(request('nobody')).toBe('person-unknown');
    for (const lifetimeMs of [0, EMERGENCY_LIFETIME_MS_MAX + 1]) {
      const body = { ...chain.emergency('maria'), lifetimeMs };
      expect(chain.send('bob', 'emergency.request', body)).toBe('malformed');
    }
    const diagnosis = { ...chain.emergency('maria'), reason: 'stroke' as 'BTG' };
    expect(chain.send('bob', 'emergency.request', diagnosis)).toBe('malformed');
    chain.must('north-admin-1', 'person.suspend', { person: maria, reason: null });
    expect(request('maria')).toBe('person-not-active');
  });

  test('are not countersigned for a doctor or a patient who was suspended meanwhile', () => {
    for (const [name, admin] of [
      ['bob', 'east-admin-2'],
      ['maria', 'north-admin-1'],
    ] as const) {
      const { chain, emergency } = asked();
      chain.must(admin, 'person.suspend', { person: person(name).id, reason: null });
      expect(chain.send('east-admin-1', 'emergency.countersign', { emergency })).toBe('person-not-active');
    }
  });

  test('are ended by the doctor, the patient’s side and both institutions, at once', () => {
    for (const name of ['bob', 'maria', 'alice', 'north-admin-1', 'east-admin-2']) {
      const { chain, emergency } = opened();
      chain.must(name, 'emergency.end', { emergency });
      expect(isOpen(chain, emergency)).toBe(false);
      expect(chain.send(name, 'emergency.end', { emergency })).toBe('wrong-status');
    }
    const { chain, emergency } = opened();
    expect(chain.send('carol', 'emergency.end', { emergency })).toBe('not-permitted');
    expect(chain.send('tom', 'emergency.end', { emergency })).toBe('not-permitted');
    expect(chain.send('south-admin-1', 'emergency.end', { emergency })).toBe('other-institution');
    const early = asked();
    early.chain.must('maria', 'emergency.end', { emergency: early.emergency });
    expect(early.chain.send('east-admin-1', 'emergency.countersign', { emergency: early.emergency })).toBe(
      'wrong-status',
    );
    expect(emergencyPhase(readEmergency(early.chain.get, early.emergency) ?? never(), 0)).toBe('lapsed');
  });

  const reviewing =
    (chain: Consortium, emergency: Uint8Array) =>
    (by: string, verdict: 'justified' | 'not-justified' = 'justified'): string =>
      chain.send(by, 'emergency.review', { emergency, verdict, text: null });

  test('are reviewed when they are over, by others than the institution that vouched, and by the patient', () => {
    const { chain, emergency } = opened();
    const review = reviewing(chain, emergency);
    expect(review('ada')).toBe('wrong-status');
    expect(review('maria')).toBe('wrong-status');
    chain.timeMs += HOUR_MS;
    // East's doctor, and so nobody of east, whether he countersigned or not.
    for (const by of ['east-admin-1', 'east-admin-2']) expect(review(by)).toBe('own-case');
    expect(review('tom')).toBe('not-permitted');
    expect(review('alice')).toBe('role-not-allowed');
    expect(review('ada')).toBe('ok');
    expect(review('north-admin-1')).toBe('already-decided-by-sender');
    expect(review('south-admin-1')).toBe('ok');
    expect(review('maria', 'not-justified')).toBe('ok');
    expect(review('maria')).toBe('already-decided-by-sender');
    const { reviews } = readEmergency(chain.get, emergency) ?? never();
    expect(reviews.map(({ by, verdict }) => [toHex(by), verdict])).toEqual([
      [toHex(person('ada').id), 'justified'],
      [toHex(person('south-admin-1').id), 'justified'],
      [toHex(maria), 'not-justified'],
    ]);
    expect(verdictOf(reviews)).toBe('not-justified');
    expect([verdictOf(reviews.slice(0, 2)), verdictOf([])]).toEqual(['justified', null]);
  });

  test('are reviewed by a guardian too, and institutions leave places for the patient’s side', () => {
    const { chain, emergency } = opened();
    chain.admit('gwen', 'patient', 'south');
    const guardianship = { patient: maria, guardian: person('gwen').id };
    chain.must('north-admin-1', 'guardianship.create', {
      ...guardianship,
      reason: null,
      untilMs: chain.timeMs + 100 * HOUR_MS,
    });
    chain.must('north-admin-2', 'guardianship.confirm', guardianship);
    chain.timeMs += HOUR_MS;
    const entry = readEmergency(chain.get, emergency) ?? never();
    const others = Array.from({ length: REVIEWS_MAX - REVIEWS_OF_PATIENT }, (_, i) => ({
      by: id32(`reviewer ${i}`),
      home: id32(`institution ${i}`),
      verdict: 'justified' as const,
      text: null,
      height: chain.height,
    }));
    const full = ENTRY.emergency.encode({ ...entry, reviews: others });
    chain.state = chain.state.with([[stateKeys.emergency(emergency), full]]);
    const review = reviewing(chain, emergency);
    expect(review('ada')).toBe('too-many-reviews');
    expect(review('gwen')).toBe('ok');
    expect(review('maria')).toBe('ok');
  });

  test('of a doctor and patient of one institution are on the list of all, and any other reviews them', () => {
    const chain = shared();
    const emergency = chain.must('carol', 'emergency.request', chain.emergency('maria'));
    expect(readCount(chain.get, 'emergencies-about', node('north').id)).toBe(0);
    expect(readItem(chain.get, 'emergencies-about', CONSORTIUM, 0)).toEqual(emergency);
    chain.must('north-admin-1', 'emergency.countersign', { emergency });
    chain.must('maria', 'emergency.end', { emergency });
    const review = reviewing(chain, emergency);
    for (const by of ['north-admin-1', 'north-admin-2', 'ada']) expect(review(by)).toBe('own-case');
    expect(review('west-admin-1')).toBe('ok');
  });

  test('of a doctor whose institution was removed open nothing from its last block on', () => {
    const { chain, emergency } = opened();
    const end = chain.exchange('fifth', 'east');
    const at = (height: number) => readReleasable(chain.get, emergency, { timeMs: chain.timeMs, height });
    expect(at(end - 1)).toMatchObject({ doctor: person('bob').id });
    expect(at(end)).toBeUndefined();
    expect([isServed(chain.get, person('bob').id, end), isServed(chain.get, id32('x'), 1)]).toEqual([
      false,
      false,
    ]);
  });

  test('that nobody knows are no emergencies', () => {
    const chain = shared();
    const emergency = id32('none');
    expect(chain.send('east-admin-1', 'emergency.countersign', { emergency })).toBe('emergency-unknown');
    expect(chain.send('bob', 'emergency.end', { emergency })).toBe('emergency-unknown');
    const review = { emergency, verdict: 'justified', text: null } as const;
    expect(chain.send('ada', 'emergency.review', review)).toBe('emergency-unknown');
  });

  test('every step is in the patient’s list, and those in charge are told', () => {
    const { chain, emergency } = opened();
    expect(chain.last?.events[0]?.persons.map(toHex)).toEqual(
      expect.arrayContaining([maria, person('bob').id, person('alice').id].map(toHex)),
    );
    chain.must('bob', 'emergency.end', { emergency });
    chain.must('ada', 'emergency.review', { emergency, verdict: 'justified', text: null });
    const count = readAuditCount(chain.get, maria);
    const lines = Array.from({ length: 5 }, (_, i) => readAudit(chain.get, maria, count - 5 + i));
    expect(lines.map((line) => line?.kind)).toEqual([
      'emergency.share',
      'emergency.request',
      'emergency.countersign',
      'emergency.end',
      'emergency.review',
    ]);
    for (const line of lines.slice(1))
      expect(line).toMatchObject({ request: emergency, subject: person('bob').id });
  });
});

function never(): never {
  throw new Error('no such emergency');
}
