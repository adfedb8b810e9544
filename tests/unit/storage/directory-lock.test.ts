import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { lockDirectory, StorageError } from '#storage';
import { scratchDirectory } from './scratch-directory.ts';

function failureOf(action: () => unknown): StorageError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
  return undefined;
}

describe('directory lock', () => {
  it('refuses a second holder in the same process and names the first', () => {
    const directory = scratchDirectory();
    const release = lockDirectory(directory);
    expect(failureOf(() => lockDirectory(directory))).toMatchObject({
      code: 'directory-locked',
      facts: { pid: process.pid },
    });
    release();
  });

  it('is free again after its release, which may be called twice', () => {
    const directory = scratchDirectory();
    const release = lockDirectory(directory);
    release();
    release();
    const again = lockDirectory(directory);
    release();
    expect(failureOf(() => lockDirectory(directory))?.code).toBe('directory-locked');
    again();
  });

  it('names a holder in another process, and outlives nothing that was killed', async () => {
    const directory = scratchDirectory();
    const script = `
      import { lockDirectory } from '#storage';
      lockDirectory(process.argv[1]);
      process.stdout.write('locked');
      setInterval(() => {}, 60_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(failureOf(() => lockDirectory(directory))).toMatchObject({
      code: 'directory-locked',
      facts: { pid: child.pid },
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockDirectory(directory)();
  });

  it('locks directories apart from each other', () => {
    const releases = [lockDirectory(scratchDirectory()), lockDirectory(scratchDirectory())];
    for (const release of releases) release();
  });
});
