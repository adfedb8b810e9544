import type { Route } from '../../router/routes.ts';

export const networkRoutes: Route[] = [
  { path: '/network', role: 'public', title: 'network.title', page: () => import('./network.tsx') },
];
