import { beforeEach, describe, expect, test } from 'vitest';
import { combine, decodeRecordHeader, deriveCompartment, openRecord, sha256, slotFor, utf8 } from '#crypto';
import type { CID, Compartment } from '#crypto';
import { hashTransaction, readAudit, readAuditCount, readGrant, readRecord } from '#consensus/ledger';
import { backend, person } from '../ledger/consortium.ts';
import { ProxyWorld } from './proxy-world.ts';

const VITALS = { category: 'vital-signs', generation: 0, period: '2026-11' };
const PROXIES = ['north', 'south', 'west'] as const;

let world: ProxyWorld;

beforeEach(async () => {
  world = await ProxyWorld.create();
  // In charge of Maria since today: the ledger lets her grant, and nobody has sealed her any seed.
  world.chain.assign('maria', 'carol', 'north');
});

/** What Bob reads of a record under a grant with whatever proxies convert for him, trying the labels of `known`. */
async function read(
  name: string,
  { grantId, rekey }: { grantId: Uint8Array; rekey: number },
  known: Compartment,
): Promise<string> {
  const wire = world.chain.sign('bob', 'access.request', {
    grant: grantId,
    items: [{ record: world.recordId(name), slot: 0, rekey }],
    purpose: sha256(utf8('purpose')),
  });
  expect(world.chain.apply(wire)).toBe('ok');
  const answers = await Promise.all(PROXIES.map((proxy) => world.ask(proxy, hashTransaction(wire))));
  const conversions = answers.map((answer) => {
    if (typeof answer === 'string') return answer;
    const item = answer.items[0]!;
    return { index: answer.index, point: item.point, proof: item.proof };
  });
  const given = conversions.filter((one) => typeof one !== 'string');
  if (given.length < PROXIES.length) return conversions.find((one) => typeof one === 'string') ?? '';
  const Y = combine(backend, {
    delegate: person('bob'),
    grantId,
    rekeyIndex: rekey,
    rekey: readGrant(world.chain.get, grantId)!.rekeys[rekey]!,
    conversions: given,
  });
  const { header: link } = readRecord(world.chain.get, world.recordId(name))!;
  const header = decodeRecordHeader(world.blocks.get(link.toString())!);
  const fetch = async (cid: CID) => world.blocks.get(cid.toString())!;
  const { A, ix, kappa, name: label } = known;
  try {
    const key = { kind: 'converted', compartment: { A, ix, kappa, name: label }, Y } as const;
    return new TextDecoder().decode(await openRecord(backend, { header, fetch, key }));
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a grant wider than its grantor’s own right', () => {
  test('opens under the grant of who holds the seed: the control', async () => {
    expect(await read('vital', world, world.vitals)).toBe('plaintext of vital');
  });

  test('of a custodian without seeds is taken, converted, and opens nothing: whatever she makes up', async () => {
    for (const [i, guess] of ['', 'generation', 'generation seed ', 'other seed'].entries()) {
      const made = deriveCompartment(backend, sha256(utf8(guess)), VITALS);
      const grant = world.grantOf('carol', made, { nonce: new Uint8Array(16).fill(20 + i) });
      // Bob may even know the true labels, from a grant of Alice: the converted key is another one.
      expect(await read('vital', grant, made)).toBe('open-failed');
      expect(await read('vital', grant, world.vitals)).toBe('open-failed');
    }
  });

  test('with the seed of an earlier generation opens nothing of a later one', async () => {
    const later = { ...VITALS, generation: 1 };
    const renewed = deriveCompartment(backend, sha256(utf8('renewed seed')), later);
    await world.anchor('alice', 'maria', 'later', renewed);
    const fromOldSeed = deriveCompartment(backend, sha256(utf8('generation seed')), later);
    const grant = world.grantOf('carol', fromOldSeed, { nonce: new Uint8Array(16).fill(30) });
    expect(await read('later', grant, fromOldSeed)).toBe('open-failed');
    expect(await read('later', grant, renewed)).toBe('open-failed');
    const honest = world.grantOf('alice', renewed, { nonce: new Uint8Array(16).fill(31) });
    expect(await read('later', honest, renewed)).toBe('plaintext of later');
  });

  test('made of the shares and points of another’s grant converts nothing: they name their grant', async () => {
    const { rekeys, shares: held } = readGrant(world.chain.get, world.grantId)!;
    const shares = held.map(({ node, boxes }) => ({ node, box: boxes[0]! }));
    const own = deriveCompartment(backend, sha256(utf8('made up')), VITALS);
    const copied = world.grantOf('carol', own, {
      nonce: new Uint8Array(16).fill(40),
      changed: { rekeys, shares },
    });
    expect(await read('vital', { ...copied, rekey: world.rekey }, world.vitals)).toBe('share-invalid');
    // Nor with the points alone, and shares of her own making.
    const points = world.grantOf('carol', own, { nonce: new Uint8Array(16).fill(41), changed: { rekeys } });
    expect(await read('vital', { ...points, rekey: world.rekey }, world.vitals)).toBe('share-invalid');
  });

  test('of one compartment opens nothing of another of the same patient', async () => {
    await world.anchor('alice', 'maria', 'lab', world.labs);
    expect(await read('lab', world, world.labs)).toBe('open-failed');
    expect(await read('lab', world, world.vitals)).toBe('open-failed');
  });
});

describe('two grants with different conditions', () => {
  test('leave transactions of one size and audit lines that differ in ids alone', () => {
    const one = world.grantOf('alice', world.vitals, { nonce: new Uint8Array(16).fill(50) });
    const other = world.grantOf('alice', world.labs, { nonce: new Uint8Array(16).fill(51) });
    expect(one.wire.length).toBe(other.wire.length);
    const count = readAuditCount(world.chain.get, person('maria').id);
    const [a, b] = [2, 1].map((back) => readAudit(world.chain.get, person('maria').id, count - back)!);
    const seen = ({ kind, actor, subject, records, action }: NonNullable<typeof a>) => ({
      kind,
      actor,
      subject,
      records,
      action,
    });
    expect(seen(a!)).toEqual(seen(b!));
    // The control: a node that had the seed would tell them apart by the record's label.
    const { header: link } = readRecord(world.chain.get, world.recordId('vital'))!;
    const header = decodeRecordHeader(world.blocks.get(link.toString())!);
    expect([slotFor(header, world.vitals) >= 0, slotFor(header, world.labs) >= 0]).toEqual([true, false]);
  });
});
