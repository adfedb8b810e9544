import { expect, test } from 'vitest';
import { person } from '../ledger/consortium.ts';
import { ProxyWorld } from './proxy-world.ts';

test('converts nothing of an erased record, for a request that was committed before it was erased', async () => {
  const world = await ProxyWorld.create();
  const access = world.access(['vital']);
  expect(typeof (await world.ask('east', access))).toBe('object');
  const body = { patient: person('maria').id, records: [world.recordId('vital')] };
  world.chain.must('maria', 'record.erase', body);
  world.nowMs = world.chain.timeMs;
  expect(await world.ask('east', access)).toBe('record-unknown');
});

test('converts nothing of a patient who was erased, whatever was committed before, and nothing more is asked', async () => {
  const world = await ProxyWorld.create();
  const access = world.access(['vital']);
  world.chain.must('maria', 'person.erase', { patient: person('maria').id });
  world.nowMs = world.chain.timeMs;
  expect(await world.ask('east', access)).toBe('record-unknown');
  expect(() => world.access(['vital'])).toThrow('person-not-active');
});

test('converts what a writer anchored before she had new keys', async () => {
  const world = await ProxyWorld.create();
  world.chain.must('alice', 'person.rotate-keys', world.chain.keyChange('alice', 'alice 2'));
  world.nowMs = world.chain.timeMs;
  const access = world.access(['vital']);
  expect(await world.ask('east', access)).toMatchObject({ items: [{ item: 0 }] });
});
