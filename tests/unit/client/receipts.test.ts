import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  decode,
  DOMAIN,
  encode,
  fromBase64Url,
  nobleBackend,
  sha256,
  signTagged,
  toBase64Url,
  toHex,
} from '#crypto';
import { decodeBlock, encodeBlock, encodeCertificate, encodeHeader } from '#consensus';
import { readCount } from '#consensus/ledger';
import {
  ClientError,
  decodeProxyAnswer,
  encodeProxyAnswer,
  verifyFalseConversion,
  verifyReceipt,
  verifyTwoCertificates,
} from '#node/client';
import type { Hit, ProxyAnswerItem, SharedOpening } from '#node/client';
import { everything, failure, NOVEMBER, openClinic, readings } from './clinic.ts';
import type { Clinic } from './clinic.ts';
import { FakeNetwork } from './fake-node.ts';

/** Some thousand verifications, on a machine that does other things as well. */
const FLIPS_TIMEOUT_MS = 300_000;

/** The parts of a proof file, to be put together differently. */
interface Parts {
  format: string;
  version: number;
  facts: Record<string, unknown>;
  proof: string;
}
const text = (file: Uint8Array): string => new TextDecoder().decode(file);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
const partsOf = (file: Uint8Array): Parts => JSON.parse(text(file)) as Parts;
const framed = (parts: Parts): Uint8Array => bytes(`${JSON.stringify(parts)}\n`);
interface ReceiptProof {
  access: Record<string, unknown>;
  answers: Uint8Array[];
}

