import {
  convert,
  createGrant,
  deriveNodeKeys,
  derivePersonKeys,
  grantIdOf,
  nobleBackend,
  openShares,
  openTerms,
  toHex,
  type PersonKeys,
} from '#crypto';
import { bytesOf, CHAIN, deterministic } from '../../../unit/crypto/cast.ts';
import { drawsOf, hexAll } from '../operations/fields.ts';
import { CaseList, flipped, hexOf } from './case-list.ts';
import { compartmentJson, compartmentNamed } from './records.ts';

export const ISSUER = derivePersonKeys(deterministic(nobleBackend, 'issuer'), bytesOf('vector issuer'));
export const DELEGATE = derivePersonKeys(deterministic(nobleBackend, 'delegate'), bytesOf('vector delegate'));
export const NODES = ['a', 'b', 'c', 'd'].map((name) => deriveNodeKeys(nobleBackend, bytesOf(`vector node ${name}`)));
export const HOLDERS = NODES.map(({ id, seal }, i) => ({ id: toHex(id), index: i + 1, seal: toHex(seal.publicKey) }));
export const ISSUER_JSON = { id: toHex(ISSUER.id), sign: toHex(ISSUER.sign.publicKey) };
export const nodeJson = (i: number) => ({
  id: toHex(NODES[i]?.id ?? CHAIN),
  sealSeed: toHex(NODES[i]?.seal.secretKey ?? CHAIN),
});
export const publicKeysJson = ({ publicKeys }: PersonKeys) => ({
  sign: toHex(publicKeys.sign),
  seal: toHex(publicKeys.seal),
  delegate: toHex(publicKeys.delegate),
  possession: toHex(publicKeys.possession),
});
const STRANGER = derivePersonKeys(deterministic(nobleBackend, 'stranger'), bytesOf('vector stranger'));

export function example() {
  const compartment = compartmentNamed();
  const make = (backend: typeof nobleBackend) =>
    createGrant(backend, {
      issuer: ISSUER,
      patient: bytesOf('vector patient'),
      delegate: DELEGATE.publicKeys,
      compartments: [compartment],
      threshold: 3,
      nodes: NODES.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
      terms: { purpose: 'vector purpose', expiresAtMs: 1_800_000_000_000 },
    });
  const draft = make(deterministic(nobleBackend, 'grant case'));
  const issuer = { id: ISSUER.id, signPublicKey: ISSUER.sign.publicKey };
  const { grantId, rekeys } = draft;
  const terms = openTerms(nobleBackend, { delegate: DELEGATE, issuer, grantId, box: draft.terms });
  const j = terms.compartments[0]?.rekey ?? 0;
  const shares = NODES.map((node, i) => {
    const box = draft.nodeShares[i]?.box ?? CHAIN;
    return openShares(nobleBackend, { node, issuer, grantId, index: i + 1, rekeys, box })[j] ?? CHAIN;
  });
  const random = drawsOf(deterministic(nobleBackend, 'grant case'), make);
  return { compartment, draft, j, shares, random };
}

