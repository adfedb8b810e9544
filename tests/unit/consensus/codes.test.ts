import { readFileSync } from 'node:fs';
import { CONSENSUS_ERROR_CODES } from '#consensus';
import { expect, test } from 'vitest';

test('every code is documented in PROTOCOL.md, and no other', () => {
  const text = readFileSync(new URL('../../../consensus/PROTOCOL.md', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('## Codes'), text.indexOf('## Simulator'));
  const documented = [...section.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code]) => code);
  expect(documented.toSorted()).toEqual([...CONSENSUS_ERROR_CODES].toSorted());
});
