import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Debian's source package that holds the suites (Apache-2.0), as `*_test.json` of testvectors version 0. */
const PACKAGE = 'android-platform-external-boringssl';
const APT_SOURCES = ['/etc/apt/sources.list.d', '/etc/apt/sources.list'];
const TIMEOUT_MS = 5 * 60_000;
/** What tells a folder with the suites from any other. */
const MARK = 'x25519_test.json';

function home(environment: NodeJS.ProcessEnv): string {
  const cache = environment['XDG_CACHE_HOME'];
  return join(cache === undefined || cache === '' ? join(homedir(), '.cache') : cache, 'phr-mesh/wycheproof');
}

/** The folder with the suites: `WYCHEPROOF_PATH` when set, else what was brought before; undefined when there is none. */
export function findWycheproof(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = environment['WYCHEPROOF_PATH'] ?? home(environment);
  return existsSync(join(folder, MARK)) ? folder : undefined;
}

/** The machine's own apt sources with `deb` turned into `deb-src`: the same archives and keys, nothing added. */
export function sourcesOf(text: string): string {
  return text.replaceAll(/^Types:.*$/gm, 'Types: deb-src').replaceAll(/^deb(?=[ \t])/gm, 'deb-src');
}

function writeSources(directory: string): void {
  for (const path of APT_SOURCES) {
    if (!existsSync(path)) continue;
    const files = path.endsWith('.d') ? readdirSync(path).map((name) => join(path, name)) : [path];
    for (const file of files.filter((each) => /\.(list|sources)$/.test(each))) {
      writeFileSync(
        join(directory, file.replaceAll('/', '-').slice(1)),
        sourcesOf(readFileSync(file, 'utf8')),
      );
    }
  }
}

/** Runs a tool in `cwd`; says what failed. */
function run(say: (line: string) => void, cwd: string, command: string, args: string[]): boolean {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: TIMEOUT_MS });
  if (done.status !== 0) say(`${command} failed:\n${(done.stderr ?? '').slice(-2000)}`);
  return done.status === 0;
}

function download(say: (line: string) => void, directory: string, target: string): boolean {
  for (const name of ['sources', 'lists/partial', 'cache', 'suites']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  writeSources(join(directory, 'sources'));
  const options = [
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${join(directory, 'sources')}`,
    `Dir::State::lists=${join(directory, 'lists')}`,
    `Dir::Cache=${join(directory, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  if (!run(say, directory, 'apt-get', [...options, 'update', '-qq'])) return false;
  if (!run(say, directory, 'apt-get', [...options, 'source', '-qq', '--download-only', PACKAGE]))
    return false;
  const archive = readdirSync(directory).find((name) => name.includes('.orig.tar'));
  if (archive === undefined) return false;
  const unpack = ['-xf', archive, '-C', 'suites', '--wildcards', '--no-anchored'];
  const parts = ['wycheproof_testvectors/*_test.json', 'wycheproof_testvectors/LICENSE'];
  const strip = ['--transform', 's,.*/,,'];
  if (!run(say, directory, 'tar', [...unpack, ...strip, ...parts])) return false;
  if (!existsSync(join(directory, 'suites', MARK))) return false;
  cpSync(join(directory, 'suites'), target, { recursive: true });
  return true;
}

/**
 * Finds the Wycheproof suites, or brings them out of Debian's source package when this may be done (root, apt-get);
 * says what it does, and that their tests are skipped when there are none. They stay in the user's cache folder.
 */
export function bringWycheproof(say: (line: string) => void): string | undefined {
  const found = findWycheproof();
  if (found !== undefined) {
    say(`wycheproof: ${found}`);
    return found;
  }
  const skipped = 'its tests are SKIPPED; WYCHEPROOF_PATH may name a folder with its *_test.json';
  if (process.env['WYCHEPROOF_PATH'] !== undefined) {
    say(`wycheproof: WYCHEPROOF_PATH names a folder without ${MARK}: ${skipped}`);
    return undefined;
  }
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    say(`wycheproof: none found and no way to bring Debian's source package ${PACKAGE}: ${skipped}`);
    return undefined;
  }
  say(`wycheproof: none found, bringing Debian's source package ${PACKAGE} (about 30 MB)`);
  const directory = mkdtempSync(join(tmpdir(), 'phr-wycheproof-'));
  try {
    if (!download(say, directory, home(process.env))) say(`wycheproof: could not be brought: ${skipped}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return findWycheproof();
}
