import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../bench/crypto/stream.ts', import.meta.url));
const MEGABYTES = 128;
/** What the engine's young generation and the file system's buffers take, however long the stream is. */
const GROWTH_MB_MAX = 45;

/** Streams a body in a process of its own, without any option for its memory; the growth is in megabytes. */
async function stream(...args: string[]): Promise<{ code: number; growth: number; said: string }> {
  const environment = { ...process.env, NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { env: environment }, (error, stdout, stderr) => {
      const growth = Number(/^growth: (\d+) MB$/m.exec(stdout)?.[1] ?? Number.NaN);
      resolve({
        code: error === null ? 0 : Number(error.code ?? -1),
        growth,
        said: `${stdout}${stderr}`,
      });
    });
  });
}

describe('a body of 128 MB, sealed and opened as a stream', () => {
  it('stays below 150 MB resident and grows by less than 45 MB', async () => {
    const { code, growth, said } = await stream(String(MEGABYTES));
    expect(code, said).toBe(0);
    expect(growth, said).toBeLessThan(GROWTH_MB_MAX);
  });

  it('is seen to grow by its length when the blocks are kept (positive control)', async () => {
    const { code, growth, said } = await stream(String(MEGABYTES), 'keep');
    expect(code, said).toBe(1);
    expect(growth, said).toBeGreaterThan(0.9 * MEGABYTES);
  });
});
