import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  concatBytes,
  decode,
  deriveNodeKeys,
  DOMAIN,
  encode,
  nobleBackend,
  sha256,
  signTagged,
  toHex,
  toBase64Url,
} from '#crypto';
import { encodeCertificate, encodeHeader } from '#consensus';
import { nodesOf, readIndex, readRecord, stateKeys } from '#consensus/ledger';
import {
  ClientError,
  decodeProxyAnswer,
  encodeProxyAnswer,
  verifyAudit,
  verifyFalseConversion,
  verifyTwoCertificates,
  encodeTwoCertificates,
} from '#node/client';
import type { Hit, ProxyAnswerItem } from '#node/client';
import { everything, failure, NOVEMBER, openClinic, readings, textsOf } from './clinic.ts';
import type { Clinic } from './clinic.ts';
import type { StateAnswer } from './fake-wire.ts';

describe('a node that lies', () => {
  let clinic: Clinic;
  let hits: readonly Hit[];
  let grant: Uint8Array;

  beforeAll(async () => {
    clinic = await openClinic();
    const { network, maria, alice, bob } = clinic;
    await maria.records.upload({ patient: maria.keys.id, records: readings(4) });
    const shared = await alice.sharing.grant({
      patient: maria.keys.id,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      purpose: 'TREAT',
      expiresAtMs: network.timeMs + 86_400_000,
    });
    grant = shared.grant;
    hits = (await maria.records.search({ ...everything(maria.keys.id), keywords: '*' })).hits;
    expect(hits).toHaveLength(4);
  });

  beforeEach(() => {
    clinic.network.tampering = {};
  });

  const searchAgain = (): Promise<unknown> =>
    clinic.maria.records.search({ ...everything(clinic.maria.keys.id), keywords: '*' });

  /** A fresh client, which has not seen any head yet. */
  const newcomer = () => clinic.network.client(clinic.network.person('maria'), { node: 1 });

  it('cannot change a value under an honest head', async () => {
    const { network } = clinic;
    const key = stateKeys.record(hits[0]!.recordId);
    const value = network.state.get(key)!.slice();
    value[value.length - 1]! ^= 1;
    const forged = network.state.with([[key, value]]);
    network.tampering.state = (answer, keys) => ({ ...answer, proof: forged.prove(keys) });
    expect(await failure(searchAgain())).toBe('proof-invalid');
  });

  it('cannot hide a hit', async () => {
    const { network } = clinic;
    const hidden = [...network.state.entries()].filter(
      ([, value]) => toHex(value) === toHex(hits[3]!.recordId),
    );
    expect(hidden.length).toBeGreaterThan(3);
    const without = network.state.with(hidden.map(([key]) => [key, null] as const));
    network.tampering.state = (answer, keys) => ({ ...answer, proof: without.prove(keys) });
    expect(await failure(searchAgain())).toBe('proof-invalid');
  });

  it('cannot hide a writer and with her a whole lane', async () => {
    const { network, maria } = clinic;
    const without = network.state.with([[stateKeys.writers(maria.keys.id), null]]);
    network.tampering.state = (answer, keys) => ({ ...answer, proof: without.prove(keys) });
    expect(await failure(searchAgain())).toBe('proof-invalid');
  });

  it('cannot answer with a proof for other keys', async () => {
    const { network } = clinic;
    network.tampering.state = (answer, keys) => ({ ...answer, proof: network.state.prove(keys.slice(1)) });
    expect(await failure(searchAgain())).toBe('proof-invalid');
  });

  it('cannot go back to an older head, not even a certified one with honest proofs', async () => {
    const { network, maria } = clinic;
    const remembered = { head: network.heads.at(-1)!, state: network.state };
    await maria.records.upload({ patient: maria.keys.id, records: readings(1, Date.UTC(2026, 10, 24), 2) });
    network.tampering.state = (_, keys) => ({ ...remembered.head, proof: remembered.state.prove(keys) });
    expect(await failure(searchAgain())).toBe('stale-head');
    const restarted = network.client(network.person('maria'), {
      vault: structuredClone(maria.vault) as never,
    });
    expect(await failure(restarted.people.myself())).toBe('stale-head');
  });

  it.each([
    ['too few validators', 2, 0],
    ['one short of a quorum beside a stranger', 2, 1],
  ])('cannot certify a state of its own with %s', async (_, honest, strangers) => {
    const { network, maria } = clinic;
    const forgedState = network.state.with([[stateKeys.writers(maria.keys.id), null]]);
    const header = network.headerFor(network.height + 1, network.timeMs + 1, forgedState.root, []);
    const signed = network.certify(header, network.nodes.slice(0, honest + strangers));
    const stranger = deriveNodeKeys(network.backend, new Uint8Array(32).fill(99));
    const signatures = signed.signatures.map((signature, i) =>
      i < honest
        ? signature
        : signTagged(network.backend, DOMAIN.vote, new Uint8Array(32), stranger.validator.secretKey),
    );
    const certificate = encodeCertificate({ ...signed, signatures });
    network.tampering.state = (__, keys): StateAnswer => ({
      header: encodeHeader(header),
      certificate,
      proof: forgedState.prove(keys),
    });
    expect(await failure(searchAgain())).toBe('proof-invalid');
  });

  it('cannot put another state root under a good certificate', async () => {
    const { network } = clinic;
    network.tampering.state = (answer) => {
      const forged = network.headerFor(network.height, network.timeMs, sha256(new Uint8Array()), []);
      return { ...answer, header: encodeHeader(forged) };
    };
    expect(await failure(searchAgain())).toBe('proof-invalid');
  });

  it('is found out when a dishonest quorum certifies two blocks of one height', async () => {
    const { network } = clinic;
    const maria = newcomer();
    await maria.people.myself();
    const other = network.headerFor(network.height, network.timeMs + 7, network.state.root, []);
    const certificate = encodeCertificate(network.certify(other, network.nodes.slice(1)));
    network.tampering.state = (answer) => ({ ...answer, header: encodeHeader(other), certificate });
    expect(await failure(maria.people.myself())).toBe('ledger-forked');
    // Honest answers do not help any more: this client has seen that the network can not be relied on.
    network.tampering = {};
    expect(await failure(maria.people.myself())).toBe('ledger-forked');
    const [alarm] = maria.evidence;
    const shown = verifyTwoCertificates(nobleBackend, network.genesisBytes, alarm!);
    expect(shown.height).toBe(network.height);
    expect(shown.signedBoth.map(toHex).toSorted()).toEqual(
      network.nodes
        .slice(1, 3)
        .map(({ id }) => toHex(id))
        .toSorted(),
    );
  });

  it('is told of by the status of a node that saw it, and only with proof', async () => {
    const { network } = clinic;
    const heads = [0, 7].map((later) => {
      const header = network.headerFor(network.height, network.timeMs + later, network.state.root, []);
      return {
        header: encodeHeader(header),
        certificate: encodeCertificate(network.certify(header, network.nodes.slice(1))),
      };
    });
    const file = encodeTwoCertificates(nobleBackend, network.genesis, [heads[0]!, heads[1]!]);
    const maria = newcomer();
    network.alarm = { height: network.height, evidence: toBase64Url(file.slice(0, -1)) };
    expect(['proof-invalid', 'input-invalid']).toContain(await failure(maria.status()));
    expect((await maria.people.myself())?.status).toBe('active');
    network.alarm = { height: network.height, evidence: toBase64Url(file) };
    expect(await failure(maria.status())).toBe('ledger-forked');
    expect(await failure(maria.people.myself())).toBe('ledger-forked');
    expect(maria.evidence).toEqual([file]);
    network.alarm = undefined;
  });

  it('cannot swap the bytes of a block, be it header or body', async () => {
    const { network, maria } = clinic;
    for (const isTarget of [(cid: string) => cid === hits[0]!.header.toString(), () => true]) {
      network.tampering.block = (bytes, cid) =>
        isTarget(cid) ? concatBytes(bytes.subarray(1), bytes.subarray(0, 1)) : bytes;
      expect(await failure(maria.records.open(hits[0]!))).toBe('proof-invalid');
    }
    const other = [...network.blocks.values()].find((bytes) => bytes.length > 500);
    network.tampering.block = () => other!;
    expect(await failure(maria.records.open(hits[0]!))).toBe('proof-invalid');
  });

  it('cannot pass one record off as another', async () => {
    const { maria } = clinic;
    const mixed = { ...hits[0]!, header: hits[1]!.header };
    expect(await failure(maria.records.open(mixed))).toBe('record-invalid');
    expect(await failure(maria.records.open({ ...hits[0]!, writer: clinic.alice.keys.id }))).toBe(
      'record-invalid',
    );
  });

  it.each([
    ['of the same session', true],
    ['of a session before', false],
  ])('cannot put something %s that it kept back into the place of what came after', async (_what, isSame) => {
    const { network, maria, bob } = await openClinic();
    const [what, untilMs] = [{ categories: ['vital-signs'], months: [NOVEMBER] }, network.timeMs + 3_600_000];
    const share = { patient: maria.keys.id, delegate: bob.keys.id, expiresAtMs: untilMs, purpose: 'TREAT' };
    const { grant } = await maria.sharing.grant({ ...share, ...what });
    const held: Uint8Array[] = [];
    const commit = network.commit.bind(network);
    network.commit = (transactions) => {
      held.push(...transactions);
      return { code: 'mempool-full', facts: {} };
    };
    expect(await failure(maria.sharing.grant({ ...share, ...what }))).toBe('mempool-full');
    network.commit = () => commit(held.splice(0));
    const client = isSame ? maria : network.client(maria.keys, { vault: structuredClone(maria.vault) });
    const asked = isSame
      ? maria.records.report(maria.keys.id, [], 'export')
      : client.submit('grant.revoke', { grant });
    expect(await failure(asked)).toBe('proof-invalid');
    expect((await bob.sharing.received())[0]?.revokedHeight).toBeNull();
  });

  it('cannot claim that it stored something else or committed something else', async () => {
    const { network, maria } = clinic;
    network.tampering.stored = (cids) => cids.toReversed();
    const upload = (): Promise<unknown> =>
      maria.records.upload({ patient: maria.keys.id, records: readings(1, Date.UTC(2026, 10, 25), 3) });
    expect(await failure(upload())).toBe('proof-invalid');
    network.tampering = { submitted: (answer) => ({ ...answer, hash: 'ab'.repeat(32) }) };
    expect(await failure(maria.submit('device.revoke', { device: maria.keys.id }))).toBe('device-unknown');
    expect(await failure(upload())).toBe('proof-invalid');
  });

  it('cannot swallow a transaction and call it committed', async () => {
    const { network, maria } = clinic;
    network.tampering = { swallows: true };
    const report = maria.records.report(maria.keys.id, [], 'export');
    expect(await failure(report)).toBe('proof-invalid');
    network.tampering = { swallows: true, submitted: (answer) => ({ ...answer, height: answer.height + 1 }) };
    expect(await failure(maria.records.report(maria.keys.id, [], 'export'))).toBe('proof-invalid');
  });

  it('cannot make a newcomer believe that there was no block yet once she has seen one', async () => {
    const { network } = clinic;
    const client = newcomer();
    await client.people.myself();
    const { heads } = network;
    const kept = heads.splice(0);
    expect(await failure(client.people.myself())).toBe('unavailable');
    heads.push(...kept);
  });

  it('cannot leave a line out of an exported audit or add one', async () => {
    const { network, maria } = clinic;
    const file = await maria.audit.export(maria.keys.id);
    const { lines } = verifyAudit(network.backend, network.genesisBytes, file);
    expect(lines.length).toBeGreaterThan(3);
    for (let i = 0; i < file.length; i += Math.ceil(file.length / 97)) {
      const changed = file.slice();
      changed[i]! ^= 1;
      expect(() => verifyAudit(network.backend, network.genesisBytes, changed), `byte ${i}`).toThrow(
        ClientError,
      );
    }
  });

  it('cannot make a shorter audit out of honest proofs, nor skip or repeat a stretch', async () => {
    const { network, maria } = clinic;
    const patient = maria.keys.id;
    const file = decode(await maria.audit.export(patient), 1 << 24) as {
      segments: { first: number; count: number }[];
    };
    const [whole] = file.segments;
    const count = whole!.count;
    const stretch = (first: number, length: number): object => {
      const lines = Array.from({ length }, (_, i) => stateKeys.audit(patient, first + i));
      const keys = first === 0 ? [stateKeys.auditCount(patient), ...lines] : lines;
      return { ...whole, first, count: length, proof: network.state.prove(keys) };
    };
    const verify = (...segments: object[]) =>
      verifyAudit(network.backend, network.genesisBytes, encode({ ...file, segments }));
    expect(verify(stretch(0, 2), stretch(2, count - 2)).lines).toHaveLength(count);
    for (const wrong of [
      [stretch(0, count - 1)],
      [stretch(1, count - 1)],
      [stretch(0, 2), stretch(3, count - 3)],
      [stretch(0, 2), stretch(1, count - 2)],
      [stretch(0, count), stretch(0, count)],
      [stretch(0, 0), stretch(0, count)],
    ]) {
      expect(() => verify(...wrong)).toThrow(ClientError);
    }
  });

  describe('as a proxy', () => {
    const lie = (change: (item: ProxyAnswerItem) => ProxyAnswerItem, liars: number) => {
      const { network } = clinic;
      network.tampering.answer = (bytes, keys) => {
        if (network.nodes.findIndex(({ id }) => toHex(id) === toHex(keys.id)) >= liars) return bytes;
        const answer = decodeProxyAnswer(bytes);
        const changed = { ...answer, items: answer.items.map(change) };
        return encodeProxyAnswer(changed, (payload) =>
          signTagged(network.backend, DOMAIN.proxyResponse, payload, keys.validator.secretKey),
        );
      };
    };
    const otherPoint = (item: ProxyAnswerItem): ProxyAnswerItem => ({
      ...item,
      point: clinic.network.backend.group.multiplyBase(new Uint8Array(32).fill(3)),
    });

    it('is found, dropped and named, with evidence that others can check', async () => {
      const { network, bob } = clinic;
      lie(otherPoint, 1);
      const shared = await bob.sharing.openShared({ grant, hits });
      expect(textsOf(shared.records)).toEqual(textsOf(await clinic.maria.records.openAll(hits)));
      expect(shared.liars.map(({ node }) => toHex(node))).toEqual([toHex(network.nodes[0]!.id)]);
      const [liar] = shared.liars;
      const shown = verifyFalseConversion(nobleBackend, network.genesisBytes, liar!.evidence);
      expect(toHex(shown.node)).toBe(toHex(network.nodes[0]!.id));
      expect(toHex(shown.access)).toBe(toHex(shared.accesses[0]!));
      expect(bob.evidence).toContain(liar!.evidence);
    });

    it('cannot blame another node: an answer without that node’s signature counts for nothing', async () => {
      const { network, bob } = clinic;
      const [victim] = nodesOf(network.genesis);
      network.tampering.answer = (bytes, keys) => {
        if (toHex(keys.id) === toHex(victim!.id)) return new Uint8Array([1]);
        const answer = decodeProxyAnswer(bytes);
        if (keys !== network.nodes.findLast(({ id }) => toHex(id) !== toHex(victim!.id))) return bytes;
        const forged = {
          ...answer,
          node: victim!.id,
          index: victim!.index,
          items: answer.items.map(otherPoint),
        };
        return encodeProxyAnswer(forged, (payload) =>
          signTagged(network.backend, DOMAIN.proxyResponse, payload, keys.validator.secretKey),
        );
      };
      await expect(bob.sharing.openShared({ grant, hits: hits.slice(0, 1) })).rejects.toMatchObject({
        code: 'not-enough-conversions',
        facts: { honest: 2, liars: 0 },
      });
    });

    it('stops the opening when too few honest ones are left, and says how many lied', async () => {
      lie(otherPoint, 2);
      const opening = clinic.bob.sharing.openShared({ grant, hits: hits.slice(0, 1) });
      await expect(opening).rejects.toMatchObject({
        code: 'not-enough-conversions',
        facts: { threshold: 3, honest: 2, liars: 2 },
      });
    });

    it.each([
      ['another capsule', (item: ProxyAnswerItem) => ({ ...item, E: item.point })],
      ['another item', (item: ProxyAnswerItem) => ({ ...item, item: item.item + 1 })],
    ])('is passed over when it answers for %s', async (_, change) => {
      lie(change, 1);
      const shared = await clinic.bob.sharing.openShared({ grant, hits: hits.slice(0, 1) });
      expect(shared.records).toHaveLength(1);
    });

    it('cannot replay its answer to another request', async () => {
      const { network, bob } = clinic;
      const kept = new Map<string, Uint8Array>();
      network.tampering.answer = (bytes, { id }) => {
        kept.set(toHex(id), bytes);
        return bytes;
      };
      await bob.sharing.openShared({ grant, hits: hits.slice(0, 1) });
      network.tampering.answer = (_, { id }) => kept.get(toHex(id))!;
      for (const again of [hits.slice(0, 1), hits.slice(1, 2)]) {
        await expect(bob.sharing.openShared({ grant, hits: again })).rejects.toMatchObject({
          code: 'not-enough-conversions',
          facts: { honest: 0, liars: 0 },
        });
      }
    });
  });

  it('is an honest one after all: the same calls succeed without tampering', async () => {
    const { network, maria } = clinic;
    expect(textsOf(await maria.records.openAll(hits))).toHaveLength(4);
    for (const { recordId, writer } of hits) {
      const record = readRecord((key) => network.state.get(key), recordId);
      expect(toHex(record!.writer)).toBe(toHex(writer));
    }
    expect(
      readIndex((key) => network.state.get(key), maria.keys.id, maria.keys.id, new Uint8Array(16)),
    ).toBeUndefined();
  });
});
