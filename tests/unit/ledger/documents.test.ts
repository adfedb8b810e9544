import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LEDGER_ERROR_CODES, REFUSAL_CODES, TRANSACTION_KINDS } from '#consensus/ledger';

const document = readFileSync(new URL('../../../consensus/ledger/LEDGER.md', import.meta.url), 'utf8');

/** What is under a heading. */
const section = (heading: string): string => document.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

/** First cells of the table under a heading, without backquotes. */
function firstCells(heading: string): string[] {
  return [...section(heading).matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1] ?? '');
}

test('every refusal is documented, and nothing that does not exist', () => {
  expect(firstCells('Refusals')).toEqual([...REFUSAL_CODES]);
});

test('every error is documented, and nothing that does not exist', () => {
  expect(firstCells('Errors')).toEqual([...LEDGER_ERROR_CODES]);
});

test('every kind of transaction is documented with refusals that exist', () => {
  expect(firstCells('Kinds')).toEqual([...TRANSACTION_KINDS]);
  const codes: readonly string[] = REFUSAL_CODES;
  const rows = section('Kinds')
    .split('\n')
    .filter((line) => /^\| `[a-z]+\.[a-z-]+` +\|/.test(line));
  for (const row of rows) {
    const named = [...(row.split('|')[5] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(0);
    for (const code of named) expect(codes).toContain(code);
  }
});
