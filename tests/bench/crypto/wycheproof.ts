/**
 * The Wycheproof suites of the primitives that the scheme stands on, over a folder with their `*_test.json`
 * (testvectors_v1 of C2SP/wycheproof, with ML-KEM, or the older ones that `npm test` brings from Debian).
 * Run: `node tests/bench/crypto/wycheproof.ts <folder>`; exit code 1 when a verdict differs or a suite is missing.
 */
import { runSuite, suiteFile, SUITES } from '../../vectors/crypto/wycheproof-suites.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('the folder with the suites is the argument');
let wrong = 0;
for (const [name, suite] of Object.entries(SUITES)) {
  const path = suiteFile(folder, suite);
  if (path === undefined) {
    console.error(`${name}: not in the folder`);
    wrong++;
    continue;
  }
  const { right, acceptable, outside, faults } = await runSuite(suite, path);
  for (const fault of faults) console.error(`${name} ${fault}`);
  wrong += faults.length;
  console.log(`${name}: ${right} as expected, ${acceptable} acceptable, ${outside} of other parameters`);
}
console.log(wrong === 0 ? 'no verdict differs' : `${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