export function grantCases(): CaseList {
  const list = new CaseList('grant');
  const { compartment, draft, j, random } = example();
  const ids = { issuer: toHex(ISSUER.id), patient: hexOf('vector patient') };
  list.is('grant-id', 'of the example', { ...ids, nonce: toHex(draft.nonce) }, toHex(grantIdOf(ISSUER.id, bytesOf('vector patient'), draft.nonce)));
  const rekeys = draft.rekeys.map(({ X, commitments }) => ({ X: toHex(X), commitments: hexAll(commitments) }));
  const rekey = rekeys[j] ?? { X: '', commitments: [] };
  const shared = toHex(nobleBackend.group.multiply(DELEGATE.delegate.secret, draft.rekeys[j]?.X ?? CHAIN));
  const B = toHex(DELEGATE.delegate.public);
  list.ok('delegation', 'of the example', { grantId: toHex(draft.grantId), rekey: j, X: rekey.X, B, shared });
  list.ok('delegation', 'another rekey', { grantId: toHex(draft.grantId), rekey: j + 1, X: rekey.X, B, shared });
  const good = {
    issuerRoot: toHex(ISSUER.root),
    patient: ids.patient,
    delegate: publicKeysJson(DELEGATE),
    compartments: [compartmentJson(compartment)],
    threshold: 3,
    nodes: HOLDERS,
    purpose: 'vector purpose',
    expires: 1_800_000_000_000,
  };
  list.ok('grant-create', 'one compartment, three of four', { ...good, random });
  const [holder, ...others] = HOLDERS;
  const changes: Record<string, object> = {
    'a threshold of zero': { threshold: 0 },
    'a threshold above the number of nodes': { threshold: 5 },
    'half a threshold': { threshold: 1.5 },
    'no compartment': { compartments: [] },
    'a compartment twice': { compartments: [...good.compartments, ...good.compartments] },
    'fewer rekeys than compartments': { padTo: 0 },
    'more than 64 rekeys': { padTo: 65 },
    'an index twice': { nodes: [{ ...holder, index: 2 }, ...others] },
    'an index of zero': { nodes: [{ ...holder, index: 0 }, ...others] },
    'an index above 255': { nodes: [{ ...holder, index: 256 }, ...others] },
    'a short nonce': { nonce: '00' },
    'a short patient id': { patient: '00' },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('grant-create', label, { ...good, random, ...change }, 'input-invalid');
  const unproven = { ...good.delegate, possession: publicKeysJson(STRANGER).possession };
  list.bad('grant-create', 'a delegate without proof', { ...good, random, delegate: unproven }, 'key-invalid');
  sharesCases(list, rekeys, draft);
  const check = { grantId: toHex(draft.grantId), delegateRoot: toHex(DELEGATE.root), rekey: j, ...rekey, A: toHex(compartment.A) };
  list.is('check-rekey', 'of the example', check, true);
  list.is('check-rekey', 'another compartment', { ...check, A: toHex(compartmentNamed({ generation: 1 }).A) }, false);
  list.is('check-rekey', 'a dummy', { ...check, ...rekeys[(j + 1) % 4], rekey: (j + 1) % 4 }, false);
  list.is('check-rekey', 'another delegate', { ...check, delegateRoot: toHex(STRANGER.root) }, false);
  list.is('check-rekey', 'no commitments', { ...check, commitments: [] }, false);
  return list;
}

function sharesCases(
  list: CaseList,
  rekeys: readonly { X: string; commitments: string[] }[],
  draft: ReturnType<typeof example>['draft'],
): void {
  const box = toHex(draft.nodeShares[0]?.box ?? CHAIN);
  const grantId = toHex(draft.grantId);
  const shares = { node: nodeJson(0), issuer: ISSUER_JSON, grantId, index: 1, rekeys, box };
  list.ok('shares-open', 'the first node', shares);
  const [first, ...others] = rekeys;
  const changes: Record<string, object> = {
    'another node': { node: nodeJson(1) },
    'another index': { index: 2 },
    'another grant': { grantId: hexOf('another grant') },
    'another issuer': { issuer: { id: toHex(STRANGER.id), sign: toHex(STRANGER.sign.publicKey) } },
    'another commitment': { rekeys: [{ ...first, commitments: others[0]?.commitments }, ...others] },
    'rekeys in another order': { rekeys: [...others, first] },
    'a rekey fewer': { rekeys: others },
    'the box of another node': { box: toHex(draft.nodeShares[1]?.box ?? CHAIN) },
    'the box flipped': { box: flipped(box, -1) },
  };
  for (const [label, change] of Object.entries(changes))
    list.bad('shares-open', label, { ...shares, ...change }, 'share-invalid');
  const terms = { delegateRoot: toHex(DELEGATE.root), issuer: ISSUER_JSON, grantId, box: toHex(draft.terms) };
  list.ok('terms-open', 'of the example', terms);
  list.bad('terms-open', 'another delegate', { ...terms, delegateRoot: toHex(STRANGER.root) }, 'open-failed');
  list.bad('terms-open', 'another grant', { ...terms, grantId: hexOf('another grant') }, 'open-failed');
  list.bad('terms-open', 'flipped', { ...terms, box: flipped(terms.box, -1) }, 'open-failed');
  list.bad('terms-open', 'a box with shares', { ...terms, box }, 'open-failed');
}

export interface ConversionJson {
  readonly index: number;
  readonly point: string;
  readonly proof: string;
}

/** With more cases about a good claim and a good combination, by who knows the edges. */
export function conversionCases(
  addEdges: (list: CaseList, claim: { readonly conversion: ConversionJson }, combined: object) => void,
): CaseList {
  const list = new CaseList('conversion');
  const { draft, j, shares } = example();
  const E = nobleBackend.group.multiplyBase(shares[3] ?? CHAIN);
  const context = {
    chain: toHex(CHAIN),
    grantId: toHex(draft.grantId),
    rekey: j,
    record: hexOf('vector record'),
    slot: 0,
    delegate: toHex(DELEGATE.id),
    access: hexOf('vector access'),
    height: 9,
  };
  const conversions = shares.map((share, i) => {
    const { point, proof } = convert(deterministic(nobleBackend, `proxy ${i}`), {
      share,
      E,
      index: i + 1,
      context: { ...context, chainId: CHAIN, grantId: draft.grantId, recordId: bytesOf('vector record'), delegate: DELEGATE.id, accessId: bytesOf('vector access') },
    });
    return { index: i + 1, point: toHex(point), proof: toHex(proof) };
  });
  const random = drawsOf(deterministic(nobleBackend, 'proxy 0'), (backend) => backend.random(32));
  const one = { share: toHex(shares[0] ?? CHAIN), E: toHex(E), index: 1, context, random };
  list.ok('convert', 'the first node', one);
  list.bad('convert', 'the identity', { ...one, E: '00'.repeat(32) }, 'point-invalid');
  list.bad('convert', 'no element', { ...one, E: 'ff'.repeat(32) }, 'point-invalid');
  list.bad('convert', 'a share of zero', { ...one, share: '00'.repeat(32) }, 'scalar-invalid');
  list.bad('convert', 'a share that is not canonical', { ...one, share: 'ff'.repeat(32) }, 'scalar-invalid');
  const commitments = hexAll(draft.rekeys[j]?.commitments ?? []);
  const [first, second, third, fourth] = conversions;
  const claim = { commitments, E: toHex(E), conversion: first, context };
  list.is('verify-conversion', 'the first node', claim, true);
  list.is('verify-conversion', 'the fourth node', { ...claim, conversion: fourth }, true);
  const wrong: Record<string, object> = {
    'another capsule': { E: toHex(nobleBackend.group.generator) },
    'the identity as capsule': { E: '00'.repeat(32) },
    'the commitments of another rekey': { commitments: hexAll(draft.rekeys[(j + 1) % 4]?.commitments ?? []) },
    'the point of another node': { conversion: { ...first, point: second?.point } },
    'the proof of another node': { conversion: { ...first, proof: second?.proof } },
    'another index': { conversion: { ...first, index: 2 } },
    'an index of zero': { conversion: { ...first, index: 0 } },
    'the identity as answer': { conversion: { ...first, point: '00'.repeat(32) } },
    'the challenge flipped': { conversion: { ...first, proof: flipped(first?.proof ?? '', 0) } },
    'the response flipped': { conversion: { ...first, proof: flipped(first?.proof ?? '', 32) } },
    'a short proof': { conversion: { ...first, proof: first?.proof.slice(2) } },
    'a challenge of zero': { conversion: { ...first, proof: `${'00'.repeat(32)}${first?.proof.slice(64)}` } },
  };
  const moved: Record<string, object> = { chain: { chain: hexOf('x') }, grant: { grantId: hexOf('x') }, rekey: { rekey: j + 1 }, record: { record: hexOf('x') }, slot: { slot: 1 }, delegate: { delegate: hexOf('x') }, access: { access: hexOf('x') }, height: { height: 10 } };
  for (const [field, change] of Object.entries(moved)) wrong[`for another ${field}`] = { context: { ...context, ...change } };
  for (const [label, change] of Object.entries(wrong)) list.is('verify-conversion', label, { ...claim, ...change }, false);
  const { X, commitments: C } = draft.rekeys[j] ?? { X: CHAIN, commitments: [] };
  const combined = { delegateRoot: toHex(DELEGATE.root), grantId: context.grantId, rekeyIndex: j, rekey: { X: toHex(X), commitments: hexAll(C) } };
  const Y = toHex(nobleBackend.group.multiply(compartmentNamed().a, E));
  list.is('combine', 'nodes 1, 2, 3', { ...combined, conversions: [first, second, third] }, Y);
  list.is('combine', 'nodes 4, 1, 3', { ...combined, conversions: [fourth, first, third] }, Y);
  const bad: Record<string, object[]> = {
    'too few': [first, second].map((item) => ({ ...item })),
    'too many': conversions,
    'one twice': [{ ...first }, { ...first }, { ...second }],
    'no element': [{ ...first, point: 'ff'.repeat(32) }, { ...second }, { ...third }],
    'the identity': [{ ...first, point: '00'.repeat(32) }, { ...second }, { ...third }],
    'an index of zero': [{ ...first, index: 0 }, { ...second }, { ...third }],
  };
  for (const [label, list_] of Object.entries(bad)) list.bad('combine', label, { ...combined, conversions: list_ }, 'conversion-invalid');
  list.ok('combine', 'a lie combines to another element', { ...combined, conversions: [{ ...first, point: second?.point }, second, third] });
  list.bad('combine', 'a rekey without X', { ...combined, rekey: { ...combined.rekey, X: '00'.repeat(32) }, conversions: [first, second, third] }, 'point-invalid');
  for (const indices of [[1], [1, 2], [2, 4, 7], [1, 2, 3, 4, 5, 6, 7], [255, 1, 128]]) list.ok('lagrange', indices.join(' '), { indices });
  list.bad('lagrange', 'an index twice', { indices: [1, 1] }, 'input-invalid');
  list.bad('lagrange', 'an index of zero', { indices: [0, 1] }, 'input-invalid');
  for (const index of [1, 4, 255]) list.ok('share-public', String(index), { commitments, index });
  for (const index of [0, 256, 1.5]) list.bad('share-public', String(index), { commitments, index }, 'share-invalid');
  list.bad('share-public', 'no element', { commitments: ['ff'.repeat(32)], index: 1 }, 'point-invalid');
  if (first !== undefined) addEdges(list, { ...claim, conversion: first }, combined);
  return list;
}

