import { createGrant, DOMAIN, encode, hash, nobleBackend, openShares, sealBox, toHex, type Compartment, type Rekey } from '#crypto';
import { lagrangeAtZero } from '../../../../crypto/grant/polynomial.ts';
import { GROUP_ORDER, invertScalar, reduceScalar, scalarFromBytes, scalarToBytes } from '../../../../crypto/scalar.ts';
import { uint32 } from '../../../../crypto/bytes.ts';
import { frame } from '../../../../crypto/hash.ts';
import { bytesOf, CHAIN, deterministic } from '../../../unit/crypto/cast.ts';
import { drawsOf, hexAll } from '../operations/fields.ts';
import { plusOrder, type CaseList } from './case-list.ts';
import { DELEGATE, example, HOLDERS, ISSUER, ISSUER_JSON, nodeJson, NODES, publicKeysJson, type ConversionJson } from './grants.ts';
import { compartmentJson, compartmentNamed } from './records.ts';

const sender = () => ({ id: ISSUER.id, secretKey: ISSUER.sign.secretKey });
const zeros = (length: number): Uint8Array => new Uint8Array(length);

/** What `grant-create` asks for, with the draws that it takes. */
function creation(label: string, compartments: readonly Compartment[], more: { threshold?: number; nodes?: number; padTo?: number; keywords?: readonly string[] }) {
  const { threshold = 1, nodes = 1, padTo, keywords } = more;
  const make = (backend: typeof nobleBackend) =>
    createGrant(backend, {
      issuer: ISSUER,
      patient: bytesOf('vector patient'),
      delegate: DELEGATE.publicKeys,
      compartments,
      threshold,
      nodes: NODES.slice(0, nodes).map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
      terms: { purpose: label, expiresAtMs: 0, ...(keywords === undefined ? {} : { keywords }) },
      ...(padTo === undefined ? {} : { padTo }),
    });
  return {
    issuerRoot: toHex(ISSUER.root),
    patient: toHex(bytesOf('vector patient')),
    delegate: publicKeysJson(DELEGATE),
    compartments: compartments.map(compartmentJson),
    threshold,
    nodes: HOLDERS.slice(0, nodes),
    purpose: label,
    expires: 0,
    ...(keywords === undefined ? {} : { keywords }),
    ...(padTo === undefined ? {} : { padTo }),
    random: drawsOf(deterministic(nobleBackend, label), make),
  };
}

const generations = (count: number) => Array.from({ length: count }, (_, generation) => compartmentNamed({ generation }));

function addCreations(list: CaseList): void {
  const [one, two] = [compartmentNamed(), compartmentNamed({ category: 'imaging' })];
  list.ok('grant-create', 'two compartments and two keywords, as written', creation('two', [one, two], { threshold: 2, nodes: 3, keywords: ['LOINC: 4548-4', 'ß'] }));
  list.ok('grant-create', 'three rekeys, as the issuer asks', creation('three', [two], { padTo: 3 }));
  list.ok('grant-create', 'one rekey, as the issuer asks', creation('alone', [one], { padTo: 1 }));
  list.ok('grant-create', 'five compartments have eight rekeys', creation('five', generations(5), {}));
  list.ok('grant-create', 'the longest purpose and 16 of the longest keywords', creation('ä'.repeat(256), [one], { keywords: Array.from({ length: 16 }, (_, i) => `${i % 10}${'x'.repeat(255)}`) }));
  const good = creation('refused', [one], { nodes: 2 });
  const [holder, other] = good.nodes;
  const [compartment] = good.compartments;
  const changes: Record<string, object> = {
    'fewer rekeys than two compartments': { compartments: [one, two].map(compartmentJson), padTo: 1 },
    'half a rekey more': { padTo: 4.5 },
    '65 compartments': { compartments: generations(65).map(compartmentJson) },
    'a compartment twice under two names': { compartments: [compartment, { ...compartment, generation: 7 }] },
    'a compartment of no category': { compartments: [{ ...compartment, category: 'No' }] },
    'a compartment of no period': { compartments: [{ ...compartment, period: '2026-13' }] },
    'a node under two indices': { nodes: [holder, { ...other, id: holder?.id }] },
    'a short node id': { nodes: [{ ...holder, id: '61' }, other] },
    'half an index': { nodes: [{ ...holder, index: 1.5 }, other] },
    'an expiry before all times': { expires: -1 },
    'an expiry of 2^53': { expires: 2 ** 53 },
    'half an expiry': { expires: 0.5 },
    'a long nonce': { nonce: '61'.repeat(17) },
  };
  for (const [label, change] of Object.entries(changes)) list.bad('grant-create', label, { ...good, ...change }, 'input-invalid');
  const large: Record<string, object> = {
    'a purpose of 514 bytes in 257 letters': { purpose: 'ä'.repeat(257) },
    'a purpose of 513 bytes': { purpose: 'x'.repeat(513) },
    '17 keywords': { keywords: Array.from({ length: 17 }, () => 'x') },
    'a keyword of 257 bytes': { keywords: ['x'.repeat(257)] },
    'a keyword of 258 bytes in 129 letters': { keywords: ['ä'.repeat(129)] },
  };
  for (const [label, change] of Object.entries(large)) list.bad('grant-create', label, { ...good, ...change }, 'too-large');
  const seal = `${holder?.seal.slice(0, -64)}${'00'.repeat(32)}`;
  list.bad('grant-create', 'a node that nothing can be sealed to', { ...good, nodes: [{ ...holder, seal }, other] }, 'key-invalid');
}

