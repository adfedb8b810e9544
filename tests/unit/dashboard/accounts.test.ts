import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { derivePersonKeys, passkeySalt, sha256, toHex, utf8 } from '#crypto';
import type { PersonKeys } from '#crypto';
import { createClient, unlockAccount } from '#node/client';
import type { PhrClient } from '#node/client';
import { FakeNetwork } from '../client/fake-node.ts';
import { agentWords } from '../../../dashboard/accounts/agent.ts';
import { backend, FakeServices, idOf } from './fake-services.ts';
import { eventually, serveFake, trySignIn } from './harness.ts';
import type { Served } from './harness.ts';

const network = new FakeNetwork(backend);
const nodeId = network.nodes[0]!.id;
const keysOf = (name: string): PersonKeys => derivePersonKeys(backend, sha256(utf8(name)));
const maria = keysOf('maria');
const bob = keysOf('bob');
const MINE = { name: 'maria', passphrase: 'a long passphrase of mine' };
const opens = (secret: string) => ({ kind: 'passkey', prf: sha256(utf8(secret)) }) as const;

let served: Served;

beforeAll(async () => {
  const services = Object.assign(new FakeServices(), { nodeId, chainId: network.chainId });
  for (const keys of [maria, bob]) {
    services.addAccount({ id: keys.id, publicKey: keys.sign.publicKey, secretKey: keys.sign.secretKey });
  }
  served = await serveFake({ services });
});
afterAll(async () => served.dashboard.stop());

const place = () => ({ baseUrl: served.origin, chainId: network.chainId, nodeId, backend });

function clientOf(keys: PersonKeys): PhrClient {
  return createClient({
    baseUrl: served.origin,
    genesis: network.genesisBytes,
    nodeId: toHex(nodeId),
    backend,
    keys,
  });
}

describe('an account at its node', () => {
  it('opens with the passphrase alone, with the passkey alone, and with the recovery code alone', async () => {
    const { account } = clientOf(maria);
    await account.addPassphrase(MINE);
    await account.addPasskey({ prf: sha256(utf8('phone')), label: 'My phone' });
    await account.addRecoveryCode();
    const code = account.recoveryCode();
    const ways = [
      { kind: 'passphrase', ...MINE },
      opens('phone'),
      { kind: 'recovery-code', code: code.toLowerCase() },
    ] as const;
    for (const way of ways) {
      const opened = await unlockAccount(place(), way);
      expect(toHex(opened.id)).toBe(toHex(maria.id));
      expect(toHex(opened.sign.secretKey)).toBe(toHex(maria.sign.secretKey));
    }
    const wraps = await account.wraps();
    expect(wraps.map(({ kind, label }) => [kind, label]).toSorted()).toEqual([
      ['passkey', 'My phone'],
      ['passphrase', 'maria'],
      ['recovery-code', ''],
    ]);
  });

  it('opens with nothing else, and says the same whether there is such a name or not', async () => {
    await clientOf(maria).account.addPassphrase(MINE);
    const wrong = [
      { kind: 'passphrase', name: 'maria', passphrase: 'a long passphrase of mine.' },
      { kind: 'passphrase', name: 'nobody', passphrase: MINE.passphrase },
      opens('another passkey'),
    ] as const;
    for (const way of wrong) {
      await expect(unlockAccount(place(), way)).rejects.toMatchObject({ code: 'open-failed' });
    }
    const elsewhere = { ...place(), nodeId: idOf('another node') };
    await expect(unlockAccount(elsewhere, { kind: 'passphrase', ...MINE })).rejects.toMatchObject({
      code: 'open-failed',
    });
  });

  it('keeps its id through a change of keys, with the code of the new ones too', async () => {
    const next = { ...keysOf('maria, new keys'), id: maria.id };
    const { account } = createClient({
      baseUrl: served.origin,
      genesis: network.genesisBytes,
      nodeId: toHex(nodeId),
      backend,
      keys: next,
    });
    served.services.accounts.get(toHex(maria.id))!.signPublicKey = next.sign.publicKey;
    try {
      const code = account.recoveryCode();
      const bare = await unlockAccount(place(), { kind: 'recovery-code', code });
      expect(toHex(bare.id)).not.toBe(toHex(maria.id));
      await account.addRecoveryCode();
      const opened = await unlockAccount(place(), { kind: 'recovery-code', code });
      expect(toHex(opened.id)).toBe(toHex(maria.id));
    } finally {
      served.services.accounts.get(toHex(maria.id))!.signPublicKey = maria.sign.publicKey;
    }
  });

  it('forgets the old passphrase when it is changed', async () => {
    const { account } = clientOf(bob);
    await account.addPassphrase({ name: 'bob', passphrase: 'the first one' });
    await account.changePassphrase({ name: 'robert', passphrase: 'the second one' });
    await expect(
      unlockAccount(place(), { kind: 'passphrase', name: 'bob', passphrase: 'the first one' }),
    ).rejects.toMatchObject({ code: 'open-failed' });
    const opened = await unlockAccount(place(), {
      kind: 'passphrase',
      name: 'robert',
      passphrase: 'the second one',
    });
    expect(toHex(opened.id)).toBe(toHex(bob.id));
    await account.changePassphrase({ name: 'robert', passphrase: 'the second one' });
    expect((await account.wraps()).filter(({ kind }) => kind === 'passphrase')).toHaveLength(1);
  });

  it('shows and removes nothing of anybody else', async () => {
    await clientOf(maria).account.addPasskey({ prf: sha256(utf8('tablet')), label: 'Tablet' });
    const mine = (await clientOf(maria).account.wraps()).find(({ label }) => label === 'Tablet')!;
    const other = clientOf(bob).account;
    expect((await other.wraps()).map(({ lookup }) => lookup)).not.toContain(mine.lookup);
    await other.removeWrap(mine.lookup);
    expect(toHex((await unlockAccount(place(), opens('tablet'))).id)).toBe(toHex(maria.id));
    await expect(other.addPasskey({ prf: sha256(utf8('tablet')), label: 'Mine now' })).rejects.toMatchObject({
      code: 'refused',
      api: { code: 'wrap-refused', facts: { why: 'taken' } },
    });
    await clientOf(maria).account.removeWrap(mine.lookup);
    await expect(unlockAccount(place(), opens('tablet'))).rejects.toMatchObject({ code: 'open-failed' });
  });

  it('counts attempts to unlock against the address', async () => {
    const strict = await serveFake({ limits: { signInRate: { perSecond: 0.001, burst: 2 } } });
    try {
      const attempt = () =>
        strict.ask({ method: 'POST', path: '/api/v1/unlock', json: { lookup: toHex(idOf('x')) } });
      expect([(await attempt()).status, (await attempt()).status, (await attempt()).status]).toEqual([
        200, 200, 429,
      ]);
    } finally {
      await strict.dashboard.stop();
    }
  });

  it('recognises its own recovery code in any writing, and no other', () => {
    const { account } = clientOf(maria);
    const code = account.recoveryCode();
    expect(account.isRecoveryCode(` ${code.toLowerCase().replaceAll('-', ' ')}`)).toBe(true);
    expect(account.isRecoveryCode(clientOf(bob).account.recoveryCode())).toBe(false);
    expect(account.isRecoveryCode('nonsense')).toBe(false);
    expect(passkeySalt(place())).toHaveLength(32);
  });
});

