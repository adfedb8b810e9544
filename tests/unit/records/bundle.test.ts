import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBundle, RecordsError } from '#node/records';
import { BUNDLES } from './synthea.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof RecordsError) return error.code;
    throw error;
  }
  return 'nothing thrown';
};

describe('parseBundle', () => {
  it.each(BUNDLES)('finds all $entries entries of $name', ({ url, entries }) => {
    expect(parseBundle(readFileSync(url)).entries).toHaveLength(entries);
  });

  it.each(BUNDLES)('keeps every resource of $name byte for byte, in order and without overlap', ({ url }) => {
    const source = readFileSync(url);
    let from = 0;
    for (const { bytes, resource } of parseBundle(source).entries) {
      const found = source.indexOf(bytes, from);
      expect(found).toBeGreaterThanOrEqual(from);
      from = found + bytes.length;
      expect(JSON.parse(text(bytes))).toEqual(resource);
    }
    expect(from).toBeLessThan(source.length);
  });

  it.each(BUNDLES)('agrees with JSON.parse on the content of $name', ({ url }) => {
    const source = readFileSync(url);
    const bundle = JSON.parse(source.toString()) as { entry: { resource: unknown }[] };
    expect(parseBundle(source).entries.map(({ resource }) => resource)).toEqual(
      bundle.entry.map(({ resource }) => resource),
    );
  });

  it('keeps number forms, escapes, odd white space and unknown members that a rewrite would lose', () => {
    const resource =
      '{ "resourceType":"Observation",\n\t"value": 1.50e+0, "note":"\\u0041\\"}]{\\\\", "x-new" : [ {} ,[]] }';
    const bundle = `{"resourceType":"Bundle","entry":[{"fullUrl":"a","resource": ${resource}  ,"request":{}}]}`;
    const { entries } = parseBundle(utf8(bundle));
    expect(entries.map(({ bytes }) => text(bytes))).toEqual([resource]);
  });

  it('is not led astray by a member called resource in another place', () => {
    const bundle =
      '{"resourceType":"Bundle","entry":[{"request":{"resource":{"resourceType":"Evil"}},"resource":{"resourceType":"Patient"}}]}';
    expect(parseBundle(utf8(bundle)).entries.map(({ resource }) => resource.resourceType)).toEqual([
      'Patient',
    ]);
  });

  it('reads escaped member names as what they mean', () => {
    const bundle = '{"resourceType":"Bundle","\\u0065ntry":[{"r\\u0065source":{"resourceType":"Patient"}}]}';
    expect(parseBundle(utf8(bundle)).entries).toHaveLength(1);
  });

  it('takes a byte order mark, an empty list and entries without a resource', () => {
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...utf8('{"resourceType":"Bundle","entry":[]}')]);
    expect(parseBundle(marked).entries).toEqual([]);
    expect(parseBundle(utf8('{"resourceType":"Bundle"}')).entries).toEqual([]);
    expect(
      parseBundle(utf8('{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE"}}]}')).entries,
    ).toEqual([]);
  });

  it.each([
    ['not JSON', '{"resourceType":"Bundle",}', 'not-json'],
    ['text after the end', '{"resourceType":"Bundle"} x', 'not-json'],
    ['another resource', '{"resourceType":"Patient"}', 'not-a-bundle'],
    ['a list', '[]', 'not-a-bundle'],
    ['entries that are no list', '{"resourceType":"Bundle","entry":{}}', 'not-a-bundle'],
    ['an entry that is no object', '{"resourceType":"Bundle","entry":[1]}', 'not-a-bundle'],
    ['a resource without a type', '{"resourceType":"Bundle","entry":[{"resource":{}}]}', 'not-a-bundle'],
    [
      'two resources in one entry',
      '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"},"resource":{"resourceType":"Group"}}]}',
      'ambiguous',
    ],
    ['two lists of entries', '{"resourceType":"Bundle","entry":[],"entry":[]}', 'ambiguous'],
    [
      'nesting without end',
      `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"X","a":${'['.repeat(500)}${']'.repeat(500)}}}]}`,
      'not-json',
    ],
  ])('refuses %s', (_, bundle, code) => {
    expect(codeOf(() => parseBundle(utf8(bundle)))).toBe(code);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(codeOf(() => parseBundle(new Uint8Array([0x7b, 0xff, 0x7d])))).toBe('not-json');
  });

  it('says nothing of the content in its errors', () => {
    const secret = 'CANARY-7731';
    try {
      parseBundle(utf8(`{"resourceType":"Bundle","note":"${secret}",}`));
      expect.unreachable();
    } catch (error) {
      const shown = `${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
      expect(shown).not.toContain(secret);
    }
  });
});
