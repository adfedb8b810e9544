import { expect, test } from 'vitest';
import { TRANSACTION_KINDS } from '#consensus/ledger';
import type { Bodies } from '#consensus/ledger';
import { ACTORS, bodyOf, HOMES, scene } from './matrix-scene.ts';
import type { Patient } from './matrix-scene.ts';

/**
 * Every role, every kind, towards the patient it belongs to (maria, north) and towards another (tom, east), with bodies
 * that are otherwise in order: a change of any right shows here as a changed cell. The delegate holds a grant of both.
 */
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
