import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivePersonKeys, deriveNodeKeys, nobleBackend, toHex } from '#crypto';
import type { PublicKeys } from '#crypto';
import { decodeGenesis, membershipMajority, signAdmission } from '#consensus/ledger';
import type { Applicant } from '#consensus/ledger';
import { createClient, isLedgerRefusal } from '#node/client';
import type { PhrClient } from '#node/client';
import { createNodeKeyFile } from '#node/config';
import type { ConfigInput } from '#node/config';
import { DevnetError } from './devnet-error.ts';
import { EXIT, numberOption } from './node-cli.ts';
import type { CliIo, Command } from './node-cli.ts';
import { nodeFiles } from './node-process.ts';
import { startNode } from './nodes.ts';
import { planDevnet } from './plan.ts';
import type { DevnetPlan, NodePlan } from './plan.ts';
import { poll } from './poll.ts';
import { genesisFile } from './prepare.ts';
import { viewNodes } from './readiness.ts';
import { nodeRootOf, personRootOf } from './seeded-keys.ts';
import { requireState, writeState } from './state-file.ts';
import { dataDirOf } from './up.ts';

/** Votes take a block each; the change is stated for a height after them. */
const AHEAD_HEIGHTS = 10;
const JOIN_TIMEOUT_MS = 180_000;

export const addNodeCommand: Command = {
  name: 'add-node',
  summary: 'let one more institution join the running network',
  usage: '[--data <directory>] [--from-height <n>]',
  help: `
Makes the keys and configuration of the next node (n5, n6, ...), applies, has two administrators each of more than two
thirds of the institutions agree, starts it, and waits until it decides with the others.

  --from-height <n>   first height that it decides (default ${AHEAD_HEIGHTS} ahead)`,
  options: { data: { type: 'string' }, 'from-height': { type: 'string' } },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const fromHeight = numberOption(values, 'from-height', { min: 1, max: 999_999_999 });
    const dataDir = dataDirOf(values, io);
    const added = await addNode(dataDir, { io, ...(fromHeight === undefined ? {} : { fromHeight }) });
    io.out(`${added.node.name} decides from height ${added.fromHeight} on: ${added.node.dashboardUrl}\n`);
    return EXIT.ok;
  },
};

export interface AddedNode {
  readonly node: NodePlan;
  readonly fromHeight: number;
}

/** Steps of `devnet add-node`, for tests as well. @throws DevnetError `not-ready` when it does not come in in time */
export async function addNode(
  dataDir: string,
  init: { io: Pick<CliIo, 'out' | 'signal'>; fromHeight?: number },
): Promise<AddedNode> {
  const { io } = init;
  const { plan, processes } = requireState(dataDir);
  const { seed, basePort, founders } = plan;
  const grown = planDevnet({ seed, basePort, founders, nodes: plan.nodes.length + 1 });
  const node = grown.nodes.at(-1);
  if (node === undefined) throw new DevnetError('node-unknown', ['no node to add']);
  const genesis = new Uint8Array(readFileSync(genesisFile(dataDir)));
  const voices = await administratorsOf(dataDir, plan, genesis);
  const [first] = voices;
  if (first === undefined) throw new DevnetError('not-running', ['no node answers']);
  const fromHeight = init.fromHeight ?? (await first.head({ signal: io.signal })).height + AHEAD_HEIGHTS;
  const expiresAtMs = (await first.head({ signal: io.signal })).time + 24 * 3_600_000;
  const applicant = await applicantOf(grown.seed, node, expiresAtMs);
  const keys = deriveNodeKeys(nobleBackend, nodeRootOf(grown.seed, node.name));
  const signature = signAdmission(nobleBackend, first.chainId, applicant, keys.validator.secretKey);
  const { members } = await first.consortium.view({ signal: io.signal });
  const { hash } = await first.consortium.admit(
    { ...applicant, signature, fromHeight },
    { signal: io.signal },
  );
  io.out(`${node.name} applies; administrators vote\n`);
  const effective = await decide(voices, hash, io.signal);
  writeNode(dataDir, grown.seed, node, members);
  writeState(dataDir, { plan: grown, processes });
  startNode(dataDir, node.name);
  await waitMember(dataDir, node.name, effective, io.signal);
  return { node, fromHeight: effective };
}

