import { DOMAIN, equalBytes, signTagged, verifyTagged } from '#crypto';
import type { Backend } from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { describe, expect, test } from 'vitest';
import {
  decodeBlock,
  encodeBlock,
  encodeCertificate,
  hashHeader,
  quorum,
  verifyCertificate,
} from '#consensus';
import {
  commitCertificateOf,
  decodeMessage,
  encodeMessage,
  signedBytesOf,
  blockHashOf,
} from '#consensus/pbft';
import type { SignedVote, UnverifiedMessage, BlockBody } from '#consensus/pbft';
import { decodeWire, encodeWire } from '../../../node/runtime/consensus-wire.ts';
import { CHAIN, DriverCluster } from './driver-cluster.ts';

const backend = await createNativeBackend();
/** Its node is gone; somebody has its key. */
const OUT = 0;
const SILENT_MS = 30_000;

/** Five nodes. The first one's institution is a member at the heights that `isMember` says, the others always. */
async function withKeyOfFirst(
  seed: number,
  isMember: (height: number) => boolean,
  backendOf: (cluster: DriverCluster) => Backend = () => backend,
): Promise<DriverCluster> {
  const cluster = new DriverCluster(backend, 5, seed);
  const [, ...others] = cluster.validators;
  cluster.validatorsAt = (height) => (isMember(height) ? cluster.validators : others);
  for (const index of cluster.nodes.keys())
    await cluster.start(index, { isNewKey: true, backend: backendOf(cluster) });
  cluster.kill(OUT);
  return cluster;
}

/**
 * Signs with the first one's key whatever the others say, in real bytes, and brings it to them: at its own place over
 * its own link where it is a member; where it is none, at every place, over the link of whose place it is.
 */
function parrot(cluster: DriverCluster): { sent: number } {
  const counted = { sent: 0 };
  const own = cluster.keys(OUT);
  cluster.node(OUT).deliver = (_from, bytes) => {
    const wire = decodeWire(bytes);
    if (wire.kind !== 'vote') return;
    const message = decodeMessage(wire.message);
    const set = cluster.validatorsAt(message.vote.height);
    const place = set.findIndex(({ id }) => equalBytes(id, own.id));
    for (const validator of place >= 0 ? [place] : set.keys()) {
      const repeated = repeatedBy(own.secretKey, message, validator);
      const link = set[validator]?.id ?? own.id;
      const sent = encodeWire({ kind: 'vote', message: encodeMessage(repeated) });
      for (const [to, node] of cluster.nodes.entries()) {
        if (to === OUT || equalBytes(cluster.keys(to).id, link)) continue;
        counted.sent++;
        node.deliver?.(link, sent);
      }
    }
  };
  return counted;
}

function repeatedBy(
  secretKey: Uint8Array,
  message: UnverifiedMessage<BlockBody>,
  validator: number,
): UnverifiedMessage<BlockBody> {
  const kind = message.kind === 'pre-prepare' ? 'prepare' : message.kind;
  const vote = { ...message.vote, kind, validator };
  const signed: SignedVote = {
    ...vote,
    signature: signTagged(backend, DOMAIN.vote, signedBytesOf(CHAIN, vote), secretKey),
  };
  if (message.kind === 'round-change') return { ...message, vote: signed };
  return { kind: message.kind === 'pre-prepare' ? 'prepare' : message.kind, vote: signed };
}

/** Blocks until the nodes that are up have `height`. */
async function upTo(cluster: DriverCluster, height: number): Promise<void> {
  for (let i = 0; cluster.node(1).ledger.blocks.length < height; i++) {
    const before = cluster.node(1).ledger.blocks.length;
    cluster.submit(1, `block ${i}`);
    expect(await cluster.until(() => cluster.node(1).ledger.blocks.length > before)).toBe(true);
  }
}

const live = (cluster: DriverCluster): number[] =>
  cluster.nodes.flatMap(({ driver }, index) => (driver === undefined ? [] : index));

