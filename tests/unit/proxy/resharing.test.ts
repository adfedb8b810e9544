import { describe, expect, test } from 'vitest';
import { convert, DOMAIN, encode, signTagged, toHex, verifyConversion } from '#crypto';
import {
  decodeTransaction,
  readDeal,
  readInstitution,
  readItem,
  readResharing,
  RESHARE_WINDOW_MS,
} from '#consensus/ledger';
import type { UnverifiedProxyAnswer } from '#node/client';
import { backend, node, person } from '../ledger/consortium.ts';
import { ResharingWorld } from './resharing-world.ts';

const FOUR = ['north', 'east', 'south', 'west'] as const;
const FIVE = [...FOUR, 'fifth'] as const;
const OPENED = 'plaintext of vital';
const names = (ids: readonly { node: Uint8Array }[]): string[] =>
  ids.map((one) => FIVE.find((name) => toHex(node(name).id) === toHex(one.node)) ?? 'nobody').toSorted();

async function grown(): Promise<ResharingWorld> {
  const scene = await ResharingWorld.create();
  scene.join('fifth', 'west', 'north', 'east');
  return scene;
}

describe('after a fifth institution has joined', () => {
  test('it serves a grant made before, with as many others as the new threshold asks, and no constant changed', async () => {
    const scene = await grown();
    const before = scene.grant;
    expect(await scene.open('north', 'east', 'south')).toBe(OPENED);
    const banked = scene.world.access(['vital']);
    await scene.settle(...FIVE);
    expect(scene.answers.every((answer) => answer === 'ok')).toBe(true);
    const { grant } = scene;
    expect([before.threshold, grant.threshold]).toEqual([3, 4]);
    expect(names(grant.shares)).toEqual([...FIVE].toSorted());
    expect(grant.rekeys.map(({ X, commitments }) => [X, commitments[0]])).toEqual(
      before.rekeys.map(({ X, commitments }) => [X, commitments[0]]),
    );
    for (const [j, { commitments }] of grant.rekeys.entries()) {
      expect(commitments).toHaveLength(4);
      expect(commitments[1]).not.toEqual(before.rekeys[j]?.commitments[1]);
    }
    expect(readResharing(scene.world.chain.get, grant.id)).toBeUndefined();
    expect(await scene.open('fifth', 'east', 'south', 'west')).toBe(OPENED);
    expect(await scene.open('north', 'fifth', 'west', 'east')).toBe(OPENED);
    // Three, enough before, are too few now; and what was asked for before is asked for again.
    expect(await scene.open('north', 'east', 'south')).toBe('not the threshold');
    for (const name of FIVE) expect(await scene.world.ask(name, banked)).toBe('access-too-old');
  });

  test('what a holder had before is no share any more: its conversion is false, and nobody else is framed by it', async () => {
    const scene = await grown();
    const [old] = [scene.shares('north')];
    await scene.settle(...FIVE);
    const { grant, world } = scene;
    const access = world.access(['vital']);
    const answer = await world.ask('north', access);
    if (typeof answer === 'string') throw new Error(answer);
    const E = answer.items[0]!.E;
    const context = {
      chainId: world.chain.chainId,
      grantId: grant.id,
      rekey: world.rekey,
      recordId: world.recordId('vital'),
      slot: 0,
      delegate: person('bob').id,
      accessId: access,
      height: world.chain.height,
    };
    const rekey = grant.rekeys[world.rekey]!;
    const index = scene.index('north');
    const proven = (share: Uint8Array): boolean => {
      const conversion = convert(backend, { share, E, index, context });
      return verifyConversion(backend, { rekey, E, conversion, context });
    };
    expect(proven(old[world.rekey]!)).toBe(false);
    const { point, proof } = answer.items[0]!;
    expect(verifyConversion(backend, { rekey, E, conversion: { index, point, proof }, context })).toBe(true);
  });

  test('an honest answer from before convicts nobody afterwards, and a false one to a request since then does', async () => {
    const scene = await grown();
    const { world } = scene;
    const report = (answer: Pick<UnverifiedProxyAnswer, 'payload' | 'signature'>): string => {
      const { payload, signature } = answer;
      return world.chain.send('bob', 'evidence.proxy', { payload, signature, item: 0 });
    };
    const answerOf = async (name: 'north' | 'east'): Promise<UnverifiedProxyAnswer> => {
      const answer = await world.ask(name, world.access(['vital']));
      if (typeof answer === 'string') throw new Error(answer);
      return answer;
    };
    const before = await answerOf('north');
    expect(report(before)).toBe('evidence-invalid');
    await scene.settle(...FIVE);
    // By today's commitments its proof fails, and that says nothing about who gave it.
    expect(report(before)).toBe('evidence-invalid');
    const { access, node: id, index, height, items } = await answerOf('east');
    const wrong = items.map(({ item, E, point, proof }) => ({ item, E, point, proof: proof.toReversed() }));
    const payload = encode({ access, node: id, index, height, items: wrong });
    const signature = signTagged(backend, DOMAIN.proxyResponse, payload, node('east').validator.secretKey);
    expect(report({ payload, signature })).toBe('ok');
  });

  test('a holder that is away does not stop it: a quorum settles when the time to object is over, and it has its share later', async () => {
    const scene = await grown();
    await scene.settle('east', 'south', 'west', 'fifth');
    expect(scene.grant.threshold).toBe(3);
    expect(readResharing(scene.world.chain.get, scene.grant.id)?.confirmations).toHaveLength(4);
    // Until then the holders of before serve.
    expect(await scene.open('east', 'south', 'west')).toBe(OPENED);
    scene.world.chain.timeMs += RESHARE_WINDOW_MS;
    await scene.settle('fifth');
    expect(scene.grant.threshold).toBe(4);
    expect(names(scene.grant.dealers)).toEqual(['east', 'south', 'west']);
    expect(await scene.open('north', 'fifth', 'south', 'west')).toBe(OPENED);
  });

  test('a dealer that gives one member something false is passed over by all', async () => {
    const scene = await grown();
    const shares = scene.shares('north');
    const [honest, other] = [scene.deal('north', shares), scene.deal('north', shares)];
    const isFifth = ({ node: id }: { node: Uint8Array }): boolean => toHex(id) === toHex(node('fifth').id);
    const boxes = honest.boxes.map((box) => (isFifth(box) ? other.boxes.find(isFifth)! : box));
    expect(scene.send('north', 'reshare.deal', { ...honest, boxes })).toBe('ok');
    await scene.settle('east', 'south', 'west', 'north', 'fifth');
    expect(scene.grant.threshold).toBe(4);
    expect(names(scene.grant.dealers)).toEqual(['east', 'south', 'west']);
    expect(await scene.open('fifth', 'east', 'south', 'west')).toBe(OPENED);
  });

  test('a member that objects to an honest dealer changes the choice at most, and holds up nothing', async () => {
    const scene = await grown();
    await scene.turn(...FOUR);
    const { deals = [] } = readResharing(scene.world.chain.get, scene.grant.id) ?? {};
    expect(deals).toHaveLength(4);
    const named = deals.slice(1);
    const { number } = { number: readDeal(scene.world.chain.get, deals[0]!)!.epoch };
    expect(
      scene.send('west', 'reshare.confirm', { owner: scene.grant.id, epoch: number, deals: named }),
    ).toBe('ok');
    await scene.settle(...FOUR.slice(0, 3), 'fifth');
    scene.world.chain.timeMs += RESHARE_WINDOW_MS;
    await scene.settle('east');
    expect(scene.grant.threshold).toBe(4);
    expect(await scene.open('fifth', 'east', 'south', 'north')).toBe(OPENED);
  });

  test('a dealer that was killed goes on from the ledger: it deals once, and confirms what it dealt', async () => {
    const scene = await grown();
    await scene.turn('north', 'east');
    scene.kill('north');
    scene.kill('east');
    await scene.settle(...FIVE);
    const { get } = scene.world.chain;
    const dealt = [0, 1, 2, 3, 4].map((i) => readItem(get, 'deals-of', scene.grant.id, i));
    expect(dealt.filter((id) => id !== undefined)).toHaveLength(4);
    expect(scene.answers.filter((answer) => answer !== 'ok')).toEqual([]);
    expect(await scene.open('fifth', 'north', 'south', 'west')).toBe(OPENED);
  });
});

