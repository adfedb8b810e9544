import { CatchUp, SYNC_PATIENCE_MS, SYNC_REQUEST_TIMEOUT_MS, SYNC_SHUN_MS } from '#consensus/pbft';
import { expect, test } from 'vitest';

const FOUR = [0, 1, 2, 3];

test('one liar makes a node ask for proof, but not abstain', () => {
  const catchUp = new CatchUp(0, FOUR);
  catchUp.claim(2, 1_000);
  expect(catchUp.isBehind()).toBe(false);
  expect(catchUp.next(0)).toEqual({ validator: 2, from: 1 });
});

test('f+1 others beyond the height it works on make it abstain until it is there', () => {
  const catchUp = new CatchUp(0, FOUR);
  catchUp.claim(1, 2);
  catchUp.claim(2, 2);
  expect(catchUp.isBehind()).toBe(true);
  catchUp.reached(1, 10);
  expect(catchUp.isBehind()).toBe(false);
});

test('one request is under way at a time; silence or a lie passes it on', () => {
  const catchUp = new CatchUp(0, FOUR);
  catchUp.claim(1, 5);
  catchUp.claim(3, 5);
  expect(catchUp.next(0)).toEqual({ validator: 1, from: 1 });
  expect(catchUp.next(1)).toBeUndefined();
  expect(catchUp.next(SYNC_REQUEST_TIMEOUT_MS)).toEqual({ validator: 3, from: 1 });
  catchUp.failed(3, SYNC_REQUEST_TIMEOUT_MS);
  expect(catchUp.next(SYNC_REQUEST_TIMEOUT_MS + 1)).toEqual({ validator: 1, from: 1 });
});

test('a peer that gives little and late is asked in its turn only', () => {
  const catchUp = new CatchUp(0, FOUR);
  const slow = 2;
  let nowMs = 0;
  let head = 0;
  for (const peer of [1, 2, 3]) catchUp.claim(peer, 1_000_000);
  while (head < 64 * 20) {
    const { validator } = catchUp.next(nowMs)!;
    // just in time to be asked again, were it not for the others
    nowMs += validator === slow ? SYNC_REQUEST_TIMEOUT_MS - 1 : 100;
    head += validator === slow ? 1 : 64;
    catchUp.reached(head, nowMs);
  }
  expect(nowMs).toBeLessThan(11 * SYNC_REQUEST_TIMEOUT_MS);
});

test('who failed is left out for a while, unless nobody else is ahead', () => {
  const catchUp = new CatchUp(0, FOUR);
  for (const peer of [1, 2, 3]) catchUp.claim(peer, 1_000);
  expect(catchUp.next(0)?.validator).toBe(1);
  catchUp.failed(1, 0);
  const asked = Array.from({ length: 4 }, (_, i) => {
    const request = catchUp.next(i);
    catchUp.reached(i + 1, i);
    return request?.validator;
  });
  expect(asked).toEqual([2, 3, 2, 3]);
  catchUp.claim(2, 0);
  catchUp.claim(3, 0);
  expect(catchUp.next(10)?.validator).toBe(1);
  for (const peer of [2, 3]) catchUp.claim(peer, 1_000);
  catchUp.reached(5, SYNC_SHUN_MS);
  expect(catchUp.next(SYNC_SHUN_MS)?.validator).toBe(2);
  catchUp.reached(6, SYNC_SHUN_MS + 1);
  expect(catchUp.next(SYNC_SHUN_MS + 1)?.validator).toBe(3);
  catchUp.reached(7, SYNC_SHUN_MS + 2);
  expect(catchUp.next(SYNC_SHUN_MS + 2)?.validator).toBe(1);
});

test('a clock that was set back does not keep it waiting for a peer that is gone', () => {
  const catchUp = new CatchUp(0, FOUR);
  const hourMs = 3_600_000;
  catchUp.reached(1, hourMs);
  catchUp.claim(1, 5);
  catchUp.claim(2, 2);
  expect(catchUp.next(hourMs)?.validator).toBe(1);
  expect(catchUp.next(0)).toEqual({ validator: 2, from: 2 });
});

test('being one block behind is the ordinary course of votes, for a while', () => {
  const catchUp = new CatchUp(0, FOUR);
  catchUp.reached(7, 100);
  catchUp.claim(1, 8);
  expect(catchUp.next(101)).toBeUndefined();
  expect(catchUp.next(100 + SYNC_PATIENCE_MS)).toEqual({ validator: 1, from: 8 });
});

test('who joined since and who left say nothing about being behind, but can be asked', () => {
  const catchUp = new CatchUp(0, FOUR);
  catchUp.claim(4, 9);
  catchUp.claim(5, 9);
  expect(catchUp.isBehind()).toBe(false);
  expect(catchUp.next(0)).toEqual({ validator: 4, from: 1 });
  catchUp.setVoters([0, 3, 4, 5]);
  expect(catchUp.isBehind()).toBe(true);
  catchUp.setVoters(FOUR);
  expect(catchUp.isBehind()).toBe(false);
});
