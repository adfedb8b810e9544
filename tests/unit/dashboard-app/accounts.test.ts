import { describe, expect, it } from 'vitest';
import { nextOf } from '../../../dashboard/app/pages/public/next-path.ts';
import { passphraseProblem } from '../../../dashboard/app/pages/public/passphrase-quality.ts';
import { AccountState } from '../../../dashboard/app/worker/account/state.ts';
import type { SessionView } from '../../../dashboard/app/worker/messages.ts';
import { FakeNetwork } from '../client/fake-node.ts';
import { nobleBackend } from '#crypto';

describe('a new passphrase', () => {
  it.each([
    ['eleven char', 'short'],
    ['', 'short'],
    // Letters are counted, not the halves of which some are made.
    ['🐎🐎🐎🐎🐎🐎', 'short'],
    ['maria.keller', 'name'],
    ['maria.keller1', 'name'],
    ['MARIA.KELLER 12', 'name'],
    ['aaaaaaaaaaaaaa', 'repeats'],
    ['abababababababab', 'repeats'],
    ['aAaAbBbBaAaAbB', 'repeats'],
    ['password1234', 'common'],
    ['P@ssw0rd!2024', 'common'],
    ['qwertyuiop123', 'common'],
    ['iloveyou forever 1999', 'common'],
    ['123456abcdef', 'common'],
    ['my secret password', 'common'],
    ['asdfghjklzxcvb', 'common'],
    ['correct horse battery staple', 'common'],
    ['Welcome to summer 2026', 'common'],
    ['patient health record', 'common'],
  ])('%j is refused: %s', (passphrase, problem) => {
    expect(passphraseProblem(passphrase, 'Maria.Keller')).toBe(problem);
  });

  it('is refused when it is made of the names of the place', () => {
    const place = ['Hôpital Saint-Louis', 'lakeside'];
    expect(passphraseProblem('Lakeside2026!', 'maria', place)).toBe('common');
    expect(passphraseProblem('saint-louis 1234', 'maria', place)).toBe('common');
    expect(passphraseProblem('Lakeside2026!', 'maria')).toBeUndefined();
  });

  it.each([
    'seven storks over the mill',
    'nine geese under the bridge',
    'maria.keller and her three dogs',
    'مفتاح البيت تحت الشجرة',
    '我的猫喜欢在窗边睡觉看下雨',
    '7319 82 goldfinch 55',
  ])('%j is taken, whatever letters it is made of', (passphrase) => {
    expect(passphraseProblem(passphrase, 'maria.keller')).toBeUndefined();
  });
});

describe('the way on after the sign-in', () => {
  it.each(['/patient', '/doctor/patients/ab?x=1', '/account#top'])('%s is a page of this app', (path) => {
    expect(nextOf(`?next=${encodeURIComponent(path)}`)).toBe(path);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    'patient',
    '/',
    '',
  ])('%s leads nowhere', (path) => {
    expect(nextOf(`?next=${encodeURIComponent(path)}`)).toBeUndefined();
    expect(nextOf('')).toBeUndefined();
  });
});

describe('what the worker holds', () => {
  const network = new FakeNetwork(nobleBackend);
  const enter = () => {
    const views: SessionView[] = [];
    const state = new AccountState((view) => views.push(view));
    const client = network.client(network.person('maria'));
    const person = { id: 'ab'.repeat(32), role: 'patient', state: 'active', name: 'Maria' } as const;
    state.enter({ client, person });
    return { state, views, client };
  };

  it.each(['lock', 'leave'] as const)('is overwritten by %s, and nothing answers for it any more', (act) => {
    const { state, client } = enter();
    const { keys } = client;
    client.vault.keyrings.push({
      patient: keys.id,
      boxes: [],
      seeds: [{ category: 'laboratory', generation: 0, seed: new Uint8Array(32).fill(7) }],
      kits: [],
      devices: [],
      isPublished: true,
    });
    state[act]();
    const secrets = [keys.root, keys.sign.secretKey, keys.seal.secretKey, keys.delegate.secret];
    for (const secret of [...secrets, client.vault.keyrings[0]!.seeds[0]!.seed]) {
      expect(secret.every((byte) => byte === 0)).toBe(true);
    }
    expect(() => state.signedIn).toThrow(expect.objectContaining({ code: 'no-keys' }));
  });

  it('says why it is locked, and to whom it belonged', () => {
    const { state, views } = enter();
    state.lock('ended');
    expect(state.view).toEqual({ kind: 'locked', name: 'Maria', reason: 'ended' });
    state.lock('idle');
    expect(state.view).toEqual({ kind: 'locked', name: 'Maria', reason: 'ended' });
    state.leave();
    expect(views.map(({ kind }) => kind)).toEqual(['signed-in', 'locked', 'signed-out']);
  });

  it('locks when another person signs in in another tab of the browser, not when she does herself', async () => {
    const { state } = enter();
    const other = new BroadcastChannel('phr-session');
    other.postMessage('ab'.repeat(32));
    other.postMessage('cd'.repeat(32));
    await expect.poll(() => state.view).toMatchObject({ kind: 'locked', reason: 'other-person' });
    other.close();
  });
});
