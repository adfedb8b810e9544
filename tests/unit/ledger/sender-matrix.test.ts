import { expect, test } from 'vitest';
import { grantIdOf } from '#crypto';
import { SENDER_ROLES, TRANSACTION_KINDS } from '#consensus/ledger';
import type { Bodies, TransactionKind } from '#consensus/ledger';
import { DAY_MS, id32, link, node, person, standardConsortium } from './consortium.ts';
import type { Consortium, InstitutionName } from './consortium.ts';

/**
 * Beside `role-matrix.test.ts` (own and other patients): every role in every state of its own, and everybody towards a
 * patient, person, grant or request that there is none of.
 */
const ROLES = ['patient', 'doctor', 'researcher', 'administrator', 'auditor'] as const;
const STATES = ['pending', 'refused', 'suspended', 'active'] as const;
const HOME: InstitutionName = 'south';

function cast(): Consortium {
  const chain = standardConsortium();
  for (const role of ROLES) {
    for (const state of STATES) {
      const name = `${state} ${role}`;
      if (state === 'active' || state === 'suspended') chain.admit(name, role, HOME);
      else chain.register(name, role, HOME);
      const decided = { person: person(name).id, reason: null };
      if (state === 'refused') chain.must(`${HOME}-admin-1`, 'person.refuse', decided);
      if (state === 'suspended') chain.must(`${HOME}-admin-1`, 'person.suspend', decided);
    }
  }
  return chain;
}

/** Bodies in order but for what they name, which does not exist. */
function bodyOf(chain: Consortium, kind: TransactionKind, sender: string) {
  const nobody = person('nobody at all').id;
  const untilMs = chain.timeMs + DAY_MS;
  const doctor = person('alice').id;
  const decision = { person: nobody, reason: null };
  const pair = { patient: nobody, doctor };
  const guardianship = { patient: nobody, guardian: person('maria').id };
  const grant = grantIdOf(doctor, nobody, new Uint8Array(16));
  const bodies: { [K in TransactionKind]: () => Bodies[K] } = {
    'person.register': () => ({
      role: 'patient',
      home: node(HOME).id,
      keys: person(sender).publicKeys,
      profile: null,
    }),
    'person.approve': () => decision,
    'person.refuse': () => decision,
    'person.suspend': () => decision,
    'person.reinstate': () => decision,
    'device.enrol': () => chain.device(sender, `device of ${sender}`),
    'device.revoke': () => ({ device: nobody }),
    'assignment.request': () => ({ patient: nobody, doctor: person(sender).id }),
    'assignment.create': () => pair,
    'assignment.accept': () => pair,
    'assignment.end': () => ({ patient: nobody, doctor: person(sender).id }),
    'keyring.update': () => ({ patient: nobody, entries: [{ recipient: nobody, box: link('box') }] }),
    'record.anchor': () => chain.anchor(sender, 'nobody at all', { 'a record of nobody': [] }),
    'person.erase': () => ({ patient: nobody }),
    'person.move': () => ({ patient: nobody, home: node(HOME).id, profile: null }),
    'person.receive': () => ({ person: nobody, identifiers: [] }),
    'record.erase': () => ({ patient: nobody, records: [id32('none')] }),
    'grant.request': () => ({ patient: nobody, to: doctor, message: null }),
    'grant.refuse': () => ({ request: id32('none'), reason: null }),
    'grant.create': () => chain.grant('nobody at all', 'bob', 7),
    'grant.revoke': () => ({ grant }),
    'access.request': () => ({
      grant,
      items: [{ record: id32('none'), slot: 0, rekey: 0 }],
      purpose: id32('p'),
    }),
    'access.search': () => ({ grant }),
    'access.report': () => ({ patient: nobody, records: [], action: 'open' }),
    'person.rotate-keys': () => chain.keyChange(sender, `next ${sender}`),
    'recovery.share': () => chain.recoveryDeposit('nobody at all', 3),
    'recovery.unshare': () => ({}),
    'recovery.start': () => ({ person: nobody, ...chain.keyChange('nobody at all', 'next nobody') }),
    'recovery.veto': () => ({ person: nobody }),
    'recovery.finish': () => ({ person: nobody }),
    'cover.create': () => ({ patient: nobody, doctors: [doctor], untilMs }),
    'cover.end': () => ({ patient: nobody, doctor }),
    'guardianship.create': () => ({ ...guardianship, untilMs, reason: null }),
    'guardianship.confirm': () => guardianship,
    'guardianship.end': () => guardianship,
    'identity.publish': () => ({ publicKey: id32('no element'), signature: new Uint8Array(64) }),
    'dashboard.declare': () => ({ release: id32('release') }),
    'emergency.share': () => chain.deposit('nobody at all'),
    'emergency.unshare': () => ({ patient: nobody }),
    'emergency.request': () => chain.emergency('nobody at all'),
    'emergency.countersign': () => ({ emergency: id32('none') }),
    'emergency.end': () => ({ emergency: id32('none') }),
    'emergency.review': () => ({ emergency: id32('none'), verdict: 'justified', text: null }),
    'membership.admit': () => chain.application(`a friend of ${sender}`),
    'membership.remove': () => ({ institution: nobody, fromHeight: chain.height + 50 }),
    'membership.vote': () => ({ proposal: id32('none') }),
    'evidence.equivocation': () => ({ votes: new Uint8Array(1) }),
    'reshare.deal': () => ({
      owner: grant,
      epoch: 1,
      commitments: [[id32('C')]],
      boxes: [{ node: nobody, box: link('box') }],
    }),
    'reshare.confirm': () => ({ owner: grant, epoch: 1, deals: [id32('deal')] }),
    'evidence.proxy': () => ({ payload: new Uint8Array(1), signature: new Uint8Array(64), item: 0 }),
  };
  return bodies[kind]();
}

