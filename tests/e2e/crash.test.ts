import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64Url, toHex } from '#crypto';
import { decodeBlock } from '#consensus';
import { hashTransaction } from '#consensus/ledger';
import { ClientError, isLedgerRefusal, ledgerBlockSchema } from '#node/client';
import { endNodes, signalNode, startNode } from '../../scripts/devnet/nodes.ts';
import { planDevnet } from '../../scripts/devnet/plan.ts';
import { poll } from '../../scripts/devnet/poll.ts';
import { findFreeBasePort } from '../../scripts/devnet/ports.ts';
import { genesisFile } from '../../scripts/devnet/prepare.ts';
import { viewNodes } from '../../scripts/devnet/readiness.ts';
import { bringUp } from '../../scripts/devnet/up.ts';
import { admitPatients } from './sender.ts';
import type { Sender } from './sender.ts';

/** Nodes are killed with SIGKILL under load, one after the other, on real disks: nothing acknowledged is lost. */
const scratch = mkdtempSync(join(tmpdir(), 'phr-e2e-crash-'));
const dataDir = join(scratch, 'data');
const signal = new AbortController().signal;
const plan = planDevnet({ seed: 'crash', nodes: 4, basePort: await findFreeBasePort(4, 27_000) });
const acknowledged = new Map<string, number>();
let patients: Sender[];
let over = false;

beforeAll(async () => {
  await bringUp(dataDir, plan, { fresh: true, io: { out: () => undefined, signal } });
  patients = await admitPatients(plan, new Uint8Array(readFileSync(genesisFile(dataDir))), 8);
});

afterAll(async () => {
  over = true;
  await endNodes(dataDir);
  rmSync(scratch, { recursive: true, force: true });
});

/** Sends one transaction after the other; what gets no answer is sent again, the same bytes, until it gets one. */
async function sendOnAndOn(sender: Sender): Promise<void> {
  while (!over) {
    const wire = sender.report();
    const hash = toHex(hashTransaction(wire));
    const done = await poll(
      async () => {
        try {
          const { height } = await sender.submit(wire);
          acknowledged.set(hash, height);
          return true;
        } catch (error) {
          // A node that is away or cannot commit now answers so; any refusal of the ledger would be a lost place.
          if (!(error instanceof ClientError) || isLedgerRefusal(error)) throw error;
          return over ? true : undefined;
        }
      },
      { timeoutMs: 120_000, signal },
    );
    if (done === undefined) throw new Error(`${hash} was never answered`);
  }
}

/** All four at one height, block and state root. */
async function agreed(heightMin: number): Promise<{ height: number; stateRoot: string }> {
  const found = await poll(
    async () => {
      const views = await viewNodes(dataDir);
      const all = views.flatMap((view) => (view.answers ? [view.status] : []));
      const [first] = all;
      if (first === undefined || all.length < 4 || first.height < heightMin) return undefined;
      const same = all.every(({ hash, stateRoot }) => hash === first.hash && stateRoot === first.stateRoot);
      return same ? first : undefined;
    },
    { timeoutMs: 120_000, signal },
  );
  if (found === undefined) throw new Error('the four nodes do not agree');
  return found;
}

describe('a network under load whose nodes are killed', () => {
  it('goes on with three, takes each one back, and loses nothing that it has acknowledged', async () => {
    const senders = patients.map((patient) => sendOnAndOn(patient));
    for (const { name } of plan.nodes) {
      const before = acknowledged.size;
      await signalNode(dataDir, name, 'SIGKILL');
      const went = await poll(async () => (acknowledged.size >= before + 20 ? true : undefined), {
        timeoutMs: 120_000,
        signal,
      });
      expect(went, `progress without ${name}`).toBe(true);
      startNode(dataDir, name);
      const back = await poll(
        async () => {
          const view = (await viewNodes(dataDir)).find(({ node }) => node.name === name);
          return view?.answers === true && view.status.condition === 'working' ? true : undefined;
        },
        { timeoutMs: 120_000, signal },
      );
      expect(back, `${name} is back`).toBe(true);
    }
    over = true;
    await Promise.all(senders);
    const { height } = await agreed(Math.max(...acknowledged.values()));
    expect(acknowledged.size).toBeGreaterThan(80);
    const [reader] = patients;
    const found = new Map<string, number>();
    for (let at = 1; at <= height; at++) {
      const path = `/ledger/${at}` as const;
      const { block } = await reader!.connection.api.json({ method: 'GET', path }, ledgerBlockSchema, {});
      for (const wire of decodeBlock(fromBase64Url(block)).transactions) {
        const hash = toHex(hashTransaction(wire));
        expect(found.has(hash), `${hash} is executed once`).toBe(false);
        found.set(hash, at);
      }
    }
    for (const [hash, at] of acknowledged) expect(found.get(hash)).toBe(at);
  });
});
