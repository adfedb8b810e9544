import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { LEDGER_SCHEMA_VERSION, openLedgerStore } from '#storage';
import type { LedgerStore } from '#storage';
import { scratchDirectory } from './scratch-directory.ts';

const key = (number: number): Uint8Array => new Uint8Array(32).fill(number);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function commit(store: LedgerStore, height: number, changes: [Uint8Array, Uint8Array | null][] = []): void {
  store.commit({
    height,
    block: bytes(`block ${height}`),
    certificate: bytes(`certificate ${height}`),
    changes,
    transactions: [key(100 + height), key(200 + height)],
  });
}

function codeOf(action: () => unknown): unknown {
  try {
    action();
    return 'none';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe('rows that nobody waits for', () => {
  it('are read back at once, outlive the process, and stand before what is written after them', () => {
    const directory = scratchDirectory();
    const store = openLedgerStore(directory);
    store.writeSoon([
      ['one', key(1), bytes('soon')],
      ['one', key(2), bytes('gone')],
    ]);
    expect(store.get('one', key(1))).toEqual(bytes('soon'));
    store.write([['one', key(2), null]]);
    store.writeSoon([['two', key(3), bytes('last')]]);
    // A process that ends here has closed nothing.
    const again = openLedgerStore(directory);
    expect([...again.list('one')]).toEqual([[key(1), bytes('soon')]]);
    expect(again.get('two', key(3))).toEqual(bytes('last'));
    again.close();
    store.close();
  });

  it('do not loosen what is waited for after them', () => {
    const directory = scratchDirectory();
    const store = openLedgerStore(directory);
    const synchronous = (): unknown => {
      // The setting is the connection's own: asked through what the store runs last.
      const { prototype } = DatabaseSync;
      const original = prototype.exec;
      const said: string[] = [];
      prototype.exec = function exec(sql: string) {
        said.push(sql);
        return original.call(this, sql);
      };
      store.writeSoon([['one', key(1), bytes('soon')]]);
      expect(codeOf(() => store.writeSoon([['one', 'no key' as never, bytes('x')]]))).toBe('write-failed');
      prototype.exec = original;
      return said.filter((sql) => sql.startsWith('PRAGMA'));
    };
    expect(synchronous()).toEqual([
      'PRAGMA synchronous = NORMAL',
      'PRAGMA synchronous = FULL',
      'PRAGMA synchronous = NORMAL',
      'PRAGMA synchronous = FULL',
    ]);
    store.close();
  });
});

describe('ledger store', () => {
  it('is empty at first', () => {
    const store = openLedgerStore(scratchDirectory());
    expect(store.head()).toBeUndefined();
    expect(store.blockAt(1)).toBeUndefined();
    expect([...store.state()]).toEqual([]);
    store.close();
  });

  it('has block, certificate, state and transactions of every commit after it is opened again', () => {
    const directory = scratchDirectory();
    const first = openLedgerStore(directory);
    commit(first, 1, [
      [key(2), bytes('two')],
      [key(1), bytes('one')],
    ]);
    commit(first, 2, [
      [key(2), null],
      [key(1), bytes('uno')],
      [key(3), bytes('')],
    ]);
    first.close();
    const store = openLedgerStore(directory);
    expect(store.head()).toEqual({ height: 2, block: bytes('block 2'), certificate: bytes('certificate 2') });
    expect(store.blockAt(1)).toEqual({ block: bytes('block 1'), certificate: bytes('certificate 1') });
    expect([...store.state()]).toEqual([
      [key(1), bytes('uno')],
      [key(3), bytes('')],
    ]);
    expect(store.findTransaction(key(202))).toEqual({ height: 2, index: 1 });
    expect(store.findTransaction(key(9))).toBeUndefined();
    store.close();
  });

  it('refuses a height that is not the next', () => {
    const store = openLedgerStore(scratchDirectory());
    expect(codeOf(() => commit(store, 0))).toBe('height-out-of-order');
    expect(codeOf(() => commit(store, 2))).toBe('height-out-of-order');
    commit(store, 1);
    expect(codeOf(() => commit(store, 1))).toBe('height-out-of-order');
    expect(codeOf(() => commit(store, 3))).toBe('height-out-of-order');
    store.close();
  });

  it('leaves nothing of a commit that fails half-way', () => {
    const store = openLedgerStore(scratchDirectory());
    commit(store, 1, [[key(1), bytes('one')]]);
    function* failing(): Generator<[Uint8Array, Uint8Array | null]> {
      yield [key(1), bytes('changed')];
      yield [key(2), bytes('added')];
      throw new Error('no more');
    }
    const failed = {
      height: 2,
      block: bytes('b'),
      certificate: bytes('c'),
      changes: failing(),
      transactions: [key(7)],
    };
    expect(codeOf(() => store.commit(failed))).toBe('write-failed');
    expect(store.head()?.height).toBe(1);
    expect([...store.state()]).toEqual([[key(1), bytes('one')]]);
    expect(store.findTransaction(key(7))).toBeUndefined();
    commit(store, 2);
    expect(store.head()?.height).toBe(2);
    store.close();
  });

  it('refuses the same transaction in two blocks', () => {
    const store = openLedgerStore(scratchDirectory());
    store.commit({
      height: 1,
      block: bytes('b'),
      certificate: bytes('c'),
      changes: [],
      transactions: [key(1)],
    });
    const twice = {
      height: 2,
      block: bytes('b'),
      certificate: bytes('c'),
      changes: [],
      transactions: [key(1)],
    };
    expect(codeOf(() => store.commit(twice))).toBe('write-failed');
    store.close();
  });

  it('keeps private rows apart by room', () => {
    const directory = scratchDirectory();
    const store = openLedgerStore(directory);
    store.put('submissions', key(2), bytes('b'));
    store.put('submissions', key(1), bytes('a'));
    store.put('other', key(1), bytes('x'));
    store.put('submissions', key(2), bytes('B'));
    expect(store.get('submissions', key(1))).toEqual(bytes('a'));
    expect([...store.list('submissions')]).toEqual([
      [key(1), bytes('a')],
      [key(2), bytes('B')],
    ]);
    store.delete('submissions', key(1));
    store.close();
    const again = openLedgerStore(directory);
    expect(again.get('submissions', key(1))).toBeUndefined();
    expect(again.get('other', key(1))).toEqual(bytes('x'));
    again.close();
  });

  it('can be changed while its rows are walked', () => {
    const store = openLedgerStore(scratchDirectory());
    for (let number = 0; number < 20; number += 1) store.put('room', key(number), bytes('x'));
    for (const [each] of store.list('room')) store.delete('room', each);
    expect([...store.list('room')]).toEqual([]);
    store.close();
  });

  it('refuses a store of another schema version rather than guess', () => {
    const directory = scratchDirectory();
    openLedgerStore(directory).close();
    const database = new DatabaseSync(join(directory, 'ledger.sqlite'));
    database.exec(`PRAGMA user_version = ${LEDGER_SCHEMA_VERSION + 1}`);
    database.close();
    expect(codeOf(() => openLedgerStore(directory))).toBe('schema-unknown');
  });

  it('shows a commit to another connection as soon as it returns, through a write-ahead journal', () => {
    const directory = scratchDirectory();
    const store = openLedgerStore(directory);
    commit(store, 1);
    const reader = new DatabaseSync(join(directory, 'ledger.sqlite'), { readOnly: true });
    expect(reader.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(reader.prepare('SELECT height FROM blocks').all()).toEqual([{ height: 1 }]);
    reader.close();
    store.close();
  });

  it('has every height that a killed process had acknowledged, and a whole one', async () => {
    const directory = scratchDirectory();
    const script = `
      import { openLedgerStore } from '#storage';
      const store = openLedgerStore(process.argv[1]);
      for (let height = (store.head()?.height ?? 0) + 1; ; height += 1) {
        const value = new TextEncoder().encode(String(height));
        const changes = [1, 2, 3].map((number) => [new Uint8Array(32).fill(number), value]);
        store.commit({ height, block: value, certificate: value, changes });
        process.stdout.write(height + '\\n');
      }`;
    for (let round = 0; round < 3; round += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      for await (const chunk of child.stdout) {
        output += String(chunk);
        if (output.split('\n').length > 20 + round) break;
      }
      child.kill('SIGKILL');
      await once(child, 'exit').catch(() => undefined);
      const acknowledged = Number(output.split('\n').at(-2));
      const store = openLedgerStore(directory);
      const height = store.head()?.height ?? 0;
      expect(height).toBeGreaterThanOrEqual(acknowledged);
      expect(acknowledged).toBeGreaterThan(0);
      const values = [...store.state()].map(([, value]) => new TextDecoder().decode(value));
      expect(values).toEqual([String(height), String(height), String(height)]);
      store.close();
    }
  });

  it('refuses use after closing', () => {
    const store = openLedgerStore(scratchDirectory());
    store.close();
    store.close();
    expect(codeOf(() => store.head())).toBe('store-closed');
    expect(codeOf(() => commit(store, 1))).toBe('store-closed');
  });
});
