import type { Route } from '../../router/routes.ts';

export const publicRoutes: Route[] = [
  {
    path: '/',
    role: 'public',
    title: 'public.start.title',
    section: 'public-start',
    page: () => import('./start.tsx'),
  },
  {
    path: '/register/patient',
    role: 'public',
    title: 'public.register.patient.title',
    page: () => import('./register-patient.tsx'),
  },
  {
    path: '/register/professional',
    role: 'public',
    title: 'public.register.professional.title',
    page: () => import('./register-professional.tsx'),
  },
  {
    path: '/application',
    role: 'public',
    title: 'public.application.title',
    page: () => import('./application.tsx'),
  },
  { path: '/recover', role: 'public', title: 'public.recover.title', page: () => import('./recover.tsx') },
  {
    path: '/recover/code',
    role: 'public',
    title: 'public.recover.code',
    words: ['account'],
    page: () => import('./recover-code.tsx'),
  },
  {
    path: '/recover/clinic',
    role: 'public',
    title: 'public.recover.clinic',
    page: () => import('./recover-clinic.tsx'),
  },
  { path: '/verify', role: 'public', title: 'public.verify.title', page: () => import('./verify.tsx') },
  { path: '/about', role: 'public', title: 'public.about.title', page: () => import('./about.tsx') },
];
