// expected: nothing
import { expect, it } from 'vitest';
import { quorum } from '../../consensus/control.ts';

it('reaches into any room', () => {
  expect(quorum(4)).toBe(3);
});
