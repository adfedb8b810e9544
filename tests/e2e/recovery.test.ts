import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex, utf8 } from '#crypto';
import { signKeyChange } from '#consensus/ledger';
import { ClientError, keysUnderId, ledgerRefusalOf } from '#node/client';
import type { PhrClient } from '#node/client';
import { FourNodes } from './four-nodes.ts';
import type { NodeName } from './four-nodes.ts';

const DAY_MS = 24 * 3_600_000;
const PASSPHRASE = 'the boat that we never sold';

let nodes: FourNodes;
let failed = true;

const note = (text: string) => ({
  resource: utf8(text),
  category: 'condition',
  month: '2026-11',
  keywords: ['note'],
});
const selection = (patient: Uint8Array) => ({
  patient,
  categories: ['condition'],
  months: ['2026-11'],
  keywords: '*',
});

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return 'nothing thrown';
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return ledgerRefusalOf(error) ?? error.api?.code ?? error.code;
  }
}

/** A patient with a record, and the client that she would have on a new device. */
async function patient(name: string, home: NodeName, passphrase: string | null) {
  const old = await nodes.admit(name, 'patient', home);
  await old.records.upload({ patient: old.keys.id, records: [note(`of ${name}`)] });
  await old.recoveries.deposit({ passphrase });
  const fresh = keysUnderId(nodes.person(`${name} on a new phone`), old.keys.id);
  return { old, fresh, id: old.keys.id, home, phone: nodes.client(fresh, home) };
}

/** Past the client's checks: every node says itself that there is nothing to give. */
async function claimNoneReleases({ old, id, home }: Awaited<ReturnType<typeof patient>>): Promise<void> {
  const json = { ground: 'recovery', id: toHex(id), items: [] };
  const { answers, refusals } = await nodes.askReleases(old.keys, home, json);
  expect(answers).toEqual([]);
  expect(refusals.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'not-recoverable'));
}

/** What an administrator sends for somebody who has lost her device: the new keys sign that they are hers. */
function startFor(administrator: PhrClient, { fresh, id }: Awaited<ReturnType<typeof patient>>) {
  const signature = signKeyChange(
    nodes.backend,
    administrator.chainId,
    id,
    fresh.publicKeys,
    fresh.sign.secretKey,
  );
  return administrator.recoveries.start({ person: id, keys: fresh.publicKeys, signature });
}

beforeAll(async () => {
  nodes = await FourNodes.open('recovery', 28_800);
});

afterAll(async () => {
  await nodes.close(failed);
});

describe('a lost device over four nodes', () => {
  it('gives the old key to the new device after seven days, and nothing before', async () => {
    const lost = await patient('maria', 'north', PASSPHRASE);
    const [first, second] = nodes.administrators('north');
    await startFor(first, lost);
    expect(await codeOf(second.recoveries.finish(lost.id))).toBe('window-open');
    // The old keys still are the account; a node has nothing to give for the new ones.
    expect(await codeOf(lost.phone.recoveries.regain(PASSPHRASE))).toBe('unauthorized');
    expect(await codeOf(lost.old.recoveries.regain(PASSPHRASE))).toBe('no-access');
    await claimNoneReleases(lost);
    nodes.pass(7 * DAY_MS);
    expect(await codeOf(first.recoveries.finish(lost.id))).toBe('already-decided-by-sender');
    await second.recoveries.finish(lost.id);

    // One of four is down: three parts do.
    await nodes.stop('west');
    expect(await codeOf(lost.phone.recoveries.regain('another passphrase'))).toBe('record-invalid');
    expect(await codeOf(lost.phone.recoveries.regain(null))).toBe('record-invalid');
    const { former, categories, liars } = await lost.phone.recoveries.regain(PASSPHRASE);
    expect([toHex(former.root), categories, liars]).toEqual([toHex(lost.old.keys.root), ['condition'], []]);
    const { hits } = await lost.phone.records.search(selection(lost.id));
    const opened = await lost.phone.records.openAll(hits);
    expect(opened.map(({ resource }) => new TextDecoder().decode(resource))).toEqual(['of maria']);
    // What comes now is in a generation that whoever found the old device can not open.
    await lost.phone.records.upload({ patient: lost.id, records: [note('later')] });
    const later = await lost.phone.records.search(selection(lost.id));
    expect(later.hits.map(({ compartment: { generation } }) => generation).toSorted()).toEqual([0, 1]);
    expect(await codeOf(lost.old.records.search(selection(lost.id)))).toBe('unauthorized');
    await nodes.start('west');
  });

  it('gives nothing after a veto, however long one waits', async () => {
    const target = await patient('tom', 'east', null);
    const [first, second] = nodes.administrators('east');
    await startFor(first, target);
    nodes.pass(8 * DAY_MS);
    await target.old.recoveries.veto(target.id);
    expect(await codeOf(second.recoveries.finish(target.id))).toBe('wrong-status');
    nodes.pass(30 * DAY_MS);
    expect(await codeOf(target.phone.recoveries.regain(null))).toBe('unauthorized');
    expect(await codeOf(target.old.recoveries.regain(null))).toBe('no-access');
    await claimNoneReleases(target);
    const { hits } = await target.old.records.search(selection(target.id));
    expect(await target.old.records.openAll(hits)).toHaveLength(1);
  });

  it('gives nothing of a deposit that was taken back, and the new keys are new alone', async () => {
    const careful = await patient('ute', 'south', null);
    await careful.old.recoveries.withdrawDeposit();
    const [first, second] = nodes.administrators('south');
    await startFor(first, careful);
    nodes.pass(7 * DAY_MS);
    await second.recoveries.finish(careful.id);
    expect(await codeOf(careful.phone.recoveries.regain(null))).toBe('no-access');
    expect((await careful.phone.people.myself())?.status).toBe('active');
    failed = false;
  });
});