describe('the ledger refuses', () => {
  test('a deal of something else, twice, by who holds nothing, for another epoch, or when nothing changed', async () => {
    const still = await ResharingWorld.create();
    const early = {
      owner: still.grant.id,
      epoch: 1,
      commitments: [[node('west').id]],
      boxes: [{ node: node('west').id, box: still.grant.terms }],
    };
    expect(still.send('north', 'reshare.deal', early)).toBe('reshare-not-due');
    const scene = await grown();
    const [mine, others] = [scene.shares('north'), scene.shares('east')];
    expect(scene.send('north', 'reshare.deal', scene.deal('north', others))).toBe('commitments-wrong');
    const deal = scene.deal('north', mine);
    const short = deal.commitments.map((list) => list.slice(1));
    expect(scene.send('north', 'reshare.deal', { ...deal, commitments: short })).toBe('commitments-wrong');
    expect(scene.send('north', 'reshare.deal', { ...deal, commitments: deal.commitments.slice(1) })).toBe(
      'commitments-wrong',
    );
    expect(scene.send('north', 'reshare.deal', { ...deal, boxes: deal.boxes.slice(1) })).toBe('shares-wrong');
    expect(scene.send('north', 'reshare.deal', { ...deal, epoch: 2 })).toBe('reshare-not-due');
    // Another node cannot pass on what is north's: the constants are those of north's index.
    expect(scene.send('east', 'reshare.deal', deal)).toBe('commitments-wrong');
    expect(scene.send('fifth', 'reshare.deal', scene.deal('fifth', mine))).toBe('not-a-holder');
    expect(scene.send('stranger', 'reshare.deal', deal)).toBe('sender-unknown');
    expect(scene.send('north', 'reshare.deal', deal)).toBe('ok');
    expect(scene.send('north', 'reshare.deal', scene.deal('north', mine))).toBe('already-decided-by-sender');
    scene.world.chain.must('maria', 'grant.revoke', { grant: scene.grant.id });
    expect(scene.send('east', 'reshare.deal', scene.deal('east', others))).toBe('reshare-not-due');
  });

  test('a confirmation of too few deals, of none that is there, out of order, or said twice in time', async () => {
    const scene = await grown();
    const grant = scene.grant.id;
    const say = (deals: Uint8Array[]): string =>
      scene.send('west', 'reshare.confirm', { owner: grant, epoch: 1, deals });
    expect(say([grant])).toBe('reshare-unknown');
    for (const name of FOUR)
      expect(scene.send(name, 'reshare.deal', scene.deal(name, scene.shares(name)))).toBe('ok');
    const { deals } = readResharing(scene.world.chain.get, grant)!;
    expect(say(deals.slice(0, 2))).toBe('threshold-wrong');
    expect(say(deals)).toBe('threshold-wrong');
    expect(say([deals[1]!, deals[0]!, deals[2]!])).toBe('reshare-unknown');
    expect(say([deals[0]!, deals[0]!, deals[2]!])).toBe('reshare-unknown');
    expect(say([deals[0]!, deals[1]!, grant])).toBe('reshare-unknown');
    expect(say(deals.slice(1))).toBe('ok');
    expect(say(deals.slice(1))).toBe('already-decided-by-sender');
    expect(say(deals.slice(0, 3))).toBe('ok');
    expect(readResharing(scene.world.chain.get, grant)!.confirmations).toHaveLength(1);
  });

  test('a person who says it is a node, and a node that says it is a person', async () => {
    const scene = await grown();
    const { chain } = scene.world;
    const body = { owner: scene.grant.id, epoch: 1, deals: [scene.grant.id] };
    expect(chain.send('north-admin-1', 'reshare.confirm', body)).toBe('role-not-allowed');
    const forged = chain.sign('maria', 'reshare.confirm', body, { sender: node('north').id, nonce: 0 });
    expect(decodeTransaction(forged).transaction.sender).toEqual(node('north').id);
    expect(chain.apply(forged)).toBe('signature-invalid');
    expect(
      chain.send('maria', 'grant.revoke', { grant: scene.grant.id }, { sender: node('north').id, nonce: 0 }),
    ).toBe('sender-unknown');
  });
});

