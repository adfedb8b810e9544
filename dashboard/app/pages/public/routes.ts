import type { Route } from '../../router/routes.ts';

export const publicRoutes: Route[] = [
  {
    path: '/',
    role: 'public',
    title: 'public.start.title',
    page: () => import('./start.tsx'),
  },
];