describe('a receipt', () => {
  let clinic: Clinic;
  let hits: readonly Hit[];
  let grant: Uint8Array;
  let shared: SharedOpening;
  let receipt: Uint8Array;

  const verify = (file: Uint8Array) =>
    verifyReceipt(clinic.network.backend, clinic.network.genesisBytes, file);
  /** The receipt with another proof under the same words. */
  const remade = (change: (proof: ReceiptProof) => ReceiptProof): Uint8Array => {
    const parts = partsOf(receipt);
    const proof = decode(fromBase64Url(parts.proof), 1 << 23) as ReceiptProof;
    return framed({ ...parts, proof: toBase64Url(encode(change(proof))) });
  };

  beforeAll(async () => {
    clinic = await openClinic();
    const { network, maria, alice, bob } = clinic;
    await maria.records.upload({ patient: maria.keys.id, records: readings(2) });
    ({ grant } = await alice.sharing.grant({
      patient: maria.keys.id,
      delegate: bob.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      purpose: 'TREAT',
      expiresAtMs: network.timeMs + 86_400_000,
    }));
    hits = (await maria.records.search({ ...everything(maria.keys.id), keywords: '*' })).hits;
    shared = await bob.sharing.openShared({ grant, hits: hits.slice(0, 1) });
    receipt = shared.receipts[0]!;
  });

  beforeEach(() => {
    clinic.network.tampering = {};
  });

  it('says offline who saw what, under which grant, in which block, and which proxies converted', () => {
    const { network, maria, bob } = clinic;
    const shown = verifyReceipt(nobleBackend, network.genesisBytes, receipt);
    expect(toHex(shown.access)).toBe(toHex(shared.accesses[0]!));
    expect(shown.height).toBe(network.height);
    expect(shown.timeMs).toBe(network.timeMs);
    expect([shown.patient, shown.delegate, shown.grant].map(toHex)).toEqual(
      [maria.keys.id, bob.keys.id, grant].map(toHex),
    );
    expect(shown.records.map(toHex)).toEqual([toHex(hits[0]!.recordId)]);
    expect(new Set(shown.proxies.map(toHex)).size).toBe(3);
    expect(text(receipt)).toContain(toHex(maria.keys.id));
  });

  it(
    'is refused with any one bit changed, in every byte',
    () => {
      for (let i = 0; i < receipt.length; i += 1) {
        const changed = receipt.slice();
        changed[i]! ^= 1 << (i % 8);
        expect(() => verify(changed), `byte ${i}`).toThrow(ClientError);
      }
    },
    FLIPS_TIMEOUT_MS,
  );

  it('is refused with a bit of its proof changed and the file written down anew', () => {
    const parts = partsOf(receipt);
    const proof = fromBase64Url(parts.proof);
    for (let i = 0; i < proof.length; i += 5) {
      const changed = proof.slice();
      changed[i]! ^= 1 << ((i + 3) % 8);
      expect(() => verify(framed({ ...parts, proof: toBase64Url(changed) })), `byte ${i}`).toThrow(
        ClientError,
      );
    }
  });

  it('is refused cut short, lengthened, with other words, or for another network', async () => {
    const parts = partsOf(receipt);
    for (const wrong of [
      receipt.subarray(0, -1),
      bytes(`${text(receipt)} `),
      bytes(text(receipt).replace('{', '{ ')),
      framed({ ...parts, facts: { ...parts.facts, height: 1 } }),
      framed({ ...parts, facts: { ...parts.facts, note: 'and Bob is honest' } }),
      framed({ ...parts, format: 'phr-mesh-false-conversion' }),
      new Uint8Array(),
    ]) {
      expect(() => verify(wrong)).toThrow(ClientError);
    }
    const other = new FakeNetwork(clinic.network.backend, 7);
    expect(() => verifyReceipt(other.backend, other.genesisBytes, receipt)).toThrow(ClientError);
  });

  it('needs the answers of as many proxies as the grant demands, each once and for this access', async () => {
    const again = await clinic.bob.sharing.openShared({ grant, hits: hits.slice(1, 2) });
    const others = decode(fromBase64Url(partsOf(again.receipts[0]!).proof), 1 << 23) as ReceiptProof;
    expect(() => verify(remade((proof) => proof))).not.toThrow();
    // Under words that say the same as the answers: only the answers themselves are wrong.
    const { proxies } = partsOf(receipt).facts as { proxies: string[] };
    const parts = (which: readonly number[]): Uint8Array => {
      const file = partsOf(
        remade((proof) => ({ ...proof, answers: which.flatMap((i) => proof.answers[i] ?? []) })),
      );
      return framed({ ...file, facts: { ...file.facts, proxies: which.map((i) => proxies[i]) } });
    };
    expect(() => verify(parts([0, 1, 2]))).not.toThrow();
    expect(() => verify(parts([0, 1]))).toThrow('fewer proxies');
    for (const which of [
      [0, 1, 1],
      [1, 0, 2],
    ])
      expect(() => verify(parts(which))).toThrow('order of the answers');
    const borrowed = remade(({ answers: [a, b], ...rest }) => ({
      ...rest,
      answers: [a!, b!, others.answers[2]!],
    }));
    expect(() => verify(borrowed)).toThrow('did not sign');
    expect(() => verify(remade((proof) => ({ ...proof, access: others.access })))).toThrow(ClientError);
    const mixed = { transaction: others.access['transaction'] };
    expect(() => verify(remade((proof) => ({ ...proof, access: { ...proof.access, ...mixed } })))).toThrow(
      ClientError,
    );
  });

  it('is made before anything is opened: a node that hides the block of the access gets nothing opened', async () => {
    const { network, bob } = clinic;
    network.tampering.ledger = () => network.chain[2]!;
    expect(await failure(bob.sharing.openShared({ grant, hits: hits.slice(0, 1) }))).toBe('proof-invalid');
    network.tampering.ledger = (found) => {
      const block = decodeBlock(found.block);
      return {
        ...found,
        block: encodeBlock({ ...block, transactions: [...block.transactions, sha256(new Uint8Array())] }),
      };
    };
    expect(await failure(bob.sharing.openShared({ grant, hits: hits.slice(0, 1) }))).toBe('proof-invalid');
  });

  it('covers every record of an access in one file', async () => {
    const both = await clinic.bob.sharing.openShared({ grant, hits });
    const shown = verify(both.receipts[0]!);
    expect(shown.records.map(toHex)).toEqual(hits.map(({ recordId }) => toHex(recordId)));
  });

  describe('against a lying proxy', () => {
    const lie = (item: ProxyAnswerItem): ProxyAnswerItem => ({
      ...item,
      point: clinic.network.backend.group.multiplyBase(new Uint8Array(32).fill(3)),
    });
    const tell = (name: number, change = lie): void => {
      const { network } = clinic;
      network.tampering.answer = (given, keys) => {
        if (keys !== network.nodes[name]) return given;
        const answer = decodeProxyAnswer(given);
        return encodeProxyAnswer({ ...answer, items: answer.items.map(change) }, (payload) =>
          signTagged(network.backend, DOMAIN.proxyResponse, payload, keys.validator.secretKey),
        );
      };
    };

    it('names the honest ones that replaced it, even one that was late the first time', async () => {
      const { network, bob } = clinic;
      tell(0);
      network.tampering.isLate = (keys, round) => keys === network.nodes[3] && round === 0;
      const before = network.requests.filter(({ path }) => path === '/conversions').length;
      const opened = await bob.sharing.openShared({ grant, hits: hits.slice(0, 1) });
      expect(network.requests.filter(({ path }) => path === '/conversions').length - before).toBe(2);
      const proxies = verify(opened.receipts[0]!).proxies.map(toHex).toSorted();
      expect(proxies).toEqual(
        network.nodes
          .slice(1)
          .map(({ id }) => toHex(id))
          .toSorted(),
      );
      expect(opened.liars).toHaveLength(1);
      // The lie is on the ledger, where everybody sees whose it is; a second one costs nobody a transaction.
      const get = (key: Uint8Array) => network.state.get(key);
      expect(readCount(get, 'evidence-of', network.nodes[0]!.id)).toBe(1);
      await bob.sharing.openShared({ grant, hits: hits.slice(0, 1) });
      expect(readCount(get, 'evidence-of', network.nodes[0]!.id)).toBe(1);
    });

    it.each([
      ['a wrong point', lie],
      ['another capsule', (item: ProxyAnswerItem) => ({ ...item, E: item.point })],
      ['a proof that is none', (item: ProxyAnswerItem) => ({ ...item, proof: new Uint8Array(64) })],
    ])('stays as evidence of %s, refused with a bit changed', async (_, change) => {
      const { network, bob } = clinic;
      tell(1, change);
      const opened = await bob.sharing.openShared({ grant, hits: hits.slice(0, 1) });
      const { evidence } = opened.liars[0]!;
      const check = (file: Uint8Array) => verifyFalseConversion(network.backend, network.genesisBytes, file);
      expect(check(evidence)).toMatchObject({ node: network.nodes[1]!.id, item: 0 });
      for (let i = 0; i < evidence.length; i += change === lie ? 5 : 41) {
        const changed = evidence.slice();
        changed[i]! ^= 1 << (i % 8);
        expect(() => check(changed), `byte ${i}`).toThrow(ClientError);
      }
    });

    it('cannot be turned against an honest proxy', async () => {
      const { network, bob } = clinic;
      tell(1);
      const opened = await bob.sharing.openShared({ grant, hits: hits.slice(0, 1) });
      const parts = partsOf(opened.liars[0]!.evidence);
      const proof = decode(fromBase64Url(parts.proof), 1 << 23) as object;
      const honest = decode(fromBase64Url(partsOf(opened.receipts[0]!).proof), 1 << 23) as ReceiptProof;
      const blamed = framed({
        ...parts,
        proof: toBase64Url(encode({ ...proof, answer: honest.answers[0] })),
      });
      expect(() => verifyFalseConversion(network.backend, network.genesisBytes, blamed)).toThrow(ClientError);
    });

    it('is kept although the opening fails', async () => {
      const { network, bob } = clinic;
      tell(0);
      network.tampering.isLate = (keys) => keys === network.nodes[3];
      const before = bob.evidence.length;
      expect(await failure(bob.sharing.openShared({ grant, hits: hits.slice(0, 1) }))).toBe(
        'not-enough-conversions',
      );
      expect(bob.evidence).toHaveLength(before + 1);
    });
  });

  it('of two certificates for one height is refused with any one bit changed, and for one block twice', async () => {
    const { network } = clinic;
    const witness = network.client(network.person('maria'));
    await witness.people.myself();
    const other = network.headerFor(network.height, network.timeMs + 7, network.state.root, []);
    const certificate = encodeCertificate(network.certify(other, network.nodes.slice(1)));
    network.tampering.state = (answer) => ({ ...answer, header: encodeHeader(other), certificate });
    expect(await failure(witness.people.myself())).toBe('ledger-forked');
    const alarm = witness.evidence[0]!;
    const check = (file: Uint8Array) => verifyTwoCertificates(network.backend, network.genesisBytes, file);
    expect(check(alarm).signedBoth).toHaveLength(2);
    for (let i = 0; i < alarm.length; i += 1) {
      const changed = alarm.slice();
      changed[i]! ^= 1 << (i % 8);
      expect(() => check(changed), `byte ${i}`).toThrow(ClientError);
    }
    const parts = partsOf(alarm);
    const { heads } = decode(fromBase64Url(parts.proof), 1 << 20) as { heads: object[] };
    const once = framed({ ...parts, proof: toBase64Url(encode({ heads: [heads[0], heads[0]] })) });
    expect(() => check(once)).toThrow(ClientError);
  });
});
