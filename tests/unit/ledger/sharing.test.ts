import { describe, expect, test } from 'vitest';
import { grantIdOf } from '#crypto';
import {
  ACCESS_ITEMS_MAX,
  GRANT_LIFETIME_MS_MAX,
  readAccess,
  readAudit,
  readAuditCount,
  readCount,
  readGrant,
  readItem,
  readRequest,
} from '#consensus/ledger';
import { DAY_MS, id32, link, person, recordId, standardConsortium } from './consortium.ts';

const maria = person('maria').id;
const GRANT = grantIdOf(person('alice').id, maria, new Uint8Array(16).fill(1));
const items = (...names: string[]) => names.map((name) => ({ record: recordId(name), slot: 0, rekey: 0 }));
const access = (...names: string[]) => ({ grant: GRANT, items: items(...names), purpose: id32('purpose') });
const request = { patient: maria, to: person('alice').id, message: null };

describe('requests for a grant', () => {
  test('one open request for a patient; refused or granted it makes room', () => {
    const chain = standardConsortium();
    const first = chain.must('rita', 'grant.request', request);
    expect(chain.send('rita', 'grant.request', request)).toBe('request-open');
    expect(chain.send('bob', 'grant.request', request)).toBe('ok');
    chain.must('alice', 'grant.refuse', { request: first, reason: link('why') });
    expect(chain.send('alice', 'grant.refuse', { request: first, reason: null })).toBe('wrong-status');
    const second = chain.must('rita', 'grant.request', { ...request, to: maria });
    chain.must('alice', 'grant.create', { ...chain.grant('maria', 'rita', 3), request: second });
    expect(readRequest(chain.get, second)).toMatchObject({ status: 'granted' });
    expect(chain.send('rita', 'grant.request', request)).toBe('ok');
    expect(readCount(chain.get, 'requests-from', person('rita').id)).toBe(3);
  });

  test('goes to the patient or a custodian, and is refused by them only', () => {
    const chain = standardConsortium();
    expect(chain.send('rita', 'grant.request', { ...request, to: person('carol').id })).toBe(
      'recipient-not-allowed',
    );
    expect(chain.send('rita', 'grant.request', { ...request, patient: person('bob').id })).toBe(
      'not-a-patient',
    );
    const hash = chain.must('rita', 'grant.request', request);
    expect(chain.send('carol', 'grant.refuse', { request: hash, reason: null })).toBe('not-permitted');
    expect(chain.send('tom', 'grant.refuse', { request: id32('none'), reason: null })).toBe(
      'request-unknown',
    );
    expect(chain.send('maria', 'grant.refuse', { request: hash, reason: null })).toBe('ok');
  });

  test('a grant answers only the request of its own delegate and patient', () => {
    const chain = standardConsortium();
    const byRita = chain.must('rita', 'grant.request', request);
    const toTom = chain.must('rita', 'grant.request', {
      ...request,
      patient: person('tom').id,
      to: person('tom').id,
    });
    const grant = (answered: Uint8Array, delegate = 'rita') => ({
      ...chain.grant('maria', delegate, 4),
      request: answered,
    });
    expect(chain.send('alice', 'grant.create', grant(byRita, 'carol'))).toBe('delegate-not-allowed');
    expect(chain.send('alice', 'grant.create', grant(toTom))).toBe('other-patient');
    expect(chain.send('alice', 'grant.create', grant(id32('none')))).toBe('request-unknown');
    expect(chain.send('alice', 'grant.create', grant(byRita))).toBe('ok');
    expect(chain.send('alice', 'grant.create', { ...grant(byRita), nonce: new Uint8Array(16) })).toBe(
      'wrong-status',
    );
  });
});

