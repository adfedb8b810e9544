import { describe, expect, it } from 'vitest';
import { recoveryCodeOf, rootFromRecoveryCode, toHex, unwrapRoot, wrapRoot } from '#crypto';
import { bytesOf, flipBit } from './cast.ts';

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