/** f at any place, out of as many values as f has coefficients: lagrange moved by x. */
function valueAt(points: readonly (readonly [number, Uint8Array])[], x: number): Uint8Array {
  const sum = points.reduce((total, [i, share]) => {
    const others = points.flatMap(([j]) => (j === i ? [] : [j]));
    const top = others.reduce((product, j) => product * BigInt(x - j), 1n);
    const bottom = others.reduce((product, j) => product * BigInt(i - j), 1n);
    return total + scalarFromBytes(share) * top * invertScalar(bottom);
  }, 0n);
  return scalarToBytes(reduceScalar(sum));
}

function addShares(list: CaseList): void {
  const { draft } = example();
  const { grantId, rekeys } = draft;
  const issuer = { id: ISSUER.id, signPublicKey: ISSUER.sign.publicKey };
  const shares = NODES.map((node, i) => openShares(nobleBackend, { node, issuer, grantId, index: i + 1, rekeys, box: draft.nodeShares[i]?.box ?? CHAIN }));
  const [node] = NODES;
  if (node === undefined) throw new TypeError('there are nodes');
  const context = (index: number, of: readonly Rekey[]) =>
    hash(DOMAIN.grantShares, grantId, node.id, uint32(index), frame(...of.map(({ X, commitments }) => frame(X, ...commitments))));
  const opening = (plaintext: readonly Uint8Array[], index = 1, of: readonly Rekey[] = rekeys) => ({
    node: nodeJson(0),
    issuer: ISSUER_JSON,
    grantId: toHex(grantId),
    index,
    rekeys: of.map(({ X, commitments }) => ({ X: toHex(X), commitments: hexAll(commitments) })),
    box: toHex(
      sealBox(deterministic(nobleBackend, 'shares made by hand'), {
        sender: sender(),
        recipientSeal: node.seal.publicKey,
        context: context(index, of),
        plaintext: Uint8Array.from(plaintext.flatMap((part) => [...part])),
      }),
    ),
  });
  const own = shares[0] ?? [];
  const [first = zeros(32), ...others] = own;
  list.is('shares-open', 'made by hand', opening(own), hexAll(own));
  list.is('shares-open', 'a grant without rekeys', opening([], 1, []), []);
  const at = (x: number) => rekeys.map((_, j) => valueAt(shares.slice(0, 3).map((all, i) => [i + 1, all[j] ?? zeros(32)] as const), x));
  list.is('shares-open', 'the largest index', opening(at(255), 255), hexAll(at(255)));
  const [rekey = { X: zeros(32), commitments: [] }, ...more] = rekeys;
  const changed = (commitments: readonly Uint8Array[]) => [{ ...rekey, commitments }, ...more];
  const [C0 = zeros(32), ...higher] = rekey.commitments;
  const bad: Record<string, object> = {
    'the share of another node': opening([shares[1]?.[0] ?? first, ...others]),
    'the share of another rekey': opening([others[0] ?? first, first, ...others.slice(1)]),
    'the last share of another node': opening([...own.slice(0, -1), shares[1]?.at(-1) ?? first]),
    'a share with l added': opening([plusOrder(first, 0), ...others]),
    'a share of zero': opening([zeros(32), ...others]),
    'a share fewer': opening(own.slice(0, -1)),
    'a share more': opening([...own, first]),
    'a byte more': opening([...own, zeros(1)]),
    'an index of zero': opening(at(0), 0),
    'an index of 256': opening(at(256), 256),
    'commitments that the shares do not fit': opening(own, 1, changed([C0, ...higher.slice(1), C0])),
    'a commitment fewer': opening(own, 1, changed([C0, ...higher.slice(1)])),
    'no commitments': opening(own, 1, changed([])),
    'a commitment that is no element': opening(own, 1, changed([zeros(32).fill(255), ...higher])),
  };
  for (const [label, input] of Object.entries(bad)) list.bad('shares-open', `made by hand, ${label}`, input, 'share-invalid');
}

