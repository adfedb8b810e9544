import { nobleBackend, toHex } from '#crypto';
import { blindIdentity, deriveIdentityKeys, evaluateIdentities, identityInput } from '#crypto/identity';
import { bytesOf, deterministic } from '../../../unit/crypto/cast.ts';
import { drawsOf, hexAll } from '../operations/fields.ts';
import { CaseList, flipped } from './case-list.ts';
import { addIdentityEdges } from './primitive-edges.ts';

/** The oblivious PRF of identities: names of one person, and her number, at one institution. */
export function identityCases(): CaseList {
  const list = new CaseList('identity');
  const root = bytesOf('institution root');
  const keys = deriveIdentityKeys(root);
  list.ok('identity-keys', 'an institution', { root: toHex(root) });
  list.bad('identity-keys', 'a short root', { root: '00' }, 'key-invalid');
  const named = { kind: 'names', attributes: ['muller', 'pia', '1961-03-09'] };
  list.ok('identity-input', 'names and a birthday', named);
  list.ok('identity-input', 'a number', { kind: 'number', attributes: ['CH', '7561234567897'] });
  list.ok('identity-input', 'attributes are apart', { kind: 'names', attributes: ['mullerpia', '', '1961-03-09'] });
  const inputs = [identityInput('names', 'muller', 'pia', '1961-03-09'), identityInput('number', 'CH', '756')];
  const items = inputs.map((input, i) => blindIdentity(deterministic(nobleBackend, `blind ${i}`), input));
  for (const [i, input] of inputs.entries()) {
    const random = drawsOf(deterministic(nobleBackend, `blind ${i}`), (backend) => blindIdentity(backend, input));
    list.ok('identity-blind', `input ${i}`, { input: toHex(input), random });
  }
  const blinded = items.map((item) => item.blinded);
  const evaluate = (points: readonly Uint8Array[]): string[] =>
    drawsOf(deterministic(nobleBackend, 'evaluation'), (backend) => evaluateIdentities(backend, keys, points));
  const both = { root: toHex(root), blinded: hexAll(blinded), random: evaluate(blinded) };
  list.ok('identity-evaluate', 'two inputs, one proof', both);
  list.ok('identity-evaluate', 'one input', { ...both, blinded: hexAll(blinded.slice(0, 1)), random: evaluate(blinded.slice(0, 1)) });
  for (const [label, points] of Object.entries({
    'the identity': ['00'.repeat(32)],
    'no canonical element': ['ff'.repeat(32)],
    none: [],
    three: [...hexAll(blinded), toHex(blinded[0] ?? new Uint8Array())],
  }))
    list.bad('identity-evaluate', label, { ...both, blinded: points }, 'point-invalid');
  const { evaluated, proof } = evaluateIdentities(deterministic(nobleBackend, 'evaluation'), keys, blinded);
  const good = {
    items: items.map((item) => ({ input: toHex(item.input), blind: toHex(item.blind), blinded: toHex(item.blinded) })),
    evaluated: hexAll(evaluated),
    proof: toHex(proof),
    publicKey: toHex(keys.publicKey),
  };
  list.ok('identity-tags', 'two inputs', good);
  const other = toHex(deriveIdentityKeys(bytesOf('another institution')).publicKey);
  for (const [label, change] of Object.entries({
    'the key of another institution': { publicKey: other },
    'a challenge flipped': { proof: flipped(good.proof, 0) },
    'a response flipped': { proof: flipped(good.proof, 32) },
    'a short proof': { proof: good.proof.slice(2) },
    'the evaluations swapped': { evaluated: good.evaluated.toReversed() },
    'one evaluation for two': { evaluated: good.evaluated.slice(0, 1) },
    'the blinded for the evaluated': { evaluated: hexAll(blinded) },
  }))
    list.bad('identity-tags', label, { ...good, ...change }, 'evaluation-invalid');
  addIdentityEdges(list);
  list.ok('identity-witnessed', 'the tags of a home and a witness', {
    home: toHex(bytesOf('tag of the home')),
    witness: toHex(bytesOf('tag of a witness')),
  });
  return list;
}
