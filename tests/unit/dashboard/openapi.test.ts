import { describe, expect, it } from 'vitest';
import { API_PREFIX, ROUTES } from '#node/client';
import { openApiDocument } from '../../../dashboard/api/openapi.ts';
import { createHandlers } from '../../../dashboard/api/handlers.ts';
import type { HandlerParts } from '../../../dashboard/api/handlers.ts';
import { keyOf, methodsOf } from '../../../dashboard/api/schemas.ts';
import { serveFake } from './harness.ts';

interface Operation {
  operationId: string;
  security: object[];
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: { required: boolean; content: Record<string, { schema: object }> };
  responses: Record<string, object>;
  'x-access': string;
}

interface Document {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, { type?: string; properties?: object; additionalProperties?: boolean }>;
  };
}

const document = openApiDocument('0.1.0') as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

describe('the OpenAPI document', () => {
  it('has every route of ROUTES and no other', () => {
    const listed = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect(listed.toSorted()).toEqual(
      ROUTES.map(({ method, path }) => `${method} ${path.replace(/:([a-z]+)/, '{$1}')}`).toSorted(),
    );
    expect(document.openapi).toBe('3.1.0');
    expect(document.servers).toEqual([{ url: API_PREFIX }]);
  });

  it('refers only to what it holds, and holds no schema that nothing refers to', () => {
    const text = JSON.stringify(document);
    const references = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name),
    );
    const held = new Set(Object.keys(document.components.schemas));
    for (const name of references) expect(held).toContain(name);
    // Events are described in words; their shape is offered for those who read the stream.
    expect([...held].filter((name) => !references.has(name))).toEqual(['blockEventSchema']);
  });

  it('is strict where the checks are strict', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect(schema.type, name).toBe('object');
      expect(schema.additionalProperties, name).toBe(false);
    }
  });

  it('names operations apart, parameters, bodies, errors and the access of each', () => {
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(ROUTES.length);
    for (const { path, method, operation } of operations) {
      const route = ROUTES.find(
        (each) =>
          `${each.method} ${each.path.replace(/:([a-z]+)/, '{$1}')}` === `${method.toUpperCase()} ${path}`,
      );
      expect(operation['x-access']).toBe(route?.access);
      expect(operation.security.length === 0).toBe(route?.access === 'public');
      expect(operation.requestBody !== undefined).toBe(route !== undefined && 'request' in route);
      expect(operation.responses['default']).toBeDefined();
      const placeholders = [...path.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name);
      expect((operation.parameters ?? []).map(({ name }) => name)).toEqual(placeholders);
    }
  });

  it('is what a node serves', async () => {
    const served = await serveFake();
    try {
      const reply = await served.ask({ path: '/api/v1/openapi.json' });
      expect(reply.json()).toEqual(JSON.parse(JSON.stringify(document)));
    } finally {
      await served.dashboard.stop();
    }
  });
});

describe('the route table', () => {
  it('has one handler for every route and none besides', () => {
    const handlers = createHandlers({} as HandlerParts);
    expect(Object.keys(handlers).toSorted()).toEqual(ROUTES.map((route) => keyOf(route)).toSorted());
  });

  it('tells the methods of a path', () => {
    expect(methodsOf('/api/v1/session').toSorted()).toEqual(['DELETE', 'POST']);
    expect(methodsOf('/api/v1/ledger/7')).toEqual(['GET']);
    expect(methodsOf('/api/v1/openapi.json')).toEqual(['GET']);
    expect(methodsOf('/api/v1/openapiXjson')).toEqual([]);
    expect(methodsOf('/api/v1/ledger/7/8')).toEqual([]);
  });
});
