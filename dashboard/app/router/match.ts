import type { Route } from './routes.ts';

export interface Match {
  route: Route;
  parameters: Record<string, string>;
}

/** The first route that a path fits; undefined when there is none. */
export function matchRoute(path: string, routes: readonly Route[]): Match | undefined {
  for (const route of routes) {
    const parameters = parametersOf(path, route.path);
    if (parameters !== undefined) return { route, parameters };
  }
  return undefined;
}

function parametersOf(path: string, pattern: string): Record<string, string> | undefined {
  const parts = path.split('/');
  const wanted = pattern.split('/');
  if (parts.length !== wanted.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, want] of wanted.entries()) {
    const part = parts[i] ?? '';
    if (!want.startsWith(':')) {
      if (part !== want) return undefined;
      continue;
    }
    try {
      if (part === '') return undefined;
      parameters[want.slice(1)] = decodeURIComponent(part);
    } catch {
      return undefined;
    }
  }
  return parameters;
}
