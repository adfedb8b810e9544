import { ristretto255_oprf } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { fromHex, hash, DOMAIN, nobleBackend, toHex, utf8 } from '#crypto';
import type { Backend } from '#crypto';
import {
  blindIdentity,
  deriveIdentityKeys,
  evaluateIdentities,
  identityInput,
  identityTags,
  witnessedTag,
} from '#crypto/identity';
import type { IdentityKeys } from '#crypto/identity';
import { createNativeBackend } from '#crypto/native';
import { bytesOf } from './cast.ts';

const backend = await createNativeBackend();
const north = deriveIdentityKeys(new Uint8Array(32).fill(1));
const east = deriveIdentityKeys(new Uint8Array(32).fill(2));
const PIA = identityInput('names', 'muller', 'pia', '1961-03-09');

function tagsOf(keys: IdentityKeys, ...inputs: Uint8Array[]): string[] {
  const items = inputs.map((input) => blindIdentity(backend, input));
  const asked = items.map(({ blinded }) => blinded);
  return identityTags(items, evaluateIdentities(backend, keys, asked), keys.publicKey).map(toHex);
}

describe('the oblivious PRF', () => {
  it('is that of RFC 9497, A.1.2: key, blinded element, evaluation and output', () => {
    const { voprf } = ristretto255_oprf;
    const keys = voprf.deriveKeyPair(new Uint8Array(32).fill(0xa3), utf8('test key'));
    expect(toHex(keys.secretKey)).toBe('e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909');
    expect(toHex(keys.publicKey)).toBe('c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e');
    const blind = fromHex('64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706');
    const blinded = fromHex('863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945');
    const evaluated = fromHex('aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e');
    const answer = evaluateIdentities(backend, keys, [blinded]);
    expect(answer.evaluated.map(toHex)).toEqual([toHex(evaluated)]);
    const output = fromHex(
      'b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d' +
        'a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c',
    );
    const item = { input: new Uint8Array(1), blind, blinded };
    expect(identityTags([item], answer, keys.publicKey).map(toHex)).toEqual([
      toHex(hash(DOMAIN.identityTag, keys.publicKey, output)),
    ]);
  });

  it('gives one tag for one input whoever asks, and another for each institution', () => {
    const [first] = tagsOf(north, PIA);
    expect(tagsOf(north, PIA)).toEqual([first]);
    expect(tagsOf(east, PIA)).not.toEqual([first]);
    expect(tagsOf(north, identityInput('names', 'muller', 'pia', '1961-03-08'))).not.toEqual([first]);
    expect(tagsOf(north, identityInput('number', 'muller', 'pia', '1961-03-09'))).not.toEqual([first]);
    expect(tagsOf(north, identityInput('names', 'mullerpia', '', '1961-03-09'))).not.toEqual([first]);
    expect(tagsOf(north, PIA, identityInput('number', 'CH', '756'))[0]).toBe(first);
  });

  it('gives one witnessed tag for two tags, in their order', () => {
    const [home, witness] = [bytesOf('home'), bytesOf('witness')];
    expect(witnessedTag(home, witness)).toEqual(hash(DOMAIN.identityWitnessed, home, witness));
    expect(witnessedTag(witness, home)).not.toEqual(witnessedTag(home, witness));
  });

  it('queries for one person have nothing in common that the institution sees', () => {
    const seen = Array.from({ length: 64 }, () => blindIdentity(backend, PIA));
    const answers = seen.map(({ blinded }) => evaluateIdentities(backend, north, [blinded]));
    const points = [...seen.map(({ blinded }) => blinded), ...answers.flatMap(({ evaluated }) => evaluated)];
    expect(new Set(points.map(toHex)).size).toBe(128);
    // The control: with a generator that repeats itself the same person would be recognised.
    const stuck: Backend = { ...backend, random: (length) => new Uint8Array(length).fill(7) };
    const [one, two] = [blindIdentity(stuck, PIA), blindIdentity(stuck, PIA)];
    expect(toHex(one.blinded)).toBe(toHex(two.blinded));
  });

  it('refuses an evaluation with another key, another proof, another point, or too few', () => {
    const item = blindIdentity(backend, PIA);
    const good = evaluateIdentities(backend, north, [item.blinded]);
    const open = (answer: typeof good, key = north.publicKey): string => {
      try {
        return toHex(identityTags([item], answer, key)[0] ?? new Uint8Array());
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(open(good)).toBe(tagsOf(north, PIA)[0]);
    expect(open(evaluateIdentities(backend, east, [item.blinded]))).toBe('evaluation-invalid');
    expect(open(good, east.publicKey)).toBe('evaluation-invalid');
    expect(open({ ...good, evaluated: [] })).toBe('evaluation-invalid');
    expect(open({ ...good, evaluated: [...good.evaluated, item.blinded] })).toBe('evaluation-invalid');
    expect(open({ ...good, evaluated: [item.blinded] })).toBe('evaluation-invalid');
    expect(open({ ...good, evaluated: [new Uint8Array(32)] })).toBe('evaluation-invalid');
    for (let i = 0; i < good.proof.length; i += 1) {
      const proof = good.proof.with(i, (good.proof[i] ?? 0) ^ 1);
      expect(open({ ...good, proof })).toBe('evaluation-invalid');
    }
  });

  it('evaluates no identity element, no bytes that are no element, none and not too many', () => {
    const point = blindIdentity(nobleBackend, PIA).blinded;
    const bad = [[], [new Uint8Array(32)], [new Uint8Array(32).fill(255)], [point, point, point]];
    for (const blinded of bad)
      expect(() => evaluateIdentities(nobleBackend, north, blinded)).toThrow('a blinded identity');
    expect(evaluateIdentities(nobleBackend, north, [point, point]).evaluated).toHaveLength(2);
  });

  it('a dictionary and one’s own key test nothing against another institution’s tags', () => {
    const dictionary = Array.from({ length: 40 }, (_, i) =>
      identityInput('names', 'muller', 'pia', `1961-03-${String(i + 1).padStart(2, '0')}`),
    );
    const published = new Set(tagsOf(north, PIA));
    const hits = (keys: IdentityKeys): number =>
      dictionary.filter((guess) => published.has(tagsOf(keys, guess)[0] ?? '')).length;
    expect(hits(east)).toBe(0);
    // The control: the person is in the dictionary, and who has the key finds her.
    expect(hits(north)).toBe(1);
  });
});
