import { createHash } from 'node:crypto';
import { loadavg } from 'node:os';
import { deriveCompartment, delegateCompartment, sha256, toHex, utf8 } from '#crypto';
import type { DelegateCompartment } from '#crypto';
import { applyTransactions, readNonce, signTransaction, verifyHead, verifyProof } from '#consensus/ledger';
import type { LedgerState } from '#consensus/ledger';
import { deviceAnswer, purposeCommitment, STATE_KEYS_MAX, verifyReceipt } from '#node/client';
import type { Hit, UploadRecord } from '#node/client';
import type { Connection } from '../../node/client/connection.ts';
import { search } from '../../node/client/search.ts';
import { NOVEMBER, openClinic, readings } from '../unit/client/clinic.ts';
import type { Clinic } from '../unit/client/clinic.ts';

/**
 * Search, receipts and growth of the ledger, in one run and one process (no network, no HTTP):
 *
 *   node tests/bench/search.ts [postings, default 100000] [searches for each figure, default 200]
 *
 * "Plain" walks the same lanes in a node's own state; "proven" is what a client does: every page is one multi-proof
 * under a certified head, made and verified. The index is filled with entries of other patients.
 */
const POSTINGS = Number(process.argv[2] ?? 100_000);
const RUNS = Number(process.argv[3] ?? 200);
const HITS = [1, 10, 300] as const;
const RECORDS = 300;
const GROWTH_RECORDS = 64;
const ACCESSES = 50;
const TEN_YEARS_MONTHS = 120;
const WRITERS = 8;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const at = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
function figures(samples: readonly number[]): string {
  const sorted = samples.toSorted((a, b) => a - b);
  return `p50 ${at(sorted, 0.5).toFixed(2)} ms, p95 ${at(sorted, 0.95).toFixed(2)} ms`;
}
async function sampled(runs: number, work: () => unknown): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < runs; i += 1) {
    const startMs = performance.now();
    await work();
    samples.push(performance.now() - startMs);
  }
  return samples;
}
const load = (): string =>
  loadavg()
    .map((one) => one.toFixed(1))
    .join(' ');

/** Readings of which each carries the words `hits1`, `hits10`, `hits300` as often as they say. */
function marked(): UploadRecord[] {
  return readings(RECORDS).map((record, i) => ({
    ...record,
    keywords: [...record.keywords, ...HITS.filter((count) => i < count).map((count) => `hits${count}`)],
  }));
}

/** Index entries of patients whom nobody searches here: tags and values are hashes, as real ones are. */
function fill(state: LedgerState, postings: number): LedgerState {
  const numbered = (label: string, i: number): Uint8Array =>
    new Uint8Array(createHash('sha256').update(`${label}${i}`).digest());
  let filled = state;
  for (let from = 0; from < postings; from += 10_000) {
    const count = Math.min(10_000, postings - from);
    filled = filled.with(
      Array.from(
        { length: count },
        (_, i) => [numbered('posting', from + i), numbered('record', from + i)] as const,
      ),
    );
  }
  return filled;
}

/** A connection that reads one state without a network: with the proofs that a client demands, or without. */
function reader(clinic: Clinic, proven: boolean) {
  const { network } = clinic;
  const head = network.heads.at(-1);
  if (!head) throw new Error('no head');
  const spent = { proofBytes: 0, requests: 0 };
  const read = (keys: readonly Uint8Array[]) => {
    const values = new Map<string, Uint8Array | undefined>();
    for (let i = 0; i < keys.length; i += STATE_KEYS_MAX) {
      const part = keys.slice(i, i + STATE_KEYS_MAX);
      if (proven) {
        const proof = network.state.prove(part);
        const { stateRoot } = verifyHead(network.backend, network.genesis, head.header, head.certificate);
        for (const [key, value] of verifyProof(stateRoot, proof, part)) values.set(key, value);
        spent.proofBytes += proof.length + head.header.length + head.certificate.length;
        spent.requests += 1;
      } else for (const key of part) values.set(toHex(key), network.state.get(key));
    }
    return Promise.resolve({ height: network.height, get: (key: Uint8Array) => values.get(toHex(key)) });
  };
  const connection = { state: { read } } as unknown as Connection;
  return { connection, spent };
}

async function searches(
  clinic: Clinic,
  compartments: readonly DelegateCompartment[],
): Promise<readonly Hit[]> {
  const patient = clinic.maria.keys.id;
  let all: readonly Hit[] = [];
  for (const count of HITS) {
    const runs = count === 300 ? Math.max(20, Math.floor(RUNS / 5)) : RUNS;
    const [plain, proven] = [reader(clinic, false), reader(clinic, true)];
    const once = ({ connection }: typeof plain) =>
      search(connection, { patient, compartments, keywords: [`hits${count}`] });
    const found = await once(proven);
    if (found.hits.length !== count || !found.complete) throw new Error('the search is not complete');
    all = found.hits;
    const { proofBytes, requests } = { ...proven.spent };
    const [without, withProofs] = [
      await sampled(runs, () => once(plain)),
      await sampled(runs, () => once(proven)),
    ];
    print(
      `${count} hits   plain: ${figures(without)}   proven: ${figures(withProofs)}   ${proofBytes} bytes in ${requests} answers`,
    );
  }
  return all;
}

