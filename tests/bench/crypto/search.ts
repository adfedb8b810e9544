import { bls12_381 } from '@noble/curves/bls12-381.js';
import { keywordKey, searchTag, toHex, utf8, type Backend } from '#crypto';
import { ms, printTable, times } from './measure.ts';

const { G1, G2 } = bls12_381;

/**
 * One search over `records` ciphertexts of PEKS (Boneh et al. 2004, BLS12-381): a pairing each. A sample is measured
 * and multiplied; the line of the table says so.
 */
function peksMsPerRecord(sample: number): number {
  const secret = 0x1234_5678_9abc_def0_1234_5678_9abc_def0n;
  const point = G1.Point.fromAffine(G1.hashToCurve(utf8('loinc:4548-4')).toAffine());
  const trapdoor = point.multiply(secret);
  const ciphertexts = Array.from({ length: sample }, (_, i) => {
    const r = 0xfedc_ba98_7654_3210n * BigInt(i + 3);
    return {
      A: G2.Point.BASE.multiply(r),
      key: bls12_381.pairing(point, G2.Point.BASE.multiply(secret * r)),
    };
  });
  const start = performance.now();
  for (const { A, key } of ciphertexts) {
    if (!bls12_381.fields.Fp12.eql(bls12_381.pairing(trapdoor, A), key))
      throw new Error('PEKS lost a record');
  }
  return (performance.now() - start) / sample;
}

/** Our search among `records` tags with `hits` of them: one keyword key, tags until the first miss, map reads. */
function oursMs(backend: Backend, records: number, hits: number): number {
  const lane = backend.random(32);
  const index = new Map<string, number>();
  const wanted = keywordKey(lane, 'loinc:4548-4');
  for (let n = 0; n < hits; n++) index.set(toHex(searchTag(wanted, n)), n);
  while (index.size < records) index.set(toHex(backend.random(16)), index.size);
  const runs = 200;
  const start = performance.now();
  for (let run = 0; run < runs; run++) {
    const key = keywordKey(lane, 'loinc:4548-4');
    let n = 0;
    while (index.has(toHex(searchTag(key, n)))) n++;
    if (n !== hits) throw new Error('the search lost a record');
  }
  return (performance.now() - start) / runs;
}

export function benchSearch(backend: Backend): void {
  const perRecord = peksMsPerRecord(60);
  const rows = [1000, 10_000].map((records) => {
    const [peks, own] = [perRecord * records, oursMs(backend, records, 10)];
    return [String(records), ms(peks), ms(own), times(peks / own)];
  });
  printTable(
    `Search for one keyword with 10 hits, without proofs (PEKS: ${ms(perRecord)} ms a record over 60, multiplied)`,
    ['records', 'PEKS ms', 'ours ms', 'faster by'],
    rows,
  );
}
