import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import type { Context, Middleware, Next } from 'koa';
import { fromHex, toHex } from '#crypto';
import { API_PREFIX, ROUTES } from '#node/client';
import { ServiceError } from '#node/services';
import { WrapStore } from './accounts/wrap-store.ts';
import { BodyReader } from './api/body.ts';
import { answerFor, describeFailure, HttpError } from './api/errors.ts';
import { createHandlers } from './api/handlers.ts';
import { openApiDocument } from './api/openapi.ts';
import { accountKey, admit, serve } from './api/pipeline.ts';
import type { AnyHandler, Caller } from './api/pipeline.ts';
import { keyOf, methodsOf } from './api/schemas.ts';
import { ASSETS_PREFIX, loadAssets, MISSING_PAGE } from './assets.ts';
import type { Asset, Assets } from './assets.ts';
import { EventHub } from './events.ts';
import { checkOptions, DashboardError } from './options.ts';
import type { Dashboard, DashboardLimits, DashboardOptions, Logger } from './options.ts';
import { mayHoldSession } from './security/authorize.ts';
import { Challenges } from './security/challenges.ts';
import { securityHeaders } from './security/headers.ts';
import { AllowedHosts, changesState, isForeign, isFromBrowser } from './security/hosts.ts';
import { addressKey, RateLimiter } from './security/rate-limits.ts';
import { Sessions, tokenOf } from './security/sessions.ts';

const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 64;
/** Longer than a client is busy sealing a large batch: it must not come back to a connection that was just closed. */
const KEEP_ALIVE_MS = 20_000;
const STOP_GRACE_MS = 2_000;

/**
 * The HTTP server of a node: API, live view, page.
 *
 * @throws DashboardError `bind-refused`, `name-invalid`, `origin-invalid` for options that can not be served safely
 */
export function createDashboard(options: DashboardOptions): Dashboard {
  const { host, limits } = checkOptions(options);
  let running: { server: Server; core: Core } | undefined;
  let isStarting = false;
  return {
    start: async () => {
      if (running !== undefined || isStarting)
        throw new DashboardError('state', 'The dashboard runs already.');
      isStarting = true;
      try {
        const core = new Core(options, limits);
        const server = serverFor(core, limits);
        const port = await listen(server, host, options.port);
        core.open(port);
        running = { server, core };
        options.logger.info({ port }, 'dashboard-started');
        return { port };
      } finally {
        isStarting = false;
      }
    },
    stop: async () => {
      if (running === undefined) return;
      const { server, core } = running;
      running = undefined;
      core.close();
      await close(server, options);
      options.logger.info({}, 'dashboard-stopped');
    },
  };
}

