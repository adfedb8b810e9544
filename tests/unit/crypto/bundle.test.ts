import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

/** What a browser worker loads: the room and its packages, minified, compressed. */
const BUNDLE_GZIP_BYTES_MAX = 60 * 1024;

interface Bundler {
  rolldown(options: { input: string; platform: 'browser'; treeshake: boolean; logLevel: 'silent' }): Promise<{
    generate(options: { format: 'es'; minify: boolean }): Promise<{ output: readonly { code?: string }[] }>;
    close(): Promise<void>;
  }>;
}

/** The bundler that the test runner brings along: vitest stands on vite, vite on rolldown. */
async function bundler(): Promise<Bundler> {
  const runner = createRequire(import.meta.resolve('vitest'));
  const vite = createRequire(runner.resolve('vite'));
  return (await import(pathToFileURL(vite.resolve('rolldown')).href)) as Bundler;
}

describe('the room as a browser loads it', () => {
  it('is at most 60 KiB compressed, and asks for nothing of Node', async () => {
    const input = fileURLToPath(new URL('../../../crypto/index.ts', import.meta.url));
    const { rolldown } = await bundler();
    const built = await rolldown({ input, platform: 'browser', treeshake: true, logLevel: 'silent' });
    const { output } = await built.generate({ format: 'es', minify: true });
    await built.close();
    const code = output.map((part) => part.code ?? '').join('');
    const size = gzipSync(code, { level: 9 }).length;
    expect(size).toBeLessThanOrEqual(BUNDLE_GZIP_BYTES_MAX);
    expect(size).toBeGreaterThan(10 * 1024);
    expect(code).not.toMatch(/from\s*["'](?:node:|sodium|libsodium)/);
  }, 120_000);
});
