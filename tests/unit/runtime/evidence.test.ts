import { beforeEach, describe, expect, test } from 'vitest';
import { DOMAIN, encode, signTagged, toHex } from '#crypto';
import {
  bitmapOf,
  decodeBlock,
  encodeBlock,
  encodeCertificate,
  evidenceHashOf,
  hashHeader,
  voteBytes,
} from '#consensus';
import type { Block, CommitCertificate, Header } from '#consensus';
import { encodeGenesis, encodeNodeEvidence, readCount, validatorsOf } from '#consensus/ledger';
import { encodeEvidence } from '#consensus/pbft';
import type { SignedVote } from '#consensus/pbft';
import { verifyTwoCertificates } from '#node/client';
import { LedgerApplication } from '#node/runtime';
import { openLedgerStore } from '#storage';
import { EVIDENCE_OF_NODE_MAX } from '../../../node/runtime/evidence-pool.ts';
import { EvidenceRelay } from '../../../node/evidence-relay.ts';
import { backend, Consortium, id32, node, START_MS } from '../ledger/consortium.ts';
import type { InstitutionName } from '../ledger/consortium.ts';
import { scratchDirectory } from '../storage/scratch-directory.ts';

const { genesis, chainId } = new Consortium();
const validators = validatorsOf(genesis);
const indexOf = (name: InstitutionName): number =>
  validators.findIndex(({ id }) => toHex(id) === toHex(node(name).id));

function vote(block: string, height: number): SignedVote {
  const blockHash = id32(block);
  const message = voteBytes(chainId, 'prepare', height, 0, blockHash, null);
  const signature = signTagged(backend, DOMAIN.vote, message, node('east').validator.secretKey);
  const text = toHex(blockHash) as NonNullable<SignedVote['hash']>;
  return {
    kind: 'prepare',
    height,
    round: 0,
    hash: text,
    preparedRound: null,
    validator: indexOf('east'),
    signature,
  };
}

const votesOf = (height: number): Uint8Array => encodeEvidence(vote('a', height), vote('b', height));
const itemOf = (height: number): Uint8Array =>
  encodeNodeEvidence({ kind: 'equivocation', votes: votesOf(height) });

function certify(header: Header): CommitCertificate {
  const blockHash = hashHeader(header);
  const message = voteBytes(chainId, 'commit', header.height, 0, blockHash);
  const signers = (['north', 'south', 'west'] as const)
    .map((name) => ({ name, index: indexOf(name) }))
    .toSorted((a, b) => a.index - b.index);
  return {
    height: header.height,
    round: 0,
    blockHash,
    scheme: 1,
    bitmap: bitmapOf(
      signers.map(({ index }) => index),
      4,
    ),
    signatures: signers.map(({ name }) =>
      signTagged(backend, DOMAIN.vote, message, node(name).validator.secretKey),
    ),
  };
}

interface Peer {
  readonly application: LedgerApplication;
  readonly relay: EvidenceRelay;
  readonly sent: Uint8Array[];
  readonly log: string[];
  readonly alarms: number[];
  work: number;
}

function peer(directory = scratchDirectory()): Peer {
  const store = openLedgerStore(directory);
  const log: string[] = [];
  const note = (_: object, event: string): void => void log.push(event);
  const logger = { debug: note, info: note, warn: note, error: note };
  const application = new LedgerApplication({
    backend,
    genesis,
    chainId,
    store,
    now: () => START_MS + 1000,
    logger,
  });
  const made: Peer = { application, relay: undefined as never, sent: [], log, alarms: [], work: 0 };
  const relay = new EvidenceRelay({
    backend,
    genesis,
    genesisBytes: encodeGenesis(genesis),
    application,
    store,
    logger,
    publish: (bytes) => Promise.resolve(void made.sent.push(bytes)),
    notifyWork: () => void (made.work += 1),
  });
  relay.onAlarm(() => made.alarms.push(relay.fork?.height ?? -1));
  return Object.assign(made, { relay });
}

let finder: Peer;
let other: Peer;
beforeEach(() => {
  finder = peer();
  other = peer();
});

const propose = ({ application }: Peer): Block => {
  const { hash, certificate } = application.head();
  const height = application.height + 1;
  return application.build({
    height,
    parentHash: hash,
    time: START_MS + height,
    proposer: indexOf('north'),
    lastCommit: certificate,
  });
};

