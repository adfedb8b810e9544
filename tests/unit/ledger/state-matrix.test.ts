import { expect, test } from 'vitest';
import { equalBytes } from '#crypto';
import { readPerson, TRANSACTION_KINDS } from '#consensus/ledger';
import type { Bodies, TransactionKind } from '#consensus/ledger';
import { person } from './consortium.ts';
import type { Consortium } from './consortium.ts';
import { ACTORS, bodyOf, scene } from './matrix-scene.ts';
import type { Scene } from './matrix-scene.ts';

/**
 * Every kind towards a patient in every state she can be in: who of one of each role may still do it. A right that
 * outlives a suspension or an erasure, or comes before an approval, shows as a changed cell. `-`: names no person, so
 * that it cannot be about one who never was active.
 */
const MARIA = person('maria').id;
/** Somebody who never was active in the place of Maria. */
const PIA = 'pia';

const STATES: Readonly<Record<string, (chain: Consortium) => Uint8Array>> = {
  active: () => MARIA,
  suspended: (chain) => {
    chain.must('north-admin-2', 'person.suspend', { person: MARIA, reason: null });
    return MARIA;
  },
  erased: (chain) => {
    chain.must('maria', 'person.erase', { patient: MARIA });
    return MARIA;
  },
  pending: (chain) => {
    chain.register(PIA, 'patient', 'north');
    return person(PIA).id;
  },
  refused: (chain) => {
    chain.register(PIA, 'patient', 'north');
    chain.must('north-admin-1', 'person.refuse', { person: person(PIA).id, reason: null });
    return person(PIA).id;
  },
};

/** About Maria, also where the other matrix takes somebody in another state. */
function bodyAbout(chain: Consortium, kind: TransactionKind, sender: string, played: Scene): unknown {
  if (kind === 'recovery.start') return { person: MARIA, ...chain.keyChange('maria', 'recovered once more') };
  const isDecision = /^person\.(approve|refuse|suspend|reinstate)$/.test(kind);
  return isDecision ? { person: MARIA, reason: null } : bodyOf(chain, kind, sender, 'maria', played);
}

/** The same about another; undefined when it names nobody. */
function aboutAnother(body: unknown, id: Uint8Array): unknown {
  let replaced = 0;
  const swap = (value: unknown): unknown => {
    if (value instanceof Uint8Array) {
      const isMaria = equalBytes(value, MARIA);
      if (isMaria) replaced++;
      return isMaria ? id : value;
    }
    if (Array.isArray(value)) return value.map(swap);
    const isPlain =
      typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
    return isPlain
      ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, swap(one)]))
      : value;
  };
  const made = swap(body);
  return replaced > 0 ? made : undefined;
}

test('who may do what towards a patient, in every state of hers', () => {
  const played = scene();
  // Nothing of hers is under way that would hide who may begin it.
  played.chain.must('gwen', 'recovery.veto', { person: MARIA });
  const chains = Object.values(STATES).map((enter) => {
    const chain = played.chain.fork();
    return { chain, target: enter(chain) };
  });
  // Erased is called revoked, as a device is that was shut out.
  expect(chains.map(({ chain, target }) => readPerson(chain.get, target)?.status)).toEqual([
    'active',
    'suspended',
    'revoked',
    'pending',
    'refused',
  ]);
  const rows = TRANSACTION_KINDS.map((kind) => {
    const cells = chains.map(({ chain, target }) => {
      const may = Object.entries(ACTORS).flatMap(([role, name]) => {
        const body = bodyAbout(chain, kind, name, played);
        const about = equalBytes(target, MARIA) ? body : aboutAnother(body, target);
        if (about === undefined) return [undefined];
        const applied = chain.fork().send(name, kind, about as Bodies[typeof kind]) === 'ok';
        return applied ? [role] : [];
      });
      return may.includes(undefined) ? '-' : may.join(' ');
    });
    return [kind, ...cells];
  });
  const table = [['', ...Object.keys(STATES)], ...rows].map((cells) => cells.join(' | ').trimEnd());
  expect(`\n${table.join('\n')}\n`).toMatchInlineSnapshot(`
    "
     | active | suspended | erased | pending | refused
    person.register | stranger | stranger | stranger | - | -
    person.approve |  |  |  | administrator |
    person.refuse |  |  |  | administrator |
    person.suspend | administrator |  |  |  |
    person.reinstate |  | administrator |  |  |
    device.enrol | patient guardian | guardian | guardian | - | -
    device.revoke | patient |  |  | - | -
    assignment.request | patient guardian cover delegate |  |  |  |
    assignment.create | administrator |  |  |  |
    assignment.accept | patient guardian |  |  |  |
    assignment.end | patient guardian custodian administrator | guardian custodian administrator | guardian custodian administrator |  |
    keyring.update | patient guardian custodian cover |  |  |  |
    record.anchor | patient guardian device custodian cover |  |  |  |
    record.erase | patient guardian |  |  |  |
    grant.request | custodian cover doctor delegate researcher |  |  |  |
    grant.refuse | patient guardian custodian | guardian custodian | guardian custodian | - | -
    grant.create | patient guardian custodian cover |  |  |  |
    grant.revoke | patient guardian custodian cover | guardian custodian cover | guardian custodian cover | - | -
    access.request | delegate | delegate |  | - | -
    access.search | delegate | delegate |  | - | -
    access.report | patient guardian custodian cover |  |  |  |
    person.rotate-keys | patient guardian custodian cover doctor delegate researcher auditor administrator | guardian custodian cover doctor delegate researcher auditor administrator | guardian custodian cover doctor delegate researcher auditor administrator | - | -
    person.erase | patient guardian |  |  |  |
    person.move | patient guardian |  |  |  |
    person.receive |  |  |  |  |
    recovery.start | administrator | administrator |  |  |
    recovery.veto |  |  |  |  |
    recovery.finish |  |  |  |  |
    cover.create | patient guardian custodian |  |  |  |
    cover.end | patient guardian custodian cover | guardian custodian cover | guardian custodian cover |  |
    guardianship.create | administrator |  |  |  |
    guardianship.confirm | administrator |  |  |  |
    guardianship.end | patient administrator | administrator | administrator |  |
    identity.publish |  |  |  | - | -
    dashboard.declare | administrator | administrator | administrator | - | -
    emergency.share | patient guardian |  |  |  |
    emergency.unshare | patient guardian | guardian | guardian |  |
    recovery.share | patient |  |  |  |
    recovery.unshare |  |  |  | - | -
    emergency.request | cover doctor delegate |  |  |  |
    emergency.countersign | administrator |  |  | - | -
    emergency.end | patient guardian custodian cover administrator | guardian custodian cover administrator | guardian custodian cover administrator | - | -
    emergency.review | patient guardian auditor administrator | guardian auditor administrator | guardian auditor administrator | - | -
    evidence.equivocation |  |  |  | - | -
    evidence.proxy |  |  |  | - | -
    membership.admit | administrator | administrator | administrator | - | -
    membership.remove |  |  |  | - | -
    membership.vote | administrator | administrator | administrator | - | -
    reshare.deal |  |  |  | - | -
    reshare.confirm |  |  |  | - | -
    "
  `);
});
