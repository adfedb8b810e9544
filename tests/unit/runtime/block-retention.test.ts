import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  decodeRecordHeader,
  encodeRecordHeader,
  linkOf,
  parseLink,
  recordIdOf,
  sha256,
  toHex,
  utf8,
} from '#crypto';
import type { CID } from '#crypto';
import { decodeTransaction } from '#consensus/ledger';
import type { PhrClient } from '#node/client';
import { bodyBlocks } from '#node/network';
import { BlockLinks, BlockRetention, ServingGate, systemClock } from '#node/runtime';
import { openBlockstore, openLedgerStore } from '#storage';
import { admit, openClinic, readings } from '../client/clinic.ts';
import type { Clinic } from '../client/clinic.ts';
import { scratchDirectory } from '../storage/scratch-directory.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

/** A node's store, blocks and keeper, that reads the chain of a network as far as it is told to. */
async function openNode(clinic: Clinic, lacks: readonly CID[] = []) {
  const { network } = clinic;
  const directory = scratchDirectory();
  const released: string[] = [];
  const wanted: string[] = [];
  const faults = { deletes: 0 };
  const open = async () => {
    const store = openLedgerStore(join(directory, 'ledger'));
    const links = new BlockLinks(store);
    const blocks = await openBlockstore(join(directory, 'blocks'), {
      isErased: (digest) => links.isErased(digest),
    });
    const read = async (cid: CID) => await blocks.readEvenErased(cid).catch(() => undefined);
    const retention = new BlockRetention({
      store,
      links,
      clock: systemClock,
      logger,
      state: () => network.state,
      height: () => store.head()?.height ?? 0,
      decode: decodeTransaction,
      bodyOf: (header) => bodyBlocks(header, read),
      delete: async (cid) => {
        if (faults.deletes > 0) {
          faults.deletes -= 1;
          throw new Error('the disk is busy');
        }
        await blocks.delete(cid);
      },
      want: (cids) => wanted.push(...cids.map(String)),
      onRelease: (owner) => released.push(toHex(owner)),
    });
    return { store, blocks, retention };
  };
  let parts = await open();
  const missing = new Set(lacks.map(String));
  return {
    released,
    wanted,
    faults,
    holds: async (cid: CID) => await parts.blocks.has(cid),
    put: async (cid: CID) => await parts.blocks.put(cid, network.blocks.get(cid.toString())!),
    seen: async (cid: CID) => await parts.retention.seen(cid),
    settled: () => parts.retention.settled(),
    /** Takes every block that the network has, and what was committed since, and works until nothing is left. */
    async follow(): Promise<void> {
      for (const [name, bytes] of network.blocks) {
        const isHere = missing.has(name) || (await parts.blocks.has(parseLink(name)));
        if (!isHere) await parts.blocks.put(parseLink(name), bytes).catch(() => undefined);
      }
      const from = parts.store.head()?.height ?? 0;
      for (const [i, { block, certificate }] of network.chain.slice(from).entries())
        parts.store.commit({ height: from + i + 1, block, certificate, changes: [] });
      parts.retention.wake();
      await expect.poll(() => parts.retention.settled(), { timeout: 20_000 }).toBe(true);
    },
    async restart(): Promise<void> {
      await parts.retention.stop();
      parts.store.close();
      parts = await open();
      parts.retention.start();
    },
  };
}

