import { equalBytes, fromHex, toBase64Url, toHex } from '#crypto';
import { ServiceError } from '#node/services';
import type { Account, NodeServices } from '#node/services';
import { bytesOf, done, json } from '../api/call.ts';
import type { Call, Handlers } from '../api/call.ts';
import { HttpError } from '../api/errors.ts';
import type { Clock } from '../options.ts';
import { LEAVING } from '../security/sessions.ts';
import type { Sessions } from '../security/sessions.ts';
import type { WrapStore } from './wrap-store.ts';

export interface AccountHandlerParts {
  services: Pick<NodeServices, 'account'>;
  wraps: WrapStore;
  sessions: Sessions;
  clock: Pick<Clock, 'now'>;
}

type AccountRoutes =
  | 'GET /wraps'
  | 'POST /wraps'
  | 'POST /wraps/removal'
  | 'POST /unlock'
  | 'GET /sessions'
  | 'DELETE /sessions'
  | 'DELETE /sessions/:session'
  | 'DELETE /people/:person/sessions';

/** A person's own wrapped roots and sessions. Whose they are is said by the session, never by the request. */
export function accountHandlers({
  services,
  wraps,
  sessions,
  clock,
}: AccountHandlerParts): Pick<Handlers, AccountRoutes> {
  return {
    'GET /wraps': ({ actor }) =>
      json({
        wraps: wraps.list(ownId(actor)).map(({ lookup, kind, label, createdAtMs }) => ({
          lookup: toHex(lookup),
          kind,
          label: toBase64Url(label),
          createdAtMs,
        })),
      }),
    'POST /wraps': ({ actor, body }) => {
      const wrap = {
        lookup: fromHex(body.lookup),
        kind: body.kind,
        box: bytesOf(body.box, 'box'),
        label: bytesOf(body.label, 'label'),
      };
      const kept = wraps.put(ownId(actor), wrap, clock.now());
      if (kept !== 'kept') throw new HttpError('wrap-refused', { why: kept });
      return done('way-in-added', { facts: { kind: body.kind } });
    },
    'POST /wraps/removal': ({ actor, body }) => {
      const isRemoved = wraps.remove(ownId(actor), fromHex(body.lookup));
      return isRemoved ? done('way-in-removed') : { kind: 'none' };
    },
    'POST /unlock': ({ body }) => {
      const { box, isKnown } = wraps.find(fromHex(body.lookup));
      return json({ box: toBase64Url(box) }, isKnown ? {} : { event: { name: 'unlock-missed' } });
    },
    'GET /sessions': ({ actor, token }) =>
      json({ sessions: sessions.list(toHex(ownId(actor)), token ?? '') }),
    'DELETE /sessions': ({ actor, token }) => {
      const ended = sessions.endOthers(toHex(ownId(actor)), token ?? '');
      return done('sessions-ended', { facts: { ended } });
    },
    'DELETE /people/:person/sessions': ({ actor, parameters }) => {
      const person = idFrom(parameters['person'], 32, 'person');
      if (!mayEndSessions(actor, services.account(person))) throw new ServiceError('forbidden');
      const ended = sessions.endOthers(toHex(person), '');
      return done('sessions-ended', { account: person, facts: { ended } });
    },
    'DELETE /sessions/:session': ({ actor, parameters, token, fromBrowser }) => {
      const session = toHex(idFrom(parameters['session'], 16, 'session'));
      const isCurrent = sessions.endById(toHex(ownId(actor)), session, token ?? '');
      return done('sessions-ended', {
        facts: { session },
        ...(isCurrent && fromBrowser ? { headers: LEAVING } : {}),
      });
    },
  };
}

/** Oneself, and the administrators of a person's own institution. */
function mayEndSessions(actor: Call<unknown>['actor'], person: Account | undefined): boolean {
  if (actor.kind !== 'account' || person === undefined) return false;
  const { id, role, home } = actor.account;
  return equalBytes(id, person.id) || (role === 'administrator' && equalBytes(home, person.home));
}

function ownId(actor: Call<unknown>['actor']): Uint8Array {
  if (actor.kind !== 'account') throw new ServiceError('unauthorized');
  return actor.account.id;
}

function idFrom(text: string | undefined, length: number, field: string): Uint8Array {
  if (!/^[0-9a-f]+$/.test(text ?? '') || text?.length !== 2 * length)
    throw new ServiceError('malformed', { field });
  return fromHex(text);
}
