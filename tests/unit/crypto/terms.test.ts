import { describe, expect, it } from 'vitest';
import { DOMAIN, encode, hash, openTerms, sealBox } from '#crypto';
import { alice, bob, bytesOf, compartmentOf, nativeBackend } from './cast.ts';

const grantId = bytesOf('grant');
const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };
const { name, A, kappa, ix } = compartmentOf();
const granted = { rekey: 0, ...name, A, kappa, ix };
const honest = {
  salt: bytesOf('salt'),
  purpose: 'second opinion',
  expires: 7,
  keywords: ['w'],
  compartments: [granted],
};

/** Of as many bytes as terms of this many rekeys have. */
function padded(fields: object, rekeys: number): Uint8Array {
  const empty = encode({ ...fields, padding: new Uint8Array(0) });
  return encode({ padding: new Uint8Array(6144 + 320 * rekeys - empty.length - 2), ...fields });
}

/** Terms that Alice herself signed and sealed, whatever is in them. */
function openedBytes(plaintext: Uint8Array) {
  const box = sealBox(nativeBackend, {
    sender: { id: alice.id, secretKey: alice.sign.secretKey },
    recipientSeal: bob.seal.publicKey,
    context: hash(DOMAIN.grantTerms, grantId, bob.id),
    plaintext,
  });
  return openTerms(nativeBackend, { delegate: bob, issuer, grantId, box });
}

const opened = (content: unknown, outer: object = {}, rekeys = 64) =>
  openedBytes(padded({ content: encode(content), ...outer }, rekeys));

describe('terms that the issuer signed', () => {
  it('open when they are well formed (positive control)', () => {
    const terms = opened(honest);
    expect(terms).toMatchObject({ purpose: 'second opinion', expiresAtMs: 7, keywords: ['w'] });
    expect(terms.compartments).toEqual([{ rekey: 0, compartment: { name, A, kappa, ix } }]);
    expect(terms.commitment).toHaveLength(32);
  });

  it('are taken up to their limits', () => {
    const all = Array.from({ length: 64 }, (_, rekey) => ({
      ...granted,
      rekey,
      generation: 0xffff_ffff,
      A: bytesOf(`A ${rekey}`),
    }));
    const largest = {
      ...honest,
      purpose: 'p'.repeat(512),
      expires: Number.MAX_SAFE_INTEGER,
      keywords: Array.from({ length: 16 }, () => 'w'.repeat(256)),
      compartments: all,
    };
    expect(opened(largest).compartments.map(({ rekey }) => rekey)).toEqual(all.map(({ rekey }) => rekey));
    expect(opened({ ...honest, expires: 0, keywords: [] }).keywords).toEqual([]);
  });

  const withThe = (change: object) => ({ ...honest, compartments: [{ ...granted, ...change }] });
  it.each([
    ['a short salt', { ...honest, salt: new Uint8Array(31) }],
    ['a purpose too long', { ...honest, purpose: 'p'.repeat(513) }],
    ['a time before all times', { ...honest, expires: -1 }],
    ['a keyword too long', { ...honest, keywords: ['w'.repeat(257)] }],
    ['17 keywords', { ...honest, keywords: Array.from({ length: 17 }, () => 'w') }],
    ['no compartment', { ...honest, compartments: [] }],
    ['65 compartments', { ...honest, compartments: Array.from({ length: 65 }, () => granted) }],
    ['a compartment twice', { ...honest, compartments: [granted, { ...granted, rekey: 1 }] }],
    ['a rekey twice', { ...honest, compartments: [granted, { ...granted, A: bytesOf('another A') }] }],
    ['an unknown field', { ...honest, more: 1 }],
    ['a rekey out of range', withThe({ rekey: 64 })],
    ['a rekey below zero', withThe({ rekey: -1 })],
    ['a category of no form', withThe({ category: 'Ä' })],
    ['a category too long', withThe({ category: 'c'.repeat(65) })],
    ['a generation too large', withThe({ generation: 2 ** 32 })],
    ['a generation below zero', withThe({ generation: -1 })],
    ['a period of no form', withThe({ period: '2026-13' })],
    ['a short A', withThe({ A: new Uint8Array(31) })],
    ['a long kappa', withThe({ kappa: new Uint8Array(33) })],
    ['no ix', withThe({ ix: new Uint8Array(0) })],
  ])('stay shut with %s, by the one error of a wrong key', (_, content) => {
    expect(() => opened(content)).toThrow(expect.objectContaining({ code: 'open-failed' }));
  });

  it('stay shut around something else', () => {
    for (const outer of [{ content: 'text' }, { more: 1 }, { content: encode([]) }]) {
      expect(() => opened(honest, outer)).toThrow(expect.objectContaining({ code: 'open-failed' }));
    }
  });

  it('have one padding: zeros, and as many as the number of rekeys says', () => {
    const refused = expect.objectContaining({ code: 'open-failed' });
    const plaintext = padded({ content: encode(honest) }, 1);
    expect(openedBytes(plaintext).purpose).toBe(honest.purpose);
    const marked = plaintext.map((byte, i) => (i === plaintext.length - 1 ? 1 : byte));
    expect(() => openedBytes(marked)).toThrow(refused);
    for (const rekeys of [0, 65, 1.1]) expect(() => opened(honest, {}, rekeys)).toThrow(refused);
    const third = { ...honest, compartments: [{ ...granted, rekey: 2 }] };
    expect(() => opened(third, {}, 2)).toThrow(refused);
    expect(opened(third, {}, 3).compartments[0]?.rekey).toBe(2);
  });
});
