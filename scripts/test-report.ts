import { z } from 'zod';

/** What `npm test` counts: one for each gate, one for each test. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const VitestReport = z.object({
  numTotalTests: z.number().int().nonnegative(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['passed', 'failed', 'skipped', 'pending', 'todo']),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/**
 * Reads the JSON that vitest wrote and distrusts it: a file that broke before its tests, a run that ended badly though
 * every test passed, and a run without a test each count as one failure.
 */
export function tallyOf(report: unknown, exitCode: number): Tally {
  const parsed = VitestReport.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: 1, skipped: 0 };
  const { testResults } = parsed.data;
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const file of testResults) {
    const statuses = file.assertionResults.map(({ status }) => status);
    const failed = statuses.filter((status) => status === 'failed').length;
    tally.passed += statuses.filter((status) => status === 'passed').length;
    tally.failed += file.status === 'failed' && failed === 0 ? 1 : failed;
    tally.skipped += statuses.filter((status) => status !== 'passed' && status !== 'failed').length;
  }
  const endedBadly = exitCode !== 0 || !parsed.data.success;
  if (tally.failed === 0 && (endedBadly || tally.passed === 0)) tally.failed = 1;
  return tally;
}

export function addTallies(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** The last line of `npm test`, alone on its line. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
