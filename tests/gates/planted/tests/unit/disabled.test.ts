// expected: vitest(no-disabled-tests)
import { expect, it } from 'vitest';

it.skip('is left out', () => {
  expect(1).toBe(1);
});
