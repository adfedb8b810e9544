import { describe, expect, it } from 'vitest';
import { ALL_ROUTES } from '../../../dashboard/app/router/all-routes.ts';
import { matchRoute } from '../../../dashboard/app/router/match.ts';
import { sectionOf } from '../../../dashboard/app/words/translate.ts';

describe('the routes', () => {
  it('are each found by their own path, and none hides another', () => {
    for (const route of ALL_ROUTES) {
      const path = route.path.replaceAll(/:[a-z]+/gi, 'x1');
      expect(matchRoute(path, ALL_ROUTES)?.route.path, route.path).toBe(route.path);
    }
  });

  it('of a role are under its name and have their words', () => {
    const roles = ['patient', 'doctor', 'researcher', 'administrator', 'auditor'];
    for (const { path, role, title } of ALL_ROUTES) {
      if (roles.includes(role)) expect(path.split('/')[1]).toBe(role);
      expect(sectionOf(title), title).toBeDefined();
    }
  });

  it('give their parameters decoded, and take no path that is none', () => {
    const routes = ALL_ROUTES;
    expect(matchRoute('/patient/records/a%20b', routes)?.parameters).toEqual({ id: 'a b' });
    for (const path of ['/patient/records/', '/patient/records/%E0', '//', '/patient/', '', '/Patient']) {
      expect(matchRoute(path, routes), path).toBeUndefined();
    }
  });
});
