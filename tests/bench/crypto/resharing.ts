import { performance } from 'node:perf_hooks';
import {
  dealSubShares,
  deriveNodeKeys,
  isSubDealingOf,
  joinCommitments,
  joinDealtShares,
  openSubShares,
  sha256,
  utf8,
} from '#crypto';
import { createNativeBackend } from '#crypto/native';
import { commit, evaluate, randomPolynomial } from '../../../crypto/grant/polynomial.ts';
import { scalarToBytes } from '../../../crypto/scalar.ts';

/**
 * What a re-sharing from 3 of 4 holders to 4 of 5 costs one node, of a grant with 4 rekeys and of a deposit with 2 scalars:
 * `node tests/bench/crypto/resharing.ts [rounds]`. Milliseconds, the median of the rounds.
 */
const backend = await createNativeBackend();
const rounds = Number(process.argv[2] ?? 40);
const OLD = [1, 2, 3, 4];
const nodes = [1, 2, 3, 4, 5].map((index) => ({
  index,
  keys: deriveNodeKeys(backend, sha256(utf8(`node ${index}`))),
}));
const holders = nodes.map(({ index, keys }) => ({ id: keys.id, index, seal: keys.seal.publicKey }));
const context = { owner: sha256(utf8('owner')), epoch: 1 };

function median(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(2);
}

function measure(what: string, scalars: number): void {
  const polynomials = Array.from({ length: scalars }, (_, j) =>
    randomPolynomial(backend, BigInt(j + 7), 3, OLD),
  );
  const old = polynomials.map((polynomial) => commit(backend, polynomial));
  const times: Record<string, number[]> = { deal: [], check: [], open: [], join: [] };
  const timed = <T>(name: string, work: () => T): T => {
    const before = performance.now();
    const result = work();
    times[name]?.push(performance.now() - before);
    return result;
  };
  for (let round = 0; round < rounds; round += 1) {
    const deals = nodes.slice(0, 3).map(({ index: from, keys }) => {
      const shares = polynomials.map((polynomial) => scalarToBytes(evaluate(polynomial, from)));
      const dealer = { id: keys.id, index: from, secretKey: keys.validator.secretKey };
      const init = { ...context, dealer, shares, threshold: 4, holders };
      return { from, keys, ...timed('deal', () => dealSubShares(backend, init)) };
    });
    for (const { from, commitments } of deals) {
      const sub = { from, threshold: 4, commitments };
      if (!timed('check', () => isSubDealingOf(backend, old, sub))) throw new Error('not a deal');
    }
    const fifth = nodes.slice(4).map(({ index, keys }) => ({ id: keys.id, index, seal: keys.seal }));
    for (const holder of fifth) {
      const dealt = deals.map(({ from, keys, commitments, boxes }) => {
        const dealer = { id: keys.id, index: from, signPublicKey: keys.validator.publicKey };
        const box = boxes.find(({ index }) => index === holder.index)?.box ?? new Uint8Array(0);
        const init = { ...context, dealer, holder, count: scalars, commitments, box };
        return { from, shares: timed('open', () => openSubShares(backend, init)).shares };
      });
      timed('join', () => {
        const commitments = joinCommitments(backend, deals);
        return joinDealtShares(backend, { index: holder.index, commitments, dealt });
      });
    }
  }
  const line = Object.entries(times).map(([name, values]) => `${name} ${median(values)}`);
  process.stdout.write(`${what}: ${line.join(', ')} ms\n`);
}

measure('a grant of 4 rekeys', 4);
measure('a deposit of 2 scalars', 2);
