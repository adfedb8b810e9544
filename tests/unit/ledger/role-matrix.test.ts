import { expect, test } from 'vitest';
import { grantIdOf } from '#crypto';
import { TRANSACTION_KINDS } from '#consensus/ledger';
import type { Bodies, TransactionKind } from '#consensus/ledger';
import { id32, node, person, standardConsortium } from './consortium.ts';
import type { Consortium } from './consortium.ts';

/**
 * Every role, every kind, towards the patient it belongs to (maria, north) and towards another (tom, east), with bodies
 * that are otherwise in order: a change of any right shows here as a changed cell. The delegate holds a grant of both.
 */
const ACTORS = {
  stranger: 'zoe',
  applicant: 'pat',
  patient: 'maria',
  device: 'gateway',
  custodian: 'alice',
  doctor: 'carol',
  delegate: 'bob',
  researcher: 'rita',
  auditor: 'ada',
  administrator: 'north-admin-1',
  suspended: 'sue',
} as const;

const HOMES = { maria: 'north', tom: 'east' } as const;
type Patient = keyof typeof HOMES;

function scene(): { chain: Consortium; requests: Record<Patient, Uint8Array> } {
  const chain = standardConsortium();
  chain.admit('dan', 'doctor', 'east');
  chain.assign('tom', 'dan', 'east');
  chain.must('tom', 'device.enrol', { keys: person('watch').publicKeys });
  chain.must('dan', 'grant.create', chain.grant('tom', 'bob'));
  chain.register('pat', 'patient', 'north');
  chain.admit('sue', 'patient', 'north');
  chain.must('north-admin-1', 'person.suspend', { person: person('sue').id, reason: null });
  for (const [patient, home] of Object.entries(HOMES)) {
    chain.register(`applicant of ${home}`, 'patient', home);
    chain.admit(`suspended of ${home}`, 'patient', home);
    chain.must(`${home}-admin-1`, 'person.suspend', {
      person: person(`suspended of ${home}`).id,
      reason: null,
    });
    const proposal = { patient: person(patient).id, doctor: person('carol').id };
    chain.must(`${home}-admin-2`, 'assignment.create', proposal);
  }
  chain.admit('rob', 'researcher', 'west');
  const request = (patient: string, to: string): Uint8Array =>
    chain.must('rob', 'grant.request', { patient: person(patient).id, to: person(to).id, message: null });
  return { chain, requests: { maria: request('maria', 'alice'), tom: request('tom', 'dan') } };
}

const CUSTODIAN = { maria: 'alice', tom: 'dan' } as const;
const DEVICE = { maria: 'gateway', tom: 'watch' } as const;
const RECORD = { maria: 'r1', tom: 't1' } as const;

/** A body of the kind that concerns `patient`, in order but for who sends it. */
function bodyOf(
  chain: Consortium,
  kind: TransactionKind,
  sender: string,
  patient: Patient,
  request: Uint8Array,
) {
  const id = person(patient).id;
  const decided = (name: string) => ({ person: person(name).id, reason: null });
  const grant = grantIdOf(person(CUSTODIAN[patient]).id, id, new Uint8Array(16).fill(1));
  const bodies: { [K in TransactionKind]: () => Bodies[K] } = {
    'person.register': () => ({
      role: 'patient',
      home: node(HOMES[patient]).id,
      keys: person(sender).publicKeys,
      profile: null,
    }),
    'person.approve': () => decided(`applicant of ${HOMES[patient]}`),
    'person.refuse': () => decided(`applicant of ${HOMES[patient]}`),
    'person.suspend': () => decided(patient),
    'person.reinstate': () => decided(`suspended of ${HOMES[patient]}`),
    'device.enrol': () => ({ keys: person(`new device of ${sender}`).publicKeys }),
    'device.revoke': () => ({ device: person(DEVICE[patient]).id }),
    'assignment.create': () => ({ patient: id, doctor: person('bob').id }),
    'assignment.accept': () => ({ patient: id, doctor: person('carol').id }),
    'assignment.end': () => ({ patient: id, doctor: person(CUSTODIAN[patient]).id }),
    'keyring.update': () => ({
      patient: id,
      entries: [{ recipient: id, box: chain.grant(patient, 'bob').terms }],
    }),
    'record.anchor': () => chain.anchor(sender, patient, { 'a new record': ['new'] }),
    'grant.request': () => ({ patient: id, to: id, message: null }),
    'grant.refuse': () => ({ request, reason: null }),
    'grant.create': () => chain.grant(patient, 'rita', 7),
    'grant.revoke': () => ({ grant }),
    'access.request': () => ({
      grant,
      items: [{ record: id32(RECORD[patient]), slot: 0, rekey: 0 }],
      purpose: id32('purpose'),
    }),
    'access.report': () => ({ patient: id, records: [id32(RECORD[patient])], action: 'open' }),
  };
  return bodies[kind]();
}

