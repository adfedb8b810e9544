import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMAIN, derivePersonKeys, deriveNodeKeys, hash, nobleBackend, uint64, utf8 } from '#crypto';
import type { Backend } from '#crypto';
import { defaultParameters, encodeGenesis } from '#consensus/ledger';
import type { Genesis, Institution } from '#consensus/ledger';
import { createNodeKeyFile } from '#node/config';
import type { ConfigInput } from '#node/config';
import { DevnetError } from './devnet-error.ts';
import { DEVNET_NAME_PREFIX } from './node-cli.ts';
import { nodeFiles } from './node-process.ts';
import type { DevnetPlan } from './plan.ts';
import { nodeRootOf, personRootOf } from './seeded-keys.ts';
import { aliveProcesses, readState, writeState } from './state-file.ts';

/** Every devnet began at this moment, so that the same seed and ports give the same genesis. */
export const GENESIS_TIME_MS = Date.UTC(2026, 0, 1);

export function genesisFile(dataDir: string): string {
  return join(dataDir, 'genesis.cbor');
}

/** The genesis of a plan: the same bytes whenever and wherever it is computed. */
export async function genesisOf(plan: DevnetPlan): Promise<Uint8Array> {
  const { peerIdOf } = await import('#node/network');
  const institutions = await Promise.all(
    plan.nodes.slice(0, plan.founders).map(async (node): Promise<Institution> => {
      const keys = deriveNodeKeys(nobleBackend, nodeRootOf(plan.seed, node.name));
      return {
        id: keys.id,
        name: node.name,
        validatorKey: keys.validator.publicKey,
        sealKey: keys.seal.publicKey,
        peerId: await peerIdOf(keys.peerSeed),
        addresses: [node.listen],
        administrators: node.administrators.map(
          // Each with a stream of its own: the order of the work must not show in the bytes.
          (name) =>
            derivePersonKeys(
              seededBackend(nobleBackend, `${plan.seed}/${name}`),
              personRootOf(plan.seed, name),
            ).publicKeys,
        ),
      };
    }),
  );
  const genesis: Genesis = {
    version: 1,
    name: `${DEVNET_NAME_PREFIX}${plan.seed}`,
    timeMs: GENESIS_TIME_MS,
    parameters: defaultParameters(plan.founders),
    institutions,
  };
  return encodeGenesis(genesis);
}

/**
 * Writes genesis, configs and keys of a devnet, or finds them as this plan would have written them.
 *
 * @throws DevnetError `already-running` (with pids), `wrong-plan` when the directory holds another devnet
 */
export async function prepareDevnet(dataDir: string, plan: DevnetPlan): Promise<void> {
  requireNotRunning(dataDir);
  const genesis = await genesisOf(plan);
  if (existsSync(genesisFile(dataDir))) {
    if (!Buffer.from(genesis).equals(readFileSync(genesisFile(dataDir)))) {
      throw new DevnetError('wrong-plan', [
        `${dataDir} holds a devnet of another seed, size or port: use --fresh or another --data`,
      ]);
    }
    return;
  }
  mkdirSync(dataDir, { recursive: true });
  writeState(dataDir, { plan, processes: new Map() });
  for (const node of plan.nodes) {
    const files = nodeFiles(dataDir, node.name);
    mkdirSync(files.directory, { recursive: true, mode: 0o700 });
    const config: ConfigInput = {
      name: node.name,
      genesisFile: join('..', 'genesis.cbor'),
      listen: [node.listen],
      api: { port: node.apiPort },
      devnet: true,
    };
    writeFileSync(files.config, `${JSON.stringify(config, undefined, 2)}\n`);
    rmSync(files.key, { force: true });
    createNodeKeyFile(files.key, { root: nodeRootOf(plan.seed, node.name), devnet: true });
  }
  // Last, since its presence says that the rest is there.
  writeFileSync(genesisFile(dataDir), genesis);
}

/** @throws DevnetError `already-running` with every live node's pid */
export function requireNotRunning(dataDir: string): void {
  const state = readState(dataDir);
  const alive = state === undefined ? [] : aliveProcesses(state);
  if (alive.length === 0) return;
  throw new DevnetError('already-running', [
    `a devnet runs in ${dataDir}: ${alive.map(({ name, id }) => `${name} (pid ${id.pid})`).join(', ')}`,
    'end it with "npm run devnet -- down"',
  ]);
}

/** Removes a devnet's data. @throws DevnetError `data-foreign`: a directory without a devnet is never removed */
export function removeDevnet(dataDir: string): void {
  if (!existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  if (readState(dataDir) === undefined) {
    throw new DevnetError('data-foreign', [`${dataDir} is there and holds no devnet: it was left alone`]);
  }
  rmSync(dataDir, { recursive: true, force: true });
}

/** Draws its "random" bytes from the seed. The proofs in a devnet's genesis need no more: its keys are public anyway. */
function seededBackend(backend: Backend, seed: string): Backend {
  let draws = 0;
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = hash(DOMAIN.devnet, utf8('random'), utf8(seed), uint64(draws));
      draws += 1;
      bytes.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return bytes;
  };
  return { name: backend.name, group: backend.group, signatures: backend.signatures, random };
}
