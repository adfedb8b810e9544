import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex, utf8, linkOf } from '#crypto';
import { API_PREFIX, ROUTES } from '#node/client';
import { keyOf } from '../../../dashboard/api/schemas.ts';
import type { RouteKey } from '../../../dashboard/api/schemas.ts';
import { hexOf, idOf, personOf } from './fake-services.ts';
import type { Person } from './fake-services.ts';
import { serveFake, signatureOver, transactionOf } from './harness.ts';
import type { Ask, Reply, Served } from './harness.ts';
import { holdSampleBlock, sampleOf, titleOf } from './route-samples.ts';

const ROLES = ['patient', 'doctor', 'researcher', 'administrator', 'auditor', 'device'] as const;
const STATES = ['active', 'pending'] as const;
/** Whose thing a request names: somebody's at another institution, at the same one, or one's own. */
const OWNERS = ['elsewhere', 'neighbour', 'own'] as const;
type Role = (typeof ROLES)[number];
type Owner = (typeof OWNERS)[number];

/** What somebody has at a node, by the ids that a request can name. */
interface Belongings {
  readonly person: Person;
  readonly name: string;
  readonly lookup: string;
  /** A session, its id, and the token of a second one which asks. */
  session: string;
  token: string;
}

interface Row {
  /** A request that names something of this person's. */
  readonly ask: (named: Belongings, asker: Belongings) => Ask | Promise<Ask>;
  /** Status for an active asker, by whose it is; one who waits gets 403 where only active accounts may. */
  readonly status: (owner: Owner, role: Role) => number;
  /** Whether the things of the one who is named may change by it; nobody else's ever do. */
  readonly changes?: (owner: Owner, role: Role) => boolean;
  /** The service decides by who asks: it is told the asker, whatever the request says. */
  readonly isByAsker?: true;
}

let served: Served;

const idText = ({ id }: Person): string => toHex(id);
const to = (method: string, path: string, json?: unknown): Ask => ({
  method,
  path: `${API_PREFIX}${path}`,
  ...(json === undefined ? {} : { json }),
});
const isOwn = (owner: Owner): boolean => owner === 'own';
const forOwn =
  (own: number, other: number) =>
  (owner: Owner): number =>
    owner === 'own' ? own : other;
/** Names nothing that is anybody's: what it gives is the asker's own, or what every member has. */
const nobodys = (title: string, status = 200): Row => ({
  ask: () => sampleOf(ROUTES.find((route) => titleOf(route) === title)!),
  status: () => status,
});
/** Oneself, and the administrators of one's own institution. */
const mayEndSessions = (owner: Owner, role: Role): boolean =>
  owner === 'own' || (owner === 'neighbour' && role === 'administrator');

/** Every route with the things that it can name, and what naming another's is answered with, written by hand. */
const TABLE: Record<Exclude<RouteKey, 'GET /events'>, Row> = {
  'GET /status': nobodys('GET /status'),
  'GET /genesis': nobodys('GET /genesis'),
  'GET /head': nobodys('GET /head'),
  'GET /changes': nobodys('GET /changes'),
  'GET /institutions': nobodys('GET /institutions'),
  'GET /openapi.json': nobodys('GET /openapi.json'),
  // For anybody: who can not sign it has nothing of it, and learns not even whether there is such a person.
  'POST /session/challenge': {
    ask: ({ person }) => to('POST', '/session/challenge', { person: idText(person) }),
    status: () => 200,
  },
  'POST /session': {
    ask: async ({ person }, asker) => {
      const json = { person: idText(person) };
      const asked = await served.ask(to('POST', '/session/challenge', json));
      const { challenge } = asked.json<{ challenge: string }>();
      const signer = { ...person, secretKey: asker.person.secretKey };
      const signature = signatureOver(served.services, signer, challenge);
      return to('POST', '/session', { ...json, challenge, signature });
    },
    status: forOwn(200, 401),
    changes: isOwn,
  },
  'DELETE /session': nobodys('DELETE /session', 204),
  'GET /sessions': nobodys('GET /sessions'),
  'DELETE /sessions': nobodys('DELETE /sessions', 204),
  'DELETE /sessions/:session': {
    ask: ({ session }) => to('DELETE', `/sessions/${session}`),
    // The same answer for another's and for none: it does not say what there is.
    status: () => 204,
    changes: isOwn,
  },
  'DELETE /people/:person/sessions': {
    ask: ({ person }) => to('DELETE', `/people/${idText(person)}/sessions`),
    status: (owner, role) => (mayEndSessions(owner, role) ? 204 : 403),
    changes: mayEndSessions,
  },
  'GET /wraps': nobodys('GET /wraps'),
  'POST /wraps': {
    ask: ({ lookup }) => to('POST', '/wraps', { lookup, kind: 'passkey', box: 'AAAA', label: 'BBBB' }),
    status: forOwn(204, 409),
    changes: isOwn,
  },
  'POST /wraps/removal': {
    ask: ({ lookup }) => to('POST', '/wraps/removal', { lookup }),
    status: () => 204,
    changes: isOwn,
  },
  // For anybody: the id comes out of the secret that opens the box, and nobody else can name it.
  'POST /unlock': { ask: ({ lookup }) => to('POST', '/unlock', { lookup }), status: () => 200 },
  'POST /transactions': {
    ask: ({ name }) => to('POST', '/transactions', transactionOf('record.anchor', name)),
    status: forOwn(200, 403),
  },
  'POST /state': nobodys('POST /state'),
  'GET /ledger/:height': nobodys('GET /ledger/:height'),
  'POST /store': nobodys('POST /store'),
  'GET /store/:cid': nobodys('GET /store/:cid'),
  // Says which nodes hold sealed headers: every member of the network may know.
  'POST /receipts': {
    ask: ({ person }) => {
      const headers = [String(linkOf('raw', utf8('header')))];
      return to('POST', '/receipts', { patient: idText(person), headers });
    },
    status: () => 200,
  },
  'POST /conversions': {
    ask: ({ name }) => to('POST', '/conversions', { access: hexOf(`access of ${name}`) }),
    status: () => 200,
    isByAsker: true,
  },
  'POST /releases': {
    ask: ({ person }) => {
      const items = [{ record: hexOf('record'), slot: 0 }];
      return to('POST', '/releases', { ground: 'recovery', id: idText(person), items });
    },
    status: () => 200,
    isByAsker: true,
  },
  'GET /refusals': { ...nobodys('GET /refusals'), isByAsker: true },
  'GET /identity/key': nobodys('GET /identity/key'),
  'POST /identity/evaluations': {
    ask: ({ person }) => {
      const json = { applicant: idText(person), blinded: [hexOf('point')] };
      return to('POST', '/identity/evaluations', json);
    },
    status: () => 200,
    isByAsker: true,
  },
};

