import { beforeEach, describe, expect, test } from 'vitest';
import { decode, DOMAIN, encode, hash, signTagged, toHex } from '#crypto';
import { voteBytes } from '#consensus';
import {
  applyTransactions,
  checkEvidence,
  decodeNodeEvidence,
  encodeNodeEvidence,
  readCount,
  readEvidence,
  readItem,
  selectTransactions,
  validatorsOf,
} from '#consensus/ledger';
import { encodeEvidence } from '#consensus/pbft';
import type { SignedVote } from '#consensus/pbft';
import { ProxyWorld } from '../proxy/proxy-world.ts';
import { backend, id32, node, standardConsortium } from './consortium.ts';
import type { Consortium, InstitutionName } from './consortium.ts';

let chain: Consortium;
beforeEach(() => {
  chain = standardConsortium();
});

function vote(name: InstitutionName, block: string, height = 7): SignedVote {
  const blockHash = id32(block);
  const message = voteBytes(chain.chainId, 'commit', height, 0, blockHash, null);
  const validator = validatorsOf(chain.genesis).findIndex(({ id }) => toHex(id) === toHex(node(name).id));
  const signature = signTagged(backend, DOMAIN.vote, message, node(name).validator.secretKey);
  const text = toHex(blockHash) as NonNullable<SignedVote['hash']>;
  return { kind: 'commit', height, round: 0, hash: text, preparedRound: null, validator, signature };
}

const twice = (name: InstitutionName, height = 7, others = ['a', 'b']): Uint8Array =>
  encodeNodeEvidence({
    kind: 'equivocation',
    votes: encodeEvidence(vote(name, others[0]!, height), vote(name, others[1]!, height)),
  });

const reporter = node('south').id;
const apply = (items: Uint8Array[], transactions: Uint8Array[] = []) =>
  applyTransactions(backend, chain.state, chain.context(), transactions, { reporter, items });

describe('evidence that nodes put into a block', () => {
  test('is recorded under the accused, with the proposer as reporter, before the transactions', () => {
    const item = twice('east');
    const applied = apply([item, twice('west')]);
    if (!applied.ok) throw new Error(applied.code);
    const get = (key: Uint8Array) => applied.state.get(key);
    expect(readCount(get, 'evidence-of', node('east').id)).toBe(1);
    expect(readItem(get, 'evidence-of', node('east').id, 0)).toEqual(hash(DOMAIN.evidence, item));
    const slot = hash(DOMAIN.evidence, encode(['commit', 7, 0]));
    expect(readEvidence(get, node('east').id, slot)).toMatchObject({ kind: 'equivocation', reporter });
    expect(applied.state.root).not.toEqual(chain.state.root);
    // A person who brings the same in that block comes too late, and a block with both is refused.
    const same = chain.sign('ada', 'evidence.equivocation', {
      votes: encodeEvidence(vote('east', 'a'), vote('east', 'b')),
    });
    expect(apply([item], [same])).toMatchObject({ ok: false, code: 'evidence-known', index: 0 });
  });

  test('makes the block invalid when it proves nothing, or the same twice', () => {
    expect(
      apply([
        encodeNodeEvidence({
          kind: 'equivocation',
          votes: encodeEvidence(vote('east', 'a'), vote('east', 'a')),
        }),
      ]),
    ).toMatchObject({ ok: false, code: 'evidence-invalid', index: -1 });
    expect(apply([new Uint8Array([1])])).toMatchObject({ ok: false, code: 'evidence-invalid' });
    expect(apply([twice('east'), twice('east', 7, ['a', 'c'])])).toMatchObject({ code: 'evidence-known' });
    expect(apply([twice('east'), twice('east', 8)]).ok).toBe(true);
  });

  test('a proposer’s selection and everybody’s execution give one root', () => {
    const items = [twice('east'), twice('west')];
    const wire = chain.sign('maria', 'emergency.share', chain.deposit('maria'));
    const executed = apply(items, [wire]);
    const none = selectTransactions(backend, chain.state, chain.context(), [], { reporter, items });
    expect(executed.ok && executed.state.root).not.toEqual(none.state.root);
    expect(apply(items)).toMatchObject({ ok: true, state: { root: none.state.root } });
  });

  test('takes a false conversion as the transaction does, and not an honest one', async () => {
    const world = await ProxyWorld.create();
    const access = world.access(['vital']);
    const answer = await world.ask('east', access);
    if (typeof answer === 'string') throw new Error(answer);
    const { payload, signature } = answer;
    const context = world.chain.context();
    const check = (item: Uint8Array): string => {
      const verdict = checkEvidence(backend, world.chain.get, context, item);
      return verdict.ok ? toHex(verdict.fault.node) : verdict.code;
    };
    expect(check(encodeNodeEvidence({ kind: 'proxy', payload, signature, item: 0 }))).toBe(
      'evidence-invalid',
    );
    const said = decode(payload, payload.length) as { items: { proof: Uint8Array }[] };
    const lie = encode({
      ...said,
      items: said.items.map((one) => ({ ...one, proof: one.proof.toReversed() })),
    });
    const signed = signTagged(backend, DOMAIN.proxyResponse, lie, node('east').validator.secretKey);
    const item = encodeNodeEvidence({ kind: 'proxy', payload: lie, signature: signed, item: 0 });
    expect(check(item)).toBe(toHex(node('east').id));
    const early = checkEvidence(backend, chain.get, context, item);
    expect(early).toEqual({ ok: false, code: 'evidence-invalid' });
  });

  test('has one form: what does not re-encode, or has a part too many, is none', () => {
    const item = twice('east');
    expect(decodeNodeEvidence(item)).toMatchObject({ kind: 'equivocation' });
    const parts = decode(item, item.length) as unknown[];
    for (const bad of [[...parts, 1], parts.slice(0, 1), ['fork', parts[1]], { kind: 'equivocation' }, 'x'])
      expect(decodeNodeEvidence(encode(bad))).toBeUndefined();
    expect(decodeNodeEvidence(new Uint8Array(17 * 1024 + 1))).toBeUndefined();
    for (let bit = 0; bit < item.length * 8; bit += 7) {
      const flipped = item.with(bit >> 3, (item[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      expect(apply([flipped]).ok).toBe(false);
    }
  });
});
