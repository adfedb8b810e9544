import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Backend, CID } from '#crypto';
import type { Bodies } from '../../../crypto/backend/backend.ts';
import { webBodies } from '../../../crypto/record/chunk-cipher.ts';
import { openBody, sealBody, type BodyBlock } from '../../../crypto/record/body.ts';
import { BODY_BLOCK_BYTES_MAX, CHUNK_BYTES, CHUNKS_PER_BLOCK } from '../../../crypto/record/body-layout.ts';
import { medians, printTable } from './measure.ts';

/** With the end mark exactly a padded length, so that padding costs nothing. */
const LENGTH = 32 * 1024 * 1024 - 1;

/** AES-256-GCM of OpenSSL and nothing else, on the chunks of a body. */
function rawNode(bytes: Uint8Array, mode: 'encrypt' | 'decrypt'): void {
  const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
  let kept: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    // What comes out is kept for a block's time: without that the same small buffer stays in the cache.
    if (kept.length === CHUNKS_PER_BLOCK) kept = [];
    const piece = bytes.subarray(at, at + CHUNK_BYTES);
    if (mode === 'decrypt') {
      kept.push(createDecipheriv('aes-256-gcm', key, nonce).update(piece));
      continue;
    }
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    kept.push(cipher.update(piece));
    cipher.final();
    cipher.getAuthTag();
  }
}

/** The same through Web Crypto, as many chunks at a time as a block has. */
async function rawWeb(plaintext: Uint8Array<ArrayBuffer>, mode: 'encrypt' | 'decrypt'): Promise<void> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, [mode]);
  const size = mode === 'encrypt' ? CHUNK_BYTES : CHUNK_BYTES + 16;
  for (let at = 0; at < plaintext.length; at += size * CHUNKS_PER_BLOCK) {
    const some: Promise<unknown>[] = [];
    for (let from = at; from < Math.min(plaintext.length, at + size * CHUNKS_PER_BLOCK); from += size) {
      const parameters = { name: 'AES-GCM', iv: new Uint8Array(12) };
      const piece = plaintext.subarray(from, from + size);
      const done = subtle[mode](parameters, key, piece);
      // Nothing was sealed with these: the cipher works just as long before it says so.
      some.push(mode === 'encrypt' ? done : done.catch(() => undefined));
    }
    await Promise.all(some);
  }
}

async function hashBlocks(plaintext: Uint8Array, { sha256 }: Bodies): Promise<void> {
  for (let at = 0; at < plaintext.length; at += BODY_BLOCK_BYTES_MAX) {
    await sha256(plaintext.subarray(at, at + BODY_BLOCK_BYTES_MAX));
  }
}

const plaintext = new Uint8Array(LENGTH).fill(1);
const dek = new Uint8Array(32).fill(7);
const source = async function* () {
  for (let at = 0; at < LENGTH; at += 1 << 20)
    yield await Promise.resolve(plaintext.subarray(at, at + (1 << 20)));
};

async function rowsOf(
  name: string,
  bodies: Bodies,
  raw: typeof rawNode | typeof rawWeb,
): Promise<string[][]> {
  const blocks: BodyBlock[] = [];
  const body = await sealBody(dek, source(), (block) => Promise.resolve(void blocks.push(block)), bodies);
  const store = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]));
  const fetch = (cid: CID) => Promise.resolve(store.get(cid.toString()) ?? new Uint8Array(0));
  const spent = await medians(
    {
      'raw seal': () => raw(plaintext, 'encrypt'),
      'raw open': () => raw(plaintext, 'decrypt'),
      hash: () => hashBlocks(plaintext, bodies),
      seal: () => sealBody(dek, source(), () => Promise.resolve(), bodies),
      open: async () => {
        let length = 0;
        for await (const piece of openBody(dek, body, fetch, bodies)) length += piece.length;
        if (length !== LENGTH) throw new Error('the body lost bytes');
      },
    },
    11,
  );
  const of = (what: string) => spent[what] ?? Number.NaN;
  const rate = (time: number) => `${(LENGTH / 1e3 / time).toFixed(0)} MB/s`;
  return ['seal', 'open'].map((what) => {
    const without = of(what) - of('hash');
    const share = `${((100 * of(`raw ${what}`)) / without).toFixed(0)} %`;
    return [
      `${name}: ${what}`,
      rate(of(`raw ${what}`)),
      rate(of(what)),
      rate(of('hash')),
      rate(without),
      share,
    ];
  });
}

/** Throughput of bodies against the raw cipher in the same run; the hashing for links is timed by itself. */
export async function benchBody(native: Backend): Promise<void> {
  const rows = [
    ...(native.bodies === undefined ? [] : await rowsOf('node:crypto', native.bodies, rawNode)),
    ...(await rowsOf('Web Crypto', webBodies, rawWeb)),
  ];
  printTable(
    `Body of ${(LENGTH + 1) / 2 ** 20} MiB against raw AES-256-GCM on the same chunks (target: 80 %)`,
    ['', 'raw cipher', 'with hashing', 'hashing alone', 'without hashing', 'of raw'],
    rows,
  );
}