describe('the sessions of an account', () => {
  const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36';

  it('are listed with what the owner knows her device by, and nobody else’s among them', async () => {
    const [here, there] = [clientOf(maria), clientOf(maria)];
    await here.account.endOtherSessions();
    await there.signIn();
    await clientOf(bob).signIn();
    const sessions = await here.account.sessions();
    expect(sessions).toHaveLength(2);
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    expect(agentWords(CHROME)).toEqual({ browser: 'chrome', system: 'linux' });
    expect(agentWords('curl/8')).toEqual({ browser: 'program', system: 'other' });
    expect(agentWords(undefined)).toEqual({ browser: 'program', system: 'other' });
  });

  it('end one by one, and never another’s', async () => {
    const [here, there] = [clientOf(maria), clientOf(maria)];
    await here.signIn();
    await here.account.endOtherSessions();
    await there.signIn();
    const other = (await here.account.sessions()).find(({ current }) => !current)!;
    await clientOf(bob).account.endSession(other.id);
    expect(await here.account.sessions()).toHaveLength(2);
    await here.account.endSession(other.id);
    const left = await here.account.sessions();
    expect(left.map(({ current }) => current)).toEqual([true]);
  });

  it('tell the live views that were opened with them, at once and when a view comes late', async () => {
    const person = { id: maria.id, publicKey: maria.sign.publicKey, secretKey: maria.sign.secretKey };
    const token = await served.signIn(person);
    const view = await openView(token);
    const bystander = await openView(await served.signIn(person));
    expect(view.text()).not.toContain('event: session');
    await served.ask({ method: 'DELETE', path: '/api/v1/session', token });
    await eventually(() => view.text()).toContain('event: session\ndata: {"state":"ended"}');
    const late = await openView(token);
    await eventually(() => late.text()).toContain('event: session');
    expect(bystander.text()).not.toContain('event: session');
    for (const each of [view, bystander, late]) each.close();
  });

  it('hand their live views over to the session of a new sign-in, unless it is somebody else’s', async () => {
    const personOf = ({ id, sign }: PersonKeys) => ({ id, ...sign });
    const first = await served.signIn(personOf(maria));
    const view = await openView(first);
    const headers = { authorization: `Bearer ${first}` };
    const again = await trySignIn(served.ask, served.services, personOf(maria), headers);
    const second = again.json<{ token: string }>().token;
    const marker = served.services.blockEvent(199);
    served.services.emit({ kind: 'block', block: marker });
    await eventually(() => view.text()).toContain('id: 199');
    expect(view.text()).not.toContain('event: session');
    await trySignIn(served.ask, served.services, personOf(bob), { authorization: `Bearer ${second}` });
    await eventually(() => view.text()).toContain('event: session');
    view.close();
  });

  it('end with the suspension of the account, in the block that says so', async () => {
    const person = { id: bob.id, publicKey: bob.sign.publicKey, secretKey: bob.sign.secretKey };
    const view = await openView(await served.signIn(person));
    const state = served.services.accounts.get(toHex(bob.id))!;
    state.state = 'suspended';
    served.services.emit({ kind: 'block', block: served.services.blockEvent(200) });
    await eventually(() => view.text()).toContain('event: session\ndata: {"state":"closed"}');
    state.state = 'active';
    view.close();
  });
});

interface View {
  text: () => string;
  close: () => void;
}

async function openView(token: string): Promise<View> {
  const controller = new AbortController();
  const response = await fetch(`${served.origin}/api/v1/events`, {
    headers: { authorization: `Bearer ${token}` },
    signal: controller.signal,
  });
  let text = '';
  const decoder = new TextDecoder();
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array);
  };
  void read().catch(() => undefined);
  await eventually(() => text).toContain('event: status');
  return { text: () => text, close: () => controller.abort() };
}
