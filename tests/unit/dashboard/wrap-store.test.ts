import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { ACCOUNT_BOX_BYTES_MAX, decode, secretsFromPasskey, toHex, utf8, wrapAccount } from '#crypto';
import { WRAPS_PER_PERSON_MAX, WrapStore } from '../../../dashboard/accounts/wrap-store.ts';
import { backend, idOf } from './fake-services.ts';

const directories: string[] = [];
const stores: WrapStore[] = [];

function fileOf(): string {
  const directory = mkdtempSync(join(tmpdir(), 'phr-wraps-'));
  directories.push(directory);
  return join(directory, 'accounts', 'accounts.sqlite');
}

function open(file = ':memory:'): WrapStore {
  const store = new WrapStore(file, backend.random(32));
  stores.push(store);
  return store;
}

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const wrapOf = (name: string) => ({
  lookup: idOf(name),
  kind: 'passphrase' as const,
  box: utf8(`box ${name}`),
  label: utf8('label'),
});

describe('the store of wrapped roots', () => {
  it('keeps what it said it kept over a restart', () => {
    const file = fileOf();
    const first = open(file);
    expect(first.put(idOf('maria'), wrapOf('one'), 7)).toBe('kept');
    const unknown = first.find(idOf('nobody'));
    stores.splice(0);
    first.close();
    const again = open(file);
    expect(again.list(idOf('maria'))).toEqual([{ ...wrapOf('one'), createdAtMs: 7 }]);
    expect(again.find(idOf('one'))).toEqual({ box: utf8('box one'), isKnown: true });
    expect(again.find(idOf('nobody'))).toEqual(unknown);
  });

  it('answers for an unknown id with what looks like a box, the same each time, another for each id', () => {
    const store = open();
    const real = wrapAccount(secretsFromPasskey(idOf('key')), { root: idOf('r'), person: idOf('p') });
    const decoy = store.find(idOf('nobody')).box;
    expect(decoy).toHaveLength(real.length);
    expect(Object.keys(decode(decoy, ACCOUNT_BOX_BYTES_MAX) as object)).toEqual(
      Object.keys(decode(real, ACCOUNT_BOX_BYTES_MAX) as object),
    );
    expect(store.find(idOf('nobody'))).toEqual({ box: decoy, isKnown: false });
    expect(toHex(store.find(idOf('somebody')).box)).not.toBe(toHex(decoy));
    expect(toHex(open().find(idOf('nobody')).box)).not.toBe(toHex(decoy));
  });

  it('gives an id to one person only, and lets her replace what is behind it', () => {
    const store = open();
    expect(store.put(idOf('maria'), wrapOf('one'), 1)).toBe('kept');
    expect(store.put(idOf('bob'), wrapOf('one'), 2)).toBe('taken');
    expect(store.put(idOf('maria'), { ...wrapOf('one'), box: utf8('new') }, 3)).toBe('kept');
    expect(store.find(idOf('one')).box).toEqual(utf8('new'));
    expect(store.list(idOf('bob'))).toEqual([]);
  });

  it('removes nothing of another person', () => {
    const store = open();
    store.put(idOf('maria'), wrapOf('one'), 1);
    store.remove(idOf('bob'), idOf('one'));
    expect(store.find(idOf('one')).box).toEqual(utf8('box one'));
    store.remove(idOf('maria'), idOf('one'));
    expect(store.list(idOf('maria'))).toEqual([]);
  });

  it('keeps a bounded number for each person, and others are not told so', () => {
    const store = open();
    for (let i = 0; i < WRAPS_PER_PERSON_MAX; i += 1) {
      expect(store.put(idOf('maria'), wrapOf(`wrap ${i}`), i)).toBe('kept');
    }
    expect(store.put(idOf('maria'), wrapOf('one more'), 99)).toBe('full');
    expect(store.put(idOf('maria'), wrapOf('wrap 3'), 99)).toBe('kept');
    expect(store.put(idOf('bob'), wrapOf('his'), 99)).toBe('kept');
  });

  it('is refused when it is of another version or no database', () => {
    const file = fileOf();
    open(file).close();
    stores.splice(0);
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 9');
    database.close();
    expect(() => open(file)).toThrow(expect.objectContaining({ code: 'accounts-failed' }));
    expect(() => open(join(file, 'below-a-file'))).toThrow(
      expect.objectContaining({ code: 'accounts-failed' }),
    );
  });
});
