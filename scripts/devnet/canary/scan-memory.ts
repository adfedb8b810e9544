import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { scanRange } from './scan-files.ts';
import type { ScanResult } from './scan-files.ts';
import type { Needle } from './needles.ts';

const PAGE_ENTRY_BYTES = 8;

/** One mapping of a process, from /proc/<pid>/smaps (proc(5)). */
interface Region {
  from: number;
  to: number;
  readable: boolean;
  writable: boolean;
  path: string;
  /** Bytes that are in memory or swapped out; the rest was never touched. */
  present: number;
}

/**
 * Searches the memory of a running process: everything readable that is present or swapped out, but for files
 * mapped read-only (program text, which the process cannot have written).
 *
 * @returns `skipped` names the process when the system does not let it be read (ptrace_scope, another user, no /proc)
 */
export function scanMemory(pid: number, needles: readonly Needle[]): ScanResult {
  const result: ScanResult = { hits: [], bytes: 0, parts: 0, skipped: [] };
  let memory: number;
  let regions: Region[];
  try {
    regions = parseRegions(readFileSync(`/proc/${pid}/smaps`, 'latin1'));
    memory = openSync(`/proc/${pid}/mem`, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { ...result, skipped: [`memory of pid ${pid} (${code})`] };
  }
  const pages = openPages(pid);
  try {
    for (const region of regions) {
      const fromFile = region.path.startsWith('/') && !region.writable;
      const kernels = region.path === '[vsyscall]' || region.path.startsWith('[vvar');
      if (!region.readable || region.present === 0 || fromFile || kernels) continue;
      const place = `memory of pid ${pid}, ${region.path || 'anonymous'}`;
      for (const stretch of presentStretches(pages, region)) {
        const scan = scanRange(memory, stretch, needles, place);
        result.hits.push(...scan.hits);
        result.bytes += scan.bytes;
        // A stretch that the process gave back since it was listed is not a gap.
        if (scan.bytes > 0) result.skipped.push(...scan.skipped);
      }
      result.parts += 1;
    }
  } finally {
    closeSync(memory);
    if (pages !== undefined) closeSync(pages);
  }
  return result;
}

function openPages(pid: number): number | undefined {
  try {
    return openSync(`/proc/${pid}/pagemap`, 'r');
  } catch {
    return undefined;
  }
}

/**
 * The parts of a region that hold anything: reading a page that was never touched gives zeros and costs time. Where
 * the page table cannot be read, the whole region.
 */
function presentStretches(pages: number | undefined, region: Region): { from: number; to: number }[] {
  if (pages === undefined) return [region];
  const pageBytes = systemPageBytes();
  if (pageBytes === undefined) return [region];
  const count = (region.to - region.from) / pageBytes;
  const entries = Buffer.alloc(count * PAGE_ENTRY_BYTES);
  let filled: number;
  try {
    filled = readSync(pages, entries, 0, entries.length, (region.from / pageBytes) * PAGE_ENTRY_BYTES);
  } catch {
    return [region];
  }
  if (filled < entries.length) return [region];
  const stretches: { from: number; to: number }[] = [];
  for (let page = 0; page < count; page += 1) {
    // Highest byte of the entry: bit 63 present, bit 62 swapped (Documentation/admin-guide/mm/pagemap.rst).
    if (((entries[page * PAGE_ENTRY_BYTES + 7] ?? 0) & 0xc0) === 0) continue;
    const from = region.from + page * pageBytes;
    const last = stretches.at(-1);
    if (last?.to === from) last.to += pageBytes;
    else stretches.push({ from, to: from + pageBytes });
  }
  return stretches;
}

let knownPageBytes: number | undefined;
/** 4096 on most machines, 16384 or 65536 on some of the ARM ones. */
function systemPageBytes(): number | undefined {
  if (knownPageBytes === undefined) {
    const { stdout } = spawnSync('getconf', ['PAGESIZE'], { encoding: 'utf8' });
    const bytes = Number(stdout);
    if (Number.isSafeInteger(bytes) && bytes > 0) knownPageBytes = bytes;
  }
  return knownPageBytes;
}

export function parseRegions(smaps: string): Region[] {
  const regions: Region[] = [];
  for (const line of smaps.split('\n')) {
    const header = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+\s*(.*)$/.exec(line);
    if (header !== null) {
      const [, from = '', to = '', mode = '', path = ''] = header;
      regions.push({
        from: Number.parseInt(from, 16),
        to: Number.parseInt(to, 16),
        readable: mode.startsWith('r'),
        writable: mode[1] === 'w',
        path,
        present: 0,
      });
      continue;
    }
    const size = /^(Rss|Swap):\s+([0-9]+) kB$/.exec(line);
    const region = regions.at(-1);
    if (size !== null && region !== undefined) region.present += Number(size[2]) * 1024;
  }
  return regions;
}
