import { expect, test } from 'vitest';
import { grantIdOf } from '#crypto';
import { TRANSACTION_KINDS } from '#consensus/ledger';
import type { Bodies, TransactionKind } from '#consensus/ledger';
import { DAY_MS, id32, node, person, recordId, standardConsortium } from './consortium.ts';
import type { Consortium } from './consortium.ts';

/**
 * Every role, every kind, towards the patient it belongs to (maria, north) and towards another (tom, east), with bodies
 * that are otherwise in order: a change of any right shows here as a changed cell. The delegate holds a grant of both.
 */
const ACTORS = {
  stranger: 'zoe',
  applicant: 'pat',
  patient: 'maria',
  guardian: 'gwen',
  device: 'gateway',
  custodian: 'alice',
  cover: 'dora',
  doctor: 'carol',
  delegate: 'bob',
  researcher: 'rita',
  auditor: 'ada',
  administrator: 'north-admin-1',
  suspended: 'sue',
} as const;

const HOMES = { maria: 'north', tom: 'east' } as const;
type Patient = keyof typeof HOMES;

interface Scene {
  chain: Consortium;
  requests: Record<Patient, Uint8Array>;
  /** Waiting for the countersignature, and over. */
  emergencies: Record<Patient, { waiting: Uint8Array; over: Uint8Array }>;
  /** Open proposals to admit: made by another institution, and by this administrator itself. */
  proposals: Record<Patient, Uint8Array>;
}

/** Recoveries whose window has passed, guardianships, cover and emergencies of both patients. */
function addCare(chain: Consortium): Scene['emergencies'] {
  for (const name of ['gwen', 'gus', 'gil']) chain.admit(name, 'patient', 'west');
  for (const name of ['dora', 'ed']) chain.admit(name, 'doctor', 'east');
  const reason = null;
  const untilMs = chain.timeMs + 60 * DAY_MS;
  const propose = (patient: Patient, name: string): void => {
    const body = { patient: person(patient).id, guardian: person(name).id, untilMs, reason };
    chain.must(`${HOMES[patient]}-admin-2`, 'guardianship.create', body);
  };
  for (const patient of ['maria', 'tom'] as const) {
    propose(patient, 'gil');
    const cover = { patient: person(patient).id, doctors: [person('dora').id], untilMs };
    chain.must(CUSTODIAN[patient], 'cover.create', cover);
    const recovery = { person: person(patient).id, ...chain.keyChange(patient, `recovered ${patient}`) };
    chain.must(`${HOMES[patient]}-admin-2`, 'recovery.start', recovery);
  }
  propose('maria', 'gwen');
  const ofGwen = { patient: person('maria').id, guardian: person('gwen').id };
  chain.must('north-admin-1', 'guardianship.confirm', ofGwen);
  chain.timeMs += 8 * DAY_MS;
  const emergencyOf = (patient: Patient, doctor: string, countersigner: string) => {
    chain.must(patient, 'emergency.share', chain.deposit(patient));
    const over = chain.must(doctor, 'emergency.request', chain.emergency(patient));
    chain.must(countersigner, 'emergency.countersign', { emergency: over });
    chain.must(patient, 'emergency.end', { emergency: over });
    const waiting = chain.must(CUSTODIAN[patient], 'emergency.request', chain.emergency(patient));
    return { over, waiting };
  };
  return {
    maria: emergencyOf('maria', 'dora', 'east-admin-2'),
    tom: emergencyOf('tom', 'ed', 'east-admin-2'),
  };
}

