import { describe, expect, test } from 'vitest';
import {
  MOVE_WINDOW_MS,
  readAudit,
  readAuditCount,
  readCount,
  readIdentified,
  readMove,
  readPerson,
} from '#consensus/ledger';
import { id32, link, node, person, standardConsortium } from './consortium.ts';
import type { Consortium, InstitutionName } from './consortium.ts';

const maria = person('maria').id;
const ask = (chain: Consortium, home: string, by = 'maria', patient = maria): string =>
  chain.send(by, 'person.move', { patient, home: node(home).id, profile: link('profile') });
const receive = (chain: Consortium, by: string, identifiers: Uint8Array[] = []): string =>
  chain.send(by, 'person.receive', { person: maria, identifiers });
const homeOf = (chain: Consortium, name: string): string | undefined =>
  ['north', 'east', 'south', 'west', 'fifth'].find(
    (home) => readPerson(chain.get, person(name).id)?.home.join() === node(home).id.join(),
  );
/** Maria (north) has asked `home`, and her own had its time. */
function asked(home: InstitutionName = 'south'): Consortium {
  const chain = standardConsortium();
  expect(ask(chain, home)).toBe('ok');
  chain.timeMs += MOVE_WINDOW_MS;
  return chain;
}

describe('moving to another institution', () => {
  test('she asks, and an administrator of the new home receives her; what is hers stays', () => {
    const chain = asked();
    expect(readCount(chain.get, 'moves-to', node('south').id)).toBe(1);
    expect(homeOf(chain, 'maria')).toBe('north');
    expect(receive(chain, 'south-admin-2')).toBe('ok');
    expect(homeOf(chain, 'maria')).toBe('south');
    expect(readPerson(chain.get, maria)).toMatchObject({ status: 'active', profile: link('profile') });
    expect(readMove(chain.get, maria)).toBeUndefined();
    const last = readAudit(chain.get, maria, readAuditCount(chain.get, maria) - 1);
    expect(last).toMatchObject({ kind: 'person.receive', actor: person('south-admin-2').id });
    // Her doctor, records and grant go on; assigning is the new home's now, and suspending.
    expect(chain.send('alice', 'record.anchor', chain.anchor('alice', 'maria', { r9: [] }))).toBe('ok');
    const pair = { patient: maria, doctor: person('carol').id };
    expect(chain.send('north-admin-1', 'assignment.create', pair)).toBe('other-institution');
    expect(chain.send('south-admin-1', 'assignment.create', pair)).toBe('ok');
    const suspension = { person: maria, reason: null };
    expect(chain.send('north-admin-1', 'person.suspend', suspension)).toBe('other-institution');
    expect(chain.send('south-admin-1', 'person.suspend', suspension)).toBe('ok');
    expect(receive(chain, 'south-admin-1')).toBe('move-unknown');
  });

  test('nobody else moves her, and nobody whom she did not ask receives her', () => {
    const chain = asked();
    for (const [by, code] of [
      ['tom', 'not-permitted'],
      ['alice', 'role-not-allowed'],
      ['north-admin-1', 'role-not-allowed'],
    ] as const)
      expect(ask(chain, 'east', by)).toBe(code);
    expect(ask(chain, 'nowhere')).toBe('institution-unknown');
    for (const by of ['north-admin-1', 'east-admin-1', 'west-admin-1'])
      expect(receive(chain, by)).toBe('other-institution');
    expect(receive(chain, 'alice')).toBe('role-not-allowed');
    // The newest wish counts, and her present home is how it is taken back.
    expect(ask(chain, 'west')).toBe('ok');
    expect(receive(chain, 'south-admin-1')).toBe('other-institution');
    expect(ask(chain, 'north')).toBe('ok');
    expect(receive(chain, 'west-admin-1')).toBe('move-unknown');
    expect(ask(chain, 'north')).toBe('move-unknown');
  });

  test('a thief of her key cannot take her away from who may suspend and recover her', () => {
    const chain = standardConsortium();
    expect(ask(chain, 'south')).toBe('ok');
    expect(receive(chain, 'south-admin-1')).toBe('window-open');
    chain.timeMs += MOVE_WINDOW_MS - 20_000;
    expect(receive(chain.fork(), 'south-admin-1')).toBe('window-open');
    // Asking once more is no way around the time.
    const again = chain.fork();
    expect(ask(again, 'west')).toBe('ok');
    again.timeMs += 30_000;
    expect(receive(again, 'west-admin-1')).toBe('window-open');
    const recovering = chain.fork();
    recovering.must('north-admin-1', 'recovery.start', {
      person: maria,
      ...recovering.keyChange('maria', 'maria again'),
    });
    chain.must('north-admin-1', 'person.suspend', { person: maria, reason: null });
    for (const copy of [chain, recovering]) copy.timeMs += 30_000;
    expect(receive(chain, 'south-admin-1')).toBe('person-not-active');
    expect(receive(recovering, 'south-admin-1')).toBe('recovery-open');
    expect(ask(recovering, 'west')).toBe('recovery-open');
  });

  test('a home that belongs no more has no say: she is received at once, and a newcomer may receive her', () => {
    const chain = standardConsortium();
    chain.advance(chain.exchange('fifth', 'north'));
    expect(chain.send('north-admin-1', 'person.suspend', { person: maria, reason: null })).toBe(
      'institution-not-member',
    );
    expect(ask(chain, 'north')).toBe('move-unknown');
    expect(ask(chain, 'fifth')).toBe('ok');
    expect(receive(chain, 'fifth-admin-1')).toBe('ok');
    expect(homeOf(chain, 'maria')).toBe('fifth');
    // Nobody moves to where nobody is.
    expect(ask(chain, 'north')).toBe('institution-not-member');
    chain.must('fifth-admin-2', 'recovery.start', {
      person: maria,
      ...chain.keyChange('maria', 'maria again'),
    });
  });

  test('the tags of her identity move along, and nobody else’s are taken', () => {
    const chain = standardConsortium();
    for (const [name, home, tag] of [
      ['pia', 'north', 'pia at north'],
      ['pat', 'south', 'pat at south'],
    ] as const) {
      chain.register(name, 'patient', home);
      chain.must(`${home}-admin-1`, 'person.approve', {
        person: person(name).id,
        reason: null,
        identifiers: [id32(tag)],
      });
    }
    const { id } = person('pia');
    chain.must('pia', 'person.move', { patient: id, home: node('south').id, profile: null });
    chain.timeMs += MOVE_WINDOW_MS;
    const take = (tags: string[]): string =>
      chain.send('south-admin-1', 'person.receive', { person: id, identifiers: tags.map(id32) });
    expect(take(['pat at south'])).toBe('identifier-taken');
    expect(take(['same', 'same'])).toBe('duplicate');
    expect(readIdentified(chain.get, node('north').id, id32('pia at north'))).toEqual(id);
    expect(take(['pia at south'])).toBe('ok');
    expect(readIdentified(chain.get, node('north').id, id32('pia at north'))).toBeUndefined();
    expect(readIdentified(chain.get, node('south').id, id32('pia at south'))).toEqual(id);
    // What leaves with an erasure are the tags of where she is.
    chain.must('pia', 'person.erase', { patient: id });
    expect(readIdentified(chain.get, node('south').id, id32('pia at south'))).toBeUndefined();
  });

  test('a guardian asks for a ward, and who leaves for good asks no more', () => {
    const chain = standardConsortium();
    chain.admit('gwen', 'patient', 'north');
    const guardianship = { patient: maria, guardian: person('gwen').id };
    const untilMs = chain.timeMs + 10 * MOVE_WINDOW_MS;
    chain.must('north-admin-1', 'guardianship.create', { ...guardianship, untilMs, reason: null });
    chain.must('north-admin-2', 'guardianship.confirm', guardianship);
    expect(ask(chain, 'west', 'gwen')).toBe('ok');
    chain.must('maria', 'person.erase', { patient: maria });
    expect(readMove(chain.get, maria)).toBeUndefined();
    chain.timeMs += MOVE_WINDOW_MS;
    expect(receive(chain, 'west-admin-1')).toBe('move-unknown');
  });
});
