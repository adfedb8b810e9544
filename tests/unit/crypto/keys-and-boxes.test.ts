import { describe, expect, it } from 'vitest';
import {
  BOX_OVERHEAD_BYTES,
  deriveCompartment,
  deriveNodeKeys,
  derivePersonKeys,
  isSealPublicKey,
  openBox,
  personIdOf,
  recoveryCodeOf,
  rootFromRecoveryCode,
  sealBox,
  signTagged,
  DOMAIN,
  toHex,
  unwrapRoot,
  utf8,
  verifyPublicKeys,
  verifyTagged,
  wrapRoot,
  writerKit,
} from '#crypto';
import { frame } from '../../../crypto/hash.ts';
import { prove } from '../../../crypto/schnorr.ts';
import { alice, backends, bob, bytesOf, compartmentOf, eve, flipBit, nativeBackend } from './cast.ts';

describe.each(backends)('keys on $name', (backend) => {
  it('derives different keys for every use, and the same ones again', () => {
    const keys = derivePersonKeys(backend, bytesOf('maria'));
    const again = derivePersonKeys(backend, bytesOf('maria'));
    expect(again.id).toEqual(keys.id);
    const node = deriveNodeKeys(backend, bytesOf('maria'));
    const secrets = [
      keys.sign.secretKey,
      keys.seal.secretKey,
      keys.delegate.secret,
      node.validator.secretKey,
      node.seal.secretKey,
      node.peerSeed,
      keys.root,
    ];
    expect(new Set(secrets.map(toHex)).size).toBe(secrets.length);
    expect(verifyPublicKeys(backend, keys.publicKeys)).toBe(true);
    expect(personIdOf(keys.publicKeys)).toEqual(keys.id);
  });

  it('refuses keys without a true proof of possession, and keys that nobody can use', () => {
    const keys = alice.publicKeys;
    const lowOrder = Uint8Array.from(keys.seal);
    lowOrder.fill(0, 1184);
    const unreduced = Uint8Array.from(keys.seal);
    unreduced.fill(0xff, 0, 3);
    for (const wrong of [
      { ...keys, delegate: bob.publicKeys.delegate },
      { ...keys, delegate: bob.publicKeys.delegate, possession: bob.publicKeys.possession },
      { ...keys, sign: eve.publicKeys.sign },
      { ...keys, seal: eve.publicKeys.seal },
      { ...keys, possession: flipBit(keys.possession, 300) },
      { ...keys, possession: new Uint8Array(64) },
      { ...keys, delegate: new Uint8Array(32) },
      { ...keys, seal: lowOrder },
      { ...keys, seal: unreduced },
      { ...keys, sign: new Uint8Array(32) },
    ]) {
      expect(verifyPublicKeys(backend, wrong)).toBe(false);
    }
    expect(isSealPublicKey(keys.seal)).toBe(true);
    expect([lowOrder, unreduced].map(isSealPublicKey)).toEqual([false, false]);
  });

  it('refuses keys that nobody can use although their owner proved them properly', () => {
    const { sign, seal, delegate } = alice.publicKeys;
    const proven = (keys: { sign: Uint8Array; seal: Uint8Array }) => {
      const context = { tag: DOMAIN.possession, statement: frame(keys.sign, keys.seal) };
      const witness = alice.delegate.secret;
      return {
        ...keys,
        delegate,
        possession: prove(backend, context, [{ witness, pairs: [{ image: delegate }] }]),
      };
    };
    const lowOrder = Uint8Array.from(seal);
    lowOrder.fill(0, 1184);
    const unreduced = Uint8Array.from(seal);
    unreduced.fill(0xff, 0, 3);
    expect(verifyPublicKeys(backend, proven({ sign, seal }))).toBe(true);
    for (const bad of [lowOrder, unreduced, seal.subarray(1)]) {
      expect(verifyPublicKeys(backend, proven({ sign, seal: bad }))).toBe(false);
    }
    for (const bad of [new Uint8Array(32), new Uint8Array(32).fill(0xff), sign.subarray(1)]) {
      expect(verifyPublicKeys(backend, proven({ sign: bad, seal }))).toBe(false);
    }
  });

  it('takes a signature for one purpose only', () => {
    const signature = signTagged(backend, DOMAIN.vote, utf8('m'), alice.sign.secretKey);
    expect(verifyTagged(backend, DOMAIN.vote, utf8('m'), signature, alice.sign.publicKey)).toBe(true);
    expect(verifyTagged(backend, DOMAIN.receipt, utf8('m'), signature, alice.sign.publicKey)).toBe(false);
  });
});

