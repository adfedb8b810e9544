import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A process of this machine. Pids are used again, so the kernel's start time is kept beside the pid and checked before
 * any signal is sent: a stranger that got the number of a dead node is never touched.
 */
export interface ProcessId {
  pid: number;
  /** Field 22 of /proc/<pid>/stat, in clock ticks since boot; null where there is no /proc. */
  startTicks: number | null;
}

export type ProcessState = 'running' | 'stopped' | 'gone';

const POLL_MS = 20;

export function identifyProcess(pid: number): ProcessId {
  return { pid, startTicks: readStat(pid)?.startTicks ?? null };
}

/** `stopped` is a process under SIGSTOP; a zombie counts as gone. */
export function processState(id: ProcessId): ProcessState {
  if (!existsSync('/proc/self/stat')) return answersSignals(id.pid) ? 'running' : 'gone';
  const stat = readStat(id.pid);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return 'gone';
  if (id.startTicks !== null && stat.startTicks !== id.startTicks) return 'gone';
  return stat.state === 'T' ? 'stopped' : 'running';
}

/** Sends a signal to exactly this process. @returns false when it is gone */
export function signalProcess(id: ProcessId, signal: NodeJS.Signals): boolean {
  if (processState(id) === 'gone') return false;
  try {
    process.kill(id.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the process is gone. @returns false when the deadline came first */
export async function waitGone(id: ProcessId, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (processState(id) !== 'gone') {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Asks processes to end and, after `graceMs`, makes them. @returns those that had to be made to */
export async function endProcesses(ids: readonly ProcessId[], graceMs: number): Promise<ProcessId[]> {
  for (const id of ids) {
    signalProcess(id, 'SIGTERM');
    // A paused process takes the signal only when it goes on.
    if (processState(id) === 'stopped') signalProcess(id, 'SIGCONT');
  }
  const ended = await Promise.all(ids.map((id) => waitGone(id, graceMs)));
  const stubborn = ids.filter((_, index) => ended[index] !== true);
  for (const id of stubborn) signalProcess(id, 'SIGKILL');
  await Promise.all(stubborn.map((id) => waitGone(id, graceMs)));
  return stubborn;
}

/** The process that listens on a TCP port of this machine, where the system tells (Linux, own processes). */
export function listenerOf(port: number): number | undefined {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(table)) continue;
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      // local address, state 0A = LISTEN, inode (proc(5), /proc/net/tcp)
      if (fields[3] !== '0A' || Number.parseInt(fields[1]?.split(':')[1] ?? '', 16) !== port) continue;
      if (fields[9] !== undefined) inodes.add(`socket:[${fields[9]}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const entry of readdirSync('/proc')) {
    if (/^[0-9]+$/.test(entry) && holdsSocket(entry, inodes)) return Number(entry);
  }
  return undefined;
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  let descriptors: string[];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return false;
  }
  return descriptors.some((descriptor) => {
    try {
      return inodes.has(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
    } catch {
      return false;
    }
  });
}

function readStat(pid: number): { state: string; startTicks: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the program's name in brackets and may itself hold spaces and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTicks = Number(fields[19]);
  return state === undefined || !Number.isFinite(startTicks) ? undefined : { state, startTicks };
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
