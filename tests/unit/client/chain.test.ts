import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '#crypto';
import { decodeBlock, encodeBlock, encodeCertificate, txRootOf } from '#consensus';
import type { Block } from '#consensus';
import { ChainReplay, ClientError } from '#node/client';
import type { CertifiedBlock, ReplayReport } from '#node/client';
import { failure, openClinic, readings } from './clinic.ts';
import type { Clinic } from './clinic.ts';

/** Lets one block of the chain be another one. */
const at =
  (height: number, change: (found: Found) => Found) =>
  (found: Found): Found =>
    decodeBlock(found.block).header.height === height ? change(found) : found;
type Found = { block: Uint8Array; certificate: Uint8Array };

/** The same block with other contents, certified anew by these many validators. */
function recertified(clinic: Clinic, bytes: Uint8Array, change: (block: Block) => Block, signers: number) {
  const { network } = clinic;
  const block = change(decodeBlock(bytes));
  const certificate = network.certify(block.header, network.nodes.slice(0, signers));
  return { block: encodeBlock(block), certificate: encodeCertificate(certificate) };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** What of the proof does not hold. */
async function failureOf(run: Promise<unknown>): Promise<unknown> {
  const error = await run.catch((caught: unknown) => caught);
  return error instanceof ClientError && error.code === 'proof-invalid' ? error.facts['what'] : error;
}

describe('the ledger read block by block', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await openClinic();
    const { maria, alice } = clinic;
    await maria.records.upload({ patient: maria.keys.id, records: readings(3) });
    await alice.audit.whoHasSeen(maria.keys.id);
  });
  beforeEach(() => {
    clinic.network.tampering = {};
  });
  const walk = async (from = 1): Promise<CertifiedBlock[]> => await all(clinic.bob.chain.blocks({ from }));
  const replay = (): Promise<ReplayReport> => new ChainReplay(clinic.bob).catchUp();

  it('gives every block in order with who signed it', async () => {
    const blocks = await walk();
    expect(blocks.map(({ header }) => header.height)).toEqual(clinic.network.chain.map((_, i) => i + 1));
    expect(blocks.every(({ signers }) => signers.length === 3)).toBe(true);
    expect((await walk(4))[0]?.header.height).toBe(4);
  });

  it('executes everything anew to the same state, and names what happened', async () => {
    const own = new ChainReplay(clinic.bob);
    const report = await own.catchUp();
    expect(report.height).toBe(clinic.network.height);
    expect(toHex(report.stateRoot)).toBe(toHex(clinic.network.state.root));
    expect(report).toMatchObject({ signersMin: 3, signersMax: 3, laterRounds: 0 });
    const signed = [...report.signed.values()];
    expect(signed).toHaveLength(3);
    expect(signed.every(({ count, last }) => count === report.height && last === report.height)).toBe(true);
    const kinds = own.events.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'person.register')).toHaveLength(3);
    const anchor = own.events.find(({ kind }) => kind === 'record.anchor');
    expect(anchor).toMatchObject({ records: 3 });
    expect(toHex(anchor?.patient ?? new Uint8Array())).toBe(toHex(clinic.maria.keys.id));
    expect(own.events.find(({ kind }) => kind === 'person.register')?.code).toBe('patient');
  });

  it('goes on where it ended, without asking for a block twice', async () => {
    const own = new ChainReplay(clinic.bob);
    const before = await own.catchUp();
    const events = own.events.length;
    clinic.network.requests.length = 0;
    await clinic.maria.records.upload({
      patient: clinic.maria.keys.id,
      records: readings(1, Date.UTC(2026, 10, 21)),
    });
    const after = await own.catchUp();
    expect(after.height).toBe(before.height + 1);
    expect(own.events).toHaveLength(events + 1);
    const asked = clinic.network.requests.filter(({ path }) => path.startsWith('/chain/'));
    expect(asked).toHaveLength(1);
  });

  it('refuses a block from which a transaction was taken', async () => {
    clinic.network.tampering.ledger = ({ block, certificate }) => ({
      block: encodeBlock({ ...decodeBlock(block), transactions: [] }),
      certificate,
    });
    expect(await failure(walk())).toBe('proof-invalid');
  });

  it('refuses a block that fewer than a quorum certified', async () => {
    clinic.network.tampering.ledger = ({ block }) => recertified(clinic, block, (same) => same, 2);
    expect(await failure(walk())).toBe('proof-invalid');
  });

  it('refuses another height than the one that was asked for', async () => {
    const [, second] = clinic.network.chain;
    clinic.network.tampering.ledger = () => second!;
    expect(await failure(clinic.bob.chain.block(1))).toBe('proof-invalid');
  });

  it('refuses what a whole quorum signed against the rules: a state root that does not follow', async () => {
    const fresh = clinic.network.client(clinic.bob.keys, { node: 1 });
    clinic.network.tampering.ledger = at(1, ({ block }) =>
      recertified(
        clinic,
        block,
        (one) => ({ ...one, header: { ...one.header, stateRoot: new Uint8Array(32) } }),
        3,
      ),
    );
    expect(await failureOf(new ChainReplay(fresh).catchUp())).toBe('state root');
  });

  it('refuses a certified block that holds a transaction twice', async () => {
    const fresh = clinic.network.client(clinic.bob.keys, { node: 1 });
    clinic.network.tampering.ledger = at(1, ({ block }) =>
      recertified(
        clinic,
        block,
        (one) => {
          const transactions = [...one.transactions, ...one.transactions];
          return { ...one, transactions, header: { ...one.header, txRoot: txRootOf(transactions) } };
        },
        3,
      ),
    );
    expect(await failureOf(new ChainReplay(fresh).catchUp())).toMatch(/^transaction: /);
  });

  it('refuses a chain whose blocks do not follow each other', async () => {
    const fresh = clinic.network.client(clinic.bob.keys, { node: 1 });
    clinic.network.tampering.ledger = at(2, ({ block }) =>
      recertified(
        clinic,
        block,
        (one) => ({ ...one, header: { ...one.header, parentHash: new Uint8Array(32).fill(9) } }),
        3,
      ),
    );
    expect(await failureOf(all(fresh.chain.blocks({ from: 1 })))).toBe('parent');
  });

  it('stands behind what an honest node shows', async () => {
    expect((await replay()).blocks).toBe(clinic.network.height);
  });
});
