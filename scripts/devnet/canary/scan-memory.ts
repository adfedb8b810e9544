import { closeSync, openSync, readFileSync } from 'node:fs';
import { scanRange } from './scan-files.ts';
import type { ScanResult } from './scan-files.ts';
import type { Needle } from './needles.ts';

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
 * Searches the memory of a running process: every readable region that holds anything, but for files mapped
 * read-only (program text, which the process cannot have written).
 *
 * @returns `skipped` names the process when the system does not let it be read (ptrace_scope, another user, no /proc)
 */
export function scanMemory(pid: number, needles: readonly Needle[]): ScanResult {
  const result: ScanResult = { hits: [], bytes: 0, parts: 0, skipped: [] };
  let descriptor: number;
  let regions: Region[];
  try {
    regions = parseRegions(readFileSync(`/proc/${pid}/smaps`, 'latin1'));
    descriptor = openSync(`/proc/${pid}/mem`, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { ...result, skipped: [`memory of pid ${pid} (${code})`] };
  }
  try {
    for (const region of regions) {
      const fromFile = region.path.startsWith('/') && !region.writable;
      const kernels =
        region.path === '[vvar]' || region.path === '[vsyscall]' || region.path.startsWith('[vvar');
      if (!region.readable || region.present === 0 || fromFile || kernels) continue;
      const scan = scanRange(
        descriptor,
        region,
        needles,
        `memory of pid ${pid}, ${region.path || 'anonymous'}`,
      );
      result.hits.push(...scan.hits);
      result.bytes += scan.bytes;
      result.parts += 1;
      // A region that the process gave back since it was listed is not a gap.
      if (scan.bytes > 0) result.skipped.push(...scan.skipped);
    }
  } finally {
    closeSync(descriptor);
  }
  return result;
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