describe('grants', () => {
  test('a grant is made once, listed for both sides, and kept whole', () => {
    const chain = standardConsortium();
    expect(chain.send('alice', 'grant.create', chain.grant('maria', 'bob'))).toBe('grant-exists');
    expect(readItem(chain.get, 'grants-to', person('bob').id, 0)).toEqual(GRANT);
    expect(readItem(chain.get, 'grants-of', maria, 0)).toEqual(GRANT);
    const { rekeys, shares } = chain.grant('maria', 'bob');
    expect(readGrant(chain.get, GRANT)).toMatchObject({
      id: GRANT,
      issuer: person('alice').id,
      rekeys,
      shares: shares.map(({ node, box }) => ({ node, boxes: [box] })),
      dealers: [],
    });
    // The same nonce of another issuer is another grant: nobody can take an id away.
    expect(chain.send('maria', 'grant.create', chain.grant('maria', 'bob'))).toBe('ok');
  });

  test.each([
    ['a delegate who is no doctor or researcher', { delegate: person('tom').id }, 'delegate-not-allowed'],
    ['a device as delegate', { delegate: person('gateway').id }, 'delegate-not-allowed'],
    ['the issuer herself', { delegate: person('alice').id }, 'delegate-not-allowed'],
    ['an unknown delegate', { delegate: id32('nobody') }, 'person-unknown'],
    ['a threshold below the quorum', { threshold: 2 }, 'threshold-wrong'],
    ['a threshold above the institutions', { threshold: 5 }, 'threshold-wrong'],
    ['other than t commitments', { threshold: 4 }, 'commitments-wrong'],
    ['no rekeys', { rekeys: [] }, 'malformed'],
    ['an expiry in the past', { expiresAtMs: 1 }, 'expiry-wrong'],
    [
      'an expiry too far',
      { expiresAtMs: 1_790_000_000_000 + GRANT_LIFETIME_MS_MAX + DAY_MS },
      'expiry-wrong',
    ],
  ])('refuses %s', (_, changed, code) => {
    const chain = standardConsortium();
    expect(chain.send('alice', 'grant.create', { ...chain.grant('maria', 'bob', 2), ...changed })).toBe(code);
  });

  test('needs exactly one share for each institution, in order', () => {
    const chain = standardConsortium();
    const grant = chain.grant('maria', 'bob', 2);
    const [first, ...rest] = grant.shares;
    if (first === undefined) throw new Error('no share');
    for (const shares of [
      rest,
      [...rest, first],
      [first, ...rest, first],
      [{ ...first, node: id32('x') }, ...rest],
    ]) {
      expect(chain.send('alice', 'grant.create', { ...grant, shares })).toBe('shares-wrong');
    }
  });

  test('a delegate must be active', () => {
    const chain = standardConsortium();
    chain.must('south-admin-1', 'person.suspend', { person: person('rita').id, reason: null });
    expect(chain.send('alice', 'grant.create', chain.grant('maria', 'rita', 2))).toBe('person-not-active');
  });

  test('issuer, patient and custodians revoke; it is for good', () => {
    const chain = standardConsortium();
    expect(chain.fork().send('maria', 'grant.revoke', { grant: GRANT })).toBe('ok');
    chain.must('maria', 'assignment.end', { patient: maria, doctor: person('alice').id });
    expect(chain.fork().send('alice', 'grant.revoke', { grant: GRANT })).toBe('ok');
    expect(chain.fork().send('carol', 'grant.revoke', { grant: GRANT })).toBe('not-permitted');
    chain.assign('maria', 'carol', 'north');
    expect(chain.send('carol', 'grant.revoke', { grant: GRANT })).toBe('ok');
    expect(chain.send('maria', 'grant.revoke', { grant: GRANT })).toBe('grant-revoked');
    expect(chain.send('maria', 'grant.revoke', { grant: id32('none') })).toBe('grant-unknown');
    expect(chain.send('alice', 'grant.create', chain.grant('maria', 'bob'))).toBe('not-permitted');
  });
});

