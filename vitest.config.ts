import { defineConfig } from 'vitest/config';

/** Exhaustive and slow ones, some 350 s together: `npm test` runs them, `npm run check` does not. */
const THOROUGH = [
  'tests/unit/gateway/gateway.test.ts',
  'tests/unit/gateway/intake.test.ts',
  'tests/unit/devnet/devnet.test.ts',
  'tests/unit/devnet/demo-steps.test.ts',
  'tests/unit/client/bundles.test.ts',
  'tests/unit/client/keyrings.test.ts',
  'tests/unit/crypto/keystore.test.ts',
  'tests/unit/crypto/distinguishers.test.ts',
  'tests/unit/records/importing.test.ts',
  'tests/unit/ledger/role-matrix.test.ts',
  'tests/property/crypto/digest.test.ts',
  'tests/unit/dashboard/idor.test.ts',
  'tests/unit/client/audit-bits.test.ts',
  'tests/unit/client/files.test.ts',
  'tests/unit/client/identity.test.ts',
  'tests/unit/client/emergency-release.test.ts',
  'tests/unit/client/fork-evidence.test.ts',
  'tests/unit/runtime/block-retention.test.ts',
  'tests/unit/client/members.test.ts',
  'tests/unit/client/receipts.test.ts',
  'tests/unit/client/resharing.test.ts',
  'tests/unit/cli/audit.test.ts',
  'tests/unit/cli/import-export.test.ts',
  'tests/unit/cli/export-files.test.ts',
  'tests/unit/gateway/soak.test.ts',
  'tests/unit/gateway/many-patients.test.ts',
  'tests/unit/gateway/live-enrolments.test.ts',
  'tests/unit/gateway/refusals.test.ts',
  'tests/unit/records/import-memory.test.ts',
  'tests/unit/ledger/sender-matrix.test.ts',
  'tests/unit/ledger/state-matrix.test.ts',
  'tests/unit/proxy/resharing.test.ts',
  'tests/unit/proxy/deposit-resharing.test.ts',
  'tests/unit/crypto/sub-dealing.test.ts',
  'tests/unit/crypto/account.test.ts',
  'tests/unit/crypto/bit-flips.test.ts',
  'tests/unit/crypto/fresh-keys.test.ts',
  'tests/unit/crypto/limits.test.ts',
  'tests/unit/crypto/line-coverage.test.ts',
  'tests/unit/crypto/stream-memory.test.ts',
  'tests/unit/dashboard/accounts.test.ts',
  'tests/unit/dashboard-app/reproducible.test.ts',
  'tests/property/crypto/fuzz.test.ts',
  'tests/property/ledger/membership.test.ts',
];

const project = (name: string, extra: object = {}) => ({
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    exclude: ['**/planted/**', ...THOROUGH],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    ...extra,
  },
});

/** One project per kind of test; `npm run check` runs the quick ones, `npm test` all of them. */
export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('property'),
      project('thorough', { include: THOROUGH, exclude: [] }),
      project('vectors'),
      project('contract'),
      project('sim', { testTimeout: 600_000 }),
      project('network', { testTimeout: 120_000, fileParallelism: false }),
      project('gates', { testTimeout: 300_000, fileParallelism: false }),
      project('e2e', { testTimeout: 600_000, hookTimeout: 300_000, fileParallelism: false }),
    ],
  },
});
