import type { Route } from '../../router/routes.ts';

/** Below the pages of every role in the menu. */
const LAST = 900;

export const accountRoutes: Route[] = [
  {
    path: '/account',
    role: 'signed-in',
    title: 'account.title',
    words: ['public'],
    page: () => import('./overview.tsx'),
    navigation: { label: 'shell.account', order: LAST },
  },
  {
    path: '/account/passkeys',
    role: 'signed-in',
    title: 'account.passkeys.title',
    words: ['public'],
    page: () => import('./passkeys.tsx'),
  },
  {
    path: '/account/passphrase',
    role: 'signed-in',
    title: 'account.passphrase.title',
    words: ['public'],
    page: () => import('./passphrase.tsx'),
  },
  {
    path: '/account/recovery',
    role: 'signed-in',
    title: 'account.recovery.title',
    words: ['public'],
    page: () => import('./recovery.tsx'),
  },
  {
    path: '/account/sessions',
    role: 'signed-in',
    title: 'account.sessions.title',
    words: ['public'],
    page: () => import('./sessions.tsx'),
  },
  {
    path: '/account/institution',
    role: 'signed-in',
    title: 'account.institution.title',
    words: ['public', 'ties'],
    page: () => import('./institution.tsx'),
  },
  {
    path: '/account/application',
    role: 'signed-in',
    title: 'account.application.title',
    words: ['public'],
    page: () => import('./application.tsx'),
  },
];
