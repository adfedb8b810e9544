import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createNodeKeyFile, takeUnusedMark } from '#node/config';

const root = new Uint8Array(32).fill(1);
let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'phr-unused-'));
  file = join(directory, 'node.key');
  createNodeKeyFile(file, { root, devnet: false });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('a key that was just made is unused once', () => {
  expect(statSync(`${file}.unused`).mode & 0o077).toBe(0);
  expect(takeUnusedMark(file, root)).toBe(true);
  expect(existsSync(`${file}.unused`)).toBe(false);
  expect(takeUnusedMark(file, root)).toBe(false);
});

it('the mark tells nothing of the key, and nothing of another key put in its place', () => {
  const mark = readFileSync(`${file}.unused`, 'utf8');
  for (const encoding of ['hex', 'base64url'] as const)
    expect(mark).not.toContain(Buffer.from(root).toString(encoding));
  expect(takeUnusedMark(file, new Uint8Array(32).fill(2))).toBe(false);
  expect(existsSync(`${file}.unused`)).toBe(false);
});

it('a key restored alone, a damaged mark and a missing one count as used', () => {
  const restored = join(directory, 'restored.key');
  copyFileSync(file, restored);
  expect(takeUnusedMark(restored, root)).toBe(false);
  writeFileSync(`${file}.unused`, '');
  expect(takeUnusedMark(file, root)).toBe(false);
});
