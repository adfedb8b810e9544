import { concatBytes, DOMAIN, fromHex, linkOf, parseLink, toBase64Url, toHex, verifyTagged } from '#crypto';
import type { Backend } from '#crypto';
import { accountHandlers } from '../accounts/handlers.ts';
import { agentWords } from '../accounts/agent.ts';
import type { AccountHandlerParts } from '../accounts/handlers.ts';
import { ServiceError } from '#node/services';
import type { CertifiedHead, Conversions, NodeServices } from '#node/services';
import { mayHoldSession } from '../security/authorize.ts';
import type { Challenges } from '../security/challenges.ts';
import { LEAVING, sessionCookie } from '../security/sessions.ts';
import { HttpError } from './errors.ts';
import { bytesOf, done, json } from './call.ts';
import type { Answer, Handlers } from './call.ts';
import type { RouteKey } from './schemas.ts';

const SIGNATURE_BYTES = 64;

export interface HandlerParts extends AccountHandlerParts {
  services: NodeServices;
  backend: Backend;
  challenges: Challenges;
  openApi: () => object;
}

/** One handler for every route of ROUTES: the type demands all of them and no other. */
export function createHandlers(parts: HandlerParts): Handlers {
  return {
    ...networkHandlers(parts),
    ...sessionHandlers(parts),
    ...ledgerHandlers(parts),
    ...recordHandlers(parts),
    ...identityHandlers(parts),
    ...accountHandlers(parts),
  };
}

type HandlersOf<Keys extends RouteKey> = Pick<Handlers, Keys>;

function networkHandlers({
  services,
  openApi,
}: HandlerParts): HandlersOf<
  | 'GET /status'
  | 'GET /events'
  | 'GET /genesis'
  | 'GET /head'
  | 'GET /changes'
  | 'GET /institutions'
  | 'GET /openapi.json'
> {
  return {
    'GET /status': () => json(services.status()),
    'GET /events': () => ({ kind: 'events' }),
    'GET /genesis': () => json({ genesis: toBase64Url(services.genesis()) }),
    'GET /head': () => {
      const head = services.head();
      if (head === undefined) throw new ServiceError('not-found', { height: 0 });
      return json(headOf(head));
    },
    'GET /changes': () =>
      json({
        changes: services.changes().map(({ validators, ...head }) => ({
          ...headOf(head),
          validators: validators.map(({ id, publicKey }) => ({ id: toHex(id), publicKey: toHex(publicKey) })),
        })),
      }),
    'GET /institutions': () => {
      const { institutions, admissions, proof, ...head } = services.institutions();
      return json({
        ...headOf(head),
        proof: toBase64Url(proof),
        institutions: institutions.map(toHex),
        admissions: admissions.map(toHex),
      });
    },
    'GET /openapi.json': () => json(openApi()),
  };
}

function sessionHandlers({
  services,
  backend,
  challenges,
  sessions,
}: HandlerParts): HandlersOf<'POST /session/challenge' | 'POST /session' | 'DELETE /session'> {
  return {
    'POST /session/challenge': ({ body }) => {
      const { challenge, expiresAtMs } = challenges.issue(fromHex(body.person));
      return json({ challenge: toBase64Url(challenge), expiresAtMs });
    },
    'POST /session': ({ body, fromBrowser, agent, token: presented }) => {
      const person = fromHex(body.person);
      const challenge = bytesOf(body.challenge, 'challenge');
      const signature = bytesOf(body.signature, 'signature', SIGNATURE_BYTES);
      const account = services.account(person);
      if (account === undefined || !challenges.isOpen(person, challenge))
        throw new ServiceError('unauthorized');
      const message = concatBytes(services.chainId, services.nodeId, person, challenge);
      if (!verifyTagged(backend, DOMAIN.session, message, signature, account.signPublicKey)) {
        throw new ServiceError('unauthorized');
      }
      const redemption = challenges.redeem(person, challenge);
      if (redemption === 'full') throw new HttpError('sessions-full', {}, { 'Retry-After': '60' });
      if (redemption === 'invalid') throw new ServiceError('unauthorized');
      if (!mayHoldSession(account)) throw new ServiceError('forbidden', { state: account.state });
      const tentative = account.state === 'pending';
      const opened = sessions.open(person, account.signPublicKey, tentative, agentWords(agent));
      if (opened === undefined) throw new HttpError('sessions-full', {}, { 'Retry-After': '60' });
      // The session that it came with is over: nobody goes on with a token from before the sign-in.
      if (presented !== undefined) sessions.replace(presented, opened.token);
      const { id, ...session } = opened;
      const facts = { session: id, by: fromBrowser ? 'browser' : 'program', state: account.state };
      const event = { name: 'signed-in', account: person, facts } as const;
      if (!fromBrowser) return json(session, { event });
      // A script of the page never sees the token: the browser keeps it.
      const headers = { 'Set-Cookie': sessionCookie(session.token) };
      return json({ ...session, token: '' }, { headers, event });
    },
    'DELETE /session': ({ token, session = '', fromBrowser }) => {
      if (token !== undefined) sessions.end(token);
      return done('signed-out', { facts: { session }, ...(fromBrowser ? { headers: LEAVING } : {}) });
    },
  };
}

