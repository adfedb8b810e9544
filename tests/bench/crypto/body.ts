import { createCipheriv, createDecipheriv } from 'node:crypto';
import { parseLink } from '#crypto';
import type { Backend, CID } from '#crypto';
import type { Bodies } from '../../../crypto/backend/backend.ts';
import { webBodies } from '../../../crypto/record/chunk-cipher.ts';
import { openBody, sealBody, type BodyBlock } from '../../../crypto/record/body.ts';
import {
  BODY_BLOCK_BYTES_MAX,
  CHUNK_BYTES,
  CHUNKS_PER_BLOCK,
  SEALED_CHUNK_BYTES,
} from '../../../crypto/record/body-layout.ts';
import { clientBody } from './client-body.ts';
import { compared, printTable } from './measure.ts';

/** With the end mark exactly a padded length, so that padding costs nothing. */
const LENGTH = 32 * 1024 * 1024 - 1;
const ROUNDS = 11;

/**
 * Calls `each` for every chunk of `size` bytes, a block of them at a time. What comes out is kept for a block's time
 * (without that the same small buffer stays in the cache), or all of it until the end.
 */
async function byBlock(
  length: number,
  size: number,
  each: (at: number) => unknown,
  keep: boolean,
): Promise<void> {
  let kept: unknown[] = [];
  for (let at = 0; at < length; at += size * CHUNKS_PER_BLOCK) {
    const block: unknown[] = [];
    for (let from = at; from < Math.min(length, at + size * CHUNKS_PER_BLOCK); from += size)
      block.push(each(from));
    const done = await Promise.all(block);
    kept = keep ? [...kept, ...done] : done;
  }
}

const nonce = new Uint8Array(12);

/** AES-256-GCM and nothing else, tag included, on the chunks of a body. */
interface Raw {
  seal(plaintext: Uint8Array<ArrayBuffer>, keep: boolean): Promise<void>;
  /** `sealed`: chunks with their tags, all under one nonce. */
  open(sealed: Uint8Array<ArrayBuffer>, keep: boolean): Promise<void>;
  /** One message with its tag, in one call, into one array. */
  openWhole(sealed: Uint8Array<ArrayBuffer>): Promise<unknown>;
}

const TAG_BYTES = SEALED_CHUNK_BYTES - CHUNK_BYTES;

const rawNode: Raw = {
  seal(bytes, keep) {
    const each = (at: number) => {
      const cipher = createCipheriv('aes-256-gcm', dek, nonce);
      const out = cipher.update(bytes.subarray(at, at + CHUNK_BYTES));
      cipher.final();
      return [out, cipher.getAuthTag()];
    };
    return byBlock(bytes.length, CHUNK_BYTES, each, keep);
  },
  open(bytes, keep) {
    const each = (at: number) => {
      const decipher = createDecipheriv('aes-256-gcm', dek, nonce);
      decipher.setAuthTag(bytes.subarray(at + CHUNK_BYTES, at + SEALED_CHUNK_BYTES));
      const out = decipher.update(bytes.subarray(at, at + CHUNK_BYTES));
      decipher.final();
      return out;
    };
    return byBlock(bytes.length, SEALED_CHUNK_BYTES, each, keep);
  },
  openWhole(bytes) {
    const decipher = createDecipheriv('aes-256-gcm', dek, nonce);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const out = decipher.update(bytes.subarray(0, -TAG_BYTES));
    decipher.final();
    return Promise.resolve(out);
  },
};

/** As many chunks at a time as a block has. */
const rawWeb = async (): Promise<Raw> => {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('raw', dek, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const parameters = { name: 'AES-GCM', iv: nonce };
  return {
    seal(bytes, keep) {
      const each = (at: number) => subtle.encrypt(parameters, key, bytes.subarray(at, at + CHUNK_BYTES));
      return byBlock(bytes.length, CHUNK_BYTES, each, keep);
    },
    open(bytes, keep) {
      const each = (at: number) =>
        subtle.decrypt(parameters, key, bytes.subarray(at, at + SEALED_CHUNK_BYTES));
      return byBlock(bytes.length, SEALED_CHUNK_BYTES, each, keep);
    },
    openWhole: (bytes) => subtle.decrypt(parameters, key, bytes),
  };
};

/** The plaintext as one message. */
function sealedWhole(): Uint8Array<ArrayBuffer> {
  const cipher = createCipheriv('aes-256-gcm', dek, nonce);
  const sealed = new Uint8Array(LENGTH + TAG_BYTES);
  sealed.set(cipher.update(plaintext));
  cipher.final();
  sealed.set(cipher.getAuthTag(), LENGTH);
  return sealed;
}

/** The chunks of the plaintext (and its end mark), each sealed under the same nonce: what the raw cipher opens. */
function sealedForRaw(): Uint8Array<ArrayBuffer> {
  const count = Math.ceil(LENGTH / CHUNK_BYTES);
  const sealed = new Uint8Array(count * SEALED_CHUNK_BYTES);
  const padded = new Uint8Array(count * CHUNK_BYTES);
  padded.set(plaintext);
  for (let i = 0; i < count; i++) {
    const cipher = createCipheriv('aes-256-gcm', dek, nonce);
    sealed.set(
      cipher.update(padded.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)),
      i * SEALED_CHUNK_BYTES,
    );
    cipher.final();
    sealed.set(cipher.getAuthTag(), i * SEALED_CHUNK_BYTES + CHUNK_BYTES);
  }
  return sealed;
}

