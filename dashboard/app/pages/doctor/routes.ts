import type { Route } from '../../router/routes.ts';

/** A record looks the same to whoever may read it: its words are those of the patient's own pages. */
const WORDS = ['clinical', 'patient'] as const;

const page = (path: string, title: Route['title'], load: Route['page'], order?: number): Route => ({
  path,
  role: 'doctor',
  title,
  words: WORDS,
  page: load,
  ...(order === undefined ? {} : { navigation: { label: title, order } }),
});

export const doctorRoutes: Route[] = [
  page('/doctor', 'doctor.home.title', () => import('./home.tsx'), 1),
  page('/doctor/patients', 'doctor.patients.title', () => import('./patients.tsx'), 2),
  page('/doctor/patients/:patient', 'doctor.patient.title', () => import('./patient.tsx')),
  page('/doctor/patients/:patient/search', 'doctor.search.title', () => import('./search.tsx')),
  page('/doctor/patients/:patient/note', 'doctor.note.title', () => import('./note.tsx')),
  page('/doctor/patients/:patient/records/:id', 'doctor.record.title', () => import('./record.tsx')),
  page('/doctor/patients/:patient/records/:id/node', 'doctor.node.title', () => import('./node-view.tsx')),
  page('/doctor/patients/:patient/series/:code', 'doctor.series.title', () => import('./series.tsx')),
  page('/doctor/requests', 'doctor.requests.title', () => import('./requests.tsx'), 3),
  page('/doctor/requests/new', 'doctor.request.title', () => import('./new-request.tsx')),
  page('/doctor/delegations', 'doctor.delegations.title', () => import('./delegations.tsx'), 4),
  page('/doctor/delegations/new', 'doctor.delegate.title', () => import('./delegate.tsx')),
  page('/doctor/shared', 'doctor.shared.title', () => import('./shared.tsx'), 5),
  page('/doctor/shared/:grant', 'doctor.granted.title', () => import('./granted.tsx')),
  {
    ...page('/doctor/emergency', 'doctor.emergency.title', () => import('./emergency.tsx'), 6),
    words: [...WORDS, 'account', 'public'],
  },
];
