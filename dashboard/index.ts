/**
 * The HTTP face of a node: the API of ROUTES under /api/v1, its OpenAPI document, live views, and one page.
 *
 * It sees the node through NodeServices alone and holds no key of a person and no plaintext.
 */
export { createDashboard } from './server.ts';
export { DASHBOARD_ERROR_CODES, DEFAULT_LIMITS, DashboardError } from './options.ts';
export type {
  Clock,
  Dashboard,
  DashboardErrorCode,
  DashboardLimits,
  DashboardOptions,
  Logger,
  Rate,
} from './options.ts';
