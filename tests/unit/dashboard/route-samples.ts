import { encode, linkOf, utf8 } from '#crypto';
import { API_PREFIX, ROUTES, STORE_CONTENT_TYPE } from '#node/client';
import type { FakeServices } from './fake-services.ts';
import { hexOf } from './fake-services.ts';
import { transactionOf } from './harness.ts';
import type { Ask } from './harness.ts';

export type Route = (typeof ROUTES)[number];

/** The block that `GET /store/:cid` asks for. */
export const SAMPLE_BLOCK = utf8('sealed bytes');
const SAMPLE_CID = String(linkOf('raw', SAMPLE_BLOCK));
const STORE_BODY = encode({ blocks: [{ codec: 'raw', bytes: SAMPLE_BLOCK }] });

const BODIES: Record<string, unknown> = {
  '/session/challenge': { person: hexOf('maria') },
  '/session': { person: hexOf('maria'), challenge: 'A'.repeat(43), signature: 'A'.repeat(86) },
  '/transactions': transactionOf('record.anchor', 'maria'),
  '/state': { keys: [hexOf('key')] },
  '/receipts': { patient: hexOf('maria'), headers: [SAMPLE_CID] },
  '/conversions': { access: hexOf('access') },
  '/identity/evaluations': { applicant: hexOf('pia'), blinded: [hexOf('point')] },
  '/releases': { ground: 'emergency', id: hexOf('emergency'), items: [{ record: hexOf('record'), slot: 0 }] },
  '/wraps': { lookup: hexOf('lookup'), kind: 'passphrase', box: 'AAAA', label: 'AAAA' },
  '/wraps/removal': { lookup: hexOf('lookup') },
  '/unlock': { lookup: hexOf('lookup') },
};

/** A request that has the right shape for the route. */
export function sampleOf(route: Route): Ask {
  const parameters = {
    height: '7',
    cid: SAMPLE_CID,
    session: '0'.repeat(32),
    person: hexOf('maria'),
  };
  const path = `${API_PREFIX}${route.path.replace(/:([a-z]+)/, (_, name: keyof typeof parameters) => parameters[name])}`;
  if (route.path === '/store') {
    return { method: 'POST', path, body: STORE_BODY, headers: { 'content-type': STORE_CONTENT_TYPE } };
  }
  const json = BODIES[route.path];
  return route.method === 'POST' ? { method: 'POST', path, json } : { method: route.method, path };
}

export function holdSampleBlock(services: FakeServices): void {
  services.blocks.set(SAMPLE_CID, SAMPLE_BLOCK);
}

/** Routes that answer at once; a live view has no end and is tested by itself. */
export const FINITE_ROUTES = ROUTES.filter(({ path }) => path !== '/events');

export function titleOf(route: Route): string {
  return `${route.method} ${route.path}`;
}