async function hashBlocks({ sha256 }: Bodies): Promise<void> {
  for (let at = 0; at < LENGTH; at += BODY_BLOCK_BYTES_MAX) {
    await sha256(plaintext.subarray(at, at + BODY_BLOCK_BYTES_MAX));
  }
}

const plaintext = new Uint8Array(LENGTH).fill(1);
const dek = new Uint8Array(32).fill(7);
const source = async function* () {
  for (let at = 0; at < LENGTH; at += 1 << 20)
    yield await Promise.resolve(plaintext.subarray(at, at + (1 << 20)));
};

/** Seals without a link to it and opens with hashes known beforehand: the whole path less the hashing. */
function unhashed(bodies: Bodies, known: ReadonlyMap<Uint8Array, Uint8Array>): Bodies {
  const none = new Uint8Array(32);
  return { ...bodies, sha256: (bytes) => known.get(bytes) ?? none };
}

async function rowsOf(backend: Backend, name: string, bodies: Bodies, raw: Raw): Promise<string[][]> {
  const blocks: BodyBlock[] = [];
  const body = await sealBody(dek, source(), (block) => Promise.resolve(void blocks.push(block)), bodies);
  const store = new Map(blocks.map(({ cid, bytes }) => [cid.toString(), bytes]));
  const fetch = (cid: CID) => Promise.resolve(store.get(cid.toString()) ?? new Uint8Array(0));
  const known = new Map(blocks.map(({ cid, bytes }) => [bytes, cid.multihash.digest]));
  const apart = unhashed(bodies, known);
  const client = await clientBody({ ...backend, bodies }, plaintext.subarray(0, -4096));
  const digests = new Map(
    [...client.blocks].map(([cid, bytes]) => [bytes, parseLink(cid).multihash.digest] as const),
  );
  const clientApart = unhashed(bodies, digests);
  const sealedChunks = sealedForRaw();
  const message = sealedWhole();
  const seal = (by: Bodies, keep: boolean) => async () => {
    const kept: BodyBlock[] = [];
    const put = (block: BodyBlock) => Promise.resolve(void (keep && kept.push(block)));
    await sealBody(dek, source(), put, by, { reuse: !keep });
  };
  const open = (by: Bodies, keep: boolean) => async () => {
    const kept: Uint8Array[] = [];
    let length = 0;
    for await (const piece of openBody(dek, body, fetch, by, { reuse: !keep })) {
      length += piece.length;
      if (keep) kept.push(piece);
    }
    if (length !== LENGTH) throw new Error('the body lost bytes');
  };
  // Two at a time: who of many leaves garbage and who is stopped for it is a matter of chance.
  const pair = async (base: () => unknown, ours: () => unknown) => {
    const { spent, ratio } = await compared({ base, ours }, ROUNDS);
    const share = `${(100 / ratio('ours', 'base')).toFixed(0)} %`;
    return { base: spent['base'], ours: spent['ours'], share };
  };
  const rate = (ms = Number.NaN) => `${(LENGTH / 1e3 / ms).toFixed(0)} MB/s`;
  const rowOf = async (
    what: 'seal' | 'open',
    bytes: Uint8Array<ArrayBuffer>,
    ours: typeof seal,
  ): Promise<string[]> => {
    const streamed = await pair(() => raw[what](bytes, false), ours(apart, false));
    const kept = await pair(() => raw[what](bytes, true), ours(apart, true));
    // What is sealed is sent and forgotten; what is opened is there as a whole.
    const byClient = await pair(
      () => raw[what](bytes, what === 'open'),
      () => client[what](clientApart),
    );
    // A record that is opened is one array, and so is what one call of the cipher gives: both pay for fresh memory.
    const byOneCall = await pair(
      () => raw.openWhole(message),
      () => client.open(clientApart),
    );
    const whole = await pair(() => hashBlocks(bodies), ours(bodies, false));
    return [
      `${name}: ${what}`,
      rate(streamed.base),
      rate(streamed.ours),
      streamed.share,
      rate(whole.base),
      rate(whole.ours),
      kept.share,
      byClient.share,
      what === 'open' ? byOneCall.share : '',
    ];
  };
  return [await rowOf('seal', plaintext, seal), await rowOf('open', sealedChunks, open)];
}

/** Throughput of streamed bodies against the raw cipher in the same run, the hashing for links apart. */
export async function benchBody(native: Backend): Promise<void> {
  const rows = [
    ...(native.bodies === undefined ? [] : await rowsOf(native, 'node:crypto', native.bodies, rawNode)),
    ...(await rowsOf(native, 'Web Crypto', webBodies, await rawWeb())),
  ];
  printTable(
    `Streamed body of ${(LENGTH + 1) / 2 ** 20} MiB against raw AES-256-GCM on the same chunks (target: 80 %)`,
    [
      '',
      'raw cipher',
      'ours, no hashing',
      'of raw',
      'hashing alone',
      'ours, with hashing',
      'of raw, all kept',
      'a record by the client, of raw',
      'of raw in one call',
    ],
    rows,
  );
}