/** Everything that lives as long as the server: tables, limits, routes. */
class Core {
  readonly #options: DashboardOptions;
  readonly #limits: DashboardLimits;
  readonly #sessions: Sessions;
  readonly #hub: EventHub;
  readonly #wraps: WrapStore;
  /** Undefined when the app was not built. */
  readonly #assets: Assets | undefined;
  readonly #accounts: RateLimiter;
  readonly #addresses: RateLimiter;
  #hosts: AllowedHosts | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: DashboardOptions, limits: DashboardLimits) {
    const { services, backend, clock, logger } = options;
    this.#options = options;
    this.#limits = limits;
    this.#sessions = new Sessions(backend, clock, limits);
    this.#hub = new EventHub({ services, clock, logger, limits });
    this.#sessions.onEnd = (id) => this.#hub.sessionEnded(id);
    this.#assets = assetsOf(logger, options.assets);
    this.#wraps = new WrapStore(options.accountsFile ?? ':memory:', backend.random(32));
    this.#accounts = new RateLimiter(limits.accountRate, clock);
    this.#addresses = new RateLimiter(limits.addressRate, clock);
  }

  open(port: number): void {
    const { name, publicOrigin, services } = this.#options;
    this.#hosts = new AllowedHosts({ name, port, publicOrigin });
    this.#hub.start();
    this.#unsubscribe = services.onEvent((event) => {
      if (event.kind === 'block' && event.block.transactions > 0) this.#endSessions();
    });
  }

  close(): void {
    this.#unsubscribe?.();
    this.#hub.stop();
    this.#sessions.endAll();
    this.#wraps.close();
  }

  application(): Koa {
    const app = new Koa();
    // Koa would print what a stream of a client that went away throws.
    app.on('error', (error: unknown) =>
      this.#options.logger.debug(describeFailure(error), 'connection-failed'),
    );
    const callers = new WeakMap<IncomingMessage, Caller>();
    app.use((ctx, next) => this.#answerErrors(ctx, next));
    app.use(async (ctx, next) => {
      this.#refuseForeign(ctx);
      const caller = this.#callerOf(ctx);
      callers.set(ctx.req, caller);
      const account = accountKey(caller.actor);
      if (account === undefined) admit(this.#addresses, caller.address);
      else admit(this.#accounts, account);
      await next();
    });
    app.use(this.#router(callers));
    app.use((ctx) => this.#servePage(ctx));
    return app;
  }

  #router(callers: WeakMap<IncomingMessage, Caller>): Middleware {
    const { services, backend, clock } = this.#options;
    const limits = this.#limits;
    const handlers = createHandlers({
      services,
      backend,
      challenges: new Challenges(backend, clock),
      sessions: this.#sessions,
      wraps: this.#wraps,
      clock,
      openApi: () => openApiDocument(services.status().version),
    });
    const parts = {
      services,
      clock,
      limits,
      hub: this.#hub,
      bodies: new BodyReader(limits.bodyBytesInFlightMax),
      signIns: new RateLimiter(limits.signInRate, clock),
      registrations: new RateLimiter(limits.registrationRate, clock),
    };
    const router = new Router({ prefix: API_PREFIX, sensitive: true, strict: true });
    for (const route of ROUTES) {
      const handler = handlers[keyOf(route)] as AnyHandler;
      router.register(route.path, [route.method], async (ctx) => {
        const caller = callers.get(ctx.req) ?? {
          actor: { kind: 'stranger' },
          address: 'unknown',
          token: undefined,
          session: undefined,
        };
        await serve(ctx, route, handler, caller, parts);
      });
    }
    const routes = router.routes() as Middleware;
    return async (ctx, next) => {
      const methods = methodsOf(ctx.path);
      // HEAD too: the router would run a GET for it, and a live view has no end.
      if (methods.length > 0 && !methods.includes(ctx.method)) {
        throw new HttpError('method-refused', {}, { Allow: methods.join(', ') });
      }
      await routes(ctx, next);
    };
  }

  async #answerErrors(ctx: Context, next: Next): Promise<void> {
    ctx.set(securityHeaders('data'));
    const startedAtMs = this.#options.clock.now();
    try {
      await next();
    } catch (error) {
      const answer = answerFor(error);
      if (answer.status === 500) this.#options.logger.error(describeFailure(error), 'request-failed');
      ctx.set(securityHeaders('data'));
      ctx.set(answer.headers);
      // What is still on its way of a refused body is not waited for.
      if (!ctx.req.complete) ctx.set('Connection', 'close');
      ctx.status = answer.status;
      ctx.body = JSON.stringify(answer.body);
      ctx.type = 'application/json; charset=utf-8';
    }
    const durationMs = this.#options.clock.now() - startedAtMs;
    this.#options.logger.debug({ method: ctx.method, status: ctx.status, durationMs }, 'request-answered');
  }

  /** Host first, before anything of the request is believed. */
  #refuseForeign(ctx: Context): void {
    const hosts = ctx.req.headersDistinct['host'] ?? [];
    const origin = hosts.length === 1 ? this.#hosts?.originOf(hosts[0]) : undefined;
    if (origin === undefined) throw new HttpError('host-refused');
    if (!(ctx.req.url ?? '').startsWith('/')) throw new ServiceError('malformed', { field: 'target' });
    const isPage = !ctx.path.startsWith(`${API_PREFIX}/`);
    if (isForeign({ headers: ctx.headers, method: ctx.method, isPage, origin }))
      throw new HttpError('origin-refused');
  }

  #callerOf(ctx: Context): Caller {
    const address = addressKey(this.#addressOf(ctx.req));
    const agent = ctx.get('User-Agent');
    const presented = tokenOf(ctx.headers);
    const actor = { kind: 'stranger' } as const;
    const session = presented === undefined ? undefined : 'ended';
    const stranger: Caller = { actor, address, token: undefined, session, agent };
    if (presented === undefined) return stranger;
    // A browser always says where a changing request comes from; a cookie without that is not believed.
    if (presented.from === 'cookie' && changesState(ctx.method) && !isFromBrowser(ctx.headers))
      return stranger;
    const id = this.#sessions.use(presented.token);
    if (id === undefined) return stranger;
    const account = this.#options.services.account(fromHex(id));
    if (account === undefined || !this.#mayHold(id, this.#sessions.keyOf(presented.token) ?? '')) {
      this.#sessions.endUnless((other, signKey) => other !== id || this.#mayHold(other, signKey));
      return stranger;
    }
    const { token } = presented;
    const live = this.#sessions.idOf(token);
    return {
      actor: { kind: 'account', account },
      address,
      token,
      session: live === undefined ? undefined : { id: live },
      agent,
    };
  }

  /** Behind a proxy the last entry is the one that the proxy wrote; all before it is the client's word. */
  #addressOf(request: IncomingMessage): string | undefined {
    if (this.#options.behindProxy !== true) return request.socket.remoteAddress;
    const forwarded = request.headersDistinct['x-forwarded-for']?.at(-1)?.split(',').at(-1)?.trim();
    return forwarded ?? request.socket.remoteAddress;
  }

  #endSessions(): void {
    this.#sessions.endUnless((id, signKey) => this.#mayHold(id, signKey));
  }

  /** After a change of keys the former key's sessions are over, whoever holds it. */
  #mayHold(id: string, signKey: string): boolean {
    const account = this.#options.services.account(fromHex(id));
    return account !== undefined && mayHoldSession(account) && toHex(account.signPublicKey) === signKey;
  }

  #servePage(ctx: Context): void {
    if (ctx.path.startsWith(`${API_PREFIX}/`)) throw new ServiceError('not-found');
    if (changesState(ctx.method)) throw new HttpError('method-refused', {}, { Allow: 'GET, HEAD' });
    const assets = this.#assets;
    const file = assets?.files.get(ctx.path);
    if (file !== undefined) {
      ctx.set(securityHeaders('asset'));
      return sendAsset(ctx, 200, file);
    }
    if (ctx.path.startsWith(ASSETS_PREFIX)) throw new ServiceError('not-found');
    ctx.set(securityHeaders('page'));
    if (assets === undefined) return sendAsset(ctx, 503, MISSING_PAGE);
    // The app itself says that there is no such page: with its own words, in the language of the reader.
    sendAsset(ctx, assets.isPage(ctx.path) ? 200 : 404, assets.page);
  }
}

