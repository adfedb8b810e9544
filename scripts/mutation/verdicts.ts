/** The verdicts on disk, one JSON line each, so that a run can stop at any time and go on by the same command. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './instrument.ts';
import type { Verdict } from './judge.ts';
import { fingerprint, read, testMaterial } from './room.ts';

/** In the user's cache folder: a verdict holds for the bytes of its file, wherever these lie. */
const CACHE = process.env['XDG_CACHE_HOME'] ?? '';
export const FOLDER = join(CACHE === '' ? join(homedir(), '.cache') : CACHE, 'phr-mesh/mutation');
const PATH = join(FOLDER, 'verdicts.jsonl');

interface Line {
  readonly key: string;
  /** Fingerprint of the tests: a mutant that survived is asked again when they change. */
  readonly tests: string;
  readonly verdict: Verdict;
}

export class Verdicts {
  readonly #found = new Map<string, Verdict>();
  readonly #keys: ReadonlyMap<number, string>;
  readonly #tests = fingerprint(testMaterial());

  constructor(mutants: readonly Mutant[]) {
    const sources = new Map<string, string>();
    this.#keys = new Map(mutants.map((mutant) => [mutant.id, keyOf(mutant, sources)]));
    const lines = existsSync(PATH) ? readFileSync(PATH, 'utf8').split('\n') : [];
    for (const text of lines.filter((line) => line.endsWith('}'))) {
      const { key, tests, verdict } = JSON.parse(text) as Line;
      const isDead = verdict.kind === 'killed' || verdict.kind === 'endless';
      if (isDead || tests === this.#tests) this.#found.set(key, verdict);
    }
  }

  of(mutant: Mutant): Verdict | undefined {
    return this.#found.get(this.#keys.get(mutant.id) ?? '');
  }

  add(mutant: Mutant, verdict: Verdict): void {
    const key = this.#keys.get(mutant.id) ?? '';
    this.#found.set(key, verdict);
    mkdirSync(FOLDER, { recursive: true });
    const line: Line = { key, tests: this.#tests, verdict };
    appendFileSync(PATH, `${JSON.stringify(line)}\n`);
  }
}

export function forgetVerdicts(): void {
  rmSync(PATH, { force: true });
}

/** The mutant in this version of its file; comments are no part of it, nor where the line stands. */
function keyOf(mutant: Mutant, sources: Map<string, string>): string {
  const { file, lineText, operator, original, replacement, ordinal } = mutant;
  const version = sources.get(file) ?? createHash('sha256').update(codeOf(file)).digest('hex').slice(0, 12);
  sources.set(file, version);
  const parts = [version, lineText, operator, original, replacement, ordinal].join('\n');
  return `${file}#${createHash('sha256').update(parts).digest('hex').slice(0, 16)}`;
}

function codeOf(file: string): string {
  return read(file).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|^\s+/gm, '');
}
