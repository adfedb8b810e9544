import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DASHBOARD_ERROR_CODES } from '#dashboard';
import { CONSENSUS_ERROR_CODES } from '#consensus';
import { REFUSAL_CODES } from '#consensus/ledger';
import { errorSchema } from '#node/client';
import { GATEWAY_ERROR_CODES } from '#node/gateway';
import { RECORDS_ERROR_CODES } from '#node/records';
import { START_REFUSED_CODES } from '#node/runtime';
import {
  API_ERROR_CODES,
  ERROR_TEXTS,
  IDENTITY_REFUSAL_CODES,
  SERVICE_ERROR_CODES,
  ServiceError,
} from '#node/services';
import { CLIENT_ERROR_CODES } from '../../../node/client/client-error.ts';
import { PROXY_REFUSAL_CODES } from '../../../node/proxy/proxy-refusal.ts';
import { answerFor, describeFailure, HttpError } from '../../../dashboard/api/errors.ts';

const document = readFileSync(new URL('../../../docs/ERRORS.md', import.meta.url), 'utf8');

/** Rows of the table under a heading: the cells by code. */
function rowsUnder(heading: string): Map<string, string[]> {
  const section = document.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = [...section.matchAll(/^\| `([^`]+)` +\| (.*) \|$/gm)];
  expect(new Set(rows.map(([, code]) => code)).size, `${heading} names no code twice`).toBe(rows.length);
  return new Map(
    rows.map(([, code = '', cells = '']) => [code, cells.split(' | ').map((cell) => cell.trim())]),
  );
}

const NODE_CODES = [
  ...START_REFUSED_CODES,
  ...CONSENSUS_ERROR_CODES.filter((code) => code !== 'malformed' && code !== 'too-large'),
];

describe('docs/ERRORS.md', () => {
  it.each([
    ['API', API_ERROR_CODES],
    ['Ledger', REFUSAL_CODES],
    ['Node', NODE_CODES],
    ['Client', CLIENT_ERROR_CODES],
    ['Proxy', PROXY_REFUSAL_CODES],
    ['Identity', IDENTITY_REFUSAL_CODES],
    ['Dashboard', DASHBOARD_ERROR_CODES],
    ['Gateway', GATEWAY_ERROR_CODES],
    ['Records', RECORDS_ERROR_CODES],
  ] as [string, readonly string[]][])('%s: names every code of the code, and no other', (heading, codes) => {
    expect([...rowsUnder(heading).keys()].toSorted()).toEqual(codes.toSorted());
  });

  it.each(['API', 'Ledger', 'Node', 'Client', 'Proxy', 'Identity', 'Dashboard', 'Gateway', 'Records'])(
    '%s: leaves no cell empty',
    (heading) => {
      const rows = rowsUnder(heading);
      expect(rows.size).toBeGreaterThan(0);
      for (const cells of rows.values()) for (const cell of cells) expect(cell.length).toBeGreaterThan(2);
    },
  );

  it('says of the API what the API says', () => {
    for (const [code, cells] of rowsUnder('API')) {
      const { status, message, safe, action } = ERROR_TEXTS[code as (typeof API_ERROR_CODES)[number]];
      expect(cells).toEqual([String(status), message, safe, action]);
    }
  });

  it('finds a code that nobody documented', () => {
    expect([...rowsUnder('API').keys()]).not.toContain('made-up');
    expect(rowsUnder('Nowhere').size).toBe(0);
  });
});

describe('the answer for an error', () => {
  it.each(API_ERROR_CODES)('%s has a text for people and a status of an error', (code) => {
    const text = ERROR_TEXTS[code];
    expect(text.status).toBeGreaterThanOrEqual(400);
    for (const part of [text.message, text.safe, text.action]) expect(part).toMatch(/^[A-Z“`].*\.$/);
  });

  it.each(SERVICE_ERROR_CODES)('of a service with %s carries its code, words and facts', (code) => {
    const answer = answerFor(new ServiceError(code, { reachable: 2 }));
    expect(errorSchema.parse(answer.body).error).toMatchObject({ code, facts: { reachable: 2 } });
    expect(answer.status).toBe(ERROR_TEXTS[code].status);
  });

  it('carries the headers of a refusal', () => {
    expect(answerFor(new HttpError('method-refused', {}, { Allow: 'GET' }))).toMatchObject({
      status: 405,
      headers: { Allow: 'GET' },
    });
    expect(answerFor(new ServiceError('rate-limited', { retryAfterMs: 1_001 })).headers).toEqual({
      'Retry-After': '2',
    });
  });

  it.each([new Error('secret'), 'secret', { code: 'not-found', message: 'secret' }, undefined])(
    'that nobody foresaw is internal and shows nothing (%#)',
    (thrown) => {
      const answer = answerFor(thrown);
      expect(answer.status).toBe(500);
      expect(JSON.stringify([answer, describeFailure(thrown)])).not.toContain('secret');
    },
  );
});
