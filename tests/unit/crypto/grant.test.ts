import { describe, expect, it } from 'vitest';
import {
  canOpen,
  checkRekey,
  combine,
  convert,
  createGrant,
  delegateCompartment,
  equalBytes,
  grantIdOf,
  openRecord,
  openShares,
  openTerms,
  toHex,
  utf8,
  verifyConversion,
  type Conversion,
} from '#crypto';
import { sealShares } from '../../../crypto/grant/node-shares.ts';
import {
  alice,
  backends,
  bob,
  bytesOf,
  compartmentOf,
  contextOf,
  eve,
  flipBit,
  grantTo,
  headerOf,
  maria,
  nativeBackend,
  nodes,
  sealFor,
} from './cast.ts';

const laboratory = compartmentOf();
const october = compartmentOf({ period: '2026-10' });
const plaintext = utf8('a record');
const issuer = { id: alice.id, signPublicKey: alice.sign.publicKey };

describe.each(backends)('threshold re-encryption on $name', (backend) => {
  it('lets the delegate open through any three of four proxies, with one and the same element', async () => {
    const sealed = await sealFor([laboratory], plaintext, { backend });
    const header = headerOf(sealed);
    const grant = grantTo([laboratory], { backend });
    const j = grant.rekeyOf[0]!;
    const rekey = grant.rekeys[j]!;
    const E = header.slots[0]!.E;
    const context = contextOf(grant, j, header.recordId);
    const conversions = grant.shares.map((shares, i) =>
      convert(backend, { share: shares[j]!, E, index: i + 1, context }),
    );
    expect(
      conversions.every((conversion) => verifyConversion(backend, { rekey, E, conversion, context })),
    ).toBe(true);
    expect(
      checkRekey(backend, { delegate: bob, grantId: grant.grantId, rekeyIndex: j, rekey, A: laboratory.A }),
    ).toBe(true);
    const owner = backend.group.multiply(laboratory.a, E);
    for (const left of [0, 1, 2, 3]) {
      const some = conversions.filter((_, i) => i !== left).toReversed();
      const Y = combine(backend, {
        delegate: bob,
        grantId: grant.grantId,
        rekeyIndex: j,
        rekey,
        conversions: some,
      });
      expect(Y).toEqual(owner);
      const key = { kind: 'converted', compartment: delegateCompartment(laboratory), Y } as const;
      expect(await openRecord(backend, { header, fetch: sealed.fetch, key })).toEqual(plaintext);
    }
  });
});