function scene(): Scene {
  const chain = standardConsortium();
  chain.admit('dan', 'doctor', 'east');
  chain.assign('tom', 'dan', 'east');
  chain.must('tom', 'device.enrol', chain.device('tom', 'watch'));
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
  const requests = { maria: request('maria', 'alice'), tom: request('tom', 'dan') };
  const emergencies = addCare(chain);
  const fifth = chain.must('west-admin-1', 'membership.admit', chain.application('fifth'));
  const sixth = chain.must('north-admin-1', 'membership.admit', chain.application('sixth'));
  return { requests, emergencies, proposals: { maria: fifth, tom: sixth }, chain };
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
  { requests, emergencies, proposals }: Scene,
) {
  const id = person(patient).id;
  const untilMs = chain.timeMs + DAY_MS;
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
    'device.enrol': () => chain.device(sender, `new device of ${sender}`),
    'device.revoke': () => ({ device: person(DEVICE[patient]).id }),
    'assignment.request': () => ({
      patient: id,
      doctor: person(['alice', 'dora', 'carol'].includes(sender) ? sender : 'bob').id,
    }),
    'assignment.create': () => ({ patient: id, doctor: person('bob').id }),
    'assignment.accept': () => ({ patient: id, doctor: person('carol').id }),
    'assignment.end': () => ({ patient: id, doctor: person(CUSTODIAN[patient]).id }),
    'keyring.update': () => ({
      patient: id,
      entries: [{ recipient: id, box: chain.grant(patient, 'bob').terms }],
    }),
    'record.anchor': () => chain.anchor(sender, patient, { 'a new record': ['new'] }),
    'grant.request': () => ({ patient: id, to: id, message: null }),
    'grant.refuse': () => ({ request: requests[patient], reason: null }),
    'grant.create': () => chain.grant(patient, 'rita', 7),
    'grant.revoke': () => ({ grant }),
    'access.request': () => ({
      grant,
      items: [{ record: recordId(RECORD[patient]), slot: 0, rekey: 0 }],
      purpose: id32('purpose'),
    }),
    'access.search': () => ({ grant }),
    'access.report': () => ({ patient: id, records: [recordId(RECORD[patient])], action: 'open' }),
    'record.erase': () => ({ patient: id, records: [recordId(RECORD[patient])] }),
    'person.rotate-keys': () => chain.keyChange(sender, `new keys of ${sender}`),
    'person.erase': () => ({ patient: id }),
    'person.move': () => ({ patient: id, home: node('west').id, profile: null }),
    'person.receive': () => ({ person: id, identifiers: [] }),
    'recovery.share': () => chain.recoveryDeposit(patient, 3),
    'recovery.unshare': () => ({}),
    'recovery.start': () => {
      const lost = `suspended of ${HOMES[patient]}`;
      return { person: person(lost).id, ...chain.keyChange(lost, `recovered ${lost}`) };
    },
    'recovery.veto': () => ({ person: id }),
    'recovery.finish': () => ({ person: id }),
    'cover.create': () => ({ patient: id, doctors: [person('bob').id], untilMs }),
    'cover.end': () => ({ patient: id, doctor: person('dora').id }),
    'guardianship.create': () => ({ patient: id, guardian: person('gus').id, untilMs, reason: null }),
    'guardianship.confirm': () => ({ patient: id, guardian: person('gil').id }),
    'guardianship.end': () => ({ patient: id, guardian: person('gil').id }),
    'identity.publish': () => ({ publicKey: id32('no element'), signature: new Uint8Array(64) }),
    'dashboard.declare': () => ({ release: id32('release') }),
    'emergency.share': () => chain.deposit(patient, 2),
    'emergency.unshare': () => ({ patient: id }),
    'emergency.request': () => chain.emergency(patient),
    'emergency.countersign': () => ({ emergency: emergencies[patient].waiting }),
    'emergency.end': () => ({ emergency: emergencies[patient].waiting }),
    'emergency.review': () => ({ emergency: emergencies[patient].over, verdict: 'justified', text: null }),
    'evidence.equivocation': () => ({ votes: new Uint8Array(1) }),
    'evidence.proxy': () => ({ payload: new Uint8Array(1), signature: new Uint8Array(64), item: 0 }),
    'membership.admit': () => chain.application(`new friend of ${HOMES[patient]}`),
    'membership.remove': () => ({ institution: node('west').id, fromHeight: chain.height + 50 }),
    'membership.vote': () => ({ proposal: proposals[patient] }),
    'reshare.deal': () => ({
      owner: grant,
      epoch: 1,
      commitments: [[id32('C')]],
      boxes: chain.grant(patient, 'rita').shares,
    }),
    'reshare.confirm': () => ({ owner: grant, epoch: 1, deals: [id32('deal')] }),
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
  'assignment-exists': 'exists',
  'emergency-open': 'open',
  'evidence-invalid': 'invalid',
  'identity-key-invalid': 'invalid',
  'too-few-members': 'few',
  'already-decided-by-sender': 'again',
  'recovery-open': 'busy',
  'move-unknown': 'none',
};

