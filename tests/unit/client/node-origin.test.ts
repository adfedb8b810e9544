import { describe, expect, it } from 'vitest';
import { isPrivateWay } from '#node/client';
import { phr } from '../cli/run-phr.ts';

describe('the way to a node', () => {
  it.each([
    'https://phr.hospital.example',
    'https://192.0.2.7:7401',
    'http://127.0.0.1:7401',
    'http://127.1.2.3',
    'http://[::1]:7401',
    'http://localhost:7401',
    'http://north.localhost:7401',
    'HTTP://LOCALHOST',
  ])('is private to %s', (text) => {
    expect(isPrivateWay(new URL(text))).toBe(true);
  });

  it.each([
    'http://phr.hospital.example',
    'http://192.168.1.10:7401',
    'http://10.0.0.1',
    'http://127.0.0.1.evil.example',
    'http://localhost.evil.example',
    'http://evil-localhost',
    'http://a.b.localhost.evil.example',
    'http://[fe80::1]',
    'http://0.0.0.0:7401',
    'ftp://localhost',
    'ws://localhost',
  ])('is not private to %s', (text) => {
    expect(isPrivateWay(new URL(text))).toBe(false);
  });

  it('is refused by the command line before a key is read, when it leaves the machine in the clear', async () => {
    const { code, err } = await phr(
      ['export', '--node', 'http://192.0.2.7:7401', '--genesis', 'none', '--out', 'none'],
      {
        cwd: import.meta.dirname,
      },
    );
    expect(code).not.toBe(0);
    expect(err).toContain('--node takes https://, or http:// on this machine');
  });
});
