import { describe, expect, it } from 'vitest';
import {
  deriveNodeKeys,
  derivePersonKeys,
  isSealPublicKey,
  personIdOf,
  signTagged,
  DOMAIN,
  toHex,
  utf8,
  verifyPublicKeys,
  verifyTagged,
} from '#crypto';
import { frame } from '../../../crypto/hash.ts';
import { prove } from '../../../crypto/schnorr.ts';
import { alice, backends, bob, bytesOf, eve, flipBit } from './cast.ts';

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
