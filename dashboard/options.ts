import type { Backend } from '#crypto';
import type { NodeServices } from '#node/services';

/** Time as an injected capability: tests own it, sessions and limits hang on it. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `run` once after `ms`; the returned function cancels. */
  setTimeout(run: () => void, ms: number): () => void;
}

/** Facts first, then an event name in kebab-case. Facts hold ids, counts and codes only. */
export interface Logger {
  debug(facts: Record<string, unknown>, event: string): void;
  info(facts: Record<string, unknown>, event: string): void;
  warn(facts: Record<string, unknown>, event: string): void;
  error(facts: Record<string, unknown>, event: string): void;
}

/** A token bucket: `perSecond` tokens flow in, at most `burst` lie in it. */
export interface Rate {
  perSecond: number;
  burst: number;
}

export interface DashboardLimits {
  /** Requests of one signed-in account. */
  accountRate: Rate;
  /** Requests without a session from one address (an IPv6 network of 64 bits counts as one). */
  addressRate: Rate;
  /** Challenges, sign-ins and attempts to unlock an account from one address. */
  signInRate: Rate;
  /** `person.register` transactions from one address. */
  registrationRate: Rate;
  /** Open live views, altogether and from one address. */
  streamsMax: number;
  streamsPerAddressMax: number;
  sessionsPerAccountMax: number;
  sessionsMax: number;
  connectionsMax: number;
  /** Bytes of request bodies that are being received at one time, all requests together. */
  bodyBytesInFlightMax: number;
  /** A client that has not sent all its headers by then is cut off. */
  headersTimeoutMs: number;
  /** A client that has not sent its whole request by then is cut off. */
  requestTimeoutMs: number;
  /** The longest that a service may work on one request. */
  serviceTimeoutMs: number;
}

/** Generous enough for a development network on one machine, where everybody comes from one address. */
export const DEFAULT_LIMITS: DashboardLimits = {
  accountRate: { perSecond: 200, burst: 1000 },
  addressRate: { perSecond: 200, burst: 1000 },
  signInRate: { perSecond: 20, burst: 200 },
  registrationRate: { perSecond: 2, burst: 50 },
  streamsMax: 256,
  streamsPerAddressMax: 64,
  sessionsPerAccountMax: 16,
  sessionsMax: 10_000,
  connectionsMax: 2048,
  bodyBytesInFlightMax: 128 * 1024 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  serviceTimeoutMs: 60_000,
};

export interface DashboardOptions {
  services: NodeServices;
  backend: Backend;
  /** Address to bind, 127.0.0.1 unless said. Anything but a loopback address needs `behindProxy`. */
  host?: string;
  /** 0 takes any free port. */
  port: number;
  /** Lowercase label: the page is at `http://<name>.localhost:<port>`. */
  name: string;
  /**
   * A reverse proxy with TLS stands in front. The last entry of X-Forwarded-For is then the address that limits
   * count, so the node must not be reachable past the proxy.
   */
  behindProxy?: boolean;
  /** The `https://host` that the proxy serves; only with `behindProxy`. */
  publicOrigin?: string;
  /** File of the wrapped roots of accounts; kept in memory only when absent. */
  accountsFile?: string;
  /** File URL of the built app, with a slash at the end; what `npm run build` makes unless said. */
  assets?: URL;
  clock: Clock;
  logger: Logger;
  limits?: Partial<DashboardLimits>;
}

export interface Dashboard {
  /** Binds and serves; resolves with the bound port. */
  start(): Promise<{ port: number }>;
  /** Ends live views and sessions, lets running requests finish for 2 s, frees the port. */
  stop(): Promise<void>;
}

export const DASHBOARD_ERROR_CODES = [
  'bind-refused',
  'name-invalid',
  'origin-invalid',
  'assets-invalid',
  'assets-missing',
  'accounts-failed',
  'state',
] as const;
export type DashboardErrorCode = (typeof DASHBOARD_ERROR_CODES)[number];

/** A dashboard that can not be made or started as asked. */
export class DashboardError extends Error {
  override readonly name = 'DashboardError';
  readonly code: DashboardErrorCode;

  constructor(code: DashboardErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/;
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The checked options.
 *
 * @throws DashboardError `bind-refused`, `name-invalid`, `origin-invalid`
 */
export function checkOptions(options: DashboardOptions): { host: string; limits: DashboardLimits } {
  const host = options.host ?? '127.0.0.1';
  if (!LOOPBACK.test(host) && options.behindProxy !== true) {
    throw new DashboardError(
      'bind-refused',
      'A dashboard without TLS is bound to a loopback address only. Put a proxy with TLS in front and say so (behindProxy).',
    );
  }
  if (!NAME.test(options.name)) {
    throw new DashboardError('name-invalid', 'The name must be a lowercase DNS label.');
  }
  if (options.publicOrigin !== undefined) {
    const origin = URL.parse(options.publicOrigin);
    if (
      options.behindProxy !== true ||
      origin?.protocol !== 'https:' ||
      origin.origin !== options.publicOrigin
    ) {
      throw new DashboardError(
        'origin-invalid',
        'publicOrigin is an https origin, for use behind a proxy only.',
      );
    }
  }
  return { host, limits: { ...DEFAULT_LIMITS, ...options.limits } };
}
