import type { Route } from '../../router/routes.ts';

const role = 'auditor';
/** Words of kinds of events and of emergencies are shared with the administrator's pages. */
const words = ['administrator'] as const;

export const auditorRoutes: Route[] = [
  {
    path: '/auditor',
    role,
    title: 'auditor.events.title',
    words,
    page: () => import('./events.tsx'),
    navigation: { label: 'auditor.events.menu', order: 10 },
  },
  {
    path: '/auditor/chain',
    role,
    title: 'auditor.chain.title',
    words,
    page: () => import('./chain.tsx'),
    navigation: { label: 'auditor.chain.menu', order: 20 },
  },
  {
    path: '/auditor/emergencies',
    role,
    title: 'auditor.emergencies.title',
    words,
    page: () => import('./emergencies.tsx'),
    navigation: { label: 'auditor.emergencies.menu', order: 30 },
  },
  {
    path: '/auditor/refusals',
    role,
    title: 'auditor.refusals.title',
    words,
    page: () => import('./refusals.tsx'),
    navigation: { label: 'auditor.refusals.menu', order: 40 },
  },
  {
    path: '/auditor/export',
    role,
    title: 'auditor.export.title',
    words,
    page: () => import('./export.tsx'),
    navigation: { label: 'auditor.export.menu', order: 50 },
  },
];
