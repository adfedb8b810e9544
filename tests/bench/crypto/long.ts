/**
 * What takes too long for every run of the suite: 10^6 seals without a repetition, every bit of every artefact flipped,
 * every decoder under fire for minutes. Run: `npm run long:crypto [seals | flips | fuzz ...]`, all without an argument;
 * `PHR_FUZZ_SECONDS` (default 60 a decoder) and `PHR_FUZZ_SEED` go to the fuzzer. Exit code 1 when one fails.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { printTable } from './measure.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const HOURS_MS = 3_600_000;

const thorough = (path: string): string[] => [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project',
  'thorough',
  '--testTimeout',
  String(3 * HOURS_MS),
  path,
];

const PARTS: Readonly<Record<string, { args: string[]; environment: NodeJS.ProcessEnv }>> = {
  seals: { args: ['tests/bench/crypto/seals.ts'], environment: {} },
  flips: { args: thorough('tests/unit/crypto/bit-flips.test.ts'), environment: { PHR_LONG: '1' } },
  fuzz: {
    args: thorough('tests/property/crypto/fuzz.test.ts'),
    environment: { PHR_FUZZ_SECONDS: process.env['PHR_FUZZ_SECONDS'] ?? '60' },
  },
};

function run(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => PARTS[name] === undefined);
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}`);
const rows: string[][] = [];
for (const [name, { args, environment }] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const startMs = performance.now();
  const code = await run(args, environment);
  const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
  rows.push([name, minutes, code === 0 ? 'passed' : 'FAILED']);
  if (code !== 0) process.exitCode = 1;
}
printTable('Long runs', ['', 'minutes', ''], rows);
