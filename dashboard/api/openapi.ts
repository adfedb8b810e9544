import {
  API_PREFIX,
  ROUTES,
  SESSION_COOKIE,
  STORE_CONTENT_TYPE,
  blockEventSchema,
  errorSchema,
} from '#node/client';
import { ERROR_TEXTS } from '#node/services';
import { REQUEST_SCHEMAS, RESPONSE_SCHEMAS } from './schemas.ts';
import type { Route } from './schemas.ts';

const ACCESS_TEXTS: Record<Route['access'], string> = {
  public: 'Anybody.',
  'register-or-session':
    'A person.register transaction without a session; any other from the session of its sender.',
  session: 'A session of a pending or active account.',
  active: 'A session of an active account.',
};

/**
 * The OpenAPI 3.1 document, made from ROUTES and the shapes that check requests and answers.
 *
 * @param version version of the node
 */
export function openApiDocument(version: string): object {
  const schemas = { ...REQUEST_SCHEMAS, ...RESPONSE_SCHEMAS, errorSchema, blockEventSchema };
  const paths: Record<string, Record<string, object>> = {};
  for (const route of ROUTES) {
    const path = route.path.replace(/:([a-z]+)/, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'PHR Mesh node',
      version,
      description:
        'A node keeps sealed records and a ledger. It never holds a key of a person; whatever a client must trust carries a proof that the client checks.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: API_PREFIX }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, schema.schema])),
      responses: {
        error: {
          description: errorList(),
          content: { 'application/json': { schema: reference('errorSchema') } },
        },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token of POST /session, for programs.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: 'The same, for browsers.',
        },
      },
    },
  };
}

function operation(route: Route): object {
  const parameter = /:([a-z]+)/.exec(route.path)?.[1];
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[^a-z]+([a-z])/g, (_, letter: string) => letter.toUpperCase())}`,
    description: ACCESS_TEXTS[route.access],
    'x-access': route.access,
    security: securityOf(route.access),
    ...(parameter === undefined ? {} : { parameters: [pathParameter(parameter)] }),
    ...('request' in route
      ? { requestBody: { required: true, content: requestContent(route.request) } }
      : {}),
    responses: {
      [route.response === 'none' ? '204' : '200']: response(route.response),
      default: { $ref: '#/components/responses/error' },
    },
  };
}

function securityOf(access: Route['access']): object[] {
  const session = [{ bearer: [] }, { cookie: [] }];
  if (access === 'public') return [];
  return access === 'register-or-session' ? [{}, ...session] : session;
}

function requestContent(name: Extract<Route, { request: string }>['request']): object {
  if (name !== 'dag-cbor') return { 'application/json': { schema: reference(name) } };
  return {
    [STORE_CONTENT_TYPE]: {
      schema: {
        type: 'string',
        format: 'binary',
        description: "{ blocks: [{ codec: 'raw'|'dag-cbor', bytes }] }",
      },
    },
  };
}

function response(name: Route['response']): object {
  switch (name) {
    case 'none':
      return { description: 'Done; no content.' };
    case 'event-stream':
      return {
        description:
          'Server-sent events `block`, `status`, `peer` and `session`, a `status` at least every 5 seconds.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      };
    case 'octet-stream':
      return {
        description: 'The bytes of the block; the client checks them against the identifier.',
        content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      };
    case 'openapi':
      return {
        description: 'This document.',
        content: { 'application/json': { schema: { type: 'object' } } },
      };
    default:
      return { description: 'Done.', content: { 'application/json': { schema: reference(name) } } };
  }
}

function pathParameter(name: string): object {
  return { name, in: 'path', required: true, schema: PARAMETERS[name] ?? { type: 'string' } };
}

const PARAMETERS: Readonly<Record<string, object>> = {
  height: { type: 'integer', minimum: 1 },
  cid: { type: 'string', pattern: '^b[a-z2-7]{20,120}$' },
  lookup: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  session: { type: 'string', pattern: '^[0-9a-f]{32}$' },
};

function errorList(): string {
  const lines = Object.entries(ERROR_TEXTS).map(
    ([code, text]) => `- ${text.status} \`${code}\`: ${text.message}`,
  );
  return `Refused or failed. The codes are explained in docs/ERRORS.md.\n\n${lines.join('\n')}`;
}

function reference(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}
