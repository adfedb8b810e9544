import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, resolve } from 'node:path';

/** Stands in for a node process: answers the status of a network in which all is well, or ends as it is told to. */
const file = process.argv[process.argv.indexOf('--config') + 1] ?? '';
const config = JSON.parse(readFileSync(file, 'utf8')) as { name: string; api: { port: number } };
const state = JSON.parse(readFileSync(resolve(dirname(file), '..', 'devnet.json'), 'utf8')) as {
  nodes: number;
};
const names = ['north', 'east', 'south', 'west', 'n5'].slice(0, state.nodes);

if (process.env['PHR_PRETEND'] === 'end' || config.name === 'n5') {
  process.stderr.write('{"level":50,"event":"ended-on-purpose"}\n');
  process.exit(1);
}
process.stdout.write(`{"event":"started","node":"${config.name}"}\n`);

const status = {
  node: '11'.repeat(32),
  name: config.name,
  version: '0.1.0',
  chainId: '22'.repeat(32),
  network: 'devnet-test',
  devnet: true,
  height: 3,
  hash: '33'.repeat(32),
  stateRoot: '44'.repeat(32),
  timeMs: 0,
  round: 0,
  phase: 'idle',
  condition: 'working',
  quorum: 3,
  reachable: names.length,
  validators: names.map((name) => ({
    id: '55'.repeat(32),
    name,
    self: name === config.name,
    connected: name !== config.name,
    height: 3,
  })),
  mempool: 0,
  startedAtMs: 0,
};
const server = createServer((_, response) => response.end(JSON.stringify(status)));
server.listen(config.api.port, '127.0.0.1');
process.on('SIGTERM', () => {
  // West is the one that does not listen to a friendly word.
  if (config.name !== 'west') process.exit(0);
});
