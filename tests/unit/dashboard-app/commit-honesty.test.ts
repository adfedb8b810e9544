import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CALL_MAPS } from '../../../dashboard/app/worker/calls.ts';
import type { CallName, OutputOf } from '../../../dashboard/app/worker/calls.ts';
import { words as arabicShell } from '../../../dashboard/app/words/ar.ts';
import { words as englishShell } from '../../../dashboard/app/words/en.ts';
import { SECTIONS } from '../../../dashboard/app/words/loaders.ts';
import { sectionOf } from '../../../dashboard/app/words/translate.ts';
import type { Message } from '../../../dashboard/app/words/words.ts';

const APP = fileURLToPath(new URL('../../../dashboard/app/', import.meta.url));

/**
 * What a form says once it has written. `agreed`: the block. `stored`: the block, and on how many nodes. A key: a
 * sentence with the block in it. `page:`: the page that it leads to says it. `node:`: a sentence that speaks of no
 * agreement, because this node alone keeps it, or no block is known. `list`: nothing but the list of this node, read anew. `here`: a sentence
 * about this browser alone.
 */
type Says = 'agreed' | 'stored' | 'list' | `${'page' | 'node' | 'here'}:${string}` | `${string}.${string}`;

/** Whatever gives back the block that it was agreed in has written; some that only read say how far they read. */
type Reading =
  | 'account.verify-proof'
  | `auditor.${'events' | 'export' | 'verify'}`
  | 'doctor.record'
  | 'doctor.shared-grant'
  | 'patient.audit'
  | 'patient.record'
  | 'patient.request'
  | 'patient.ward-record'
  | 'researcher.accesses';
type Written = Exclude<
  { [N in CallName]: OutputOf<N> extends { height: number | null } ? N : never }[CallName],
  Reading
>;

/** Every form that writes: by what it calls, where it stands and what it says. Without one, this does not compile. */
const FORMS: Record<Written, [file: string, says: Says]> &
  Partial<Record<CallName, [file: string, says: Says]>> = {
  'patient.add-reading': ['pages/patient/add-reading.tsx', 'stored'],
  'patient.add-document': ['pages/patient/upload-list.tsx', 'stored'],
  'patient.discard-upload': ['pages/patient/upload-list.tsx', 'agreed'],
  'patient.import': ['pages/patient/import-file.tsx', 'stored'],
  'patient.share': ['pages/patient/share.tsx', 'agreed'],
  'patient.revoke': ['pages/patient/sharing.tsx', 'patient.sharing.revoked'],
  'patient.refuse': ['pages/patient/request.tsx', 'patient.request.refused'],
  'patient.accept-doctor': ['pages/patient/doctors.tsx', 'patient.doctors.done'],
  'patient.end-doctor': ['pages/patient/doctors.tsx', 'patient.doctors.done'],
  'patient.emergency-in': ['pages/patient/emergency.tsx', 'patient.emergency.done'],
  'patient.emergency-out': ['pages/patient/emergency.tsx', 'patient.emergency.done'],
  'patient.emergency-end': ['pages/patient/emergency.tsx', 'agreed'],
  'patient.emergency-review': ['pages/patient/emergency.tsx', 'agreed'],
  'patient.decline-guardian': ['pages/patient/guardians.tsx', 'agreed'],
  'patient.end-ward': ['pages/patient/guardians.tsx', 'agreed'],
  'patient.seal-guardians': ['pages/patient/guardians.tsx', 'agreed'],
  'patient.move': ['pages/account/institution.tsx', 'agreed'],
  'patient.stay': ['pages/account/institution.tsx', 'agreed'],
  'patient.start-anew': ['pages/patient/sealed.tsx', 'agreed'],
  'patient.unseal-code': ['pages/patient/sealed.tsx', 'agreed'],
  'patient.unseal-deposit': ['pages/patient/sealed.tsx', 'agreed'],
  'patient.enrol': ['pages/patient/enrol-device.tsx', 'patient.devices.added'],
  'patient.revoke-device': ['pages/patient/devices.tsx', 'agreed'],
  'doctor.add-note': ['pages/doctor/note.tsx', 'stored'],
  'doctor.seal-again': ['pages/doctor/patients.tsx', 'agreed'],
  'doctor.request-access': ['pages/doctor/new-request.tsx', 'agreed'],
  'doctor.refuse-request': ['pages/doctor/requests.tsx', 'agreed'],
  'doctor.delegate': ['pages/doctor/delegate.tsx', 'agreed'],
  'doctor.revoke': ['pages/doctor/delegations.tsx', 'agreed'],
  'doctor.request-emergency': ['pages/doctor/emergency.tsx', 'agreed'],
  'doctor.end-emergency': ['pages/doctor/emergency.tsx', 'agreed'],
  // An opening is a line of the ledger too.
  'doctor.shared-open': ['pages/doctor/opened-share.tsx', 'doctor.opened.line'],
  'doctor.open-emergency': ['pages/doctor/opened-share.tsx', 'doctor.opened.line'],
  'researcher.ask': ['pages/researcher/ask.tsx', 'agreed'],
  'administrator.decide': ['pages/administrator/decide.tsx', 'agreed'],
  'administrator.assign': ['pages/administrator/assign.tsx', 'agreed'],
  'administrator.end-assignment': ['pages/administrator/person.tsx', 'agreed'],
  'administrator.emergency-act': ['pages/parts/emergency-list.tsx', 'agreed'],
  'administrator.recovery-act': ['pages/administrator/recoveries.tsx', 'agreed'],
  'administrator.guardian-act': ['pages/administrator/guardians.tsx', 'agreed'],
  'administrator.receive': ['pages/administrator/move.tsx', 'agreed'],
  'administrator.end-sessions': ['pages/administrator/person.tsx', 'node:administrator.standing.ended'],
  'auditor.review': ['pages/parts/emergency-list.tsx', 'agreed'],
  'account.register': ['pages/public/register.tsx', 'page:pages/account/application.tsx'],
  'account.stop-recovery': ['shell/recovery-warning.tsx', 'account.taken.stopped.text'],
  'account.add-passkey': ['pages/account/passkeys.tsx', 'node:account.passkeys.added'],
  'account.remove-wrap': ['pages/account/passkeys.tsx', 'list'],
  'account.change-passphrase': ['pages/account/passphrase.tsx', 'node:account.passphrase.changed.text'],
  'account.recovery-code': ['pages/account/recovery-sheet.tsx', 'node:public.sheet.warning'],
  'account.end-session': ['pages/account/sessions.tsx', 'list'],
  'account.end-other-sessions': ['pages/account/sessions.tsx', 'node:account.sessions.only'],
  'draft.save': ['design/draft-note.tsx', 'here:design.draft.where'],
};

