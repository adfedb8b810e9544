/**
 * The collusion drill of the scheme, to watch: any number of proxies put their shares together with the delegate's
 * secret key, and get the one compartment that he was granted; nothing else opens. Run: `node examples/collusion.ts`.
 */
import {
  decodeRecordHeader,
  deriveCompartment,
  deriveNodeKeys,
  derivePersonKeys,
  canOpen,
  createGrant,
  equalBytes,
  hashToScalar,
  DOMAIN,
  openShares,
  openTerms,
  sealRecord,
  toHex,
  uint32,
  utf8,
  writerKit,
  type Compartment,
} from '#crypto';
import { createNativeBackend } from '#crypto/native';

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const modulo = (value: bigint) => ((value % ORDER) + ORDER) % ORDER;
const toInteger = (bytes: Uint8Array) => BigInt(`0x${toHex(Uint8Array.from(bytes).toReversed())}`);
const toScalar = (value: bigint) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((modulo(value) >> BigInt(8 * i)) & 0xffn));

/** value^-1 mod the group order, by Fermat. */
function inverse(value: bigint): bigint {
  let [result, base, exponent] = [1n, modulo(value), ORDER - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = modulo(result * base);
    base = modulo(base * base);
  }
  return result;
}

/** Lagrange at zero over the shares that the colluders hold. */
function interpolate(shares: readonly (readonly [index: bigint, share: bigint])[]): bigint {
  return shares.reduce((total, [i, share]) => {
    const others = shares.filter(([j]) => j !== i);
    const lambda = others.reduce((product, [j]) => modulo(product * j * inverse(j - i)), 1n);
    return modulo(total + lambda * share);
  }, 0n);
}

const backend = await createNativeBackend();
const random = () => backend.random(32);
const [patient, alice, bob, writer] = [1, 2, 3, 4].map(() => derivePersonKeys(backend, random()));
if (!patient || !alice || !bob || !writer) throw new Error('unreachable');
const nodes = Array.from({ length: 4 }, () => deriveNodeKeys(backend, random()));
const seeds = { laboratory: random(), imaging: random(), next: random() };
const [THRESHOLD, CHAIN] = [3, random()];

const compartments: Record<string, Compartment> = {
  'laboratory, November (granted)': name(seeds.laboratory, 'laboratory', 0, '2026-11'),
  'laboratory, October': name(seeds.laboratory, 'laboratory', 0, '2026-10'),
  'imaging, November': name(seeds.imaging, 'imaging', 0, '2026-11'),
  'laboratory, November, next generation': name(seeds.next, 'laboratory', 1, '2026-11'),
};
function name(seed: Uint8Array, category: string, generation: number, period: string): Compartment {
  return deriveCompartment(backend, seed, { category, generation, period });
}
const granted = compartments['laboratory, November (granted)'];
if (granted === undefined) throw new Error('unreachable');

const grant = createGrant(backend, {
  issuer: alice,
  patient: patient.id,
  delegate: bob.publicKeys,
  compartments: [granted],
  threshold: THRESHOLD,
  nodes: nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
  terms: { purpose: 'drill', expiresAtMs: 1_900_000_000_000 },
});
const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };
const terms = openTerms(backend, { delegate: bob, issuer, grantId: grant.grantId, box: grant.terms });
const rekeyIndex = terms.compartments[0]?.rekey ?? 0;
const rekey = grant.rekeys[rekeyIndex];
if (rekey === undefined) throw new Error('unreachable');

/** What Bob contributes to the collusion: d_j. */
const d = toInteger(
  hashToScalar(
    DOMAIN.delegation,
    grant.grantId,
    uint32(rekeyIndex),
    rekey.X,
    bob.delegate.public,
    backend.group.multiply(bob.delegate.secret, rekey.X),
  ),
);
/** What the proxies contribute: their shares. */
const pooled = nodes.map((node, i) => {
  const box = grant.nodeShares[i]?.box ?? new Uint8Array(0);
  const init = { node, issuer, grantId: grant.grantId, index: i + 1, rekeys: [...grant.rekeys], box };
  return [BigInt(i + 1), toInteger(openShares(backend, init)[rekeyIndex] ?? new Uint8Array(32))] as const;
});

async function sealedHeader(compartment: Compartment) {
  const sealed = await sealRecord(backend, {
    chainId: CHAIN,
    recordId: random(),
    patient: patient?.id ?? CHAIN,
    sequence: 0,
    previous: null,
    writer: { id: writer?.id ?? CHAIN, secretKey: writer?.sign.secretKey ?? CHAIN },
    slots: [writerKit(backend, compartment, writer?.id ?? CHAIN, 0)],
    plaintext: utf8('a record of the drill'),
  });
  return decodeRecordHeader(sealed.header);
}

let untrue = 0;
function expectThat(isTrue: boolean, line: string): void {
  if (!isTrue) untrue++;
  console.log(`${isTrue ? '  ok    ' : '  UNTRUE'} ${line}`);
}

console.log(`Grant of one compartment to Bob, threshold ${THRESHOLD} of ${nodes.length} proxies.`);
for (const count of [nodes.length, THRESHOLD, THRESHOLD - 1]) {
  const a = toScalar(d * interpolate(pooled.slice(0, count)));
  const recovered = equalBytes(a, granted.a);
  console.log(`\n${count} proxies and Bob pool all that they have:`);
  expectThat(
    recovered === count >= THRESHOLD,
    `opening scalar of the granted compartment: ${recovered ? 'recovered' : 'not recovered'}`,
  );
  for (const [label, compartment] of Object.entries(compartments)) {
    const header = await sealedHeader(compartment);
    // kappa and ix of every compartment are given away here, so that the scalar alone decides.
    const opens = canOpen(backend, header, { kind: 'owner', compartment: { ...compartment, a } });
    expectThat(
      opens === (recovered && compartment === granted),
      `${label}: ${opens ? 'opens' : 'stays shut'}`,
    );
  }
}
const alone = toScalar(interpolate(pooled));
console.log('\nAll proxies without Bob:');
expectThat(!equalBytes(alone, granted.a), 'opening scalar of the granted compartment: not recovered');
console.log(untrue === 0 ? '\nThe drill holds.' : `\n${untrue} statements are untrue.`);
process.exitCode = untrue === 0 ? 0 : 1;
