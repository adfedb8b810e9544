import { describe, expect, test } from 'vitest';
import { DOMAIN, encode, signTagged, toHex } from '#crypto';
import { voteBytes } from '#consensus';
import type { VoteKind } from '#consensus';
import { encodeEvidence } from '#consensus/pbft';
import type { SignedVote } from '#consensus/pbft';
import { readCount, readItem, validatorsOf } from '#consensus/ledger';
import type { UnverifiedProxyAnswer } from '#node/client';
import { ProxyWorld } from '../proxy/proxy-world.ts';
import { backend, id32, INSTITUTIONS, node, standardConsortium } from './consortium.ts';
import type { Consortium, InstitutionName } from './consortium.ts';

type Said = Partial<{
  kind: VoteKind;
  height: number;
  round: number;
  hash: Uint8Array | null;
  prepared: number | null;
}>;

/** A vote as a validator signs it. */
function vote(
  chain: Pick<Consortium, 'chainId' | 'genesis'>,
  name: InstitutionName,
  said: Said = {},
  signer = name,
): SignedVote {
  const { kind = 'commit', height = 7, round = 0, hash = id32('block'), prepared = null } = said;
  const message = voteBytes(chain.chainId, kind, height, round, hash, prepared);
  const validator = validatorsOf(chain.genesis).findIndex(({ id }) => id.join() === node(name).id.join());
  const signature = signTagged(backend, DOMAIN.vote, message, node(signer).validator.secretKey);
  const text = hash === null ? null : (toHex(hash) as NonNullable<SignedVote['hash']>);
  return { kind, height, round, hash: text, preparedRound: prepared, validator, signature };
}

const report = (chain: Consortium, first: SignedVote, second: SignedVote, by = 'ada'): string =>
  chain.send(by, 'evidence.equivocation', { votes: encodeEvidence(first, second) });

describe('evidence of equivocation', () => {
  test('is two votes of one validator that exclude each other', () => {
    const chain = standardConsortium();
    expect(report(chain, vote(chain, 'east'), vote(chain, 'east', { hash: id32('another') }))).toBe('ok');
    expect(readCount(chain.get, 'evidence-of', node('east').id)).toBe(1);
    expect(readItem(chain.get, 'evidence-of', node('east').id, 0)).toEqual(
      chain.last?.events[0]?.transaction,
    );
    for (const name of INSTITUTIONS.filter((other) => other !== 'east'))
      expect(readCount(chain.get, 'evidence-of', node(name).id)).toBe(0);
  });

  test('is recorded once for one height and round, whoever brings it in whatever order', () => {
    const chain = standardConsortium();
    const [a, b] = [vote(chain, 'east'), vote(chain, 'east', { hash: id32('another') })];
    expect(report(chain, a, b)).toBe('ok');
    expect(report(chain, b, a, 'bob')).toBe('evidence-known');
    expect(report(chain, a, vote(chain, 'east', { hash: id32('third') }))).toBe('evidence-known');
    const next = [
      vote(chain, 'east', { round: 1 }),
      vote(chain, 'east', { round: 1, hash: id32('x') }),
    ] as const;
    expect(report(chain, ...next)).toBe('ok');
  });

  test.each<[string, Said, Said]>([
    ['the same vote twice', {}, {}],
    ['votes of two rounds', {}, { round: 1, hash: id32('another') }],
    ['votes of two heights', {}, { height: 8, hash: id32('another') }],
    ['a prepare and a commit', { kind: 'prepare' }, { hash: id32('another') }],
  ])('never frames an honest validator: %s', (_, first, second) => {
    const chain = standardConsortium();
    expect(report(chain, vote(chain, 'east', first), vote(chain, 'east', second))).toBe('evidence-invalid');
  });

  test('never counts votes of two validators, of another chain, or that others signed', () => {
    const chain = standardConsortium();
    const another = { hash: id32('another') };
    expect(report(chain, vote(chain, 'east'), vote(chain, 'west', another))).toBe('evidence-invalid');
    expect(report(chain, vote(chain, 'east'), vote(chain, 'east', another, 'west'))).toBe('evidence-invalid');
    const elsewhere = { chainId: id32('other'), genesis: chain.genesis };
    expect(report(chain, vote(elsewhere, 'east'), vote(elsewhere, 'east', another))).toBe('evidence-invalid');
    const nobody = { validator: 63 };
    expect(
      report(chain, { ...vote(chain, 'east'), ...nobody }, { ...vote(chain, 'east', another), ...nobody }),
    ).toBe('evidence-invalid');
    for (const votes of [new Uint8Array(3), encode([]), encode([1, 2]), encode('votes')]) {
      expect(chain.send('ada', 'evidence.equivocation', { votes })).toBe('evidence-invalid');
    }
    expect(chain.send('ada', 'evidence.equivocation', { votes: new Uint8Array(1025) })).toBe('malformed');
  });

  test('two round changes with other prepared rounds are', () => {
    const chain = standardConsortium();
    const changed = (prepared: number | null): SignedVote =>
      vote(chain, 'west', {
        kind: 'round-change',
        round: 3,
        hash: prepared === null ? null : id32('block'),
        prepared,
      });
    expect(report(chain, changed(1), changed(2))).toBe('ok');
    expect(report(chain, changed(1), changed(null))).toBe('evidence-known');
  });
});