beforeAll(async () => {
  const boundless = { perSecond: 1e6, burst: 1e6 };
  served = await serveFake({
    limits: {
      addressRate: boundless,
      accountRate: boundless,
      signInRate: boundless,
      registrationRate: boundless,
    },
  });
  holdSampleBlock(served.services);
});
afterAll(async () => served.dashboard.stop());

/** Somebody with two fresh sessions and one way into the account, whatever happened before. */
async function settle(
  name: string,
  about: { role: Role; state: (typeof STATES)[number]; home: string },
): Promise<Belongings> {
  const person = personOf(name);
  served.services.addAccount(person, 'active', { role: about.role, home: idOf(about.home) });
  const token = await served.signIn(person);
  const lookup = hexOf(`lookup of ${name}`);
  await served.ask({ ...to('DELETE', '/sessions'), token });
  await served.signIn(person);
  await served.ask({ ...to('POST', '/wraps/removal', { lookup }), token });
  const wrap = { lookup, kind: 'passphrase', box: 'AAAA', label: 'AAAA' };
  await served.ask({ ...to('POST', '/wraps', wrap), token });
  served.services.accounts.get(idText(person))!.state = about.state;
  const listed = await served.ask({ ...to('GET', '/sessions'), token });
  const { sessions } = listed.json<{ sessions: { id: string; current: boolean }[] }>();
  const session = sessions.find(({ current }) => !current)?.id ?? 'none';
  return { person, name, lookup, session, token };
}

/** Sessions and ways in, as their owner sees them. */
async function seenBy({ token }: Belongings): Promise<string> {
  const sessions = await served.ask({ ...to('GET', '/sessions'), token });
  const wraps = await served.ask({ ...to('GET', '/wraps'), token });
  return `${sessions.status} ${sessions.bytes.toString()} ${wraps.bytes.toString()}`;
}

function expectAnswer(reply: Reply, others: readonly Belongings[], row: Row, asker: Belongings): void {
  const text = reply.bytes.toString();
  for (const { session, token, lookup } of others)
    for (const secret of [session, token, lookup]) expect(text).not.toContain(secret);
  if (row.isByAsker !== true || reply.status !== 200) return;
  // What the service was told: the one whose session it is.
  const [told] = served.services.calls.map(({ args }) =>
    args instanceof Uint8Array ? args : (args as { requester: Uint8Array }).requester,
  );
  expect(told).toEqual(asker.person.id);
}

it('names every route, so that a new one has to say whose things it can name', () => {
  const named = [...Object.keys(TABLE), 'GET /events'];
  expect(named.toSorted()).toEqual(ROUTES.map(keyOf).toSorted());
});

const ASKERS = ROLES.flatMap((role) => STATES.map((state) => ({ role, state })));

describe.each(ASKERS)('$role, $state', ({ role, state }) => {
  const routes = ROUTES.filter((route) => titleOf(route) !== 'GET /events');

  const home = 'North Hospital';
  const settled = new Map<Owner, Belongings>();
  const seen = new WeakMap<Belongings, string>();
  const freshOf = async (owner: Owner): Promise<Belongings> => {
    const known = settled.get(owner);
    if (known !== undefined) return known;
    const about = {
      own: { role, state, home },
      neighbour: { role: 'patient', state: 'active', home },
      elsewhere: { role: 'patient', state: 'active', home: 'East Clinic' },
    } as const;
    const made = await settle(owner, about[owner]);
    settled.set(owner, made);
    seen.set(made, await seenBy(made));
    return made;
  };
  beforeAll(() => settled.clear());

  it.each(routes.map((route) => ({ route, title: titleOf(route) })))(
    'reaches nothing of others by $title',
    async ({ route }) => {
      const row = TABLE[titleOf(route) as keyof typeof TABLE];
      const isShut = route.access === 'active' && state === 'pending';
      for (const owner of OWNERS) {
        const own = await freshOf('own');
        const others = [await freshOf('neighbour'), await freshOf('elsewhere')];
        served.services.calls.length = 0;
        const asked = await row.ask(await freshOf(owner), own);
        const reply = await served.ask({ ...asked, token: own.token });
        expect([owner, reply.status]).toEqual([owner, isShut ? 403 : row.status(owner, role)]);
        expectAnswer(reply, others, row, own);
        const after = await Promise.all(others.map(seenBy));
        const changes = !isShut && row.changes?.(owner, role) === true;
        for (const [i, each] of others.entries()) {
          const isChanged = after[i] !== seen.get(each);
          expect([each.name, isChanged]).toEqual([each.name, changes && each.name === owner]);
        }
        if (changes) settled.delete(owner);
        if (route.method === 'DELETE') settled.delete('own');
      }
    },
  );
});
