import type { Page } from 'playwright-core';
import type { ClinicWorld } from './clinic-world.ts';
import { arrive } from './journey-steps.ts';

/** How a route is visited in the scenario `clinic`: by whom, and what stands for its parameters. */
export interface Visit {
  /** Account name; null for who has not signed in. */
  who: string | null;
  path: string;
}

/** Ids of things that only the pages know, found as a person finds them. */
export interface Found {
  record: string;
  access: string;
  request: string;
  grant: string;
  /** Of whom a guardian opens it. */
  wardRecord: string;
}

const PATIENT = 'ove-lindqvist';
/** Somebody has asked her. */
const ASKED = 'amal-haddad';
/** She acts for somebody else, and wishes to move to north. */
const GUARDIAN = 'grace-okafor';
const WARD = 'carlos-ferreira';
const DOCTOR = 'alice-berg';
/** Something is shared with him. */
const DELEGATE = 'bob-whitfield';
const ADMINISTRATOR = 'north-admin-1';
const AUDITOR = 'ada-nilsen';
const RESEARCHER = 'henrik-solberg';

const by = (who: string | null, ...paths: string[]): [string, Visit][] =>
  paths.map((path) => [path, { who, path }]);

/** Every route of the app by its pattern. A route that is missing here fails the walk. */
export function visitsOf(world: ClinicWorld, found: Found): ReadonlyMap<string, Visit> {
  const id = (account: string): string => world.account(account).id;
  const ward = `/doctor/patients/${id(PATIENT)}`;
  const inCare = `/patient/wards/${id(WARD)}`;
  const person = `/administrator/people/${id(PATIENT)}`;
  return new Map<string, Visit>([
    ...by(null, '/', '/register/patient', '/register/professional', '/application', '/recover'),
    ...by(null, '/recover/code', '/recover/clinic', '/verify', '/about', '/network'),
    ...by(PATIENT, '/account', '/account/passkeys', '/account/passphrase', '/account/recovery'),
    ...by(PATIENT, '/account/sessions', '/account/application', '/account/institution'),
    ...by(PATIENT, '/patient', '/patient/records', '/patient/add', '/patient/accesses', '/patient/sharing'),
    ...by(PATIENT, '/patient/sharing/new', '/patient/doctors', '/patient/emergency', '/patient/devices'),
    ...by(PATIENT, '/patient/download', '/patient/sealed', '/patient/guardians'),
    ['/patient/wards/:patient', { who: GUARDIAN, path: inCare }],
    ['/patient/wards/:patient/records/:id', { who: GUARDIAN, path: found.wardRecord }],
    ['/patient/wards/:patient/records/:id/node', { who: GUARDIAN, path: `${found.wardRecord}/node` }],
    ['/patient/wards/:patient/series/:code', { who: GUARDIAN, path: `${inCare}/series/8867-4` }],
    ['/patient/records/:id', { who: PATIENT, path: `/patient/records/${found.record}` }],
    ['/patient/records/:id/node', { who: PATIENT, path: `/patient/records/${found.record}/node` }],
    ['/patient/series/:code', { who: PATIENT, path: '/patient/series/8867-4' }],
    ['/patient/accesses/:position', { who: PATIENT, path: found.access }],
    ...by(ASKED, '/patient/requests'),
    ['/patient/requests/:id', { who: ASKED, path: found.request }],
    ...by(DOCTOR, '/doctor', '/doctor/patients', '/doctor/requests', '/doctor/requests/new'),
    ...by(DOCTOR, '/doctor/delegations', '/doctor/delegations/new', '/doctor/emergency'),
    ['/doctor/patients/:patient', { who: DOCTOR, path: ward }],
    ['/doctor/patients/:patient/search', { who: DOCTOR, path: `${ward}/search` }],
    ['/doctor/patients/:patient/note', { who: DOCTOR, path: `${ward}/note` }],
    ['/doctor/patients/:patient/records/:id', { who: DOCTOR, path: `${ward}/records/${found.record}` }],
    [
      '/doctor/patients/:patient/records/:id/node',
      { who: DOCTOR, path: `${ward}/records/${found.record}/node` },
    ],
    ['/doctor/patients/:patient/series/:code', { who: DOCTOR, path: `${ward}/series/8867-4` }],
    ...by(DELEGATE, '/doctor/shared'),
    ['/doctor/shared/:grant', { who: DELEGATE, path: found.grant }],
    ...by(RESEARCHER, '/researcher', '/researcher/ask', '/researcher/requests', '/researcher/accesses'),
    ['/researcher/studies/:protocol', { who: RESEARCHER, path: '/researcher/studies/PHR-2026-014' }],
    ...by(ADMINISTRATOR, '/administrator', '/administrator/approvals', '/administrator/people'),
    ...by(ADMINISTRATOR, '/administrator/recovery', '/administrator/emergencies', '/administrator/node'),
    ...by(ADMINISTRATOR, '/administrator/backups', '/administrator/moves', '/administrator/guardians'),
    ['/administrator/moves/:id', { who: ADMINISTRATOR, path: `/administrator/moves/${id(GUARDIAN)}` }],
    [
      '/administrator/approvals/:id',
      { who: ADMINISTRATOR, path: `/administrator/approvals/${id('pia-keller')}` },
    ],
    ['/administrator/people/:id', { who: ADMINISTRATOR, path: person }],
    ['/administrator/people/:id/slip', { who: ADMINISTRATOR, path: `${person}/slip` }],
    ['/administrator/people/:id/assign', { who: ADMINISTRATOR, path: `${person}/assign` }],
    ...by(AUDITOR, '/auditor', '/auditor/chain', '/auditor/emergencies', '/auditor/refusals'),
    ...by(AUDITOR, '/auditor/export'),
  ]);
}

/** Looks on lists for what stands for parameters; `windowOf` gives the window of a person. */
export async function findParameters(windowOf: (who: string) => Promise<Page>): Promise<Found> {
  const [patient, asked, delegate, guardian] = await Promise.all(
    [PATIENT, ASKED, DELEGATE, GUARDIAN].map(windowOf),
  );
  if (patient === undefined || asked === undefined || delegate === undefined || guardian === undefined)
    throw new Error('no window');
  const ward = await firstLink(guardian, '/patient/guardians', '/patient/wards/');
  const record = await firstLink(patient, '/patient/records', '/patient/records/');
  return {
    record: record.split('/').at(-1) ?? '',
    access: await firstLink(patient, '/patient/accesses', '/patient/accesses/'),
    request: await firstLink(asked, '/patient/requests', '/patient/requests/'),
    wardRecord: await firstLink(guardian, ward, `${ward}/records/`),
    grant: await firstLink(delegate, '/doctor/shared', '/doctor/shared/'),
  };
}

async function firstLink(page: Page, list: string, prefix: string): Promise<string> {
  await arrive(page, list);
  const link = page.locator(`main a[href^="${prefix}"]`).first();
  await link.waitFor();
  return (await link.getAttribute('href')) ?? '';
}
