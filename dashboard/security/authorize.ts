import { equalBytes } from '#crypto';
import type { ROUTES } from '#node/client';
import type { Account, Facts } from '#node/services';

/** Who asks: somebody without a session, or the account of a session as the ledger knows it now. */
export type Actor = { kind: 'stranger' } | { kind: 'account'; account: Account };

export type Access = (typeof ROUTES)[number]['access'];

/** What is asked: the access that the route demands, and the transaction where one is sent. */
export interface Action {
  access: Access;
  transaction?: { sender: Uint8Array; kind: string };
}

export type Decision =
  | { allowed: true; /** The rule that allowed it. */ by: string }
  | { allowed: false; code: 'unauthorized' | 'forbidden'; facts: Facts };

/** The one kind that an id sends which the ledger does not know yet. */
export const REGISTER_KIND = 'person.register';

/**
 * The one place that decides. Nothing is allowed unless a rule says so.
 *
 * A waiting (pending) account keeps its session, because it has to read its own state; it may send transactions,
 * and it is the ledger that refuses them. What touches records wants an active account.
 */
export function authorize(actor: Actor, action: Action): Decision {
  switch (action.access) {
    case 'public':
      return { allowed: true, by: 'public' };
    case 'session':
      return withSession(actor, () => ({ allowed: true, by: 'own session' }));
    case 'active':
      return withSession(actor, (account) =>
        account.state === 'active'
          ? { allowed: true, by: 'active account' }
          : { allowed: false, code: 'forbidden', facts: { state: account.state } },
      );
    case 'register-or-session':
      return mayTransact(actor, action.transaction);
    default:
      return { allowed: false, code: 'forbidden', facts: {} };
  }
}

/** States in which an account can hold a session. */
export function mayHoldSession(account: Account): boolean {
  return account.state === 'active' || account.state === 'pending';
}

function withSession(actor: Actor, decide: (account: Account) => Decision): Decision {
  if (actor.kind !== 'account' || !mayHoldSession(actor.account)) {
    return { allowed: false, code: 'unauthorized', facts: {} };
  }
  return decide(actor.account);
}

function mayTransact(actor: Actor, transaction: Action['transaction']): Decision {
  if (transaction === undefined) return { allowed: false, code: 'forbidden', facts: {} };
  if (actor.kind === 'stranger') {
    return transaction.kind === REGISTER_KIND
      ? { allowed: true, by: 'registration' }
      : { allowed: false, code: 'unauthorized', facts: {} };
  }
  return withSession(actor, (account) =>
    equalBytes(account.id, transaction.sender)
      ? { allowed: true, by: 'own transaction' }
      : { allowed: false, code: 'forbidden', facts: { sender: 'another account' } },
  );
}