describe('evidence against a proxy', () => {
  const bodyOf = ({ payload, signature }: Pick<UnverifiedProxyAnswer, 'payload' | 'signature'>) => ({
    payload,
    signature,
    item: 0,
  });
  /** The answer with something changed, signed by the node of that name. */
  const lie = (
    answer: UnverifiedProxyAnswer,
    changed: object,
    name: InstitutionName = 'east',
    whole: object = {},
  ) => {
    const { access, node: id, index, height } = answer;
    const items = answer.items.map(({ item, E, point, proof }) => ({ item, E, point, proof, ...changed }));
    const payload = encode({ access, node: id, index, height, items, ...whole });
    const signature = signTagged(backend, DOMAIN.proxyResponse, payload, node(name).validator.secretKey);
    return bodyOf({ payload, signature });
  };
  const world = async () => {
    const made = await ProxyWorld.create();
    const access = made.access(['vital']);
    const answer = await made.ask('east', access);
    if (typeof answer === 'string') throw new Error(answer);
    return { chain: made.chain, answer };
  };

  test('never frames an honest one', async () => {
    const { chain, answer } = await world();
    expect(chain.send('bob', 'evidence.proxy', bodyOf(answer))).toBe('evidence-invalid');
    expect(chain.send('bob', 'evidence.proxy', { ...bodyOf(answer), item: 1 })).toBe('evidence-invalid');
  });

  test('is a conversion that it signed and that the grant’s commitments refute', async () => {
    const { chain, answer } = await world();
    const [item] = answer.items;
    const false1 = { proof: item?.proof.toReversed() };
    expect(chain.fork().send('bob', 'evidence.proxy', lie(answer, false1))).toBe('ok');
    expect(chain.send('bob', 'evidence.proxy', lie(answer, { point: item?.E }))).toBe('ok');
    expect(readCount(chain.get, 'evidence-of', node('east').id)).toBe(1);
    expect(chain.send('ada', 'evidence.proxy', lie(answer, false1))).toBe('evidence-known');
  });

  test('is nothing unless that node signed it, for a request and in a form that the ledger knows', async () => {
    const { chain, answer } = await world();
    const wrong = { proof: new Uint8Array(64) };
    const send = (body: ReturnType<typeof bodyOf>): string => chain.send('bob', 'evidence.proxy', body);
    expect(send(lie(answer, wrong, 'west'))).toBe('evidence-invalid');
    expect(send({ ...lie(answer, wrong), signature: new Uint8Array(64) })).toBe('evidence-invalid');
    for (const whole of [
      { access: id32('none') },
      { node: id32('none') },
      { index: answer.index === 1 ? 2 : 1 },
      { height: answer.height + 1 },
      { items: [] },
      { more: 1 },
    ]) {
      expect(send(lie(answer, wrong, 'east', whole))).toBe('evidence-invalid');
    }
    expect(chain.send('bob', 'evidence.proxy', { ...bodyOf(answer), payload: encode(1) })).toBe(
      'evidence-invalid',
    );
    expect(send(lie(answer, wrong))).toBe('ok');
  });
});
