import { describe, expect, it } from 'vitest';
import { checkRekey, createGrant, GRANT_REKEYS_MAX, openTerms } from '#crypto';
import { alice, bob, compartmentOf, maria, nativeBackend, nodes } from './cast.ts';

const refusal = (code: string) => expect.objectContaining({ name: 'CryptoError', code });
const laboratory = compartmentOf();

describe('a grant', () => {
  const grantWith = (change: object = {}, terms: object = {}) =>
    createGrant(nativeBackend, {
      issuer: alice,
      patient: maria.id,
      delegate: bob.publicKeys,
      compartments: [laboratory],
      threshold: 1,
      nodes: nodes.slice(0, 1).map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
      terms: { purpose: 'p', expiresAtMs: 1, ...terms },
      ...change,
    });
  const opened = ({ grantId, terms: box }: ReturnType<typeof grantWith>) =>
    openTerms(nativeBackend, {
      delegate: bob,
      issuer: { id: alice.id, signPublicKey: alice.sign.publicKey },
      grantId,
      box,
    });

  it('carries the largest terms it allows, and refuses larger ones', () => {
    const words = Array.from({ length: 16 }, () => 'ä'.repeat(128));
    const largest = opened(
      grantWith({}, { purpose: 'é'.repeat(256), keywords: words, expiresAtMs: 2 ** 53 - 1 }),
    );
    expect(largest.keywords).toEqual(words);
    expect(largest.purpose).toHaveLength(256);
    expect(largest.expiresAtMs).toBe(Number.MAX_SAFE_INTEGER);
    expect(opened(grantWith({}, { expiresAtMs: 0 })).expiresAtMs).toBe(0);
    for (const terms of [
      { purpose: `${'é'.repeat(256)}x` },
      { keywords: [...words, 'w'] },
      { keywords: [`${'ä'.repeat(128)}x`] },
    ]) {
      expect(() => grantWith({}, terms)).toThrow(refusal('too-large'));
    }
    for (const expiresAtMs of [-1, 0.5, 2 ** 53]) {
      expect(() => grantWith({}, { expiresAtMs })).toThrow(refusal('input-invalid'));
    }
  });

  it('refuses keys of a length that no compartment has, when they would show in the length of the terms', () => {
    const swollen = { ...laboratory, kappa: new Uint8Array(7000) };
    expect(() => grantWith({ compartments: [swollen] })).toThrow(refusal('too-large'));
  });

  it('has terms of one length for one number of rekeys, whatever is in them', () => {
    const full = { purpose: 'p'.repeat(512), keywords: Array.from({ length: 16 }, () => 'w'.repeat(256)) };
    for (const padTo of [4, 8, 64]) {
      const lengths = [{}, { keywords: ['w'] }, full].map(
        (terms) => grantWith({ padTo }, terms).terms.length,
      );
      expect(new Set(lengths)).toEqual(new Set([6 * 1024 + padTo * 320 + 1233]));
    }
  });

  it('has room for 64 compartments with the longest names, and none for 65', () => {
    const compartments = Array.from({ length: GRANT_REKEYS_MAX + 1 }, (_, i) =>
      compartmentOf({ category: `${'c'.repeat(62)}${String(i).padStart(2, '0')}`, generation: 0xffff_ffff }),
    );
    const grant = grantWith({ compartments: compartments.slice(0, GRANT_REKEYS_MAX) });
    expect(grant.rekeys).toHaveLength(64);
    expect(opened(grant).compartments.map(({ compartment }) => compartment.name)).toEqual(
      compartments.slice(0, GRANT_REKEYS_MAX).map(({ name }) => name),
    );
    expect(() => grantWith({ compartments })).toThrow(refusal('input-invalid'));
  });

  it.each([
    [1, 4],
    [4, 4],
    [5, 8],
    [9, 16],
  ])('of %i compartments shows %i rekeys', (count, shown) => {
    const compartments = Array.from({ length: count }, (_, i) => compartmentOf({ generation: i }));
    const grant = grantWith({ compartments });
    expect(grant.rekeys).toHaveLength(shown);
    const places = opened(grant).compartments.map(({ rekey }) => rekey);
    expect(new Set(places).size).toBe(count);
    expect(Math.max(...places)).toBeLessThan(shown);
  });

  it('refuses fewer rekeys than compartments, and node indices outside 1 to 255', () => {
    const compartments = [laboratory, compartmentOf({ generation: 1 })];
    expect(grantWith({ compartments, padTo: 2 }).rekeys).toHaveLength(2);
    const at = (index: number) =>
      nodes.slice(0, 1).map(({ id, seal }) => ({ id, index, seal: seal.publicKey }));
    expect(grantWith({ nodes: at(255) }).nodeShares[0]?.index).toBe(255);
    for (const wrong of [
      { compartments, padTo: 1 },
      { nodes: at(0) },
      { nodes: at(256) },
      { nodes: at(1.5) },
      { threshold: 1.5 },
      { patient: new Uint8Array(31) },
      { nonce: new Uint8Array(17) },
    ]) {
      expect(() => grantWith(wrong)).toThrow(refusal('input-invalid'));
    }
  });

  it('without commitments is no rekey of anything', () => {
    const grant = grantWith();
    const init = { delegate: bob, grantId: grant.grantId, rekeyIndex: 0, A: laboratory.A };
    expect(checkRekey(nativeBackend, { ...init, rekey: { X: grant.rekeys[0]!.X, commitments: [] } })).toBe(
      false,
    );
    const bad = { X: new Uint8Array(32), commitments: grant.rekeys[0]!.commitments };
    expect(checkRekey(nativeBackend, { ...init, rekey: bad })).toBe(false);
  });
});
