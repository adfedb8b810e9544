import { describe, expect, it } from 'vitest';
import { doctorRoutes } from '../../../dashboard/app/pages/doctor/routes.ts';
import { printedFrom } from '../../../dashboard/app/shell/print-report.ts';

const [PATIENT, RECORD] = ['ab'.repeat(32), 'cd'.repeat(32)];

describe('a page that is printed', () => {
  it('is said to be of the patient whose record it shows, on every page of a doctor that shows one', () => {
    const shown = doctorRoutes.map(({ path }) => path).filter((path) => path.includes('/patients/:patient'));
    expect(shown.length).toBeGreaterThan(4);
    for (const path of shown.filter((each) => !each.endsWith('/node'))) {
      const real = path.replace(':patient', PATIENT).replace(':id', RECORD).replace(':code', '8867-4');
      const records = path.includes(':id') ? [RECORD] : [];
      expect([path, printedFrom(real)]).toEqual([path, { patient: PATIENT, records }]);
    }
  });

  it.each([
    ['what the nodes see', `/doctor/patients/${PATIENT}/records/${RECORD}/node`],
    ['the list of patients', '/doctor/patients'],
    ['somebody with an id that is none', '/doctor/patients/maria'],
    ['a longer id', `/doctor/patients/${PATIENT}00`],
    ['one’s own record', `/patient/records/${RECORD}`],
    ['the network', '/network'],
  ])('is said of nobody when it shows %s', (_, path) => {
    expect(printedFrom(path)).toBeUndefined();
  });
});
