import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toBase64Url } from '#crypto';
import { listEnrolments, openEnrolments, withdrawEnrolment } from '#node/gateway';
import type { Gateway } from '#node/gateway';
import { linesOfPulse, PASSPHRASE, pulse, readBack, Ward } from './ward.ts';

let ward: Ward;
beforeEach(async () => {
  ward = await Ward.open();
});
afterEach(() => ward.close());

const homeFile = (bed: string): string => join(ward.directory, 'enrolments', bed, 'gateway.json');
const other = (bed: string) => {
  const found = ward.others.get(bed);
  if (found === undefined) throw new Error(`nobody is in ${bed}`);
  return found;
};
const post = (url: string, bed: string, readings: unknown) =>
  ward.post(url, `${bed}/watch`, readings, other(bed).secrets.secretOf('watch'));
const seenOf = async (bed: string): Promise<string[]> => {
  const { client } = other(bed);
  return (await readBack(client, client.keys.id)).readings;
};
const eventually = async (check: () => void | Promise<void>): Promise<void> =>
  await vi.waitFor(check, { timeout: 20_000 });
const served = (gateway: Gateway): string[] => Object.keys(gateway.status().enrolments);
const kinds = (bed: string): string[] =>
  ward.events.filter(({ enrolment }) => enrolment === bed).map(({ kind }) => kind);
const cutOff = (): void => {
  ward.wire = () => Promise.reject(new TypeError('no route'));
};
const connect = (): void => {
  ward.wire = (_path, send) => send();
};
/** As at the start of "phr gateway run". */
const restarted = async (): Promise<{ gateway: Gateway; url: string }> => {
  const { homes, leftOut } = await openEnrolments({
    backend: ward.network.backend,
    directory: ward.directory,
    passphrase: PASSPHRASE,
  });
  return await ward.gateway({ homes, leftOut: leftOut.map(({ name }) => name) });
};