describe('wrong delegates, rekeys and conversions', () => {
  const grant = grantTo([laboratory, october]);
  const [j, k] = [grant.rekeyOf[0]!, grant.rekeyOf[1]!];
  const rekey = grant.rekeys[j]!;

  async function setting() {
    const sealed = await sealFor([laboratory], plaintext);
    const header = headerOf(sealed);
    const E = header.slots[0]!.E;
    const context = contextOf(grant, j, header.recordId);
    const conversions = grant.shares
      .slice(0, 3)
      .map((shares, i) => convert(nativeBackend, { share: shares[j]!, E, index: i + 1, context }));
    return { sealed, header, E, context, conversions };
  }
  const opensWith = (header: ReturnType<typeof headerOf>, Y: Uint8Array, compartment = laboratory) =>
    canOpen(nativeBackend, header, { kind: 'converted', compartment: delegateCompartment(compartment), Y });
  const init = { delegate: bob, grantId: grant.grantId, rekeyIndex: j, rekey };

  it('stays shut for another delegate, another grant id, another rekey index', async () => {
    const { header, conversions } = await setting();
    expect(opensWith(header, combine(nativeBackend, { ...init, conversions }))).toBe(true);
    const wrong = [
      { ...init, delegate: eve },
      { ...init, grantId: bytesOf('other grant') },
      { ...init, rekeyIndex: k },
      { ...init, rekey: { ...rekey, X: grant.rekeys[k]!.X } },
    ];
    for (const other of wrong) {
      expect(opensWith(header, combine(nativeBackend, { ...other, conversions }))).toBe(false);
      expect(checkRekey(nativeBackend, { ...other, A: laboratory.A })).toBe(false);
    }
    expect(checkRekey(nativeBackend, { ...init, A: october.A })).toBe(false);
  });

  it('stays shut through the rekey of another period of the same grant', async () => {
    const { header, E, context } = await setting();
    const conversions = grant.shares
      .slice(0, 3)
      .map((shares, i) => convert(nativeBackend, { share: shares[k]!, E, index: i + 1, context }));
    const Y = combine(nativeBackend, { ...init, rekeyIndex: k, rekey: grant.rekeys[k]!, conversions });
    expect(opensWith(header, Y)).toBe(false);
  });

  it('refuses too few, too many and repeated conversions', async () => {
    const { conversions, E, context } = await setting();
    const fourth = convert(nativeBackend, { share: grant.shares[3]![j]!, E, index: 4, context });
    const [first, second] = conversions as [Conversion, Conversion];
    for (const wrong of [conversions.slice(1), [...conversions, fourth], [first, first, second], []]) {
      expect(() => combine(nativeBackend, { ...init, conversions: wrong })).toThrow(
        expect.objectContaining({ code: 'conversion-invalid' }),
      );
    }
  });

  it('names the proxy that lies, whatever it lies with', async () => {
    const { header, E, context, conversions } = await setting();
    const honest = conversions[1]!;
    const other = convert(nativeBackend, { share: grant.shares[1]![k]!, E, index: 2, context });
    const lies: Conversion[] = [
      { ...honest, point: nativeBackend.group.multiplyBase(laboratory.a) },
      { ...honest, point: E },
      { ...honest, point: new Uint8Array(32) },
      { ...honest, point: new Uint8Array(32).fill(0xff) },
      { ...honest, index: 3 },
      { ...honest, index: 0 },
      { ...honest, proof: new Uint8Array(64) },
      other,
    ];
    for (const lie of lies) {
      const named = [conversions[0]!, lie, conversions[2]!].filter(
        (conversion) => !verifyConversion(nativeBackend, { rekey, E, conversion, context }),
      );
      expect(named).toEqual([lie]);
    }
    const answers = [conversions[0]!, other, conversions[2]!];
    expect(opensWith(header, combine(nativeBackend, { ...init, conversions: answers }))).toBe(false);
  });

  it('refuses every single-bit flip of a conversion', async () => {
    const { E, context, conversions } = await setting();
    const conversion = conversions[0]!;
    const holds = (changed: Conversion) =>
      verifyConversion(nativeBackend, { rekey, E, conversion: changed, context });
    expect(holds(conversion)).toBe(true);
    for (let bit = 0; bit < 512; bit += 3)
      expect(holds({ ...conversion, proof: flipBit(conversion.proof, bit) })).toBe(false);
    for (let bit = 0; bit < 256; bit += 3)
      expect(holds({ ...conversion, point: flipBit(conversion.point, bit) })).toBe(false);
  });

  it('refuses a conversion replayed for another grant, rekey, record, slot, delegate, access, height or chain', async () => {
    const { E, context, conversions } = await setting();
    const conversion = conversions[0]!;
    const elsewhere = [
      { ...context, chainId: bytesOf('other') },
      { ...context, grantId: bytesOf('other') },
      { ...context, rekey: context.rekey + 1 },
      { ...context, recordId: bytesOf('other') },
      { ...context, slot: 1 },
      { ...context, delegate: eve.id },
      { ...context, accessId: bytesOf('other') },
      { ...context, height: 8 },
    ];
    for (const other of elsewhere) {
      expect(verifyConversion(nativeBackend, { rekey, E, conversion, context: other })).toBe(false);
    }
    const otherE = nativeBackend.group.multiplyBase(laboratory.a);
    expect(verifyConversion(nativeBackend, { rekey, E: otherE, conversion, context })).toBe(false);
  });
});