/** Of as many bytes as terms of this many rekeys have. */
function padded(fields: Record<string, unknown>, rekeys: number): Uint8Array {
  const empty = encode({ ...fields, padding: zeros(0) });
  return encode({ padding: zeros(6144 + 320 * rekeys - empty.length - 2), ...fields });
}

function addTerms(list: CaseList): void {
  const { draft } = example();
  const { name, A, kappa, ix } = compartmentNamed();
  const granted = { rekey: 0, ...name, A, kappa, ix };
  const content = { salt: bytesOf('salt'), purpose: 'p', expires: 7, keywords: ['w'], compartments: [granted] };
  const opening = (plaintext: Uint8Array) => ({
    delegateRoot: toHex(DELEGATE.root),
    issuer: ISSUER_JSON,
    grantId: toHex(draft.grantId),
    box: toHex(
      sealBox(deterministic(nobleBackend, 'terms made by hand'), {
        sender: sender(),
        recipientSeal: DELEGATE.seal.publicKey,
        context: hash(DOMAIN.grantTerms, draft.grantId, DELEGATE.id),
        plaintext,
      }),
    ),
  });
  const of = (change: object, rekeys = 2) => opening(padded({ content: encode({ ...content, ...change }) }, rekeys));
  const withThe = (change: object) => of({ compartments: [{ ...granted, ...change }] });
  list.ok('terms-open', 'made by hand', of({}));
  list.ok('terms-open', 'made by hand, the rekey that is the last', withThe({ rekey: 1 }));
  list.ok('terms-open', 'made by hand, 64 rekeys', of({}, 64));
  const plaintext = padded({ content: encode(content) }, 2);
  const marked = plaintext.map((byte, i) => (i === plaintext.length - 1 ? 1 : byte));
  const bare = encode({ content: encode(content), padding: zeros(0) });
  const { salt: _, ...unsalted } = content;
  const bad: Record<string, object> = {
    'padding that is not zero': opening(marked),
    'a byte more of padding': of({}, 2 + 1 / 320),
    'no rekey': of({}, 0),
    '65 rekeys': of({}, 65),
    'a field more': of({ more: 1 }),
    'no salt': opening(padded({ content: encode(unsalted) }, 2)),
    'a field more around it': opening(padded({ content: encode(content), more: 1 }, 2)),
    'a list around it': opening(padded({ content: encode([content]) }, 2)),
    'content that is not canonical': opening(padded({ content: Uint8Array.of(0xb8, 5, ...encode(content).subarray(1)) }, 2)),
    'text as padding': opening(encode({ content: encode(content), padding: '\0'.repeat(plaintext.length - bare.length - 2) })),
    'a list of zeros as padding': opening(encode({ content: encode(content), padding: Array.from({ length: plaintext.length - bare.length - 2 }, () => 0) })),
    'a salt of 31 bytes': of({ salt: zeros(31) }),
    'a purpose of 514 bytes in 257 letters': of({ purpose: 'ä'.repeat(257) }),
    'bytes as a purpose': of({ purpose: zeros(1) }),
    'an expiry before all times': of({ expires: -1 }),
    'an expiry of 2^53': of({ expires: 2n ** 53n }),
    'half an expiry': of({ expires: 0.5 }),
    '17 keywords': of({ keywords: Array.from({ length: 17 }, () => 'w') }),
    'a keyword of 258 bytes in 129 letters': of({ keywords: ['ä'.repeat(129)] }),
    'a text as the keywords': of({ keywords: 'ab' }),
    'a number as a keyword': of({ keywords: [1] }),
    'no compartment': of({ compartments: [] }),
    'one rekey for two': of({ compartments: [granted, { ...granted, A: nobleBackend.group.generator }] }),
    'a compartment twice': of({ compartments: [granted, { ...granted, rekey: 1 }] }),
    'a field more in a compartment': withThe({ a: zeros(32) }),
    'a rekey that there is not': withThe({ rekey: 2 }),
    'a rekey below zero': withThe({ rekey: -1 }),
    'a category of no form': withThe({ category: 'Laboratory' }),
    'a generation of 2^32': withThe({ generation: 2 ** 32 }),
    'a period of no form': withThe({ period: '2026-13' }),
    'an A of 31 bytes': withThe({ A: zeros(31) }),
    'a kappa of 33 bytes': withThe({ kappa: zeros(33) }),
    'an ix of 31 bytes': withThe({ ix: zeros(31) }),
  };
  for (const [label, input] of Object.entries(bad)) list.bad('terms-open', `made by hand, ${label}`, input, 'open-failed');
}

