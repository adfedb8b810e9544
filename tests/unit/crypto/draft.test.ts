import { describe, expect, it } from 'vitest';
import { DRAFT_BYTES_MAX, draftKeys, draftSlot, openDraft, sealDraft, toHex, utf8 } from '#crypto';

const root = new Uint8Array(32).fill(7);
const person = new Uint8Array(32).fill(9);
const keys = draftKeys(root, person);
const slot = draftSlot(keys, 'note:maria');

describe('a draft', () => {
  it('opens with the same root, person and form, and with no other', () => {
    const box = sealDraft(keys, slot, utf8('a word or two'));
    expect(openDraft(draftKeys(root, person), slot, box)).toEqual(utf8('a word or two'));
    const others = [
      draftKeys(new Uint8Array(32).fill(8), person),
      draftKeys(root, new Uint8Array(32).fill(8)),
    ];
    for (const other of others) expect(() => openDraft(other, slot, box)).toThrow('open-failed');
    expect(() => openDraft(keys, draftSlot(keys, 'note:pia'), box)).toThrow('open-failed');
  });

  it('is refused after any change of one of its bits', () => {
    const box = sealDraft(keys, slot, utf8('x'));
    for (let bit = 0; bit < box.length * 8; bit += 37) {
      const changed = Uint8Array.from(box);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => openDraft(keys, slot, changed)).toThrow('open-failed');
    }
    for (const length of [0, 1, 63, 64, 80]) {
      expect(() => openDraft(keys, slot, box.subarray(0, length))).toThrow('open-failed');
    }
  });

  it('never seals twice alike, and is as long as other short ones', () => {
    const [one, other] = [sealDraft(keys, slot, utf8('yes')), sealDraft(keys, slot, utf8('a'.repeat(900)))];
    expect(one.length).toBe(other.length);
    expect(sealDraft(keys, slot, utf8('yes'))).not.toEqual(one);
    expect(sealDraft(keys, slot, utf8('a'.repeat(1100))).length).toBeGreaterThan(one.length);
  });

  it('has a place that tells neither form nor person, and holds no more than a note', () => {
    expect(toHex(slot)).not.toBe(toHex(draftSlot(keys, 'reading')));
    expect(toHex(keys.owner)).not.toBe(toHex(draftKeys(root, new Uint8Array(32)).owner));
    expect(() => sealDraft(keys, slot, new Uint8Array(DRAFT_BYTES_MAX + 1))).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    const whole = new Uint8Array(DRAFT_BYTES_MAX).fill(1);
    expect(openDraft(keys, slot, sealDraft(keys, slot, whole))).toEqual(whole);
    expect(openDraft(keys, slot, sealDraft(keys, slot, new Uint8Array(0)))).toEqual(new Uint8Array(0));
  });
});