describe('after an institution has left', () => {
  test('those who stayed hold all of it: a delegate opens with one holder gone and another down', async () => {
    const scene = await grown();
    await scene.settle(...FIVE);
    scene.leave('north', 'west', 'east', 'south', 'fifth');
    const staying = FIVE.filter((name) => name !== 'north');
    await scene.settle(...staying);
    const { grant } = scene;
    expect(grant.threshold).toBe(3);
    expect(names(grant.shares)).toEqual([...staying].toSorted());
    for (const down of staying) {
      const up = staying.filter((name) => name !== down);
      expect(await scene.open(...up)).toBe(OPENED);
    }
    // Who left holds no share that counts, and deals no more.
    expect(await scene.open('north')).toBe('no-share');
    expect(readInstitution(scene.world.chain.get, node('north').id)?.untilHeight).not.toBeNull();
  });

  test('and was lost with its disk: another in its place serves what it served', async () => {
    const scene = await ResharingWorld.create();
    scene.join('fifth', 'west', 'south', 'east');
    scene.leave('north', 'west', 'south', 'east', 'fifth');
    // North never dealt: the three others are the threshold.
    await scene.settle('east', 'south', 'west', 'fifth');
    expect(scene.grant.threshold).toBe(3);
    expect(names(scene.grant.shares)).toEqual(['east', 'fifth', 'south', 'west']);
    expect(await scene.open('fifth', 'east', 'west')).toBe(OPENED);
  });

  test('before it was done for an epoch, deals for that epoch are of no use in the next', async () => {
    const scene = await grown();
    await scene.turn('north', 'east', 'south');
    const early = readResharing(scene.world.chain.get, scene.grant.id)!;
    expect(early.deals).toHaveLength(3);
    scene.leave('north', 'west', 'east', 'south', 'fifth');
    const body = { owner: scene.grant.id, epoch: 1, deals: early.deals };
    expect(scene.send('west', 'reshare.confirm', body)).toBe('reshare-not-due');
    expect(scene.send('west', 'reshare.confirm', { ...body, epoch: 2 })).toBe('reshare-unknown');
    await scene.settle('east', 'south', 'west', 'fifth');
    expect(scene.grant).toMatchObject({ threshold: 3, epoch: 2 });
    expect(await scene.open('fifth', 'east', 'west')).toBe(OPENED);
  });
});