test('who is not active sends nothing of any kind, whatever the role', () => {
  const chain = cast();
  for (const kind of TRANSACTION_KINDS) {
    for (const role of ROLES) {
      const results = STATES.map((state) => {
        const name = `${state} ${role}`;
        return chain.fork().send(name, kind, bodyOf(chain, kind, name) as Bodies[typeof kind]);
      });
      const [pending, refused, suspended, active] = results;
      const inactive = kind === 'person.register' ? 'already-registered' : 'sender-not-active';
      expect([kind, role, pending, refused, suspended]).toEqual([kind, role, inactive, inactive, inactive]);
      // An active one is stopped by nothing but role and rule.
      if (kind === 'person.register') expect(active).toBe('already-registered');
      else if (SENDER_ROLES[kind].includes(role)) expect(active).not.toBe('role-not-allowed');
      else expect([kind, role, active]).toEqual([kind, role, 'role-not-allowed']);
    }
  }
});

test('who may do what towards nobody: each kind has one answer, and changes nothing', () => {
  const chain = cast();
  const before = chain.state.root;
  const answers = TRANSACTION_KINDS.map((kind) => {
    const allowed = ROLES.filter((role) => SENDER_ROLES[kind].includes(role));
    const codes = allowed.map((role) => {
      const name = `active ${role}`;
      return chain.fork().send(name, kind, bodyOf(chain, kind, name) as Bodies[typeof kind]);
    });
    return `${kind.padEnd(22)}${[...new Set(codes)].join(' ')}`.trimEnd();
  });
  expect(chain.state.root).toEqual(before);
  expect(`\n${answers.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    person.register
    person.approve        person-unknown
    person.refuse         person-unknown
    person.suspend        person-unknown
    person.reinstate      person-unknown
    device.enrol          ok
    device.revoke         device-unknown
    assignment.request    person-unknown
    assignment.create     person-unknown
    assignment.accept     not-permitted
    assignment.end        assignment-unknown
    keyring.update        person-unknown
    record.anchor         person-unknown
    record.erase          person-unknown
    grant.request         person-unknown
    grant.refuse          request-unknown
    grant.create          person-unknown
    grant.revoke          grant-unknown
    access.request        grant-unknown
    access.search         grant-unknown
    access.report         person-unknown
    person.rotate-keys    ok
    person.erase          person-unknown
    person.move           person-unknown
    person.receive        move-unknown
    recovery.start        person-unknown
    recovery.veto         person-unknown
    recovery.finish       person-unknown
    cover.create          person-unknown
    cover.end             cover-unknown
    guardianship.create   person-unknown
    guardianship.confirm  person-unknown
    guardianship.end      guardianship-unknown
    identity.publish      identity-key-invalid
    dashboard.declare     ok
    emergency.share       person-unknown
    emergency.unshare     not-permitted
    recovery.share        not-permitted
    recovery.unshare      sharing-off
    emergency.request     person-unknown
    emergency.countersign emergency-unknown
    emergency.end         emergency-unknown
    emergency.review      emergency-unknown
    evidence.equivocation evidence-invalid
    evidence.proxy        evidence-invalid
    membership.admit      ok
    membership.remove     institution-not-member
    membership.vote       proposal-unknown
    reshare.deal
    reshare.confirm
    "
  `);
});
