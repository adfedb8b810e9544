import { describe, expect, test } from 'vitest';
import type { Backend, CID } from '#crypto';
import {
  combine,
  decodeRecordHeader,
  encode,
  openRecord,
  sealRecord,
  utf8,
  verifyConversion,
  writerKit,
} from '#crypto';
import { readAccess, readGrant, readRecord } from '#consensus/ledger';
import { verifyProxyAnswer } from '#node/client';
import { decodeProxyReply, Proxy } from '#node/proxy';
import { VerifiedHeaders } from '../../../node/proxy/anchored-header.ts';
import { backend, DAY_MS, INSTITUTIONS, node, person } from '../ledger/consortium.ts';
import { ProxyWorld } from './proxy-world.ts';

describe('a proxy converts', () => {
  test('what a committed access request names: three answers open the record, each proven and signed', async () => {
    const world = await ProxyWorld.create();
    const access = world.access(['vital']);
    const grant = readGrant(world.chain.get, world.grantId)!;
    const entry = readAccess(world.chain.get, access)!;
    const record = readRecord(world.chain.get, world.recordId('vital'))!;
    const header = decodeRecordHeader(world.blocks.get(record.header.toString())!);
    const conversions = [];
    for (const name of ['north', 'south', 'west'] as const) {
      const answer = await world.ask(name, access);
      if (typeof answer === 'string') throw new Error(answer);
      expect(verifyProxyAnswer(backend, answer, node(name).validator.publicKey)).toBe(true);
      const item = answer.items[0]!;
      const conversion = { index: answer.index, point: item.point, proof: item.proof };
      const context = {
        chainId: world.chain.chainId,
        grantId: grant.id,
        rekey: world.rekey,
        recordId: record.id,
        slot: 0,
        delegate: entry.delegate,
        accessId: access,
        height: entry.height,
      };
      expect(
        verifyConversion(backend, { rekey: grant.rekeys[world.rekey]!, E: item.E, conversion, context }),
      ).toBe(true);
      conversions.push(conversion);
    }
    const Y = combine(backend, {
      delegate: person('bob'),
      grantId: grant.id,
      rekeyIndex: world.rekey,
      rekey: grant.rekeys[world.rekey]!,
      conversions,
    });
    const { A, ix, kappa, name } = world.vitals;
    const fetch = async (cid: CID) => world.blocks.get(cid.toString())!;
    const key = { kind: 'converted', compartment: { A, ix, kappa, name }, Y } as const;
    const opened = await openRecord(backend, { header, fetch, key });
    expect(new TextDecoder().decode(opened)).toBe('plaintext of vital');
  });
});