async function tenYears(clinic: Clinic): Promise<void> {
  const compartments = Array.from({ length: TEN_YEARS_MONTHS }, (_, i) =>
    delegateCompartment(
      deriveCompartment(clinic.network.backend, sha256(utf8(`generation ${i}`)), {
        category: 'vital-signs',
        generation: 0,
        period: `${2017 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}`,
      }),
    ),
  );
  const { connection, spent } = reader(clinic, true);
  const patient = clinic.maria.keys.id;
  const { lanes, complete } = await search(connection, { patient, compartments, keywords: 'heart' });
  if (!complete) throw new Error('the search is not complete');
  print(`ten years, ${lanes} lanes, no hit: ${spent.proofBytes} bytes in ${spent.requests} answers`);
}

/** Devices that wrote once: every one is a lane of its own in every compartment that is searched. */
async function moreWriters({ network, maria }: Clinic): Promise<void> {
  for (let i = 0; i < WRITERS; i += 1) {
    const keys = network.person(`device ${i}`);
    const { backend, chainId } = maria;
    const answer = deviceAnswer(backend, { chainId, patient: maria.keys.id }, keys);
    const init = { ...answer, categories: ['vital-signs'], months: [NOVEMBER] };
    await maria.care.enrolDevice(init);
    const device = network.client(keys);
    await device.care.fetchKeys(maria.keys.id);
    await device.records.upload({ patient: maria.keys.id, records: readings(1) });
  }
}

async function growth(clinic: Clinic): Promise<void> {
  const { network, maria } = clinic;
  const bytesOf = (state: LedgerState): { bytes: number; entries: number } => {
    let [bytes, entries] = [0, 0];
    for (const [key, value] of state.entries()) {
      bytes += key.length + value.length;
      entries += 1;
    }
    return { bytes, entries };
  };
  const before = bytesOf(network.state);
  const blocks = network.chain.length;
  const records = readings(GROWTH_RECORDS, Date.UTC(2026, 10, 25), 9);
  await maria.records.upload({ patient: maria.keys.id, records });
  const after = bytesOf(network.state);
  const chain = network.chain.slice(blocks).reduce((sum, { block }) => sum + block.length, 0);
  const words = records.reduce((sum, { keywords }) => sum + keywords.length, 0) / records.length;
  const per = (total: number): string => (total / GROWTH_RECORDS).toFixed(0);
  print(
    `a record with ${words.toFixed(1)} words, ${GROWTH_RECORDS} at once: chain ${per(chain)} bytes, state ${per(after.bytes - before.bytes)} bytes in ${((after.entries - before.entries) / GROWTH_RECORDS).toFixed(1)} entries`,
  );
}

async function accesses(
  clinic: Clinic,
  grant: Uint8Array,
  rekey: number,
  hits: readonly Hit[],
): Promise<void> {
  const { network, bob } = clinic;
  const { backend, genesis, chainId } = network;
  const first = readNonce((key) => network.state.get(key), bob.keys.id);
  const wires = Array.from({ length: 1000 }, (_, i) => {
    const items = hits
      .slice(i % 200, (i % 200) + 1)
      .map(({ recordId }) => ({ record: recordId, slot: 0, rekey }));
    const body = { grant, items, purpose: purposeCommitment(backend.random(32), 'TREAT') };
    const envelope = {
      version: 1,
      chainId,
      sender: bob.keys.id,
      nonce: first + i,
      expiresAtHeight: network.height + 100,
    } as const;
    return signTransaction(backend, { ...envelope, kind: 'access.request', body }, bob.keys.sign.secretKey);
  });
  const startMs = performance.now();
  const context = { chainId, genesis, height: network.height + 1, timeMs: network.timeMs + 1 };
  const applied = applyTransactions(backend, network.state, context, wires);
  const seconds = (performance.now() - startMs) / 1000;
  if (!applied.ok) throw new Error(applied.code);
  print(
    `access requests, verified and applied by one node in one block of ${wires.length}: ${(wires.length / seconds).toFixed(0)} per second`,
  );
  for (const count of [1, 10, 100]) {
    let receipt = new Uint8Array();
    const opened = await sampled(count === 1 ? ACCESSES : 10, async () => {
      const shared = await bob.sharing.openShared({ grant, hits: hits.slice(0, count) });
      receipt = new Uint8Array(shared.receipts[0] ?? receipt);
      if (shared.records.length !== count) throw new Error('not everything was opened');
    });
    const verified = await sampled(20, () => verifyReceipt(backend, network.genesisBytes, receipt));
    print(
      `${count} records opened by a delegate, 4 proxies in this very process: ${figures(opened)}; first of ${Math.ceil(count / 64)} receipts ${receipt.length} bytes, verified in ${figures(verified)}`,
    );
  }
}

print(`${POSTINGS} postings, ${RUNS} searches, Node ${process.version}, load ${load()}`);
const clinic = await openClinic();
const { network, maria, alice, bob } = clinic;
await maria.records.upload({ patient: maria.keys.id, records: marked() });
const { grant } = await alice.sharing.grant({
  patient: maria.keys.id,
  delegate: bob.keys.id,
  categories: ['vital-signs'],
  months: [NOVEMBER],
  purpose: 'TREAT',
  expiresAtMs: network.timeMs + 86_400_000,
});
const { terms } = await bob.sharing.open(grant);
await growth(clinic);
network.state = fill(network.state, POSTINGS);
// One more block certifies the filled state.
network.commit([]);
const hits = await searches(
  clinic,
  terms.compartments.map(({ compartment }) => compartment),
);
await tenYears(clinic);
await moreWriters(clinic);
await tenYears(clinic);
await accesses(clinic, grant, terms.compartments[0]?.rekey ?? -1, hits);
print(`load at the end ${load()}, ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