function addChecks(list: CaseList): void {
  const { draft, j, compartment } = example();
  const { X, commitments } = draft.rekeys[j] ?? { X: CHAIN, commitments: [] };
  const check = {
    grantId: toHex(draft.grantId),
    delegateRoot: toHex(DELEGATE.root),
    rekey: j,
    X: toHex(X),
    commitments: hexAll(commitments),
    A: toHex(compartment.A),
  };
  const none = 'ff'.repeat(32);
  const bad: Record<string, object> = {
    'no element as X': { X: none },
    'no element as C_0': { commitments: [none, ...check.commitments.slice(1)] },
    'no element as A': { A: none },
    'another grant': { grantId: toHex(CHAIN) },
    'another rekey index': { rekey: j + 1 },
  };
  for (const [label, change] of Object.entries(bad)) list.is('check-rekey', label, { ...check, ...change }, false);
}

export function addGrantEdges(list: CaseList): void {
  addCreations(list);
  addShares(list);
  addTerms(list);
  addChecks(list);
}

const element = (label: string) => nobleBackend.group.multiplyBase(scalarToBytes(scalarFromBytes(bytesOf(label).map((byte, i) => (i === 31 ? 0 : byte)))));
const negative = (point: Uint8Array) => nobleBackend.group.multiply(scalarToBytes(GROUP_ORDER - 1n), point);

/** Proofs with another encoding of their scalars, answers that cancel out, and shares that are zero. */
export function addConversionEdges(list: CaseList, claim: { readonly conversion: ConversionJson }, combined: object): void {
  const { conversion } = claim;
  const proof = Uint8Array.from(Buffer.from(conversion.proof, 'hex'));
  const wrong: Record<string, object> = {
    'the challenge with l added': { proof: toHex(plusOrder(proof, 0)) },
    'the response with l added': { proof: toHex(plusOrder(proof, 32)) },
    'a byte more': { proof: `${conversion.proof}00` },
    'no element as answer': { point: 'ff'.repeat(32) },
    'an index of 256': { index: 256 },
    'half an index': { index: 1.5 },
  };
  for (const [label, change] of Object.entries(wrong)) list.is('verify-conversion', label, { ...claim, conversion: { ...conversion, ...change } }, false);
  list.is('verify-conversion', 'no element as a commitment', { ...claim, commitments: ['ff'.repeat(32)] }, false);
  list.is('verify-conversion', 'no commitments', { ...claim, commitments: [] }, false);
  const { numerators } = lagrangeAtZero([1, 2, 3]);
  const [n1 = 1n, n2 = 1n, n3 = 1n] = numerators;
  const [P2, P3] = [element('second'), element('third')];
  const rest = nobleBackend.group.sum([{ coefficient: n2, point: P2 }, { coefficient: n3, point: P3 }]);
  const P1 = nobleBackend.group.multiply(scalarToBytes(invertScalar(n1)), negative(rest));
  const cancelling = [P1, P2, P3].map((point, i) => ({ index: i + 1, point: toHex(point), proof: '' }));
  list.bad('combine', 'answers that cancel out', { ...combined, conversions: cancelling }, 'conversion-invalid');
  const C0 = element('C_0');
  const shareOf = (commitments: readonly Uint8Array[], index: number) => ({ commitments: hexAll(commitments), index });
  list.bad('share-public', 'a share that is zero', shareOf([C0, negative(C0)], 1), 'share-invalid');
  list.ok('share-public', 'the same commitments at another index', shareOf([C0, negative(C0)], 2));
  list.bad('share-public', 'no commitments', shareOf([], 1), 'share-invalid');
  list.bad('lagrange', 'an index of 256', { indices: [1, 256] }, 'input-invalid');
}