describe('an enrolment that is new', () => {
  it('counts in a gateway that runs, and disturbs nobody', async () => {
    const { gateway, url } = await ward.gateway();
    await ward.post(url, 'watch', pulse(3));
    await ward.enrol('bed-2');
    // By itself: nobody asks the gateway to look.
    await eventually(() => expect(served(gateway)).toEqual(['default', 'bed-2']));
    expect(kinds('bed-2')).toEqual(['taken-up']);
    expect((await post(url, 'bed-2', pulse(5))).status).toBe(200);
    expect((await ward.post(url, 'watch', pulse(3, 4))).status).toBe(200);
    gateway.segment();
    await eventually(async () => expect(await seenOf('bed-2')).toEqual(linesOfPulse('watch', pulse(5))));
    await eventually(async () =>
      expect((await readBack(ward.maria, ward.maria.keys.id)).readings).toHaveLength(6),
    );
  });

  it('is reported once when it does not open or is of another network, and taken up when it is mended', async () => {
    await ward.enrol('bed-2');
    const sound = readFileSync(homeFile('bed-2'), 'utf8');
    const genesis = toBase64Url(ward.home.genesis);
    ward.others.clear();
    rmSync(dirname(homeFile('bed-2')), { recursive: true });
    const { gateway, url } = await ward.gateway();
    for (const bed of ['bed-3', 'bed-4']) mkdirSync(dirname(homeFile(bed)), { recursive: true });
    writeFileSync(homeFile('bed-3'), '{}');
    writeFileSync(homeFile('bed-4'), sound.replace(genesis, `${genesis.slice(0, -4)}AAAA`));
    mkdirSync(join(ward.directory, 'enrolments', 'Somebody’s Name'));
    await gateway.look();
    await gateway.look();
    expect(ward.events).toMatchObject([
      { kind: 'left-out', enrolment: 'bed-3', error: { code: 'disk-damaged' } },
      { kind: 'left-out', enrolment: 'bed-4', error: { code: 'other-network' } },
    ]);
    expect(gateway.leftOut).toEqual(['bed-3', 'bed-4']);
    expect((await ward.post(url, 'watch', pulse(1))).status).toBe(200);
    expect((await ward.post(url, 'bed-4/watch', pulse(1))).body.error?.code).toBe('source-unknown');
    writeFileSync(homeFile('bed-4'), sound);
    await gateway.look();
    expect(served(gateway)).toEqual(['default', 'bed-4']);
    expect(gateway.leftOut).toEqual(['bed-3']);
    expect(ward.events.map(({ kind }) => kind)).toEqual(['left-out', 'left-out', 'taken-up']);
  });

  it('is left out when the gateway serves as many as it may, until one of those ends', async () => {
    await ward.enrol('bed-2');
    const { gateway, url } = await ward.gateway({ enrolmentsMax: 2 });
    await ward.enrol('bed-3');
    await gateway.look();
    await gateway.look();
    expect(ward.events).toMatchObject([
      {
        kind: 'left-out',
        enrolment: 'bed-3',
        error: { code: 'sources-full', facts: { enrolmentsMax: 2 } },
      },
    ]);
    expect(await post(url, 'bed-3', pulse(1))).toMatchObject({
      status: 401,
      body: { error: { code: 'source-unknown' } },
    });
    withdrawEnrolment(ward.directory, 'bed-2');
    await eventually(async () => {
      await gateway.look();
      expect(served(gateway)).toEqual(['default', 'bed-3']);
    });
    expect((await post(url, 'bed-3', pulse(1))).status).toBe(200);
  });

  it('has lanes and counters of its own when it has the name of one that ended', async () => {
    await ward.enrol('bed-2');
    const { gateway, url } = await ward.gateway();
    const before = other('bed-2');
    await post(url, 'bed-2', pulse(5));
    withdrawEnrolment(ward.directory, 'bed-2');
    await eventually(async () => {
      await gateway.look();
      expect(kinds('bed-2')).toEqual(['withdrawn', 'ended']);
    });
    await ward.enrol('bed-2', 'who comes after');
    await gateway.look();
    const old = before.secrets.secretOf('watch');
    expect((await ward.post(url, 'bed-2/watch', pulse(1, 9), old)).body.error?.code).toBe('forged');
    expect((await post(url, 'bed-2', pulse(2))).body.next).toBe(3);
    gateway.segment();
    await eventually(async () => expect(await seenOf('bed-2')).toHaveLength(2));
    const { readings } = await readBack(before.client, before.client.keys.id);
    expect(readings).toEqual(linesOfPulse('watch', pulse(5)));
  });
});

