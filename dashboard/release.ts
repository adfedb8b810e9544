import { createHash } from 'node:crypto';

/** What a build serves to a browser, by hash: two builds of the same sources have the same. */
export interface Release {
  /** SHA-256 over all paths and hashes, hex: the one number that a person compares. */
  readonly hash: string;
  /** SHA-256 by path as it is asked for, `/` being the page. */
  readonly files: Readonly<Record<string, string>>;
}

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** @param files bytes by path as they are served, without compression */
export function releaseOf(files: ReadonlyMap<string, Uint8Array>): Release {
  const hashes = [...files].map(([path, bytes]): [string, string] => [path, sha256(bytes)]);
  const sorted = hashes.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const hash = sha256(sorted.map(([path, digest]) => `${path}\0${digest}\n`).join(''));
  return { hash, files: Object.fromEntries(sorted) };
}
