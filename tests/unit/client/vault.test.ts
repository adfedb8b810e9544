import { describe, expect, it } from 'vitest';
import { CryptoError, derivePersonKeys, nobleBackend, toBase64Url, toHex } from '#crypto';
import { emptyVault, openVault, sealVault } from '#node/client';
import type { Vault } from '#node/client';

const keys = derivePersonKeys(nobleBackend, new Uint8Array(32).fill(5));
const id = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

const vault: Vault = {
  ...emptyVault(),
  newestHeight: 42,
  keyrings: [
    {
      patient: id(1),
      boxes: [],
      isPublished: false,
      seeds: [{ category: 'vital-signs', generation: 3, seed: id(0xc5) }],
      kits: [],
      devices: [{ device: id(9), categories: ['vital-signs'], months: ['2026-11'] }],
    },
  ],
  grants: [{ grant: id(2), patient: id(1), categories: ['laboratory'], months: ['2026-10'] }],
};

describe('a vault at rest', () => {
  it('opens to the same keys and contents with the passphrase, through JSON', async () => {
    const sealed = await sealVault(nobleBackend, { keys, vault, passphrase: 'correct horse' });
    const opened = await openVault(nobleBackend, {
      sealed: JSON.parse(JSON.stringify(sealed)),
      passphrase: 'correct horse',
    });
    expect(opened.vault).toEqual(vault);
    expect(toHex(opened.keys.id)).toBe(toHex(keys.id));
    expect(toHex(opened.keys.root)).toBe(toHex(keys.root));
  });

  it('shows neither root nor seeds nor categories', async () => {
    const sealed = JSON.stringify(
      await sealVault(nobleBackend, { keys, vault, passphrase: 'correct horse' }),
    );
    for (const secret of [id(5), id(0xc5)]) {
      expect(sealed).not.toContain(toHex(secret));
      expect(sealed).not.toContain(toBase64Url(secret).slice(0, -1));
    }
    expect(sealed).not.toMatch(/vital|laboratory|correct/);
  });

  it('stays shut with another passphrase, for another person, and after any change', async () => {
    const sealed = await sealVault(nobleBackend, { keys, vault, passphrase: 'correct horse' });
    const open = (changed: unknown, passphrase = 'correct horse') =>
      openVault(nobleBackend, { sealed: changed, passphrase });
    await expect(open(sealed, 'wrong horse')).rejects.toThrow(CryptoError);
    await expect(open({ ...sealed, person: toHex(id(7)) })).rejects.toThrow(CryptoError);
    const flipped =
      sealed.contents.slice(0, 2000) +
      (sealed.contents[2000] === 'A' ? 'B' : 'A') +
      sealed.contents.slice(2001);
    await expect(open({ ...sealed, contents: flipped })).rejects.toThrow(CryptoError);
    await expect(open({ ...sealed, extra: 1 })).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(open('nonsense')).rejects.toMatchObject({ code: 'input-invalid' });
  });
});
