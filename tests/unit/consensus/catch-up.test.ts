import { CatchUp, SYNC_PATIENCE_MS, SYNC_REQUEST_TIMEOUT_MS } from '#consensus/pbft';
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
  catchUp.failed(3);
  expect(catchUp.next(SYNC_REQUEST_TIMEOUT_MS + 1)).toEqual({ validator: 1, from: 1 });
});

test('the peer that gave blocks is asked for more', () => {
  const catchUp = new CatchUp(0, FOUR);
  catchUp.claim(1, 9);
  catchUp.claim(3, 9);
  catchUp.next(0);
  catchUp.next(SYNC_REQUEST_TIMEOUT_MS);
  catchUp.reached(4, SYNC_REQUEST_TIMEOUT_MS + 5);
  expect(catchUp.next(SYNC_REQUEST_TIMEOUT_MS + 6)).toEqual({ validator: 3, from: 5 });
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