/** Clients of every administrator whose node answers, those of one institution one after the other. */
async function administratorsOf(
  dataDir: string,
  plan: DevnetPlan,
  genesis: Uint8Array,
): Promise<PhrClient[]> {
  const { createNativeBackend } = await import('#crypto/native');
  const backend = await createNativeBackend();
  const views = (await viewNodes(dataDir)).flatMap((view) => (view.answers ? [view] : []));
  return views.flatMap(({ node, status }) =>
    node.administrators.map((name) =>
      createClient({
        baseUrl: node.apiUrl,
        genesis,
        nodeId: status.node,
        backend,
        keys: derivePersonKeys(backend, personRootOf(plan.seed, name)),
        // A development network's genesis is of the past, and its keys are everybody's: nothing is left to confirm.
        clock: { now: () => decodeGenesis(genesis).timeMs },
      }),
    ),
  );
}

async function applicantOf(seed: string, node: NodePlan, expiresAtMs: number): Promise<Applicant> {
  const { peerIdOf } = await import('#node/network');
  const keys = deriveNodeKeys(nobleBackend, nodeRootOf(seed, node.name));
  return {
    name: node.name,
    validatorKey: keys.validator.publicKey,
    sealKey: keys.seal.publicKey,
    peerId: await peerIdOf(keys.peerSeed),
    addresses: [node.listen],
    administrators: node.administrators.map(
      (name): PublicKeys => derivePersonKeys(nobleBackend, personRootOf(seed, name)).publicKeys,
    ),
    expiresAtMs,
  };
}

/** Votes until the proposal is decided. Gives the first height of the change. @throws DevnetError `not-ready` */
export async function decide(
  voices: readonly PhrClient[],
  proposal: Uint8Array,
  signal: AbortSignal,
): Promise<number> {
  for (const voice of voices) {
    try {
      const { proposal: after } = await voice.consortium.vote(proposal, { signal });
      if (after?.effectiveHeight !== undefined && after.effectiveHeight !== null)
        return after.effectiveHeight;
    } catch (error) {
      // The proposer has spoken; who left or is not in yet has no voice.
      if (!isLedgerRefusal(error, 'already-decided-by-sender', 'institution-not-member')) throw error;
    }
  }
  throw new DevnetError('not-ready', [
    `too few administrators agree; ${membershipMajority(voices.length / 2)} institutions are needed`,
  ]);
}

function writeNode(
  dataDir: string,
  seed: string,
  node: NodePlan,
  members: readonly { id: Uint8Array; peerId: string; addresses: readonly string[] }[],
): void {
  const files = nodeFiles(dataDir, node.name);
  mkdirSync(files.directory, { recursive: true, mode: 0o700 });
  const config: ConfigInput = {
    name: node.name,
    genesisFile: join('..', 'genesis.cbor'),
    listen: [node.listen],
    api: { port: node.apiPort },
    peers: members.map(({ id, peerId, addresses }) => ({
      node: toHex(id),
      peerId,
      addresses: [...addresses],
    })),
    devnet: true,
  };
  writeFileSync(files.config, `${JSON.stringify(config, undefined, 2)}\n`);
  if (!existsSync(files.key))
    createNodeKeyFile(files.key, { root: nodeRootOf(seed, node.name), devnet: true });
}

async function waitMember(
  dataDir: string,
  name: string,
  fromHeight: number,
  signal: AbortSignal,
): Promise<void> {
  const came = await poll(
    async () => {
      const view = (await viewNodes(dataDir)).find(({ node }) => node.name === name);
      if (view?.answers !== true || view.status.height < fromHeight - 1) return undefined;
      return view.status.validators.some(({ self }) => self) && view.status.condition === 'working'
        ? true
        : undefined;
    },
    { timeoutMs: JOIN_TIMEOUT_MS, signal },
  );
  if (came === undefined)
    throw new DevnetError('not-ready', [`${name} does not decide after ${JOIN_TIMEOUT_MS / 1000} s`]);
}