describe('access requests', () => {
  test('are recorded with what was asked for, and are in the audit list', () => {
    const chain = standardConsortium();
    const before = readAuditCount(chain.get, maria);
    const hash = chain.must('bob', 'access.request', access('r1', 'r2'));
    expect(readAccess(chain.get, hash)).toMatchObject({ grant: GRANT, patient: maria, height: chain.height });
    expect(readAudit(chain.get, maria, before)).toMatchObject({
      kind: 'access.request',
      actor: person('bob').id,
      grant: GRANT,
      records: [recordId('r1'), recordId('r2')],
      transaction: hash,
    });
    expect(readAuditCount(chain.get, maria)).toBe(before + 1);
  });

  test('a request signed before the revocation and kept back is worth nothing after it', () => {
    const chain = standardConsortium();
    const banked = chain.sign('bob', 'access.request', access('r1'));
    const revoked = chain.fork();
    revoked.must('alice', 'grant.revoke', { grant: GRANT });
    expect(revoked.apply(banked)).toBe('grant-revoked');
    expect(chain.apply(banked)).toBe('ok');
  });

  test('a revocation earlier in the same block is enough', () => {
    const chain = standardConsortium();
    const revoke = chain.sign('maria', 'grant.revoke', { grant: GRANT });
    expect(chain.apply(revoke, chain.sign('bob', 'access.request', access('r1')))).toBe('grant-revoked');
  });

  test('are refused from the moment the grant expires', () => {
    const chain = standardConsortium();
    const { expiresAtMs } = readGrant(chain.get, GRANT) ?? { expiresAtMs: 0 };
    const at = (timeMs: number): string => {
      const copy = chain.fork();
      copy.timeMs = timeMs - 1000;
      return copy.send('bob', 'access.request', access('r1'));
    };
    expect(at(expiresAtMs - 1)).toBe('ok');
    expect(at(expiresAtMs)).toBe('grant-expired');
  });

  test('a suspended delegate asks no more', () => {
    const chain = standardConsortium();
    chain.must('east-admin-1', 'person.suspend', { person: person('bob').id, reason: null });
    expect(chain.send('bob', 'access.request', access('r1'))).toBe('sender-not-active');
  });

  test('only for records of the patient, within the grant, by its delegate', () => {
    const chain = standardConsortium();
    expect(chain.send('bob', 'access.request', access('t1'))).toBe('other-patient');
    expect(chain.send('bob', 'access.request', access('r1', 't1'))).toBe('other-patient');
    expect(chain.send('bob', 'access.request', access('none'))).toBe('record-unknown');
    expect(chain.send('rita', 'access.request', access('r1'))).toBe('not-permitted');
    expect(chain.send('bob', 'access.request', { ...access('r1'), grant: id32('none') })).toBe(
      'grant-unknown',
    );
    const item = { record: recordId('r1'), slot: 0, rekey: 2 };
    expect(chain.send('bob', 'access.request', { ...access(), items: [item] })).toBe('rekey-unknown');
    expect(
      chain.send('bob', 'access.request', { ...access(), items: [{ ...item, rekey: 1, slot: 8 }] }),
    ).toBe('malformed');
    expect(chain.send('bob', 'access.request', access('r1', 'r1'))).toBe('duplicate');
    expect(chain.send('bob', 'access.request', access())).toBe('malformed');
    const many = Array.from({ length: ACCESS_ITEMS_MAX + 1 }, () => item);
    expect(chain.send('bob', 'access.request', { ...access(), items: many })).toBe('malformed');
  });
});

describe('announced searches', () => {
  test('leave one line that names the grant and nothing that was looked for', () => {
    const chain = standardConsortium();
    const before = readAuditCount(chain.get, maria);
    const hash = chain.must('bob', 'access.search', { grant: GRANT });
    expect(readAuditCount(chain.get, maria)).toBe(before + 1);
    expect(readAudit(chain.get, maria, before)).toMatchObject({
      kind: 'access.search',
      actor: person('bob').id,
      grant: GRANT,
      records: [],
      transaction: hash,
    });
    expect(readAccess(chain.get, hash)).toBeUndefined();
  });

  test('are the delegate’s own, and end with the grant', () => {
    const chain = standardConsortium();
    expect(chain.send('rita', 'access.search', { grant: GRANT })).toBe('not-permitted');
    expect(chain.send('bob', 'access.search', { grant: id32('none') })).toBe('grant-unknown');
    const expired = chain.fork();
    expired.timeMs = readGrant(chain.get, GRANT)?.expiresAtMs ?? 0;
    expect(expired.send('bob', 'access.search', { grant: GRANT })).toBe('grant-expired');
    chain.must('maria', 'grant.revoke', { grant: GRANT });
    expect(chain.send('bob', 'access.search', { grant: GRANT })).toBe('grant-revoked');
  });
});

describe('access reports', () => {
  test('name records of the patient, each once', () => {
    const chain = standardConsortium();
    const report = (...names: string[]) => ({
      patient: maria,
      records: names.map((name) => recordId(name)),
      action: 'open' as const,
    });
    expect(chain.send('alice', 'access.report', report('r1', 't1'))).toBe('other-patient');
    expect(chain.send('alice', 'access.report', report('r1', 'r1'))).toBe('duplicate');
    expect(chain.send('alice', 'access.report', report('none'))).toBe('record-unknown');
    expect(chain.send('alice', 'access.report', report('r1', 'r2'))).toBe('ok');
    const last = readAuditCount(chain.get, maria) - 1;
    expect(readAudit(chain.get, maria, last)).toMatchObject({ kind: 'access.report', action: 'open' });
  });
});
