import { describe, expect, test } from 'vitest';
import {
  COVER_DOCTORS_MAX,
  COVER_LIFETIME_MS_MAX,
  readAudit,
  readAuditCount,
  readCovers,
} from '#consensus/ledger';
import { DAY_MS, id32, link, person, standardConsortium } from './consortium.ts';
import type { Consortium } from './consortium.ts';

const maria = person('maria').id;

const cover = (chain: Consortium, doctors: string[], days = 14) => ({
  patient: maria,
  doctors: doctors.map((name) => person(name).id),
  untilMs: chain.timeMs + days * DAY_MS,
});
const box = (recipient: string) => ({
  patient: maria,
  entries: [{ recipient: person(recipient).id, box: link('box') }],
});

/** Alice on holiday: Bob and Carol stand in for her. */
function covered(): Consortium {
  const chain = standardConsortium();
  chain.must('alice', 'cover.create', cover(chain, ['bob', 'carol']));
  return chain;
}

describe('cover', () => {
  test('lets several doctors act for a patient by one act, and receive keys', () => {
    const chain = standardConsortium();
    expect(chain.send('carol', 'grant.create', chain.grant('maria', 'rita', 2))).toBe('not-permitted');
    chain.must('alice', 'cover.create', cover(chain, ['bob', 'carol']));
    for (const name of ['bob', 'carol']) {
      expect(chain.send(name, 'record.anchor', chain.anchor(name, 'maria', { [name]: [] }))).toBe('ok');
      expect(chain.send(name, 'grant.create', chain.grant('maria', 'rita', 2))).toBe('ok');
      expect(chain.send('alice', 'keyring.update', box(name))).toBe('ok');
    }
    const line = readAuditCount(chain.get, maria);
    expect(readAudit(chain.get, maria, line - 1)?.kind).toBe('keyring.update');
  });

  test('ends by block time', () => {
    const chain = covered();
    const untilMs = readCovers(chain.get, maria)[0]?.untilMs ?? 0;
    const at = (timeMs: number): string => {
      const copy = chain.fork();
      copy.timeMs = timeMs - 1000;
      return copy.send('carol', 'access.report', { patient: maria, records: [], action: 'open' });
    };
    expect(at(untilMs - 1)).toBe('ok');
    expect(at(untilMs)).toBe('not-permitted');
  });

  test('reaches no further than the right of whoever named it', () => {
    const ended = covered();
    ended.must('maria', 'assignment.end', { patient: maria, doctor: person('alice').id });
    const report = { patient: maria, records: [], action: 'open' } as const;
    expect(ended.send('carol', 'access.report', report)).toBe('not-permitted');
    const suspended = covered();
    suspended.must('north-admin-1', 'person.suspend', { person: person('alice').id, reason: null });
    expect(suspended.send('carol', 'access.report', report)).toBe('not-permitted');
    const ofMaria = standardConsortium();
    ofMaria.must('maria', 'cover.create', cover(ofMaria, ['carol']));
    ofMaria.must('maria', 'assignment.end', { patient: maria, doctor: person('alice').id });
    expect(ofMaria.send('carol', 'access.report', report)).toBe('ok');
  });

  test('names no further cover', () => {
    const chain = covered();
    expect(chain.send('bob', 'cover.create', cover(chain, ['alice']))).toBe('not-permitted');
  });

  test('refuses who is no doctor, not active, oneself, twice, and times that do not fit', () => {
    const chain = standardConsortium();
    const create = (doctors: string[], days = 14): string =>
      chain.send('alice', 'cover.create', cover(chain, doctors, days));
    expect(create(['rita'])).toBe('not-a-doctor');
    expect(create(['nobody'])).toBe('person-unknown');
    expect(create(['alice'])).toBe('own-case');
    expect(create(['bob', 'bob'])).toBe('duplicate');
    expect(create(['bob'], 0)).toBe('expiry-wrong');
    expect(create(['bob'], COVER_LIFETIME_MS_MAX / DAY_MS + 1)).toBe('expiry-wrong');
    expect(create([])).toBe('malformed');
    expect(create(Array.from({ length: COVER_DOCTORS_MAX + 1 }, () => 'bob'))).toBe('malformed');
    chain.register('dora', 'doctor', 'north');
    expect(create(['dora'])).toBe('person-not-active');
    const ofAlice = { ...cover(chain, ['bob']), patient: person('alice').id };
    expect(chain.send('alice', 'cover.create', ofAlice)).toBe('not-a-patient');
    expect(chain.send('alice', 'cover.create', { ...ofAlice, patient: id32('x') })).toBe('person-unknown');
    chain.must('north-admin-1', 'person.suspend', { person: maria, reason: null });
    expect(create(['bob'])).toBe('person-not-active');
  });

  test('is bounded for one patient, and what is over makes room', () => {
    const chain = standardConsortium();
    const names = Array.from({ length: 17 }, (_, i) => `cover ${i}`);
    for (const name of names) chain.admit(name, 'doctor', 'east');
    chain.must('alice', 'cover.create', cover(chain, names.slice(0, 16)));
    chain.must('maria', 'cover.create', cover(chain, names.slice(0, 16)));
    expect(chain.send('alice', 'cover.create', cover(chain, names.slice(16)))).toBe('too-many-covers');
    // Naming the same doctors again renews, and takes no more room.
    expect(chain.send('alice', 'cover.create', cover(chain, names.slice(0, 16), 20))).toBe('ok');
    chain.timeMs += 15 * DAY_MS;
    expect(chain.send('alice', 'cover.create', cover(chain, names.slice(16)))).toBe('ok');
    expect(readCovers(chain.get, maria)).toHaveLength(17);
  });

  test('is ended by the patient, by whoever named it, and by the doctor herself', () => {
    const end = { patient: maria, doctor: person('carol').id };
    for (const name of ['maria', 'alice', 'carol']) {
      const chain = covered();
      chain.must(name, 'cover.end', end);
      const report = { patient: maria, records: [], action: 'open' } as const;
      expect(chain.send('carol', 'access.report', report)).toBe('not-permitted');
      expect(chain.send('bob', 'access.report', report)).toBe('ok');
      expect(chain.send(name, 'cover.end', end)).toBe('cover-unknown');
    }
    expect(covered().send('bob', 'cover.end', end)).toBe('not-permitted');
  });
});
