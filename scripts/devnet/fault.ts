import { EXIT, UsageError } from './node-cli.ts';
import type { Command } from './node-cli.ts';
import { endNodes, requireNode, signalNode, startNode } from './nodes.ts';
import { removeDevnet } from './prepare.ts';
import { waitReady } from './readiness.ts';
import { aliveProcesses, requireState } from './state-file.ts';
import { dataDirOf } from './up.ts';

const data = { type: 'string' } as const;
const FAULTS = ['kill', 'restart', 'pause', 'resume'] as const;
type Fault = (typeof FAULTS)[number];

export const faultCommand: Command = {
  name: 'fault',
  summary: 'kill, restart, pause or resume one node',
  usage: `${FAULTS.join('|')} <node> [--data <directory>]`,
  help: `
  kill      SIGKILL: no farewell, no flush
  restart   start it again, killing it first when it runs
  pause     SIGSTOP: it keeps its connections and says nothing
  resume    SIGCONT`,
  options: { data },
  positionals: { min: 2, max: 2 },
  async run({ values, positionals, io }) {
    const dataDir = dataDirOf(values, io);
    const [verb = '', name = ''] = positionals;
    if (!isFault(verb))
      throw new UsageError(`no fault "${verb.slice(0, 64)}"; there are ${FAULTS.join(', ')}`);
    requireNode(dataDir, name);
    io.out(`${name} ${await applyFault(dataDir, verb, name)}\n`);
    return EXIT.ok;
  },
};

async function applyFault(dataDir: string, fault: Fault, name: string): Promise<string> {
  switch (fault) {
    case 'kill':
      return `killed (pid ${(await signalNode(dataDir, name, 'SIGKILL')).pid})`;
    case 'pause':
      return `paused (pid ${(await signalNode(dataDir, name, 'SIGSTOP')).pid})`;
    case 'resume':
      return `goes on (pid ${(await signalNode(dataDir, name, 'SIGCONT')).pid})`;
    case 'restart': {
      const running = aliveProcesses(requireState(dataDir)).map((alive) => alive.name);
      if (running.includes(name)) await signalNode(dataDir, name, 'SIGKILL');
      const id = startNode(dataDir, name);
      const [status] = await waitReady(dataDir, [name]);
      return `restarted as pid ${id.pid}, height ${status?.height ?? 'not known'}`;
    }
  }
}

function isFault(word: string): word is Fault {
  return FAULTS.some((fault) => fault === word);
}

export const downCommand: Command = {
  name: 'down',
  summary: 'end every node of a devnet',
  usage: '[--data <directory>]',
  help: 'Asks each node to end and makes those that do not. The data stays.',
  options: { data },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const { ended, forced } = await endNodes(dataDirOf(values, io));
    io.out(ended.length === 0 ? 'nothing was running\n' : `ended ${ended.join(', ')}\n`);
    if (forced.length > 0) io.out(`${forced.join(', ')} had to be made to\n`);
    return EXIT.ok;
  },
};

export const resetCommand: Command = {
  name: 'reset',
  summary: 'end every node and remove the data',
  usage: '[--data <directory>]',
  help: 'Removes the directory only when it holds a devnet.',
  options: { data },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const dataDir = dataDirOf(values, io);
    requireState(dataDir);
    await endNodes(dataDir);
    removeDevnet(dataDir);
    io.out(`removed ${dataDir}\n`);
    return EXIT.ok;
  },
};
