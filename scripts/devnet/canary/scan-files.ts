import { closeSync, openSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { HITS_PER_PLACE_MAX, findNeedles, overlapOf } from './needles.ts';
import type { Hit, Needle } from './needles.ts';

/** Small enough that one window stays in the processor's cache while every needle is looked for in it. */
const WINDOW_BYTES = 512 * 1024;
const ZEROS = Buffer.alloc(WINDOW_BYTES);

export interface ScanResult {
  hits: Hit[];
  bytes: number;
  /** Files, or regions of memory. */
  parts: number;
  /** What could not be read, and why. */
  skipped: string[];
}

export function mergeScans(scans: readonly ScanResult[]): ScanResult {
  return {
    hits: scans.flatMap((scan) => scan.hits),
    bytes: scans.reduce((sum, scan) => sum + scan.bytes, 0),
    parts: scans.reduce((sum, scan) => sum + scan.parts, 0),
    skipped: scans.flatMap((scan) => scan.skipped),
  };
}

/** Searches every file below a directory, its name included. */
export async function scanDirectory(directory: string, needles: readonly Needle[]): Promise<ScanResult> {
  const result: ScanResult = { hits: [], bytes: 0, parts: 0, skipped: [] };
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    result.hits.push(
      ...findNeedles(Buffer.from(relative(directory, file), 'utf8'), needles, `name of ${file}`, 0),
    );
    if (!entry.isFile()) continue;
    const scan = scanFile(file, needles);
    result.hits.push(...scan.hits);
    result.bytes += scan.bytes;
    result.parts += 1;
    result.skipped.push(...scan.skipped);
  }
  return result;
}

export function scanFile(file: string, needles: readonly Needle[]): ScanResult {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    // Nodes at work rename and delete their temporary files.
    return { hits: [], bytes: 0, parts: 0, skipped: [`${file}: gone or not readable`] };
  }
  try {
    return scanRange(descriptor, { from: 0, to: Number.MAX_SAFE_INTEGER }, needles, file);
  } finally {
    closeSync(descriptor);
  }
}

/** Searches a range of an open file in overlapping windows of bounded size; ends where reading ends. */
export function scanRange(
  descriptor: number,
  range: { from: number; to: number },
  needles: readonly Needle[],
  place: string,
): ScanResult {
  const overlap = overlapOf(needles);
  const window = Buffer.allocUnsafe(
    Math.min(WINDOW_BYTES, Math.max(range.to - range.from, overlap + 1)) + overlap,
  );
  const result: ScanResult = { hits: [], bytes: 0, parts: 1, skipped: [] };
  let kept = 0;
  let at = range.from;
  while (at < range.to && result.hits.length < HITS_PER_PLACE_MAX) {
    let read: number;
    try {
      read = readSync(descriptor, window, kept, Math.min(window.length - kept, range.to - at), at);
    } catch {
      result.skipped.push(`${place}: reading ended at ${at}`);
      break;
    }
    if (read === 0) break;
    const filled = kept + read;
    // Much of a process's memory was never written: one comparison instead of many searches.
    if (!isZero(window.subarray(0, filled))) {
      result.hits.push(...findNeedles(window.subarray(0, filled), needles, place, at - kept));
    }
    result.bytes += read;
    at += read;
    kept = Math.min(overlap, filled);
    window.copyWithin(0, filled - kept, filled);
  }
  return result;
}

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (!part.equals(ZEROS.subarray(0, part.length))) return false;
  }
  return true;
}