describe('equivocation that a node finds', () => {
  test('reaches the ledger of all in the next block, whoever proposes it, and leaves the pools', async () => {
    finder.relay.equivocation(votesOf(5));
    expect([finder.sent.length, finder.work, finder.application.hasWork()]).toEqual([1, 1, true]);
    expect(other.relay.receive(finder.sent[0]!)).toBe('accept');
    expect(other.relay.receive(finder.sent[0]!)).toBe('ignore');
    expect([other.work, other.application.evidence.size]).toEqual([1, 1]);
    const block = propose(other);
    expect(block.evidence.map(toHex)).toEqual([toHex(itemOf(5))]);
    for (const { application } of [finder, other]) {
      expect(application.validate(block)).toEqual({ ok: true });
      await application.commit(decodeBlock(encodeBlock(block)), certify(block.header));
      expect(readCount((key) => application.state.get(key), 'evidence-of', node('east').id)).toBe(1);
      expect(application.evidence.size).toBe(0);
    }
    finder.relay.equivocation(votesOf(5));
    expect([finder.sent.length, finder.application.evidence.size]).toEqual([1, 0]);
  });

  test('outlasts a kill until a block holds it, and what holds no more leaves the disk', async () => {
    const directory = scratchDirectory();
    const before = peer(directory);
    before.relay.equivocation(votesOf(5));
    before.relay.equivocation(votesOf(6));
    // Killed: nothing was closed, and the peers were never told.
    const again = peer(directory);
    expect([again.application.evidence.size, again.application.hasWork()]).toEqual([2, true]);
    const block = propose(again);
    expect(block.evidence.map(toHex).toSorted()).toEqual([itemOf(5), itemOf(6)].map(toHex).toSorted());
    again.relay.equivocation(votesOf(5));
    expect(again.sent).toEqual([]);
    // Killed between the block and the pool: what the ledger has is not proposed twice.
    const late = openLedgerStore(directory);
    const row = [...late.list('evidence')];
    expect(row).toHaveLength(2);
    await again.application.commit(decodeBlock(encodeBlock(block)), certify(block.header));
    expect([...late.list('evidence')]).toEqual([]);
    const [first] = row;
    late.update('evidence', [first!, [first![0].toReversed(), first![1]], [id32('junk'), id32('junk')]]);
    expect(peer(directory).application.evidence.size).toBe(0);
    expect([...late.list('evidence')]).toEqual([]);
    late.close();
  });

  test('a proposer that slips in what proves nothing, or leaves it out of the header, is refused', () => {
    finder.relay.equivocation(votesOf(5));
    const good = propose(finder);
    const refused = (block: Block): unknown => other.application.validate(block);
    expect(refused({ ...good, evidence: [] })).toEqual({ ok: false, code: 'evidence-hash' });
    const nothing = encodeNodeEvidence({
      kind: 'equivocation',
      votes: encodeEvidence(vote('a', 5), vote('a', 5)),
    });
    const header = { ...good.header, evidenceHash: evidenceHashOf([nothing]) };
    expect(refused({ ...good, header, evidence: [nothing] })).toEqual({
      ok: false,
      code: 'transaction-evidence-invalid',
    });
    expect(refused(good)).toEqual({ ok: true });
  });

  test('of one node waits four at a time: it can not fill the others’ memory', () => {
    for (let height = 1; height <= 20; height += 1) finder.relay.equivocation(votesOf(height));
    expect(finder.application.evidence.size).toBe(EVIDENCE_OF_NODE_MAX);
    expect(finder.sent).toHaveLength(EVIDENCE_OF_NODE_MAX);
  });

  test('rubbish is refused, and evidence about what is not here yet is neither kept nor punished', () => {
    for (const bad of [
      new Uint8Array(),
      encode(1),
      encode(['x', new Uint8Array(1)]),
      encode(['evidence', 1]),
      new Uint8Array(70_000),
    ])
      expect(other.relay.receive(bad)).toBe('reject');
    const early = encodeNodeEvidence({
      kind: 'proxy',
      payload: new Uint8Array(9),
      signature: new Uint8Array(64),
      item: 0,
    });
    expect(other.relay.receive(encode(['evidence', early]))).toBe('ignore');
    expect(other.application.evidence.size).toBe(0);
  });
});

describe('two certificates for one height', () => {
  const heads = (): {
    own: { block: Uint8Array; certificate: Uint8Array };
    other: { block: Uint8Array; certificate: Uint8Array };
  } => {
    const block = propose(finder);
    const twin = { ...block, header: { ...block.header, time: block.header.time + 1 } };
    const certified = (one: Block) => ({
      block: encodeBlock(one),
      certificate: encodeCertificate(certify(one.header)),
    });
    return { own: certified(block), other: certified(twin) };
  };

  test('raise an alarm at every node that hears of them: log, disk, watchers, proof', () => {
    const directory = scratchDirectory();
    const third = peer(directory);
    finder.relay.forked({ height: 1, ...heads() });
    expect([finder.log, finder.alarms]).toEqual([['ledger-forked'], [1]]);
    expect(third.relay.receive(finder.sent[0]!)).toBe('accept');
    expect([third.log, third.alarms, third.sent.length]).toEqual([['ledger-forked'], [1], 1]);
    const shown = verifyTwoCertificates(backend, encodeGenesis(genesis), third.relay.fork!.file);
    expect(shown.signedBoth).toHaveLength(3);
    expect(third.relay.receive(finder.sent[0]!)).toBe('ignore');
    expect(third.alarms).toEqual([1]);
    // A restart does not make it forget.
    expect(peer(directory).relay.fork?.height).toBe(1);
    expect(other.relay.fork).toBeUndefined();
  });

  test('nothing less does: one block twice, a certificate of too few, a changed bit', () => {
    const { own } = heads();
    expect(() => finder.relay.forked({ height: 1, own, other: own })).toThrow(
      expect.objectContaining({ code: 'proof-invalid' }),
    );
    finder.relay.forked({ height: 1, ...heads() });
    const [message] = finder.sent;
    for (let at = 0; at < message!.length; at += 5) {
      const changed = message!.with(at, message![at]! ^ 4);
      expect(other.relay.receive(changed)).not.toBe('accept');
    }
    expect([other.alarms, other.relay.fork]).toEqual([[], undefined]);
  });
});
