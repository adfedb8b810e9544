import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

/** What a browser worker loads to seal, open, search and grant: the room and its packages, minified, compressed. */
const BUNDLE_GZIP_BYTES_MAX = 60_000;
/** With what is loaded only when a passphrase is asked for. */
const WHOLE_GZIP_BYTES_MAX = 66_000;

interface Chunk {
  readonly code?: string;
  readonly fileName: string;
  readonly isEntry?: boolean;
  /** Chunks that are loaded with this one. */
  readonly imports?: readonly string[];
  readonly moduleIds?: readonly string[];
}

interface Bundler {
  rolldown(options: { input: string; platform: 'browser'; treeshake: boolean; logLevel: 'silent' }): Promise<{
    generate(options: { format: 'es'; minify: boolean }): Promise<{ output: readonly Chunk[] }>;
    close(): Promise<void>;
  }>;
}

/** The bundler that the test runner brings along: vitest stands on vite, vite on rolldown. */
async function bundler(): Promise<Bundler> {
  const runner = createRequire(import.meta.resolve('vitest'));
  const vite = createRequire(runner.resolve('vite'));
  return (await import(pathToFileURL(vite.resolve('rolldown')).href)) as Bundler;
}

async function build(): Promise<readonly Chunk[]> {
  const input = fileURLToPath(new URL('../../../crypto/index.ts', import.meta.url));
  const { rolldown } = await bundler();
  const built = await rolldown({ input, platform: 'browser', treeshake: true, logLevel: 'silent' });
  const { output } = await built.generate({ format: 'es', minify: true });
  await built.close();
  return output;
}

/** The entry and all that it imports without being asked. */
function loadedAtOnce(chunks: readonly Chunk[]): readonly Chunk[] {
  const loaded = new Set(chunks.filter(({ isEntry }) => isEntry === true));
  for (const { imports } of loaded) {
    for (const chunk of chunks) if (imports?.includes(chunk.fileName) === true) loaded.add(chunk);
  }
  return [...loaded];
}

const gzipBytes = (chunks: readonly Chunk[]): number =>
  chunks.reduce((sum, { code = '' }) => sum + gzipSync(code, { level: 9 }).length, 0);
const packagesOf = (chunks: readonly Chunk[]): string =>
  chunks
    .flatMap(({ moduleIds = [] }) => moduleIds)
    .map((id) => id.slice(id.lastIndexOf('node_modules/') + 'node_modules/'.length))
    .join('\n');

describe('the room as a browser loads it', async () => {
  const chunks = await build();
  const atOnce = loadedAtOnce(chunks);

  it('is at most 60,000 bytes compressed, and 66,000 with the functions for passphrases', () => {
    expect(gzipBytes(atOnce)).toBeLessThanOrEqual(BUNDLE_GZIP_BYTES_MAX);
    expect(gzipBytes(atOnce)).toBeGreaterThan(10 * 1024);
    expect(gzipBytes(chunks)).toBeLessThanOrEqual(WHOLE_GZIP_BYTES_MAX);
  });

  it('asks for nothing of Node', () => {
    const code = chunks.map((chunk) => chunk.code ?? '').join('');
    expect(code).not.toMatch(/from\s*["'](?:node:|sodium|libsodium)/);
  });

  it('carries no checker of shapes, no libsodium, and Argon2id and scrypt only on demand', () => {
    expect(packagesOf(chunks)).not.toMatch(/^(?:zod|libsodium|sodium)/m);
    expect(packagesOf(chunks)).toMatch(/@noble\/hashes\/argon2[^]*@noble\/hashes\/scrypt|scrypt[^]*argon2/);
    expect(packagesOf(atOnce)).not.toMatch(/argon2|scrypt/);
    expect(packagesOf(atOnce)).toMatch(/@noble\/post-quantum\/ml-kem/);
  });
});
