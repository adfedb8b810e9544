import { describe, expect, it } from 'vitest';
import { ROUTES } from '#node/client';
import type { Account } from '#node/services';
import { authorize } from '../../../dashboard/security/authorize.ts';
import type { Access, Action, Actor } from '../../../dashboard/security/authorize.ts';
import { idOf } from './fake-services.ts';

const STATES: Account['state'][] = ['pending', 'active', 'refused', 'suspended', 'revoked'];
const ACCESSES: Access[] = ['public', 'register-or-session', 'session', 'active'];

const stranger: Actor = { kind: 'stranger' };
const accountIn = (state: Account['state']): Actor => ({
  kind: 'account',
  account: {
    id: idOf('maria'),
    kind: 'person',
    role: 'patient',
    state,
    home: idOf('home'),
    signPublicKey: idOf('key'),
  },
});

describe('authorize', () => {
  it('knows every access that a route asks for', () => {
    expect([...new Set(ROUTES.map(({ access }) => access))].toSorted()).toEqual(ACCESSES.toSorted());
  });

  it('allows an access that nobody wrote down to nobody', () => {
    const unknown = 'administrator' as Access;
    for (const actor of [stranger, ...STATES.map(accountIn)]) {
      expect(authorize(actor, { access: unknown }).allowed).toBe(false);
    }
  });

  it('lets accounts that are refused, suspended or revoked do no more than strangers', () => {
    const transactions = [undefined, { sender: idOf('maria'), kind: 'record.anchor' }];
    for (const state of ['refused', 'suspended', 'revoked'] as const) {
      for (const access of ACCESSES) {
        for (const transaction of transactions) {
          const action: Action = transaction === undefined ? { access } : { access, transaction };
          expect(authorize(accountIn(state), action).allowed).toBe(authorize(stranger, action).allowed);
        }
      }
    }
  });

  it('allows a transaction by what it is and who signed it, never without looking at it', () => {
    const access = 'register-or-session';
    const own = { sender: idOf('maria'), kind: 'record.anchor' };
    const other = { sender: idOf('bob'), kind: 'record.anchor' };
    const registration = { sender: idOf('bob'), kind: 'person.register' };
    expect(authorize(accountIn('active'), { access }).allowed).toBe(false);
    expect(authorize(stranger, { access }).allowed).toBe(false);
    expect(authorize(accountIn('active'), { access, transaction: own })).toEqual({
      allowed: true,
      by: 'own transaction',
    });
    expect(authorize(accountIn('active'), { access, transaction: other }).allowed).toBe(false);
    expect(authorize(accountIn('active'), { access, transaction: registration }).allowed).toBe(false);
    expect(authorize(stranger, { access, transaction: registration })).toEqual({
      allowed: true,
      by: 'registration',
    });
    expect(authorize(stranger, { access, transaction: own })).toMatchObject({ code: 'unauthorized' });
  });
});
