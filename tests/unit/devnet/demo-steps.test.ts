import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBundle } from '#node/records';
import { digestsOfBundle, digestsOfLoinc } from '../../../scripts/devnet/demo/oracle.ts';
import { outcomeText, playSteps, STEPS } from '../../../scripts/devnet/demo/run.ts';
import { claim, claimEqual, claimSame, Untrue } from '../../../scripts/devnet/demo/step.ts';
import type { DemoStep } from '../../../scripts/devnet/demo/step.ts';
import { MARIA_BUNDLE, TOM_BUNDLE } from '../../../scripts/devnet/demo/world.ts';
import type { World } from '../../../scripts/devnet/demo/world.ts';

const world = { signal: new AbortController().signal } as World;
const step = (number: number, needs: number[], run: () => Promise<string>): DemoStep => ({
  number,
  title: `step ${number}`,
  needs,
  run,
});

describe('the demo', () => {
  it('does not call true what was not tried or did not hold, and goes on with what does not depend on it', async () => {
    const played: number[] = [];
    const outcomes = await playSteps(
      world,
      [
        step(1, [], () => Promise.resolve('fine')),
        step(2, [1], () => Promise.reject(new Untrue('four', 'three'))),
        step(3, [2], () => Promise.resolve(String(played.push(3)))),
        step(4, [3], () => Promise.resolve(String(played.push(4)))),
        step(5, [1], () => Promise.reject(new TypeError('broken'))),
        step(6, [1], () => Promise.resolve('fine too')),
      ],
      () => undefined,
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      'true',
      'untrue',
      'not-tried',
      'not-tried',
      'untrue',
      'true',
    ]);
    expect(played).toEqual([]);
    expect(outcomeText(outcomes[1]!)).toMatch(/UNTRUE.*expected four; came three/);
    expect(outcomeText(outcomes[2]!)).toMatch(/not tried.*needs 2/);
    expect(outcomeText(outcomes[4]!)).toMatch(/UNTRUE.*broken/);
  });

  it('has ten steps that depend on earlier ones only', () => {
    expect(STEPS.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const { number, needs } of STEPS) expect(needs.every((need) => need < number)).toBe(true);
  });

  it('ends at once when the operator wants it to', async () => {
    const ended = { signal: AbortSignal.abort() } as World;
    await expect(
      playSteps(ended, [step(1, [], () => Promise.reject(new Error('closed')))], () => undefined),
    ).rejects.toThrow('aborted');
  });

  it('claims by content, not by count', () => {
    expect(() => claimSame(['a', 'b'], ['b', 'a'], 'x')).not.toThrow();
    for (const came of [['a'], ['a', 'c'], ['a', 'b', 'b'], []])
      expect(() => claimSame(came, ['a', 'b'], 'x')).toThrow(Untrue);
    expect(() => claim(false, 'e', 'c')).toThrow('expected e; came c');
    expect(() => claimEqual(1, 2, 'n')).toThrow('expected n: 2; came 1');
  });
});

describe('the oracle', () => {
  it('finds the entries of both bundles without our parser, which agrees byte for byte', () => {
    for (const [file, count] of [
      [MARIA_BUNDLE, 223],
      [TOM_BUNDLE, 237],
    ] as const) {
      const parsed = parseBundle(new Uint8Array(readFileSync(file))).entries.map(({ bytes }) =>
        createHash('sha256').update(bytes).digest('hex'),
      );
      expect(digestsOfBundle(file)).toHaveLength(count);
      expect(digestsOfBundle(file)).toEqual(parsed);
    }
    expect(digestsOfLoinc(MARIA_BUNDLE, '29463-7')).toHaveLength(15);
    expect(digestsOfLoinc(MARIA_BUNDLE, 'no-such-code')).toEqual([]);
  });
});

describe('the offline verifier', () => {
  it('has no way to the network and refuses what is no audit', () => {
    const directory = mkdtempSync(join(tmpdir(), 'phr-offline-'));
    try {
      const file = join(directory, 'not-an-audit');
      writeFileSync(file, 'hello');
      const program = join(import.meta.dirname, '../../../scripts/devnet/demo/verify-audit.ts');
      const server = `const s = require('http').createServer((q, r) => r.end('x')).listen(0, '127.0.0.1', () => console.log(s.address().port))`;
      const probe = `const { spawn, spawnSync } = require('child_process'); const s = spawn(process.execPath, ['-e', ${JSON.stringify(server)}]);
        s.stdout.once('data', (port) => { const url = 'http://127.0.0.1:' + String(port).trim();
          fetch(url).then((r) => r.text()).then((text) => { const v = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', ${JSON.stringify(program)}, ${JSON.stringify(file)}, url, ${JSON.stringify(file)}], { encoding: 'utf8' });
            s.kill(); console.log(JSON.stringify({ text, answer: JSON.parse(v.stdout) })); }); });`;
      const { text, answer } = JSON.parse(
        execFileSync(process.execPath, ['-e', probe], { encoding: 'utf8' }),
      ) as { text: string; answer: { reachedNetwork: boolean; verdicts: { ok: boolean }[] } };
      // The probe answers everybody else.
      expect(text).toBe('x');
      expect(answer.reachedNetwork).toBe(false);
      expect(answer.verdicts.map(({ ok }) => ok)).toEqual([false]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('the devnet command', () => {
  it('answers a wrong word with 2 and help with 0', () => {
    const main = join(import.meta.dirname, '../../../scripts/devnet/main.ts');
    const run = (...words: string[]) =>
      spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...words], {
        encoding: 'utf8',
        cwd: tmpdir(),
      });
    expect(run('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/demo.*fault/s) as string,
    });
    expect(run('fault', 'burn', 'north', '--data', join(tmpdir(), 'absent-devnet')).status).toBe(2);
    expect(run('up', '--nodes', '99').status).toBe(2);
    expect(run('status', '--data', join(tmpdir(), 'absent-devnet'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('holds no devnet') as string,
    });
  }, 60_000);
});
