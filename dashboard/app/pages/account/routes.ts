import type { Route } from '../../router/routes.ts';

export const accountRoutes: Route[] = [];
