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

/** A package of Debian's that holds suites (Apache-2.0). */
interface Collection {
  readonly name: string;
  readonly type: 'deb' | 'deb-src';
  /** Where else than in the machine's own release it is. */
  readonly suite?: string;
  /** What to unpack of it, all into one folder. */
  readonly parts: readonly string[];
  /** Folder in the user's cache. */
  readonly folder: string;
  /** What tells a folder with these suites from any other. */
  readonly mark: string;
  readonly megabytes: number;
}

/** What tells a folder with any suites. */
const MARK = 'x25519_test.json';

const SUITES_V1 = [
  ['ed25519', 'x25519', 'chacha20_poly1305', 'xchacha20_poly1305', 'aes_gcm', 'hkdf_sha256'],
  ['mlkem_768', 'mlkem_768_keygen_seed', 'mlkem_768_encaps', 'mlkem_768_semi_expanded_decaps'],
].flat();

/** The best first: testvectors version 1 with ML-KEM, and version 0, which the stable release has too. */
const COLLECTIONS: readonly Collection[] = [
  {
    name: 'golang-github-c2sp-wycheproof-dev',
    type: 'deb',
    suite: 'sid',
    parts: SUITES_V1.map((name) => `*/testvectors_v1/${name}_test.json`),
    folder: 'wycheproof-v1',
    mark: 'mlkem_768_test.json',
    megabytes: 16,
  },
  {
    name: 'android-platform-external-boringssl',
    type: 'deb-src',
    parts: ['*/wycheproof_testvectors/*_test.json', '*/wycheproof_testvectors/LICENSE'],
    folder: 'wycheproof',
    mark: MARK,
    megabytes: 30,
  },
];

const APT_SOURCES = ['/etc/apt/sources.list.d', '/etc/apt/sources.list'];
const TIMEOUT_MS = 5 * 60_000;

function home(environment: NodeJS.ProcessEnv, { folder }: Collection): string {
  const cache = environment['XDG_CACHE_HOME'];
  return join(cache === undefined || cache === '' ? join(homedir(), '.cache') : cache, 'phr-mesh', folder);
}

function has(folder: string, mark: string): boolean {
  return existsSync(join(folder, mark));
}

/** The folder with the suites: `WYCHEPROOF_PATH` when set, else the best that was brought before; undefined when there is none. */
export function findWycheproof(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment['WYCHEPROOF_PATH'];
  if (named !== undefined) return has(named, MARK) ? named : undefined;
  const brought = COLLECTIONS.find((one) => has(home(environment, one), one.mark));
  return brought === undefined ? undefined : home(environment, brought);
}

/**
 * The machine's own apt sources for packages of `type`: the same archives and keys, nothing added. With `suite`, of
 * those that are Debian's main archive, that suite of theirs.
 */
export function sourcesOf(text: string, type: Collection['type'], suite?: string): string {
  const own = text.replaceAll(/^Types:.*$/gm, `Types: ${type}`).replaceAll(/^deb(?:-src)?(?=[ \t])/gm, type);
  if (suite === undefined) return own;
  const stanzas = own.split(/\n{2,}/).filter((stanza) => /^URIs:.*\/debian\/?[ \t]*$/m.test(stanza));
  const lines = own.split('\n').filter((line) => /^deb.*\/debian\/?[ \t]/.test(line));
  return [
    ...stanzas.map((stanza) =>
      stanza.replace(/^Suites:.*$/m, `Suites: ${suite}`).replace(/^Components:.*$/m, 'Components: main'),
    ),
    ...lines.map((line) => line.replace(/(\/debian\/?[ \t]+).*$/, `$1${suite} main`)),
  ].join('\n\n');
}

function writeSources(directory: string, { type, suite }: Collection): void {
  for (const path of APT_SOURCES) {
    if (!existsSync(path)) continue;
    const files = path.endsWith('.d') ? readdirSync(path).map((name) => join(path, name)) : [path];
    for (const file of files.filter((each) => /\.(list|sources)$/.test(each))) {
      const copy = join(directory, file.replaceAll('/', '-').slice(1));
      writeFileSync(copy, `${sourcesOf(readFileSync(file, 'utf8'), type, suite)}\n`);
    }
  }
}

/** Runs a tool in `cwd`; says what failed. */
function run(say: (line: string) => void, cwd: string, command: string, args: string[]): boolean {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: TIMEOUT_MS });
  if (done.status !== 0) say(`${command} failed:\n${(done.stderr ?? '').slice(-2000)}`);
  return done.status === 0;
}

/** The archive with the files, as apt brings it and checks it against Debian's signatures. */
function fetchArchive(
  say: (line: string) => void,
  directory: string,
  collection: Collection,
): string | undefined {
  for (const name of ['sources', 'lists/partial', 'cache']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  writeSources(join(directory, 'sources'), collection);
  const options = [
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${join(directory, 'sources')}`,
    `Dir::State::lists=${join(directory, 'lists')}`,
    `Dir::Cache=${join(directory, 'cache')}`,
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option]);
  if (!run(say, directory, 'apt-get', [...options, 'update', '-qq'])) return undefined;
  const order = collection.type === 'deb' ? ['download'] : ['source', '--download-only'];
  if (!run(say, directory, 'apt-get', [...options, ...order, '-qq', collection.name])) return undefined;
  const archive = readdirSync(directory).find((name) => /\.orig\.tar\.|\.deb$/.test(name));
  if (archive === undefined || collection.type === 'deb-src') return archive;
  const args = ['-c', 'dpkg-deb --fsys-tarfile "$0" > files.tar', archive];
  return run(say, directory, 'sh', args) ? 'files.tar' : undefined;
}

function download(say: (line: string) => void, collection: Collection): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'phr-wycheproof-'));
  try {
    const archive = fetchArchive(say, directory, collection);
    if (archive === undefined) return false;
    mkdirSync(join(directory, 'suites'));
    const unpack = ['-xf', archive, '-C', 'suites', '--wildcards', '--no-anchored', '--transform', 's,.*/,,'];
    if (!run(say, directory, 'tar', [...unpack, ...collection.parts])) return false;
    if (!has(join(directory, 'suites'), collection.mark)) return false;
    cpSync(join(directory, 'suites'), home(process.env, collection), { recursive: true });
    return true;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Finds the Wycheproof suites, or brings them out of Debian's packages when this may be done (root, apt-get): the best
 * collection that can be had. Says what it does, and that their tests are skipped when there are none. They stay in the
 * user's cache folder.
 */
export function bringWycheproof(say: (line: string) => void): string | undefined {
  const skipped = 'its tests are SKIPPED; WYCHEPROOF_PATH may name a folder with its *_test.json';
  if (process.env['WYCHEPROOF_PATH'] !== undefined) {
    const named = findWycheproof();
    say(
      named === undefined ? `wycheproof: WYCHEPROOF_PATH has no ${MARK}: ${skipped}` : `wycheproof: ${named}`,
    );
    return named;
  }
  const mayBring = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
  for (const collection of COLLECTIONS) {
    if (has(home(process.env, collection), collection.mark)) break;
    if (!mayBring) continue;
    const { name, megabytes } = collection;
    say(`wycheproof: not here, bringing Debian's package ${name} (about ${megabytes} MB)`);
    if (download(say, collection)) break;
    say(`wycheproof: ${name} could not be brought`);
  }
  const found = findWycheproof();
  say(`wycheproof: ${found ?? `none found and no way to bring Debian's packages: ${skipped}`}`);
  return found;
}
