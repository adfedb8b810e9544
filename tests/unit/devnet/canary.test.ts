import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sendOverLoopback, startCapture } from '../../../scripts/devnet/canary/capture.ts';
import { drawCanaries, findNeedles, needlesOf, overlapOf } from '../../../scripts/devnet/canary/needles.ts';
import { scanDirectory, scanFile } from '../../../scripts/devnet/canary/scan-files.ts';
import { parseRegions, scanMemory } from '../../../scripts/devnet/canary/scan-memory.ts';

const PROBE = `import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)).bind(('lo', 0))`;
const directories: string[] = [];
function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'phr-canary-'));
  directories.push(directory);
  return directory;
}
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

describe('needles', () => {
  const { stem, word } = drawCanaries('kq');
  const text = `{"note":"${word('record')}"}`;

  it('finds a word in UTF-8, UTF-16 of both orders and hex of both cases', () => {
    const hex = Buffer.from(text).toString('hex');
    const forms: [string, Buffer][] = [
      ['utf-8', Buffer.from(text)],
      ['utf-16le', Buffer.from(text, 'utf16le')],
      ['utf-16be', Buffer.from(text, 'utf16le').swap16()],
      ['hex', Buffer.from(hex)],
      ['hex upper', Buffer.from(hex.toUpperCase())],
    ];
    for (const [encoding, bytes] of forms) {
      expect(findNeedles(bytes, needlesOf(stem), 'x', 0).map((hit) => hit.encoding)).toContain(encoding);
    }
  });

  it('finds a word in base64 and base64url wherever it stands in the text', () => {
    for (let before = 0; before < 12; before += 1) {
      for (const alphabet of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(`${'#'.repeat(before)}${word('keyword')}~~~`).toString(alphabet);
        expect(
          findNeedles(Buffer.from(encoded), needlesOf(stem), 'x', 0),
          `${alphabet} after ${before}`,
        ).toHaveLength(1);
      }
    }
  });

  it('does not find the words of another run', () => {
    const other = drawCanaries('kq');
    expect(findNeedles(Buffer.from(other.word('record')), needlesOf(stem), 'x', 0)).toEqual([]);
  });
});

describe('scan of files', () => {
  it('finds a word across the border of two windows, and in a name', async () => {
    const { stem } = drawCanaries('kq');
    const directory = scratch();
    const needles = needlesOf(stem);
    const window = 512 * 1024 + overlapOf(needles);
    for (const shift of [1, 7, stem.length - 1]) {
      const bytes = Buffer.alloc(window + 4096, 0x2e);
      bytes.write(stem, window - shift, 'latin1');
      writeFileSync(join(directory, 'border'), bytes);
      const scan = scanFile(join(directory, 'border'), needles);
      expect(scan.hits.map((hit) => hit.offset)).toEqual([window - shift]);
      expect(scan.bytes).toBe(bytes.length);
    }
    writeFileSync(join(directory, `a-${stem}`), '');
    const names = (await scanDirectory(directory, needles)).hits.filter((hit) =>
      hit.place.startsWith('name of'),
    );
    expect(names).toHaveLength(1);
  });

  it('says what it could not read', () => {
    expect(scanFile(join(scratch(), 'absent'), needlesOf('kqx')).skipped).toHaveLength(1);
  });
});

describe('scan of memory', () => {
  it('reads regions and what they hold from smaps', () => {
    const smaps = [
      '7f0000000000-7f0000002000 rw-p 00000000 00:00 0                          [heap]',
      'Rss:                   4 kB',
      'Swap:                  4 kB',
      '7f0000002000-7f0000003000 ---p 00000000 00:00 0 ',
      'Rss:                   0 kB',
    ].join('\n');
    expect(parseRegions(smaps)).toEqual([
      {
        from: 0x7f0000000000,
        to: 0x7f0000002000,
        readable: true,
        writable: true,
        path: '[heap]',
        present: 8192,
      },
      { from: 0x7f0000002000, to: 0x7f0000003000, readable: false, writable: false, path: '', present: 0 },
    ]);
  });

  it.runIf(process.platform === 'linux')(
    'finds what another process holds, and nothing in one that does not',
    async () => {
      const { stem } = drawCanaries('kq');
      const program = `process.stdin.once('data', (text) => { globalThis.kept = [String(text), Buffer.from(text)]; process.stdout.write('kept') }); setInterval(() => {}, 1e6)`;
      const [holder, other] = [0, 1].map(() =>
        spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'ignore'] }),
      );
      try {
        holder!.stdin!.write(`${stem}memory`);
        other!.stdin!.write('nothing to see');
        await Promise.all([once(holder!.stdout!, 'data'), once(other!.stdout!, 'data')]);
        const found = scanMemory(holder!.pid!, needlesOf(stem));
        const clean = scanMemory(other!.pid!, needlesOf(stem));
        if (found.skipped.some((text) => text.startsWith(`memory of pid ${holder!.pid} (`))) return;
        expect(found.hits.length).toBeGreaterThan(0);
        expect(clean.hits).toEqual([]);
        expect(clean.bytes).toBeGreaterThan(1024 * 1024);
      } finally {
        holder!.kill('SIGKILL');
        other!.kill('SIGKILL');
      }
    },
  );

  it('names a process that it may not or cannot read', () => {
    expect(scanMemory(2 ** 22 + 1, needlesOf('kqx')).skipped[0]).toMatch(/memory of pid/);
  });
});

describe('capture of loopback traffic', () => {
  it('finds a word that crossed loopback, or says why nothing was captured', async () => {
    const { stem } = drawCanaries('kq');
    const capture = await startCapture(join(scratch(), 'lo.capture'), drawCanaries('ct').stem);
    if ('skipped' in capture) {
      // Not every machine lets a test capture; one that does must not be reported as one that does not.
      expect(
        process.getuid?.() === 0 && spawnSync('python3', ['-c', PROBE]).status === 0,
        capture.skipped,
      ).toBe(false);
      return;
    }
    await sendOverLoopback(`hello ${stem} world`);
    const scan = await capture.finish(needlesOf(stem));
    expect(scan.hits.length).toBeGreaterThan(0);
    expect(scan.dropped).toBe(0);
  });
});
