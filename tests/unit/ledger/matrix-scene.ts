import { grantIdOf } from '#crypto';
import type { Bodies, TransactionKind } from '#consensus/ledger';
import { DAY_MS, id32, node, person, recordId, standardConsortium } from './consortium.ts';
import type { Consortium } from './consortium.ts';

/** One of each role, by name; maria is a patient of north, tom of east. */
export const ACTORS = {
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

export const HOMES = { maria: 'north', tom: 'east' } as const;
export type Patient = keyof typeof HOMES;

export interface Scene {
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

/** Both patients with everything that a kind can be about. */
export function scene(): Scene {
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
export function bodyOf(
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
