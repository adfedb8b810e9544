import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL_TIMEOUT_MS = 15 * 60_000;

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The Chromium that tests drive: `CHROMIUM_PATH` when set, else the first one on the PATH; undefined when there is none. */
export function findBrowser(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment['CHROMIUM_PATH'];
  if (named !== undefined) return executable(named) ? named : undefined;
  const directories = (environment['PATH'] ?? '').split(delimiter);
  return directories.flatMap((directory) => NAMES.map((name) => join(directory, name))).find(executable);
}

/** Finds a browser, or brings Debian's with apt-get when this may be done; says what it does, through `say`. */
export function bringBrowser(say: (line: string) => void): string | undefined {
  const found = findBrowser();
  if (found !== undefined) {
    say(`browser: ${found}`);
    return found;
  }
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    say('browser: none found; install Chromium (Debian: `apt-get install chromium`) or set CHROMIUM_PATH');
    return undefined;
  }
  say("browser: none found, installing Debian's chromium (about 300 MB on disk)");
  const apt = (...args: string[]): boolean => {
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const run = spawnSync('apt-get', args, {
      encoding: 'utf8',
      timeout: INSTALL_TIMEOUT_MS,
      env: environment,
    });
    if (run.status !== 0) say(`apt-get ${args[0]} failed:\n${run.stderr.slice(-2000)}`);
    return run.status === 0;
  };
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
  return findBrowser();
}
