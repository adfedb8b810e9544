import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decode, encode, fromBase64Url, nobleBackend, sha256, toBase64Url, toHex } from '#crypto';
import type { NodeKeys } from '#crypto';
import { decodeHeader, encodeBlock, encodeCertificate, encodeHeader, validatorsHashOf } from '#consensus';
import type { Header } from '#consensus';
import { stateKeys, validatorsAt, validatorsOf } from '#consensus/ledger';
import { ClientError, encodeTwoCertificates, unnamedSigners, verifyTwoCertificates } from '#node/client';
import type { ForkHeads, StateEvidence } from '#node/client';
import { setChanges } from '#node/runtime';
import { EvidenceRelay } from '../../../node/evidence-relay.ts';
import { fifthNode, joined } from './changing-clinic.ts';
import { failure, openClinic } from './clinic.ts';
import type { Clinic } from './clinic.ts';
import { changesAnswer } from './fake-wire.ts';

let clinic: Clinic;
let fifth: NodeKeys;

beforeAll(async () => {
  clinic = await openClinic();
  fifth = fifthNode(clinic);
  await joined(clinic, fifth);
});

beforeEach(() => {
  clinic.network.tampering = {};
});

const get = (key: Uint8Array): Uint8Array | undefined => clinic.network.state.get(key);
const changes = () => {
  const { chain, height } = clinic.network;
  return setChanges({ blockAt: (at) => chain[at - 1] }, get, height);
};
/** All but the first institution, the fifth among them. */
const signers = (): NodeKeys[] => clinic.network.nodes.slice(1);

function twin(changed: Partial<Header> = {}): { header: Header; bytes: ForkHeads[number] } {
  const { network } = clinic;
  const header = {
    ...network.headerFor(network.height, network.timeMs + 7, network.state.root, []),
    ...changed,
  };
  const certificate = encodeCertificate(network.certify(header, signers()));
  return { header, bytes: { header: encodeHeader(header), certificate } };
}

const heads = (): ForkHeads => [twin().bytes, twin({ time: clinic.network.timeMs + 8 }).bytes];

/** The fifth's entry, as a node proves it, with the bytes changed if asked. */
function names(of: Uint8Array = fifth.id): StateEvidence {
  const { network } = clinic;
  const { header, certificate } = network.heads.at(-1)!;
  return { header, certificate, proof: network.state.prove([stateKeys.institution(of)]) };
}

const verify = (file: Uint8Array) =>
  verifyTwoCertificates(clinic.network.backend, clinic.network.genesisBytes, file);
const signedByFifth = (file: Uint8Array): string => {
  const { signedBoth, signedBothNames } = verify(file);
  return signedBothNames[signedBoth.map(toHex).indexOf(toHex(fifth.id))] ?? 'not there';
};