/** `+` applies; every other word stands for one code. */
const WORDS: Record<string, string> = {
  ok: '+',
  'sender-unknown': 'unknown',
  'sender-not-active': 'inactive',
  'already-registered': 'known',
  'role-not-allowed': 'role',
  'other-institution': 'home',
  'other-patient': 'patient',
  'not-permitted': 'no',
};

test('who may do what: towards the own patient / towards another', () => {
  const { chain, requests } = scene();
  const rows = TRANSACTION_KINDS.map((kind) => {
    const cells = Object.values(ACTORS).map((name) => {
      const words = (Object.keys(HOMES) as Patient[]).map((patient) => {
        const body = bodyOf(chain, kind, name, patient, requests[patient]);
        const result = chain.fork().send(name, kind, body as Bodies[typeof kind]);
        return WORDS[result] ?? result;
      });
      return words[0] === words[1] ? (words[0] ?? '') : words.join(' / ');
    });
    return [kind, ...cells];
  });
  const table = [['', ...Object.keys(ACTORS)], ...rows].map(([kind = '', ...cells]) =>
    `${kind.padEnd(18)}${cells.map((cell) => cell.padEnd(14)).join('')}`.trimEnd(),
  );
  expect(`\n${table.join('\n')}\n`).toMatchInlineSnapshot(`
    "
                      stranger      applicant     patient       device        custodian     doctor        delegate      researcher    auditor       administrator suspended
    person.register   +             known         known         known         known         known         known         known         known         known         known
    person.approve    unknown       inactive      role          role          role          role          role          role          role          + / home      inactive
    person.refuse     unknown       inactive      role          role          role          role          role          role          role          + / home      inactive
    person.suspend    unknown       inactive      role          role          role          role          role          role          role          + / home      inactive
    person.reinstate  unknown       inactive      role          role          role          role          role          role          role          + / home      inactive
    device.enrol      unknown       inactive      +             role          role          role          role          role          role          role          inactive
    device.revoke     unknown       inactive      + / patient   role          role          role          role          role          role          role          inactive
    assignment.create unknown       inactive      role          role          role          role          role          role          role          + / home      inactive
    assignment.accept unknown       inactive      + / no        role          role          role          role          role          role          role          inactive
    assignment.end    unknown       inactive      + / no        role          + / no        no            no            role          role          + / home      inactive
    keyring.update    unknown       inactive      + / no        role          + / no        no            no            role          role          role          inactive
    record.anchor     unknown       inactive      + / no        + / patient   + / no        no            no            role          role          role          inactive
    grant.request     unknown       inactive      role          role          +             +             +             +             role          role          inactive
    grant.refuse      unknown       inactive      + / no        role          + / no        no            no            role          role          role          inactive
    grant.create      unknown       inactive      + / no        role          + / no        no            no            role          role          role          inactive
    grant.revoke      unknown       inactive      + / no        role          + / no        no            no            role          role          role          inactive
    access.request    unknown       inactive      role          role          no            no            +             no            role          role          inactive
    access.report     unknown       inactive      + / no        role          + / no        no            no            role          role          role          inactive
    "
  `);
});