/**
 * Not a form: lines that the ledger gets because something was read, and what is said to the worker alone.
 */
const NO_FORMS: CallName[] = [
  'doctor.printed',
  'doctor.send-lines',
  'patient.pause-upload',
  'draft.drop',
  'draft.drop-all',
];

const source = (file: string): string => readFileSync(join(APP, file), 'utf8');
const all = readdirSync(APP, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name).slice(APP.length));
/** Calls that something on a page sets off, in whatever file. */
const setOff = new Set(
  all
    .filter((file) => !file.startsWith('worker/'))
    .flatMap((file) =>
      [
        ...source(file).matchAll(
          /(?:useAction|call)\(\s*'([a-z]+\.[a-z-]+)'|action(?:=|: )(?:'[^']+' \| )*['"]([a-z]+\.[a-z-]+)['"]/g,
        ),
      ].map(([, name, action]) => name ?? action ?? ''),
    ),
);
/** What only asks, opens, or wipes keys, though a button sets it off. */
const READING =
  /^(?:account\.(?:place|agreed|passkey-salt|prepare|unlock|refresh|lock|ended|sign-out|confirm|practise|request-recovery|verify-proof)|draft\.(?:load|count)|patient\.(?:save-file|download|audit-file|invite)|doctor\.(?:search|who-to-ask|shared-search|emergency-place)|researcher\.export|administrator\.(?:read-recovery|look-for)|auditor\.(?:verify|export))$/;

/** Words that speak of an agreement of the network. */
const CLAIM = /agreed|block|\{height\}|كتلة/i;

async function messageOf(key: string, tag: 'en' | 'ar'): Promise<Message | undefined> {
  const section = sectionOf(key);
  const words: Record<string, Message> =
    section === undefined
      ? tag === 'en'
        ? englishShell
        : arabicShell
      : (await SECTIONS[section][tag]()).words;
  return words[key];
}

describe('a form that writes', () => {
  it('is in the table: nothing that a page sets off is of neither kind', async () => {
    const handlers = new Set(
      (await Promise.all(Object.values(CALL_MAPS).map((load) => load()))).flatMap(Object.keys),
    );
    expect([...setOff].filter((name) => !handlers.has(name))).toEqual([]);
    expect(setOff.size).toBeGreaterThan(45);
    const named = new Set<string>([...Object.keys(FORMS), ...NO_FORMS]);
    expect([...setOff].filter((name) => !named.has(name) && !READING.test(name)).toSorted()).toEqual([]);
    expect([...named].filter((name) => READING.test(name) || !handlers.has(name))).toEqual([]);
  });

  it.each(Object.entries(FORMS))('%s says how far it has come: %j', async (_, [file, says]) => {
    const text = source(file);
    const [kind, rest = ''] = says.split(':');
    if (kind === 'list') {
      expect(text).toContain('reload');
      return;
    }
    if (kind === 'page') {
      expect(text).toContain("navigate('/account/application'");
      expect(source(rest)).toContain("t('design.commit.agreed', { height");
      return;
    }
    if (kind === 'node' || kind === 'here') {
      expect(text).toContain(`t('${rest}'`);
      for (const tag of ['en', 'ar'] as const) {
        const message = await messageOf(rest, tag);
        expect(message, `${rest} in ${tag}`).toBeTypeOf('string');
        expect(message, `${rest} in ${tag}`).not.toMatch(CLAIM);
      }
      return;
    }
    if (says === 'agreed' || says === 'stored') {
      expect(text).toMatch(/<(?:CommitLine|Agreed)\s[^>]*height=\{/);
      if (says === 'stored') expect(text).toMatch(/<CommitLine\s[^>]*stored=\{[^>]*total=\{/);
      return;
    }
    expect(text).toContain(`t('${says}', { height`);
    for (const tag of ['en', 'ar'] as const) {
      const message = await messageOf(says, tag);
      expect(typeof message === 'string' ? message : message?.other, `${says} in ${tag}`).toContain(
        '{height}',
      );
    }
  });

  it('would be found out: words that speak of an agreement are known in both languages', async () => {
    for (const tag of ['en', 'ar'] as const) {
      expect(await messageOf('patient.doctors.done', tag)).toMatch(CLAIM);
      expect(await messageOf('design.commit.agreed', tag)).toMatch(CLAIM);
    }
  });
});