describe('what nodes and delegates receive', () => {
  const grant = grantTo([laboratory]);
  const shareInit = {
    node: nodes[0]!,
    issuer,
    grantId: grant.grantId,
    index: 1,
    rekeys: [...grant.rekeys],
    box: grant.nodeShares[0]!.box,
  };
  const invalid = expect.objectContaining({ code: 'share-invalid' });

  it('refuses shares under another node, index, grant, issuer or commitment', () => {
    expect(openShares(nativeBackend, shareInit)).toHaveLength(grant.rekeys.length);
    const swapped = [...grant.rekeys].toReversed();
    for (const wrong of [
      { ...shareInit, node: nodes[1]! },
      { ...shareInit, index: 2 },
      { ...shareInit, grantId: bytesOf('other') },
      { ...shareInit, issuer: { id: eve.id, signPublicKey: eve.sign.publicKey } },
      { ...shareInit, rekeys: swapped },
      { ...shareInit, box: grant.nodeShares[1]!.box },
      { ...shareInit, box: flipBit(shareInit.box, 8 * 1300) },
    ]) {
      expect(() => openShares(nativeBackend, wrong)).toThrow(invalid);
    }
  });

  it('refuses shares that the issuer signed but that contradict her commitments', () => {
    const holder = { id: nodes[0]!.id, index: 1, seal: nodes[0]!.seal.publicKey };
    const own = grant.shares[0]!;
    const sealed = (shares: readonly Uint8Array[]) => {
      const box = sealShares(nativeBackend, alice, holder, {
        grantId: grant.grantId,
        rekeys: grant.rekeys,
        shares,
      });
      return openShares(nativeBackend, { ...shareInit, box });
    };
    expect(sealed(own)).toEqual(own);
    const wrong = [
      [...own.slice(1), own[0]!],
      own.slice(1),
      [...own, own[0]!],
      [new Uint8Array(32), ...own.slice(1)],
      [grant.shares[1]![0]!, ...own.slice(1)],
    ];
    for (const shares of wrong) expect(() => sealed(shares)).toThrow(invalid);
  });

  it('opens the terms for the delegate only, and they match the commitment', () => {
    const opened = openTerms(nativeBackend, {
      delegate: bob,
      issuer,
      grantId: grant.grantId,
      box: grant.terms,
    });
    expect(opened.purpose).toBe('second opinion');
    expect(opened.compartments.map(({ compartment }) => compartment)).toEqual([
      delegateCompartment(laboratory),
    ]);
    expect(opened.commitment).toEqual(grant.termsCommitment);
    const failed = expect.objectContaining({ code: 'open-failed' });
    const init = { delegate: bob, issuer, grantId: grant.grantId, box: grant.terms };
    expect(() => openTerms(nativeBackend, { ...init, delegate: eve })).toThrow(failed);
    expect(() => openTerms(nativeBackend, { ...init, grantId: bytesOf('other') })).toThrow(failed);
    expect(() => openTerms(nativeBackend, { ...init, issuer: { ...issuer, id: eve.id } })).toThrow(failed);
  });

  it('never hands over the opening scalar', () => {
    const opened = openTerms(nativeBackend, {
      delegate: bob,
      issuer,
      grantId: grant.grantId,
      box: grant.terms,
    });
    expect(JSON.stringify(opened.compartments)).not.toContain('"a"');
    expect(grant.shares.flat().some((share) => equalBytes(share, laboratory.a))).toBe(false);
  });

  it('refuses a grant for keys without proof of possession, a bad threshold and a compartment twice', () => {
    const init = {
      issuer: alice,
      patient: maria.id,
      delegate: bob.publicKeys,
      compartments: [laboratory],
      threshold: 3,
      nodes: nodes.map(({ id, seal }, i) => ({ id, index: i + 1, seal: seal.publicKey })),
      terms: { purpose: 'p', expiresAtMs: 1 },
    };
    const stolen = { ...bob.publicKeys, sign: eve.publicKeys.sign };
    expect(() => createGrant(nativeBackend, { ...init, delegate: stolen })).toThrow(
      expect.objectContaining({ code: 'key-invalid' }),
    );
    for (const wrong of [
      { ...init, threshold: 0 },
      { ...init, threshold: 5 },
      { ...init, compartments: [] },
      { ...init, compartments: [laboratory, laboratory] },
      { ...init, nodes: init.nodes.map((node) => ({ ...node, index: 1 })) },
      { ...init, nodes: init.nodes.map((node, i) => ({ ...node, index: i })) },
      { ...init, padTo: 65 },
      { ...init, nonce: new Uint8Array(15) },
    ]) {
      expect(() => createGrant(nativeBackend, wrong)).toThrow(
        expect.objectContaining({ code: 'input-invalid' }),
      );
    }
    expect(createGrant(nativeBackend, { ...init, nonce: new Uint8Array(16) }).grantId).toEqual(
      grantIdOf(alice.id, maria.id, new Uint8Array(16)),
    );
  });
});

describe('hidden conditions', () => {
  it('gives grants of different conditions the same sizes and no bytes in common', () => {
    const one = grantTo([laboratory], { purpose: 'x' });
    const three = grantTo(
      [october, compartmentOf({ category: 'imaging' }), compartmentOf({ category: 'allergy' })],
      {
        purpose: 'a much longer purpose than the other one, by far',
      },
    );
    const partsOf = (grant: typeof one) => [
      ...grant.rekeys.flatMap(({ X, commitments }) => [X, ...commitments]),
      ...grant.nodeShares.map(({ box }) => box),
      grant.terms,
      grant.termsCommitment,
    ];
    const sizes = (grant: typeof one) => partsOf(grant).map(({ length }) => length);
    expect(sizes(one)).toEqual(sizes(three));
    const windows = (parts: Uint8Array[]) =>
      parts.flatMap((part) =>
        Array.from({ length: part.length - 7 }, (_, i) => toHex(part.subarray(i, i + 8))),
      );
    const seen = new Set(windows(partsOf(one)));
    expect(seen.size).toBeGreaterThan(1000);
    expect(windows(partsOf(three)).filter((window) => seen.has(window))).toEqual([]);
    const again = grantTo([laboratory], { purpose: 'x' });
    expect(windows(partsOf(again)).filter((window) => seen.has(window))).toEqual([]);
  });

  it('leaves a dictionary of compartments useless without the seed, and finds it with the seed leaked', () => {
    const grant = grantTo([laboratory]);
    const rekey = grant.rekeys[grant.rekeyOf[0]!]!;
    const dictionary = ['laboratory', 'imaging', 'medication'].map((category) => ({
      category,
      period: '2026-11',
    }));
    const guess = (seed: Uint8Array, grantIndex: number) =>
      dictionary.filter((name) =>
        checkRekey(nativeBackend, {
          delegate: bob,
          grantId: grant.grantId,
          rekeyIndex: grantIndex,
          rekey,
          A: compartmentOf(name, seed).A,
        }),
      );
    expect(guess(bytesOf('a guess'), grant.rekeyOf[0]!)).toEqual([]);
    expect(guess(bytesOf('generation seed'), grant.rekeyOf[0]!)).toEqual([dictionary[0]]);
  });
});
