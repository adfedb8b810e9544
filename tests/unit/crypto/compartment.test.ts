import { describe, expect, it } from 'vitest';
import { deriveCompartment, toHex, writerKit } from '#crypto';
import { alice, bob, bytesOf, compartmentOf, nativeBackend } from './cast.ts';

describe('compartments', () => {
  it('gives every category, generation, period and seed keys of its own', () => {
    const all = [
      compartmentOf(),
      compartmentOf({ category: 'imaging' }),
      compartmentOf({ generation: 1 }),
      compartmentOf({ period: 'all' }),
      compartmentOf({ period: '2026' }),
      compartmentOf({}, bytesOf('other')),
    ];
    const parts = all.flatMap(({ a, A, kappa, ix }) => [a, A, kappa, ix]).map(toHex);
    expect(new Set(parts).size).toBe(parts.length);
  });
  it('refuses names that are not well formed', () => {
    for (const wrong of [
      { category: '' },
      { category: 'Laboratory' },
      { category: 'x'.repeat(65) },
      { period: '2026-13' },
      { period: '2026-1' },
      { period: 'All' },
      { generation: -1 },
      { generation: 1.5 },
      { generation: 2 ** 32 },
    ]) {
      expect(() => compartmentOf(wrong)).toThrow(expect.objectContaining({ code: 'input-invalid' }));
    }
    expect(() => deriveCompartment(nativeBackend, new Uint8Array(31), compartmentOf().name)).toThrow(
      expect.objectContaining({ code: 'key-invalid' }),
    );
  });
  it('gives a writer kit that holds neither the opening scalar nor the keys of other lanes', () => {
    const compartment = compartmentOf();
    const kit = writerKit(nativeBackend, compartment, alice.id, 3);
    const other = writerKit(nativeBackend, compartment, bob.id, 3);
    const secrets = Object.values(kit)
      .filter((value) => value instanceof Uint8Array)
      .map(toHex);
    for (const hidden of [compartment.a, compartment.kappa, compartment.ix, other.kappaLane, other.ixLane]) {
      expect(secrets).not.toContain(toHex(hidden));
    }
  });
});