test('who may do what: towards the own patient / towards another', () => {
  const played = scene();
  const { chain } = played;
  const rows = TRANSACTION_KINDS.map((kind) => {
    const cells = Object.values(ACTORS).map((name) => {
      const words = (Object.keys(HOMES) as Patient[]).map((patient) => {
        const body = bodyOf(chain, kind, name, patient, played);
        const result = chain.fork().send(name, kind, body as Bodies[typeof kind]);
        return WORDS[result] ?? result;
      });
      return words[0] === words[1] ? (words[0] ?? '') : words.join(' / ');
    });
    return [kind, ...cells];
  });
  const table = [['', ...Object.keys(ACTORS)], ...rows].map(([kind = '', ...cells]) =>
    `${kind.padEnd(22)}${cells.map((cell) => cell.padEnd(14)).join('')}`.trimEnd(),
  );
  expect(`\n${table.join('\n')}\n`).toMatchInlineSnapshot(`
    "
                          stranger      applicant     patient       guardian      device        custodian     cover         doctor        delegate      researcher    auditor       administrator suspended
    person.register       +             known         known         known         known         known         known         known         known         known         known         known         known
    person.approve        unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    person.refuse         unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    person.suspend        unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    person.reinstate      unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    device.enrol          unknown       inactive      +             +             role          role          role          role          role          role          role          role          inactive
    device.revoke         unknown       inactive      + / patient   patient       role          role          role          role          role          role          role          role          inactive
    assignment.request    unknown       inactive      + / no        + / no        role          exists / +    +             exists        +             role          role          role          inactive
    assignment.create     unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    assignment.accept     unknown       inactive      + / no        + / no        role          role          role          role          role          role          role          role          inactive
    assignment.end        unknown       inactive      + / no        + / no        role          + / no        no            no            no            role          role          + / home      inactive
    keyring.update        unknown       inactive      + / no        + / no        role          + / no        +             no            no            role          role          role          inactive
    record.anchor         unknown       inactive      + / no        + / no        + / patient   + / no        +             no            no            role          role          role          inactive
    record.erase          unknown       inactive      + / no        + / no        role          role          role          role          role          role          role          role          inactive
    grant.request         unknown       inactive      role          role          role          +             +             +             +             +             role          role          inactive
    grant.refuse          unknown       inactive      + / no        + / no        role          + / no        no            no            no            role          role          role          inactive
    grant.create          unknown       inactive      + / no        + / no        role          + / no        +             no            no            role          role          role          inactive
    grant.revoke          unknown       inactive      + / no        + / no        role          + / no        +             no            no            role          role          role          inactive
    access.request        unknown       inactive      role          role          role          no            no            no            +             no            role          role          inactive
    access.search         unknown       inactive      role          role          role          no            no            no            +             no            role          role          inactive
    access.report         unknown       inactive      + / no        + / no        role          + / no        +             no            no            role          role          role          inactive
    person.rotate-keys    unknown       inactive      +             +             role          +             +             +             +             +             +             +             inactive
    person.erase          unknown       inactive      + / no        + / no        role          role          role          role          role          role          role          role          inactive
    person.move           unknown       inactive      busy / no     busy / no     role          role          role          role          role          role          role          role          inactive
    person.receive        unknown       inactive      role          role          role          role          role          role          role          role          role          none          inactive
    recovery.start        unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    recovery.veto         unknown       inactive      + / no        + / no        role          + / no        no            no            no            no            no            + / no        inactive
    recovery.finish       unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    cover.create          unknown       inactive      + / no        + / no        role          + / no        no            no            no            role          role          role          inactive
    cover.end             unknown       inactive      + / no        + / no        role          + / no        +             no            no            role          role          role          inactive
    guardianship.create   unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    guardianship.confirm  unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    guardianship.end      unknown       inactive      + / no        no            role          role          role          role          role          role          role          + / home      inactive
    identity.publish      unknown       inactive      role          role          role          role          role          role          role          role          role          invalid       inactive
    dashboard.declare     unknown       inactive      role          role          role          role          role          role          role          role          role          +             inactive
    emergency.share       unknown       inactive      + / no        + / no        role          role          role          role          role          role          role          role          inactive
    emergency.unshare     unknown       inactive      + / no        + / no        role          role          role          role          role          role          role          role          inactive
    recovery.share        unknown       inactive      + / no        no            role          no            no            no            no            no            no            no            inactive
    recovery.unshare      unknown       inactive      sharing-off   sharing-off   role          sharing-off   sharing-off   sharing-off   sharing-off   sharing-off   sharing-off   sharing-off   inactive
    emergency.request     unknown       inactive      role          role          role          open / +      +             +             +             role          role          role          inactive
    emergency.countersign unknown       inactive      role          role          role          role          role          role          role          role          role          + / home      inactive
    emergency.end         unknown       inactive      + / no        + / no        role          + / no        +             no            no            role          role          + / home      inactive
    emergency.review      unknown       inactive      + / no        + / no        role          role          role          role          role          role          +             +             inactive
    evidence.equivocation unknown       inactive      role          role          role          invalid       invalid       invalid       invalid       invalid       invalid       invalid       inactive
    evidence.proxy        unknown       inactive      role          role          role          invalid       invalid       invalid       invalid       invalid       invalid       invalid       inactive
    membership.admit      unknown       inactive      role          role          role          role          role          role          role          role          role          +             inactive
    membership.remove     unknown       inactive      role          role          role          role          role          role          role          role          role          few           inactive
    membership.vote       unknown       inactive      role          role          role          role          role          role          role          role          role          + / again     inactive
    reshare.deal          unknown       inactive      role          role          role          role          role          role          role          role          role          role          inactive
    reshare.confirm       unknown       inactive      role          role          role          role          role          role          role          role          role          role          inactive
    "
  `);
});