describe('what a node keeps', () => {
  let clinic: Clinic;
  let tom: PhrClient;

  beforeAll(async () => {
    clinic = await openClinic();
    tom = await admit(clinic.network, 'tom', 'patient');
  });

  async function upload(): Promise<{ recordId: Uint8Array; header: CID; body: CID }> {
    const { maria, network } = clinic;
    const [one] = await maria.records.upload({ patient: maria.keys.id, records: readings(1) });
    const { recordId, header } = one!;
    return { recordId, header, body: decodeRecordHeader(network.blocks.get(header.toString())!).bodyCid };
  }

  /** Tom anchors a header of his own that names somebody else's body. */
  async function anchorForeign(body: CID, name: string): Promise<{ recordId: Uint8Array; header: CID }> {
    const { network } = clinic;
    const nonce = sha256(utf8(name));
    const recordId = recordIdOf(tom.keys.id, tom.keys.id, nonce);
    const [mine] = await tom.records.upload({
      patient: tom.keys.id,
      records: readings(1, undefined, name.length),
    });
    const model = decodeRecordHeader(network.blocks.get(mine!.header.toString())!);
    const bytes = encodeRecordHeader({ ...model, recordId, bodyCid: body });
    const header = linkOf('dag-cbor', bytes);
    network.blocks.set(header.toString(), bytes);
    const receipts = await tom.receipts({ patient: tom.keys.id, headers: [header] });
    const records = [{ nonce, header, sequence: mine!.sequence + 1, previous: null, tags: [] }];
    await tom.submit('record.anchor', { patient: tom.keys.id, records, receipts, kitSerial: 0 });
    return { recordId, header };
  }

  test('an erased record goes, header and body, and is neither given nor taken again', async () => {
    const node = await openNode(clinic);
    const { recordId, header, body } = await upload();
    await node.follow();
    expect([await node.holds(header), await node.holds(body)]).toEqual([true, true]);
    await clinic.maria.erasure.erase(clinic.maria.keys.id, [recordId]);
    await node.follow();
    expect([await node.holds(header), await node.holds(body)]).toEqual([false, false]);
    await expect(node.put(header)).rejects.toThrow('erased');
    await node.restart();
    await expect(node.put(body)).rejects.toThrow('erased');
    expect(node.released).toContain(toHex(recordId));
  });

  test('nobody deletes the body of somebody else by naming it in a record that he erases', async () => {
    const node = await openNode(clinic);
    const { recordId, header, body } = await upload();
    const foreign = await anchorForeign(body, 'foreign');
    await node.follow();
    await tom.erasure.erase(tom.keys.id, [foreign.recordId]);
    await node.follow();
    expect(await node.holds(foreign.header)).toBe(false);
    expect([await node.holds(header), await node.holds(body)]).toEqual([true, true]);
    await clinic.maria.erasure.erase(clinic.maria.keys.id, [recordId]);
    await node.follow();
    expect([await node.holds(header), await node.holds(body)]).toEqual([false, false]);
  });

  test('a node that did not hold the record takes its body back when the record comes by', async () => {
    const { header, body } = await upload();
    const node = await openNode(clinic, [header]);
    const foreign = await anchorForeign(body, 'foreign too');
    await node.follow();
    await tom.erasure.erase(tom.keys.id, [foreign.recordId]);
    await node.follow();
    expect(await node.holds(body)).toBe(false);
    await node.put(header);
    await node.seen(header);
    await node.put(body);
    expect(await node.holds(body)).toBe(true);
  });

  test('a header goes with its record, whoever links it as something else', async () => {
    const node = await openNode(clinic);
    const { recordId, header } = await upload();
    const entries = [{ recipient: tom.keys.id, box: header }];
    await tom.submit('keyring.update', { patient: tom.keys.id, entries, kitSerial: 0 });
    await node.follow();
    await clinic.maria.erasure.erase(clinic.maria.keys.id, [recordId]);
    await node.follow();
    expect(await node.holds(header)).toBe(false);
  });

  test('what a deletion left undone is done later, also after a restart', async () => {
    const node = await openNode(clinic);
    const { recordId, header, body } = await upload();
    await node.follow();
    node.faults.deletes = 1;
    await clinic.maria.erasure.erase(clinic.maria.keys.id, [recordId]);
    const following = node.follow();
    await expect.poll(() => node.faults.deletes).toBe(0);
    // Not deleted yet, and not given any more either.
    expect([await node.holds(header), node.settled()]).toEqual([false, false]);
    await node.restart();
    await following;
    expect([await node.holds(header), await node.holds(body)]).toEqual([false, false]);
  });

  test('an erased person takes all with her that was linked for her first, and nothing of others', async () => {
    const node = await openNode(clinic);
    const { network } = clinic;
    const eve = await admit(network, 'eve', 'patient');
    const [before] = [new Set(network.blocks.keys())];
    await eve.records.upload({ patient: eve.keys.id, records: readings(2, undefined, 9) });
    await eve.emergencies.optIn({ patient: eve.keys.id });
    const hers = [...network.blocks.keys()].filter((name) => !before.has(name)).map(parseLink);
    // Tom links what is hers as his own: neither does that keep it, nor does he lose by it.
    const toms = await tom.put([{ codec: 'raw', bytes: utf8('a box of Tom’s') }]);
    const entries = [{ recipient: tom.keys.id, box: hers[0]! }];
    await tom.submit('keyring.update', { patient: tom.keys.id, entries, kitSerial: 0 });
    const own = [{ recipient: tom.keys.id, box: toms[0]! }];
    await tom.submit('keyring.update', { patient: tom.keys.id, entries: own, kitSerial: 0 });
    await node.follow();
    for (const cid of hers) expect(await node.holds(cid)).toBe(true);
    await eve.erasure.erasePerson(eve.keys.id);
    await node.follow();
    const left = await Promise.all(hers.map(async (cid) => await node.holds(cid)));
    expect(left).toEqual(hers.map(() => false));
    expect(await node.holds(toms[0]!)).toBe(true);
    // A word about her that comes later does not stay either, and a node that starts anew keeps nothing of hers.
    const anew = await openNode(clinic);
    await anew.follow();
    expect(await Promise.all(hers.map(async (cid) => await anew.holds(cid)))).toEqual(left);
    expect(anew.wanted).toContain(String(toms[0]));
  });
});

test('nothing is given out before the chain is done and a quorum has confirmed the view, and then for good', () => {
  const world = { fresh: false, settled: false };
  const gate = new ServingGate(() => world.fresh);
  world.fresh = true;
  expect(gate.isOpen()).toBe(false);
  gate.watch({ settled: () => world.settled });
  expect(gate.isOpen()).toBe(false);
  world.settled = true;
  world.fresh = false;
  expect(gate.isOpen()).toBe(false);
  world.fresh = true;
  expect(gate.isOpen()).toBe(true);
  world.settled = world.fresh = false;
  expect(gate.isOpen()).toBe(true);
});