describe.each(backends)('sealed boxes on $name', (backend) => {
  const context = utf8('context');
  const box = sealBox(backend, {
    sender: { id: alice.id, secretKey: alice.sign.secretKey },
    recipientSeal: bob.seal.publicKey,
    context,
    plaintext: utf8('seeds'),
  });
  const init = {
    senderPublicKey: alice.sign.publicKey,
    senderId: alice.id,
    recipient: bob.seal,
    context,
    box,
  };
  const failed = expect.objectContaining({ code: 'open-failed', message: 'open-failed' });

  it('opens for the recipient, from this sender, in this context', () => {
    expect(openBox(backend, init)).toEqual(utf8('seeds'));
    expect(box.length).toBe(BOX_OVERHEAD_BYTES + 5);
  });
  it('refuses another recipient, sender, context, length, and sampled bit flips, all with one error', () => {
    const wrong = [
      { ...init, recipient: eve.seal },
      { ...init, senderPublicKey: eve.sign.publicKey },
      { ...init, senderId: eve.id },
      { ...init, context: utf8('other') },
      { ...init, box: box.subarray(0, -1) },
      { ...init, box: new Uint8Array(0) },
      ...Array.from({ length: 60 }, (_, i) => ({ ...init, box: flipBit(box, (i * 167) % (box.length * 8)) })),
    ];
    for (const other of wrong) expect(() => openBox(backend, other)).toThrow(failed);
  });
});

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

describe('keystore', () => {
  const root = bytesOf('root');
  const failed = { code: 'open-failed', message: 'open-failed' };

  it.each(['argon2id', 'scrypt'] as const)('wraps a root under a passphrase with %s', async (kdf) => {
    const wrapped = await wrapRoot({ root, passphrase: 'correct horse', kdf });
    expect(toHex(wrapped)).not.toContain(toHex(root));
    expect(await unwrapRoot({ wrapped, passphrase: 'correct horse' })).toEqual(root);
    await expect(unwrapRoot({ wrapped, passphrase: 'wrong horse' })).rejects.toMatchObject(failed);
  });
  it('refuses a damaged file and another function with the same error', async () => {
    const wrapped = await wrapRoot({ root, passphrase: 'p' });
    for (const bit of [3, 90, wrapped.length * 8 - 1, 8 * 40]) {
      await expect(unwrapRoot({ wrapped: flipBit(wrapped, bit), passphrase: 'p' })).rejects.toMatchObject(
        failed,
      );
    }
    await expect(unwrapRoot({ wrapped: new Uint8Array(9), passphrase: 'p' })).rejects.toMatchObject(failed);
    await expect(wrapRoot({ root, passphrase: '' })).rejects.toMatchObject({ code: 'input-invalid' });
  });
});

describe('recovery code', () => {
  it('survives how people write, and notices one wrong or two swapped letters', () => {
    const root = bytesOf('root');
    const code = recoveryCodeOf(root);
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(rootFromRecoveryCode(code)).toEqual(root);
    expect(
      rootFromRecoveryCode(code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')),
    ).toEqual(root);
    const invalid = expect.objectContaining({ code: 'recovery-code-invalid' });
    for (let at = 0; at < code.length; at++) {
      const letter = code.charAt(at);
      if (letter === '-') continue;
      const wrong = code.slice(0, at) + (letter === '7' ? '8' : '7') + code.slice(at + 1);
      expect(() => rootFromRecoveryCode(wrong)).toThrow(invalid);
      const next = code.charAt(at + 1);
      if (next === '' || next === '-' || next === letter) continue;
      expect(() => rootFromRecoveryCode(code.slice(0, at) + next + letter + code.slice(at + 2))).toThrow(
        invalid,
      );
    }
    for (const wrong of ['', code.slice(1), `${code}A`, code.replace(/^./, 'U'), 'A'.repeat(10_000)]) {
      expect(() => rootFromRecoveryCode(wrong)).toThrow(invalid);
    }
  });
});
