import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FILE_BYTES_MAX, JSON_BODY_BYTES_MAX, STORE_REQUEST_BYTES_MAX } from '#node/client';
import { UNFINISHED_BYTES_MAX, UNFINISHED_KEPT_MS } from '#node/runtime';
import { DISK_RESERVE_BYTES } from '#storage';
import { parseConfig } from '../../../node/config.ts';
import { PASSPHRASE_LENGTH_MIN } from '../../../dashboard/app/pages/public/passphrase-quality.ts';
import { DEFAULT_LIMITS } from '../../../dashboard/options.ts';
import { CHALLENGE_LIFETIME_MS } from '../../../dashboard/security/challenges.ts';
import { SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from '../../../dashboard/security/sessions.ts';
import { BUNDLE_BYTES_MAX, BUNDLE_ENTRIES_MAX, RESOURCE_BYTES_MAX } from '../../../node/records/bundle.ts';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const text = read('docs/OPERATING.md');
const MINUTE_MS = 60_000;
const MIB = 1024 * 1024;

/** The cells of the row that begins with these words. */
const rowOf = (what: string): string => {
  const row = text.split('\n').find((line) => line.startsWith(`| ${what}`));
  return (row ?? '').replaceAll(/ +/g, ' ');
};

describe('docs/OPERATING.md', () => {
  it.each([
    ['a session that is not used', `${SESSION_IDLE_MS / MINUTE_MS} minutes`],
    ['a session ends in any case', `${SESSION_ABSOLUTE_MS / (60 * MINUTE_MS)} hours`],
    ['a challenge to sign', `${CHALLENGE_LIFETIME_MS / 1000} seconds`],
    ['sessions of one account', String(DEFAULT_LIMITS.sessionsPerAccountMax)],
    [
      'sign-ins, challenges',
      `${DEFAULT_LIMITS.signInRate.perSecond} a second | a burst of ${DEFAULT_LIMITS.signInRate.burst}`,
    ],
    [
      'registrations',
      `${DEFAULT_LIMITS.registrationRate.perSecond} a second | a burst of ${DEFAULT_LIMITS.registrationRate.burst}`,
    ],
    [
      'requests of an account',
      `${DEFAULT_LIMITS.accountRate.perSecond} a second | a burst of ${DEFAULT_LIMITS.accountRate.burst}`,
    ],
    ['a JSON request', `${JSON_BODY_BYTES_MAX / 1024} KiB`],
    ['blocks stored', `${STORE_REQUEST_BYTES_MAX / MIB} MiB`],
    ['a FHIR bundle', `${BUNDLE_BYTES_MAX / MIB} MiB | ${BUNDLE_ENTRIES_MAX} entries`],
    ['one resource', `${RESOURCE_BYTES_MAX / MIB} MiB`],
    ['bodies being received', `${DEFAULT_LIMITS.bodyBytesInFlightMax / MIB} MiB`],
    ['a file', `${(FILE_BYTES_MAX + 1) / 1024 / MIB} GiB`],
    ['unfinished uploads', `${UNFINISHED_BYTES_MAX / MIB} MiB`],
    ['a disk with less', `${DISK_RESERVE_BYTES / MIB} MiB`],
    ['live views', `${DEFAULT_LIMITS.streamsMax}, ${DEFAULT_LIMITS.streamsPerAddressMax} of one address`],
  ])('says of %s what the code has', (what, value) => {
    expect(rowOf(what)).toContain(`| ${value}`);
  });

  it('says the same limits as the forms, and one rate for accounts and addresses', () => {
    expect(DEFAULT_LIMITS.addressRate).toEqual(DEFAULT_LIMITS.accountRate);
    expect(text).toContain(`at least ${PASSPHRASE_LENGTH_MIN} letters`);
    expect(read('dashboard/app/worker/patient/writing.ts')).toContain('SHOWN_BYTES_MAX = 8_000_000');
    expect(rowOf('a document shown')).toContain('| 8 MB');
    expect(read('dashboard/app/pages/patient/add-document.tsx')).toContain('BYTES_MAX = 2 ** 31 - 1');
    expect(text).toContain(`deleted after ${UNFINISHED_KEPT_MS / (60 * MINUTE_MS)} hours`);
    expect(text).toContain(`end after ${DEFAULT_LIMITS.serviceTimeoutMs / 1000} seconds`);
  });

  it('shows a configuration that a node takes', () => {
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(text) ?? [];
    const shown = JSON.parse(json) as { api: object };
    const config = parseConfig({ name: 'north', listen: ['/ip4/10.0.0.1/tcp/7400'], ...shown }, '/etc/phr');
    expect(config.api).toMatchObject(shown.api);
    expect(text).toContain(`server_name ${config.api.publicOrigin?.replace('https://', '')};`);
    expect(text).toContain(`proxy_pass http://127.0.0.1:${config.api.port};`);
  });

  it('names every event that a node writes above debugging, and none that there is not', () => {
    const written = new Set<string>();
    for (const room of ['node', 'dashboard', 'storage']) {
      const folder = fileURLToPath(new URL(room, ROOT));
      for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.ts') || /^(app|dist|client|cli|gateway)\//.test(file)) continue;
        for (const [, call = ''] of read(`${room}/${file}`).matchAll(
          /logger\.(?:info|warn|error)\(([\s\S]*?)\);/g,
        ))
          for (const [, name = ''] of call.matchAll(/'([a-z]+(?:-[a-z]+)+|equivocation|reshared)'/g))
            written.add(name);
      }
    }
    const [, union = ''] =
      /SecurityEventName =([\s\S]*?);/.exec(read('dashboard/security/security-log.ts')) ?? [];
    for (const [, name = ''] of union.matchAll(/'([a-z-]+)'/g)) written.add(name);
    const section = text.slice(text.indexOf('## What the node writes down'));
    const named = section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) =>
        [...(line.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name ?? ''),
      );
    expect(written.size).toBeGreaterThan(30);
    expect(named.toSorted()).toEqual([...written].toSorted());
  });
});
