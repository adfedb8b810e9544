import {
  API_PREFIX,
  ROUTES,
  backupsSchema,
  certifiedHeadSchema,
  challengeRequestSchema,
  challengeSchema,
  conversionsRequestSchema,
  conversionsSchema,
  genesisSchema,
  identitiesRequestSchema,
  identitiesSchema,
  identityKeySchema,
  institutionsSchema,
  ledgerBlockSchema,
  ledgerBlocksSchema,
  provenStateSchema,
  receiptsRequestSchema,
  receiptsSchema,
  refusalsSchema,
  releasesRequestSchema,
  sessionRequestSchema,
  sessionSchema,
  setChangesSchema,
  sessionsSchema,
  stateRequestSchema,
  statusSchema,
  storedSchema,
  submitRequestSchema,
  submittedSchema,
  unlockedSchema,
  unlockRequestSchema,
  wrapRequestSchema,
  wire,
  wrapsSchema,
} from '#node/client';
import type { BodyKind } from './body.ts';

export const STORE_BLOCKS_MAX = 256;

/** The decoded body of `POST /store`. The size of all blocks is bounded by the request itself. */
export const storeRequestSchema = wire.object({
  blocks: wire.list(wire.object({ codec: wire.choice(['raw', 'dag-cbor']), bytes: wire.bytes() }), {
    min: 1,
    max: STORE_BLOCKS_MAX,
  }),
});

/** The schemas of JSON bodies that ROUTES names, for requests. */
export const REQUEST_SCHEMAS = {
  challengeRequestSchema,
  sessionRequestSchema,
  submitRequestSchema,
  stateRequestSchema,
  receiptsRequestSchema,
  conversionsRequestSchema,
  identitiesRequestSchema,
  releasesRequestSchema,
  wrapRequestSchema,
  unlockRequestSchema,
} as const;

/** The same for answers. */
export const RESPONSE_SCHEMAS = {
  statusSchema,
  genesisSchema,
  certifiedHeadSchema,
  setChangesSchema,
  challengeSchema,
  sessionSchema,
  submittedSchema,
  provenStateSchema,
  institutionsSchema,
  ledgerBlockSchema,
  ledgerBlocksSchema,
  storedSchema,
  receiptsSchema,
  conversionsSchema,
  backupsSchema,
  refusalsSchema,
  identityKeySchema,
  identitiesSchema,
  sessionsSchema,
  wrapsSchema,
  unlockedSchema,
} as const;

export type Route = (typeof ROUTES)[number];
export type RouteKey<R extends Route = Route> = R extends Route ? `${R['method']} ${R['path']}` : never;

export type RequestOf<R extends Route> = R extends { request: infer Name }
  ? Name extends keyof typeof REQUEST_SCHEMAS
    ? wire.ShapeOf<(typeof REQUEST_SCHEMAS)[Name]>
    : wire.ShapeOf<typeof storeRequestSchema>
  : undefined;

export function keyOf(route: Route): RouteKey {
  return `${route.method} ${route.path}` as RouteKey;
}

export function bodyKindOf(route: Route): BodyKind {
  if (!('request' in route)) return 'none';
  return route.request === 'dag-cbor' ? 'dag-cbor' : 'json';
}

/** What the decoded body of a route is checked with; undefined for a route without a body. */
export function requestSchemaOf(route: Route): wire.Shape<unknown> | undefined {
  if (!('request' in route)) return undefined;
  return route.request === 'dag-cbor' ? storeRequestSchema : REQUEST_SCHEMAS[route.request];
}

/** What a JSON answer is checked with before it leaves, so that nothing goes out that the wire does not name. */
export function responseSchemaOf(route: Route): wire.Shape<unknown> | undefined {
  return isResponseSchema(route.response) ? RESPONSE_SCHEMAS[route.response] : undefined;
}

/** Methods of every path of the API, for 405 answers. */
export function methodsOf(path: string): string[] {
  return ROUTES.filter((route) => patternOf(route).test(path)).map((route) => route.method);
}

function patternOf(route: Route): RegExp {
  const path = `${API_PREFIX}${route.path}`.replaceAll('.', String.raw`\.`);
  return new RegExp(`^${path.replace(/:[a-z]+/, '[^/]+')}$`);
}

function isResponseSchema(name: string): name is keyof typeof RESPONSE_SCHEMAS {
  return Object.hasOwn(RESPONSE_SCHEMAS, name);
}
