import { describe, expect, it } from 'vitest';
import {
  ACCOUNT_BOX_BYTES_MAX,
  encode,
  openAccountBox,
  passkeySalt,
  sealAccountBox,
  secretsFromPasskey,
  secretsFromPassphrase,
  secretsFromRoot,
  sha256,
  toHex,
  unwrapAccount,
  utf8,
  wrapAccount,
} from '#crypto';

const bytes = (name: string): Uint8Array => sha256(utf8(name));
const place = { chainId: bytes('chain'), nodeId: bytes('node') };
const account = { root: bytes('root'), person: bytes('person') };
const refused = expect.objectContaining({ code: 'open-failed' });

describe('the secrets of a way into an account', () => {
  it('take the name as people write it, and nothing else twice', async () => {
    const init = { ...place, name: 'Maria', passphrase: 'correct horse' };
    const { lookup, key } = await secretsFromPassphrase(init);
    expect(await secretsFromPassphrase({ ...init, name: ' maria ' })).toEqual({ lookup, key });
    const others = [
      { ...init, name: 'mario' },
      { ...init, passphrase: 'Correct horse' },
      { ...init, chainId: bytes('other chain') },
      { ...init, nodeId: bytes('other node') },
    ];
    for (const other of others) {
      const secrets = await secretsFromPassphrase(other);
      expect(toHex(secrets.lookup)).not.toBe(toHex(lookup));
      expect(toHex(secrets.key)).not.toBe(toHex(key));
    }
  });

  it('keep the ways apart: one secret used in two of them gives nothing in common', () => {
    const secret = bytes('secret');
    const [passkey, root] = [secretsFromPasskey(secret), secretsFromRoot(secret)];
    const all = [passkey.lookup, passkey.key, root.lookup, root.key].map(toHex);
    expect(new Set(all).size).toBe(4);
    expect(toHex(passkeySalt(place))).not.toBe(toHex(passkeySalt({ ...place, nodeId: bytes('other') })));
  });

  it.each([0, 31, 33])('refuse a PRF output of %i bytes', (length) => {
    expect(() => secretsFromPasskey(new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: 'key-invalid' }),
    );
  });
});

describe('a wrapped account', () => {
  const secrets = secretsFromPasskey(bytes('passkey'));

  it('opens with its secrets and is another one each time', () => {
    const [one, two] = [wrapAccount(secrets, account), wrapAccount(secrets, account)];
    expect(unwrapAccount(secrets, one)).toEqual(account);
    expect(toHex(one)).not.toBe(toHex(two));
    expect(one.length).toBeLessThan(ACCOUNT_BOX_BYTES_MAX);
  });

  it('does not open under another key, under another id, or with any bit changed', () => {
    const box = wrapAccount(secrets, account);
    const other = secretsFromPasskey(bytes('other passkey'));
    expect(() => unwrapAccount(other, box)).toThrow(refused);
    expect(() => unwrapAccount({ ...secrets, lookup: other.lookup }, box)).toThrow(refused);
    for (let i = 0; i < box.length; i += 1) {
      const changed = Uint8Array.from(box);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => unwrapAccount(secrets, changed)).toThrow(refused);
    }
  });

  it('is not taken for a label, nor a label for it', () => {
    expect(() => unwrapAccount(secrets, sealAccountBox(secrets, utf8('my laptop')))).toThrow(refused);
  });

  it('is refused when it is too large, empty or something else', () => {
    const large = encode({
      version: 1,
      nonce: bytes('n').subarray(0, 24),
      commitment: bytes('c'),
      box: new Uint8Array(2000),
    });
    for (const box of [large, new Uint8Array(), utf8('{}'), encode({ version: 2 })]) {
      expect(() => openAccountBox(secrets, box)).toThrow(refused);
    }
    expect(() => sealAccountBox(secrets, new Uint8Array(513))).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });
});
