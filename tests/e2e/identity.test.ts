import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { derivePersonKeys, sha256, toHex, utf8 } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { ClientError, createClient } from '#node/client';
import type { Identity, IdentityCheck, PhrClient } from '#node/client';
import { endNodes, signalNode, startNode } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { poll } from '../../scripts/devnet/poll.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { genesisFile } from '../../scripts/devnet/prepare.ts';
import { personRootOf } from '../../scripts/devnet/seeded-keys.ts';
import { bringUp } from '../../scripts/devnet/up.ts';

/** One person at two institutions, over four real nodes: what is asked travels between them, and nobody learns it. */
const dataDir = mkdtempSync(join(tmpdir(), 'phr-e2e-identity-'));
const signal = new AbortController().signal;
const plan = planDevnet({ seed: 'identity', nodes: 4, basePort: await findFreeBasePort(4, 28_000) });
const backend = await createNativeBackend();
const PIA: Identity = { familyName: 'Müller', givenNames: 'Pia', birthDate: '1961-03-09' };

let at: (home: string, root: Uint8Array) => PhrClient;
const administrator = (home: string): PhrClient => at(home, personRootOf(plan.seed, `${home}-admin-1`));

beforeAll(async () => {
  await bringUp(dataDir, plan, { fresh: true, io: { out: () => undefined, signal } });
  const genesis = new Uint8Array(readFileSync(genesisFile(dataDir)));
  const anybody = createClient({ baseUrl: 'http://127.0.0.1:1', genesis, nodeId: '00'.repeat(32), backend });
  at = (home, root) =>
    createClient({
      baseUrl: plan.nodes.find(({ name }) => name === home)?.apiUrl ?? '',
      genesis,
      nodeId: toHex(anybody.genesis.institutions.find(({ name }) => name === home)!.id),
      backend,
      keys: derivePersonKeys(backend, root),
    });
});

afterAll(async () => {
  await endNodes(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
});

async function apply(name: string, home: string): Promise<Uint8Array> {
  const client = at(home, sha256(utf8(name)));
  await client.people.register({ role: 'patient', home: client.nodeId });
  return client.keys.id;
}

/** A block may be on its way to another institution: then it says so, and is asked again. */
async function check(home: string, applicant: Uint8Array, missing: number): Promise<IdentityCheck> {
  const found = await poll(
    async () => {
      const answer = await administrator(home).identities.check(applicant, PIA);
      return answer.unchecked.length === missing ? answer : undefined;
    },
    { timeoutMs: 30_000, signal },
  );
  if (found === undefined) throw new Error('not every institution answers');
  return found;
}

it('finds a second registration over the nodes, names who is away, and counts through a restart', async () => {
  for (const { name } of plan.nodes) await administrator(name).identities.publishKey();
  const pia = await apply('pia', 'north');
  const first = await check('north', pia, 0);
  expect(first.matches).toEqual([]);
  await administrator('north').people.approve(pia, { identifiers: first.identifiers });

  const again = await apply('pia again', 'east');
  const { matches } = await check('east', again, 0);
  expect(matches.map(({ person, institution }) => [toHex(person), toHex(institution)])).toEqual([
    [toHex(pia), toHex(administrator('north').nodeId)],
  ]);

  await signalNode(dataDir, 'south', 'SIGKILL');
  const third = await apply('pia once more', 'west');
  const away = await check('west', third, 1);
  expect(away.matches).toHaveLength(1);
  expect(away.unchecked.map(({ institution }) => toHex(institution))).toEqual([
    toHex(administrator('south').nodeId),
  ]);

  // West itself has its say: after six evaluations for one application it gives no more, a restart or not.
  const spent = await poll(
    async () => {
      try {
        await administrator('west').identities.check(third, PIA);
        return undefined;
      } catch (error) {
        return error instanceof ClientError ? error.facts['code'] : undefined;
      }
    },
    { timeoutMs: 30_000, signal },
  );
  expect(spent).toBe('limit-reached');
  await signalNode(dataDir, 'west', 'SIGKILL');
  startNode(dataDir, 'south');
  startNode(dataDir, 'west');
  const after = await poll(
    async () => {
      try {
        await administrator('west').identities.check(third, PIA);
        return 'answered';
      } catch (error) {
        return error instanceof ClientError ? error.facts['code'] : undefined;
      }
    },
    { timeoutMs: 60_000, signal },
  );
  expect(after).toBe('limit-reached');
});