/** A node whose app was not built goes on with its API. */
function assetsOf(logger: Logger, directory: URL | undefined): Assets | undefined {
  try {
    return loadAssets(directory);
  } catch (error) {
    if (!(error instanceof DashboardError) || error.code !== 'assets-missing') throw error;
    logger.error({ code: error.code, run: 'npm run build' }, 'dashboard-not-built');
    return undefined;
  }
}

function sendAsset(ctx: Context, status: number, asset: Asset): void {
  ctx.status = status;
  if (asset.gzip !== undefined) ctx.vary('Accept-Encoding');
  const isGzip = asset.gzip !== undefined && ctx.acceptsEncodings('gzip', 'identity') === 'gzip';
  if (isGzip) ctx.set('Content-Encoding', 'gzip');
  ctx.body = Buffer.from(isGzip && asset.gzip !== undefined ? asset.gzip : asset.bytes);
  ctx.set('Content-Type', asset.type);
}

function serverFor(core: Core, limits: DashboardLimits): Server {
  const handle = core.application().callback();
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5_000),
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => void handle(request, response),
  );
  server.maxHeadersCount = HEADERS_MAX;
  server.maxConnections = limits.connectionsMax;
  server.on('clientError', refuseConnection);
  // Nobody is served who wants a body acknowledged first, another protocol, or a tunnel.
  server.on('checkExpectation', (_request, response) => void response.writeHead(417).end());
  server.on('connect', (_request, socket) => void socket.destroy());
  return server;
}

/** What is no HTTP, too large or too slow: one line, and the connection ends. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n`,
  );
}

function listen(server: Server, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen({ host, port }, () => {
    server.removeListener('error', reject);
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : port);
  });
  return promise;
}

async function close(server: Server, { clock }: DashboardOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const cancel = clock.setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
  await promise;
  cancel();
}
