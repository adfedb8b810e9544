// expected: vitest(no-focused-tests)
import { expect, it } from 'vitest';

it.only('is the only one', () => {
  expect(1).toBe(1);
});
