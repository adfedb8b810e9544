import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PLANTED = join(ROOT, 'tests/gates/planted');
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export interface Outcome {
  code: number;
  output: string;
}

/** Runs one of the project's own tools and returns what it said; never throws for a non-zero exit. */
export function runTool(name: string, args: string[], cwd: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      join(ROOT, 'node_modules/.bin', name),
      args,
      { cwd, maxBuffer: OUTPUT_BYTES_MAX, env: { ...process.env, NO_COLOR: '1', CI: 'true' } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, output: stdout + stderr });
      },
    );
  });
}

/** A temporary tree that has the project's configuration and the planted files where they would stand in a room. */
export class PlantedTree {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<PlantedTree> {
    const directory = await mkdtemp(join(tmpdir(), 'phr-planted-'));
    await cp(PLANTED, directory, { recursive: true });
    for (const name of ['.oxlintrc.json', '.oxfmtrc.json', 'package.json', 'tsconfig.json']) {
      await cp(join(ROOT, name), join(directory, name));
    }
    await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    return new PlantedTree(directory);
  }

  write(path: string, text: string): Promise<void> {
    return writeFile(join(this.directory, path), text);
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}

/** The planted files below `under`, with the codes that their first line says must be reported. */
export async function plantedFiles(under: string): Promise<{ path: string; expected: string[] }[]> {
  const names = await readdir(join(PLANTED, under), { recursive: true });
  const paths = names.filter((name) => /\.tsx?$/.test(name)).map((name) => join(under, name));
  return Promise.all(
    paths.toSorted().map(async (path) => {
      const first = (await readFile(join(PLANTED, path), 'utf8')).split('\n')[0] ?? '';
      const said = /^\/\/ expected: (.+)$/.exec(first)?.[1];
      if (said === undefined) throw new Error(`${path} does not say what is expected of it`);
      return { path, expected: said === 'nothing' ? [] : said.split(', ').toSorted() };
    }),
  );
}
