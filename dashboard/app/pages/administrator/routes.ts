import type { Route } from '../../router/routes.ts';

const role = 'administrator';

const moves = () => import('./moves.tsx');

export const administratorRoutes: Route[] = [
  {
    path: '/administrator',
    role,
    title: 'administrator.home.title',
    page: () => import('./home.tsx'),
    navigation: { label: 'administrator.home.menu', order: 10 },
  },
  {
    path: '/administrator/approvals',
    role,
    title: 'administrator.approvals.title',
    page: () => import('./approvals.tsx'),
    navigation: { label: 'administrator.approvals.menu', order: 20 },
  },
  {
    path: '/administrator/approvals/:id',
    role,
    title: 'administrator.decide.title',
    page: () => import('./decide.tsx'),
  },
  {
    path: '/administrator/moves',
    role,
    title: 'administrator.moves.menu',
    page: moves,
    navigation: { label: 'administrator.moves.menu', order: 25 },
  },
  {
    path: '/administrator/moves/:id',
    role,
    title: 'administrator.moves.menu',
    page: moves,
  },
  {
    path: '/administrator/guardians',
    role,
    title: 'administrator.guardians.menu',
    words: ['ties'],
    page: () => import('./guardians.tsx'),
    navigation: { label: 'administrator.guardians.menu', order: 35 },
  },
  {
    path: '/administrator/people',
    role,
    title: 'administrator.people.title',
    page: () => import('./people.tsx'),
    navigation: { label: 'administrator.people.menu', order: 30 },
  },
  {
    path: '/administrator/people/:id',
    role,
    title: 'administrator.person.title',
    page: () => import('./person.tsx'),
  },
  {
    path: '/administrator/people/:id/slip',
    role,
    title: 'administrator.slip.title',
    page: () => import('./slip.tsx'),
  },
  {
    path: '/administrator/people/:id/assign',
    role,
    title: 'administrator.assign.title',
    page: () => import('./assign.tsx'),
  },
  {
    path: '/administrator/recovery',
    role,
    title: 'administrator.recovery.title',
    page: () => import('./recovery.tsx'),
    navigation: { label: 'administrator.recovery.menu', order: 50 },
  },
  {
    path: '/administrator/emergencies',
    role,
    title: 'administrator.emergencies.title',
    page: () => import('./emergencies.tsx'),
    navigation: { label: 'administrator.emergencies.menu', order: 40 },
  },
  {
    path: '/administrator/backups',
    role,
    title: 'administrator.backups.title',
    page: () => import('./backups.tsx'),
    navigation: { label: 'administrator.backups.menu', order: 70 },
  },
  {
    path: '/administrator/node',
    role,
    title: 'administrator.node.title',
    page: () => import('./node.tsx'),
    navigation: { label: 'administrator.node.menu', order: 60 },
  },
];