describe('evidence of two certificates that an institution signed which joined later', () => {
  const isOfNames = (keys: readonly Uint8Array[]): boolean =>
    keys.some((key) => toHex(key) === toHex(stateKeys.institution(fifth.id)));

  /** The file that a client keeps which is shown one block of a height and then another. */
  async function keptWhen(shown: (honest: StateEvidence) => StateEvidence): Promise<Uint8Array> {
    const { network } = clinic;
    const witness = network.client(network.person('maria'));
    let [head] = heads();
    network.tampering.state = (answer, keys) => (isOfNames(keys) ? shown(answer) : { ...answer, ...head });
    await witness.people.myself();
    [, head] = heads();
    expect(await failure(witness.people.myself())).toBe('ledger-forked');
    const [file] = witness.evidence;
    return file!;
  }

  it('is kept by a client with its name, proven to who has the genesis alone', async () => {
    const file = await keptWhen((honest) => honest);
    expect(signedByFifth(file)).toBe('fifth');
    expect(new TextDecoder().decode(file)).toContain('"fifth"');
  });

  it.each([
    [
      'does not answer',
      () => {
        throw new Error('away');
      },
    ],
    ['proves another', () => names(clinic.network.nodes[1]!.id)],
    ['proves nothing', (honest: StateEvidence) => ({ ...honest, proof: honest.proof.slice(1) })],
  ])('is kept with its id when the node %s', async (_, shown) => {
    expect(signedByFifth(await keptWhen(shown))).toBe(toHex(fifth.id));
  });

  it('is refused with any byte changed, with another name in words, and with names of nobody', () => {
    const { network } = clinic;
    const file = encodeTwoCertificates(nobleBackend, network.genesis, heads(), {
      changes: changes(),
      names: names(),
    });
    expect(signedByFifth(file)).toBe('fifth');
    const text = new TextDecoder().decode(file);
    const renamed = new TextEncoder().encode(text.replace('"fifth"', '"sixth"'));
    expect(renamed).not.toEqual(file);
    expect(() => verify(renamed)).toThrow(ClientError);
    for (let at = 0; at < file.length; at += 41) {
      const changed = file.slice();
      changed[at]! ^= 1 << (at % 8);
      expect(() => verify(changed), `byte ${at}`).toThrow(ClientError);
    }
    const without = network.nodes.slice(0, 4);
    const ofFirst = [0, 1].map((later): ForkHeads[number] => {
      const header = network.headerFor(network.height, network.timeMs + later, network.state.root, []);
      return {
        header: encodeHeader(header),
        certificate: encodeCertificate(network.certify(header, without)),
      };
    });
    const both = [ofFirst[0]!, ofFirst[1]!] as const;
    expect(unnamedSigners(nobleBackend, network.genesis, both, changes())).toEqual([]);
    const named = () =>
      encodeTwoCertificates(nobleBackend, network.genesis, both, { changes: changes(), names: names() });
    expect(named).toThrow('names of nobody');
  });

  it('carries no name that another state holds: the name in the proof changed, the words with it', () => {
    const { network } = clinic;
    const file = encodeTwoCertificates(nobleBackend, network.genesis, heads(), {
      changes: changes(),
      names: names(),
    });
    const { proof, facts, ...rest } = JSON.parse(new TextDecoder().decode(file)) as {
      proof: string;
      facts: { signedBoth: string[] };
    };
    const map = decode(fromBase64Url(proof), 1 << 20) as { names: { proof: Uint8Array } };
    const at = Buffer.from(map.names.proof).indexOf('fifth');
    expect(at).toBeGreaterThan(0);
    const changed = map.names.proof.slice();
    changed.set(new TextEncoder().encode('sixth'), at);
    const forged = encode({ ...map, names: { ...map.names, proof: changed } });
    const signedBoth = facts.signedBoth.map((name) => (name === 'fifth' ? 'sixth' : name));
    const text = JSON.stringify({ ...rest, facts: { ...facts, signedBoth }, proof: toBase64Url(forged) });
    // in the order of the fields that the format has
    const { format, version } = JSON.parse(text) as { format: string; version: number };
    const framed = { format, version, facts: { ...facts, signedBoth }, proof: toBase64Url(forged) };
    expect(() => verify(new TextEncoder().encode(`${JSON.stringify(framed)}\n`))).toThrow('proof-invalid');
  });
});