function ledgerHandlers({
  services,
}: HandlerParts): HandlersOf<'POST /transactions' | 'POST /state' | 'GET /ledger/:height'> {
  return {
    'POST /transactions': async ({ body, signal }) => {
      if (body.profile !== undefined) await keepProfile(services, body.transaction, body.profile);
      const { hash, height } = await services.submit(bytesOf(body.transaction, 'transaction'), { signal });
      return json({ hash: toHex(hash), height });
    },
    'POST /state': ({ body }) => {
      const proven = services.read(body.keys.map((key) => fromHex(key)));
      return json({ ...headOf(proven), proof: toBase64Url(proven.proof) });
    },
    'GET /ledger/:height': ({ parameters }) => {
      const height = heightOf(parameters['height'] ?? '');
      const found = services.ledgerBlock(height);
      if (found === undefined) throw new ServiceError('not-found', { height });
      return json({ block: toBase64Url(found.block), certificate: toBase64Url(found.certificate) });
    },
  };
}

/**
 * Stores the block that a registration links: whoever registers has no account that could store it first.
 * @throws ServiceError `malformed` when the transaction links another block, or none
 */
async function keepProfile(services: NodeServices, transaction: string, profile: string): Promise<void> {
  const bytes = bytesOf(profile, 'profile');
  const { profile: linked } = services.describe(bytesOf(transaction, 'transaction'));
  if (linked !== String(linkOf('raw', bytes))) throw new ServiceError('malformed', { field: 'profile' });
  await services.putBlocks([{ codec: 'raw', bytes }]);
}

function recordHandlers({
  services,
}: HandlerParts): HandlersOf<
  | 'POST /store'
  | 'GET /store/:cid'
  | 'POST /receipts'
  | 'POST /conversions'
  | 'POST /releases'
  | 'GET /refusals'
> {
  return {
    'POST /store': async ({ actor, body }) => {
      if (actor.kind !== 'account') throw new ServiceError('unauthorized');
      const cids = await services.putBlocks(body.blocks, actor.account.id);
      return json({ cids: cids.map(String) });
    },
    'GET /store/:cid': async ({ parameters, signal }) => ({
      kind: 'bytes',
      bytes: await services.getBlock(linkFrom(parameters['cid'] ?? ''), { signal }),
    }),
    'POST /receipts': async ({ body, signal }) => {
      const headers = body.headers.map(linkFrom);
      const receipts = await services.receipts({ patient: fromHex(body.patient), headers }, { signal });
      return json({
        receipts: receipts.map(({ node, signature }) => ({
          node: toHex(node),
          signature: toBase64Url(signature),
        })),
      });
    },
    'POST /conversions': async ({ actor, body, signal }) => {
      if (actor.kind !== 'account') throw new ServiceError('unauthorized');
      const without = (body.without ?? []).map((node) => fromHex(node));
      const args = { access: fromHex(body.access), requester: actor.account.id, without };
      return answersOf(await services.conversions(args, { signal }));
    },
    'POST /releases': async ({ actor, body, signal }) => {
      if (actor.kind !== 'account') throw new ServiceError('unauthorized');
      const without = (body.without ?? []).map((node) => fromHex(node));
      const items = body.items.map(({ record, slot }) => ({ record: fromHex(record), slot }));
      const request = { ground: body.ground, id: fromHex(body.id), items };
      const args = { request, requester: actor.account.id, without };
      return answersOf(await services.releases(args, { signal }));
    },
    'GET /refusals': ({ actor }) => {
      if (actor.kind !== 'account') throw new ServiceError('unauthorized');
      return json({
        refusals: services.refusals(actor.account).map(({ access, about, ...rest }) => ({
          ...rest,
          access: toHex(access),
          about: about && {
            grant: toHex(about.grant),
            patient: toHex(about.patient),
            delegate: toHex(about.delegate),
          },
        })),
      });
    },
  };
}

function identityHandlers({
  services,
}: HandlerParts): Pick<Handlers, 'GET /identity/key' | 'POST /identity/evaluations'> {
  return {
    'GET /identity/key': () => {
      const { publicKey, signature } = services.identityKey();
      return json({ publicKey: toHex(publicKey), signature: toBase64Url(signature) });
    },
    'POST /identity/evaluations': async ({ actor, body, signal }) => {
      if (actor.kind !== 'account') throw new ServiceError('unauthorized');
      const blinded = body.blinded.map((point) => fromHex(point));
      const args = { applicant: fromHex(body.applicant), blinded, requester: actor.account.id };
      const { answers, refusals } = await services.identities(args, { signal });
      return json({
        answers: answers.map(({ node, evaluated, proof }) => ({
          node: toHex(node),
          evaluated: evaluated.map(toHex),
          proof: toBase64Url(proof),
        })),
        refusals: refusals.map(({ node, code }) => ({ node: toHex(node), code })),
      });
    },
  };
}

function answersOf({ answers, refusals }: Conversions): Answer {
  return json({
    answers: answers.map((answer) => toBase64Url(answer)),
    refusals: refusals.map(({ node, code }) => ({ node: toHex(node), code })),
  });
}

function linkFrom(text: string): ReturnType<typeof parseLink> {
  if (text.length > 128) throw new ServiceError('malformed', { field: 'cid' });
  try {
    return parseLink(text);
  } catch (error) {
    throw new ServiceError('malformed', { field: 'cid' }, { cause: error });
  }
}

function heightOf(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new ServiceError('malformed', { field: 'height' });
  return Number(text);
}

function headOf(head: CertifiedHead): { header: string; certificate: string } {
  return { header: toBase64Url(head.header), certificate: toBase64Url(head.certificate) };
}