describe('a proxy refuses', () => {
  test('an access request that no block holds: no audit, no key', async () => {
    const world = await ProxyWorld.create();
    for (const name of INSTITUTIONS) {
      expect(await world.ask(name, new Uint8Array(32).fill(7))).toBe('access-unknown');
    }
    expect(world.fetched).toEqual([]);
  });

  test('every request, when the grant was revoked after it: a banked request converts nothing', async () => {
    const world = await ProxyWorld.create();
    const banked = world.access(['vital']);
    const unsent = world.requestFor(['vital']);
    expect(await world.ask('north', banked)).toMatchObject({ access: banked });
    world.chain.must('maria', 'grant.revoke', { grant: world.grantId });
    for (const name of INSTITUTIONS) expect(await world.ask(name, banked)).toBe('grant-revoked');
    expect(world.chain.apply(unsent)).toBe('grant-revoked');
  });

  test('when the revocation commits while it is at work', async () => {
    const world = await ProxyWorld.create();
    const access = world.access(['vital']);
    let revoked = false;
    world.onFetch = () => {
      if (!revoked) world.chain.must('maria', 'grant.revoke', { grant: world.grantId });
      revoked = true;
    };
    expect(await world.ask('north', access)).toBe('grant-revoked');
  });

  test('a delegate of an institution that was removed, from its last block on', async () => {
    const world = await ProxyWorld.create();
    const end = world.chain.exchange('fifth', 'east');
    const access = world.access(['vital']);
    world.chain.advance(end - 1);
    expect(await world.ask('north', access)).toMatchObject({ access });
    world.chain.advance(end);
    expect(await world.ask('north', access)).toBe('delegate-not-active');
  });

  test('an old access request, an expired grant, a suspended delegate', async () => {
    const world = await ProxyWorld.create();
    const access = world.access(['vital']);
    world.chain.height += world.chain.genesis.parameters.accessWindowHeights;
    expect(await world.ask('east', access)).toMatchObject({ access });
    world.chain.height += 1;
    expect(await world.ask('east', access)).toBe('access-too-old');
    world.chain.height -= 2;
    world.nowMs += 31 * DAY_MS;
    expect(await world.ask('east', access)).toBe('grant-expired');
    world.nowMs -= 31 * DAY_MS;
    world.chain.must('east-admin-1', 'person.suspend', { person: person('bob').id, reason: null });
    expect(await world.ask('east', access)).toBe('delegate-not-active');
  });

  test('while its view is not confirmed by a quorum', async () => {
    const world = await ProxyWorld.create();
    const access = world.access(['vital']);
    world.fresh = false;
    expect(await world.ask('south', access)).toBe('stale-view');
  });

  test('everything, once two blocks of one height were certified', async () => {
    const world = await ProxyWorld.create();
    const access = world.access(['vital']);
    expect(typeof (await world.ask('east', access))).toBe('object');
    world.forked = true;
    expect(await world.ask('east', access)).toBe('ledger-forked');
  });

  test('a rekey or slot that is not there', async () => {
    const world = await ProxyWorld.create();
    expect(await world.ask('south', world.access(['vital'], { slot: 5 }))).toBe('slot-unknown');
  });

  test('a record of another patient: the ledger does not even take the request', async () => {
    const world = await ProxyWorld.create();
    expect(world.chain.apply(world.requestFor(['toms']))).toBe('other-patient');
  });

  test("junk anchored around another record's capsule, and a header re-anchored under another name", async () => {
    const world = await ProxyWorld.create();
    const target = readRecord(world.chain.get, world.recordId('vital'))!;
    const stolen = decodeRecordHeader(world.blocks.get(target.header.toString())!).slots[0]!;
    // The accomplice seals a record of his own lane and puts the stolen capsule where his own was.
    await world.anchor('gateway', 'maria', 'junk', world.vitals, ({ header }) =>
      swapCapsule(header, stolen.E),
    );
    expect(await world.ask('north', world.access(['junk']))).toBe('header-unproven');
    await world.anchor('gateway', 'maria', 'renamed', world.vitals, () => {
      const bytes = world.blocks.get(target.header.toString())!;
      return Uint8Array.from([...bytes.slice(0, -1), bytes.at(-1)! ^ 1]);
    });
    expect(await world.ask('north', world.access(['renamed']))).toBe('header-mismatch');
  });

  test('a true header that its own writer made for another chain, record, patient or writer', async () => {
    const world = await ProxyWorld.create();
    const alice = person('alice');
    const own = {
      chainId: world.chain.chainId,
      patient: person('maria').id,
      sequence: 7,
      previous: null,
      writer: { id: alice.id, secretKey: alice.sign.secretKey },
    };
    const made = {
      'of another chain': { ...own, chainId: new Uint8Array(32).fill(1) },
      'of another record': own,
      'of another patient': { ...own, patient: person('tom').id },
      'of another writer': { ...own, writer: { ...own.writer, id: person('gateway').id } },
    };
    for (const [name, init] of Object.entries(made)) {
      const recordId = world.recordId(name === 'of another record' ? 'some other' : name);
      const slots = [writerKit(backend, world.vitals, init.writer.id, 0)];
      const { header } = await sealRecord(backend, { ...init, recordId, slots, plaintext: utf8('x') });
      await world.anchor('alice', 'maria', name, world.vitals, () => header);
      expect(await world.ask('north', world.access([name])), name).toBe('header-mismatch');
    }
  });

  test('a header is verified once, however often it is asked for, and its erasure counts all the same', async () => {
    const world = await ProxyWorld.create();
    let verified = 0;
    const verify: Backend['signatures']['verify'] = (signature, message, publicKey) => {
      verified += 1;
      return backend.signatures.verify(signature, message, publicKey);
    };
    const signatures = Object.create(backend.signatures, { verify: { value: verify } }) as object;
    const own = Object.create(backend, { signatures: { value: signatures } }) as Backend;
    const proxy = world.proxy('north', own);
    const ask = async (): Promise<string> => {
      const request = Proxy.request(world.access(['vital']));
      const reply = decodeProxyReply(await proxy.answer(request, new AbortController().signal));
      return 'refused' in reply ? reply.refused : 'converted';
    };
    expect(await ask()).toBe('converted');
    const first = verified;
    expect(first).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) expect(await ask()).toBe('converted');
    expect(verified).toBe(first);
    const request = Proxy.request(world.access(['vital']));
    world.chain.must('maria', 'record.erase', {
      patient: person('maria').id,
      records: [world.recordId('vital')],
    });
    const reply = decodeProxyReply(await proxy.answer(request, new AbortController().signal));
    expect(reply).toEqual({ refused: 'record-unknown' });
  });

  test('what is remembered is bounded, and only what held', () => {
    const known = new VerifiedHeaders(2);
    let asked = 0;
    const check = (name: string, holds = true): boolean =>
      known.check(name, () => {
        asked += 1;
        return holds;
      });
    expect([check('junk', false), check('junk', false)]).toEqual([false, false]);
    expect(asked).toBe(2);
    for (const name of ['a', 'b', 'a', 'c', 'a']) expect(check(name)).toBe(true);
    expect(asked).toBe(5);
    expect(check('b')).toBe(true);
    expect(asked).toBe(6);
  });

  test('malformed requests of every kind, in one uniform way', async () => {
    const world = await ProxyWorld.create();
    const proxy = world.proxy('north');
    const signal = new AbortController().signal;
    const malformed = [
      new Uint8Array(0),
      new Uint8Array(4096),
      encode({}),
      encode({ access: 'text' }),
      encode({ access: new Uint8Array(31) }),
      encode([1, 2, 3]),
      Proxy.request(new Uint8Array(32)).slice(1),
    ];
    for (const bytes of malformed) {
      expect(await proxy.answer(bytes, signal)).toEqual(encode({ refused: 'malformed' }));
    }
  });
});

/** The header with the first slot's E replaced, every other byte as the attacker's own sealing made it. */
function swapCapsule(header: Uint8Array, E: Uint8Array): Uint8Array {
  const own = decodeRecordHeader(header).slots[0]!.E;
  const at = header.findIndex((_, i) => own.every((byte, k) => header[i + k] === byte));
  const swapped = header.slice();
  swapped.set(E, at);
  return swapped;
}