describe('two blocks of the last height of a set, of which one promises another set', () => {
  /** The twin of the block after which the fifth decides: for ever the first four. */
  function stays(): { own: ForkHeads[number]; other: ForkHeads[number]; height: number } {
    const { network } = clinic;
    const [change] = changes();
    const last = decodeHeader(change!.header);
    const first = validatorsOf(network.genesis);
    expect(validatorsAt(get, last.height)).toEqual(first);
    const header = {
      ...last,
      nextValidatorsHash: validatorsHashOf(first),
      stateRoot: sha256(last.stateRoot),
    };
    const certificate = encodeCertificate(network.certify(header, network.nodes.slice(0, 3), first));
    return { own: change!, other: { header: encodeHeader(header), certificate }, height: last.height };
  }

  it('are proven by the file, whatever became of the members', () => {
    const { own, other, height } = stays();
    const context = { changes: changes() };
    const file = encodeTwoCertificates(nobleBackend, clinic.network.genesis, [own, other], context);
    expect(verify(file).height).toBe(height);
    expect(verify(file).signedBoth.length).toBeGreaterThanOrEqual(2);
  });

  it('stop a client that knows the true one, or the change alone, and it keeps the file', async () => {
    const { network } = clinic;
    const { other, height } = stays();
    const witness = network.client(network.person('maria'));
    await witness.people.myself();
    network.tampering.state = (answer) => ({ ...answer, ...other });
    expect(await failure(witness.people.myself())).toBe('ledger-forked');
    expect(verify(witness.evidence[0]!).height).toBe(height);
    network.tampering = {};
    expect(await failure(witness.people.myself())).toBe('ledger-forked');
  });

  it('of which a node shows one among the changes, uncertified, stop nobody', async () => {
    const { network } = clinic;
    const { other } = stays();
    const late = network.client(network.person('alice'));
    const certificate = other.certificate.slice();
    certificate[certificate.length - 1]! ^= 1;
    network.tampering.changes = () =>
      changesAnswer(changes().map((change) => ({ ...change, ...other, certificate })));
    expect(await failure(late.people.myself())).toBe('proof-invalid');
    network.tampering = {};
    expect((await late.people.myself())?.status).toBe('active');
    expect(late.evidence).toEqual([]);
  });

  it('of which one is no block of theirs stop nobody', async () => {
    const { network } = clinic;
    const { other } = stays();
    const witness = network.client(network.person('maria'));
    await witness.people.myself();
    const certificate = other.certificate.slice();
    certificate[certificate.length - 1]! ^= 1;
    network.tampering.state = (answer) => ({ ...answer, ...other, certificate });
    expect(await failure(witness.people.myself())).toBe('proof-invalid');
    network.tampering = {};
    expect((await witness.people.myself())?.status).toBe('active');
    expect(witness.evidence).toEqual([]);
  });
});

describe('a node that sees two certificates after members have changed', () => {
  function relay(): { relay: EvidenceRelay; sent: Uint8Array[]; log: string[] } {
    const { network } = clinic;
    const [sent, log]: [Uint8Array[], string[]] = [[], []];
    const note = (_: object, event: string): void => void log.push(event);
    const certified = network.heads.at(-1)!;
    const made = new EvidenceRelay({
      backend: network.backend,
      genesis: network.genesis,
      genesisBytes: network.genesisBytes,
      application: {
        changes,
        state: network.state,
        certifiedHead: () => ({ ...certified, decoded: decodeHeader(certified.header) }),
        evidence: { admit: () => 'known' },
      },
      store: { get: () => undefined, put: () => undefined },
      logger: { debug: note, info: note, warn: note, error: note },
      publish: (bytes) => Promise.resolve(void sent.push(bytes)),
      notifyWork: () => undefined,
    });
    return { relay: made, sent, log };
  }

  const blocksOf = (...headers: Header[]): { block: Uint8Array; certificate: Uint8Array }[] =>
    headers.map((header) => ({
      block: encodeBlock({ header, transactions: [], lastCommit: null, evidence: [] }),
      certificate: encodeCertificate(clinic.network.certify(header, signers())),
    }));

  it('raises the alarm with the changes and the names in it, and others believe it', () => {
    const [own, other] = blocksOf(twin().header, twin({ time: clinic.network.timeMs + 8 }).header);
    const finder = relay();
    finder.relay.forked({ height: clinic.network.height, own: own!, other: other! });
    expect(finder.log).toEqual(['ledger-forked']);
    expect(signedByFifth(finder.relay.fork!.file)).toBe('fifth');
    const hearer = relay();
    expect(hearer.relay.receive(finder.sent[0]!)).toBe('accept');
    expect(signedByFifth(hearer.relay.fork!.file)).toBe('fifth');
  });
});