describe('real votes of an institution that has left, or has not joined', () => {
  test.each([
    ['has left', (height: number) => height < 4, 3],
    ['has not joined', (height: number) => height > 9, 3],
  ] as const)('of one that %s complete no quorum', async (_, isMember, before) => {
    const cluster = await withKeyOfFirst(21, isMember);
    await upTo(cluster, before);
    // four decide, three are a quorum, two are left
    cluster.kill(3);
    cluster.kill(4);
    const counted = parrot(cluster);
    const { length } = cluster.node(1).ledger.blocks;
    cluster.submit(1, 'lacks one vote');
    expect(await cluster.until(() => cluster.node(1).ledger.blocks.length > length, SILENT_MS)).toBe(false);
    expect(counted.sent).toBeGreaterThan(0);
    expect(cluster.codes.some((code) => code.includes('"unverified"'))).toBe(true);
    // one vote was all that it lacked
    await cluster.start(3);
    expect(await cluster.until(() => cluster.node(1).ledger.blocks.length > length)).toBe(true);
    expect(cluster.faults()).toEqual([]);
  });

  test('of a member complete it: the same votes by the same hand', async () => {
    const cluster = await withKeyOfFirst(22, () => true);
    await upTo(cluster, 3);
    // five decide, four are a quorum, three are left
    cluster.kill(4);
    expect(live(cluster)).toEqual([1, 2, 3]);
    const { length } = cluster.node(1).ledger.blocks;
    cluster.submit(1, 'lacks one vote');
    expect(await cluster.until(() => cluster.node(1).ledger.blocks.length > length, SILENT_MS)).toBe(false);
    parrot(cluster);
    expect(await cluster.until(() => cluster.node(1).ledger.blocks.length > length)).toBe(true);
    expect(cluster.faults()).toEqual([]);
  });

  test('of one that has left complete it where nodes take every key that they ever knew', async () => {
    const cluster = await withKeyOfFirst(23, (height) => height < 4, anyKeyOf);
    await upTo(cluster, 3);
    cluster.kill(3);
    cluster.kill(4);
    parrot(cluster);
    cluster.submit(1, 'lacks one vote');
    expect(await cluster.until(() => cluster.node(1).ledger.blocks.length > 3)).toBe(true);
    expect(cluster.faults()).toContain('certificate');
  });
});

/** The membership check dropped: a signature is good when any node of any time has made it. */
function anyKeyOf(cluster: DriverCluster): Backend {
  const { signatures } = backend;
  return {
    ...backend,
    signatures: {
      ...signatures,
      verify: (signature, message, publicKey) =>
        signatures.verify(signature, message, publicKey) ||
        cluster.nodes.some((_, i) => signatures.verify(signature, message, cluster.keys(i).publicKey)),
    },
  };
}

describe('a certificate that a former member helped to make', () => {
  test.each([
    ['is taken by nobody above its epoch', 3, false],
    ['is taken below, where it was a member', 4, true],
  ] as const)('%s', async (_, leftAfter, isTaken) => {
    const height = 4;
    const cluster = await withKeyOfFirst(24, (at) => at <= leftAfter);
    await upTo(cluster, height - 1);
    const victim = cluster.node(2);
    expect(await cluster.until(() => victim.ledger.blocks.length === height - 1)).toBe(true);
    for (const index of [1, 3, 4]) cluster.kill(index);
    // the next block, as the others would make it, signed by one too few of them and by the one that left
    const [a, b] = [1, 2].map((index) => cluster.keys(index));
    cluster.node(1).ledger.pending = [new TextEncoder().encode('forged')];
    const { hash, certificate: lastCommit } = cluster.node(1).ledger.head();
    const set = cluster.validatorsAt(height);
    const proposer = height % set.length;
    const time = cluster.now;
    const block = cluster.node(1).ledger.build({ height, parentHash: hash, time, proposer, lastCommit });
    const blockHash = hashHeader(block.header);
    const signers = [cluster.keys(OUT), ...(isTaken ? [cluster.keys(3)] : []), a, b];
    const votes = signers.flatMap((keys): SignedVote[] => {
      if (keys === undefined) return [];
      const at = set.findIndex(({ id }) => equalBytes(id, keys.id));
      // who is no member takes the place of one who did not sign
      const validator = at >= 0 ? at : set.findIndex(({ id }) => equalBytes(id, cluster.keys(3).id));
      const vote = {
        kind: 'commit',
        height,
        round: 0,
        hash: blockHashOf(blockHash),
        preparedRound: null,
        validator,
      } as const;
      const bytes = signedBytesOf(CHAIN, vote);
      return [{ ...vote, signature: signTagged(backend, DOMAIN.vote, bytes, keys.secretKey) }];
    });
    expect(votes).toHaveLength(quorum(set.length));
    const whole = { height, round: 0, hash: blockHashOf(blockHash), votes };
    const certificate = commitCertificateOf(whole, set.length, quorum(set.length));
    expect(verifyCertificate(backend, certificate, CHAIN, set)).toBe(isTaken);
    // every signature in it is good, whoever made it
    for (const [i, { signature, validator: _place, ...vote }] of votes.entries()) {
      const key = signers[i]?.publicKey ?? new Uint8Array(32);
      const bytes = signedBytesOf(CHAIN, { ...vote, validator: 0 });
      expect(verifyTagged(backend, DOMAIN.vote, bytes, signature, key)).toBe(true);
    }
    const wire = encodeWire({
      kind: 'range',
      blocks: [{ block: encodeBlock(block), certificate: encodeCertificate(certificate) }],
    });
    for (const link of [1, 3, 4]) victim.deliver?.(cluster.keys(link).id, wire);
    const taken = await cluster.until(() => victim.ledger.blocks.length >= height, 500);
    const held = victim.ledger.blocks[height - 1];
    const isForged = held !== undefined && equalBytes(hashHeader(decodeBlock(held.block).header), blockHash);
    expect([taken, isForged]).toEqual([isTaken, isTaken]);
  });
});
