import type { Route } from '../../router/routes.ts';

const role = 'researcher';
/** Categories are called what they are called everywhere. */
const words = ['clinical'] as const;

export const researcherRoutes: Route[] = [
  {
    path: '/researcher',
    role,
    title: 'researcher.studies.title',
    page: () => import('./studies.tsx'),
    navigation: { label: 'researcher.studies.menu', order: 10 },
  },
  {
    path: '/researcher/studies/:protocol',
    role,
    title: 'researcher.study.title',
    words,
    page: () => import('./study.tsx'),
  },
  {
    path: '/researcher/ask',
    role,
    title: 'researcher.ask.title',
    page: () => import('./ask.tsx'),
    navigation: { label: 'researcher.ask.menu', order: 20 },
  },
  {
    path: '/researcher/requests',
    role,
    title: 'researcher.requests.title',
    page: () => import('./requests.tsx'),
    navigation: { label: 'researcher.requests.menu', order: 30 },
  },
  {
    path: '/researcher/accesses',
    role,
    title: 'researcher.accesses.title',
    page: () => import('./accesses.tsx'),
    navigation: { label: 'researcher.accesses.menu', order: 40 },
  },
];