describe('an enrolment that is withdrawn before all is sent', () => {
  const stuck = async (): Promise<{ gateway: Gateway; url: string }> => {
    await ward.enrol('bed-2');
    cutOff();
    const running = await ward.gateway();
    await post(running.url, 'bed-2', pulse(5));
    running.gateway.segment();
    await post(running.url, 'bed-2', pulse(7).slice(5));
    await eventually(() => expect(running.gateway.status().failure).toBe('unreachable'));
    return running;
  };

  it('takes nothing more, sends what it has when the node is back, and only then loses its keys', async () => {
    const { gateway, url } = await stuck();
    expect(withdrawEnrolment(ward.directory, 'bed-2')).toEqual({ kind: 'running' });
    expect((await post(url, 'bed-2', pulse(1, 8))).body.error?.code).toBe('source-unknown');
    await gateway.look();
    expect(ward.events).toEqual([{ kind: 'withdrawn', enrolment: 'bed-2', readings: 7 }]);
    expect(existsSync(homeFile('bed-2'))).toBe(true);
    expect(listEnrolments(ward.directory)).toMatchObject([
      { name: 'default', isWithdrawn: false },
      { name: 'bed-2', isWithdrawn: true },
    ]);
    connect();
    await eventually(async () => {
      await gateway.look();
      expect(ward.events.slice(1)).toEqual([{ kind: 'ended', enrolment: 'bed-2', givenUp: 0 }]);
    });
    expect(await seenOf('bed-2')).toEqual(linesOfPulse('watch', pulse(7)));
    expect(existsSync(dirname(homeFile('bed-2')))).toBe(false);
    expect(served(gateway)).toEqual(['default']);
  });

  it('loses nothing when the gateway is started anew before the node is back', async () => {
    const first = await stuck();
    withdrawEnrolment(ward.directory, 'bed-2');
    await ward.stop(first.gateway);
    // Once more, while none runs: it says what waits.
    expect(withdrawEnrolment(ward.directory, 'bed-2')).toEqual({ kind: 'waits', readings: 7 });
    const second = await restarted();
    expect((await post(second.url, 'bed-2', pulse(1, 8))).body.error?.code).toBe('source-unknown');
    connect();
    await eventually(async () => {
      await second.gateway.look();
      expect(ward.events.at(-1)).toEqual({ kind: 'ended', enrolment: 'bed-2', givenUp: 0 });
    });
    expect(await seenOf('bed-2')).toEqual(linesOfPulse('watch', pulse(7)));
    expect(existsSync(homeFile('bed-2'))).toBe(false);
  });

  it('keeps what the ledger refuses, since the patient revoked the device, until it is given up and counted', async () => {
    const { gateway } = await stuck();
    const { client, home } = other('bed-2');
    await client.care.revokeDevice(home.keys.id);
    connect();
    withdrawEnrolment(ward.directory, 'bed-2');
    await eventually(async () => {
      await gateway.look();
      expect(gateway.status().enrolments['bed-2']).toMatch(/forbidden|sender-not-active/);
    });
    expect(kinds('bed-2')).toEqual(['withdrawn']);
    expect(existsSync(homeFile('bed-2'))).toBe(true);
    expect(withdrawEnrolment(ward.directory, 'bed-2', 'give-up')).toEqual({ kind: 'running' });
    await eventually(async () => {
      await gateway.look();
      expect(ward.events.at(-1)).toEqual({ kind: 'ended', enrolment: 'bed-2', givenUp: 7 });
    });
    expect(existsSync(homeFile('bed-2'))).toBe(false);
    expect(await seenOf('bed-2')).toEqual([]);
  });

  it('is given up at once while no gateway runs, and everybody else’s stays', async () => {
    const first = await stuck();
    await ward.post(first.url, 'watch', pulse(3));
    await ward.stop(first.gateway);
    expect(withdrawEnrolment(ward.directory, 'bed-2', 'give-up')).toEqual({ kind: 'ended', givenUp: 7 });
    expect(withdrawEnrolment(ward.directory, 'default')).toEqual({ kind: 'waits', readings: 3 });
    expect(listEnrolments(ward.directory)).toMatchObject([{ name: 'default', isWithdrawn: true }]);
    connect();
    const second = await restarted();
    await eventually(async () => {
      await second.gateway.look();
      expect(ward.events.at(-1)).toEqual({ kind: 'ended', enrolment: 'default', givenUp: 0 });
    });
    expect((await readBack(ward.maria, ward.maria.keys.id)).readings).toHaveLength(3);
    expect(listEnrolments(ward.directory)).toEqual([]);
  });

  it('does not vanish silently when its folder does: the next start says how many readings nobody can open', async () => {
    const first = await stuck();
    await ward.stop(first.gateway);
    rmSync(dirname(homeFile('bed-2')), { recursive: true });
    ward.others.clear();
    await ward.gateway();
    expect(ward.events).toEqual([{ kind: 'ended', enrolment: 'bed-2', givenUp: 7 }]);
  });

  it('ends when it is damaged too, as soon as it has nothing to lose or is given up', async () => {
    const first = await stuck();
    await ward.stop(first.gateway);
    writeFileSync(homeFile('bed-2'), '{}');
    ward.others.clear();
    const { gateway } = await ward.gateway({ leftOut: ['bed-2'] });
    expect(withdrawEnrolment(ward.directory, 'bed-2')).toEqual({ kind: 'running' });
    await gateway.look();
    expect(gateway.leftOut).toEqual(['bed-2']);
    expect(existsSync(homeFile('bed-2'))).toBe(true);
    withdrawEnrolment(ward.directory, 'bed-2', 'give-up');
    await gateway.look();
    expect(ward.events).toEqual([{ kind: 'ended', enrolment: 'bed-2', givenUp: 7 }]);
    expect(gateway.leftOut).toEqual([]);
    expect(existsSync(homeFile('bed-2'))).toBe(false);
    expect(served(gateway)).toEqual(['default']);
  });
});
