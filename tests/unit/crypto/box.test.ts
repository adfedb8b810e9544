import { describe, expect, it } from 'vitest';
import { BOX_OVERHEAD_BYTES, openBox, sealBox, utf8 } from '#crypto';
import { alice, backends, bob, eve, flipBit } from './cast.ts';

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
