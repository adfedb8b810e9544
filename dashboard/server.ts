import type { IncomingMessage, RequestListener, Server } from 'node:http';
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
import { accountKey, admit, serve, subjectOf } from './api/pipeline.ts';
import type { AnyHandler, Caller } from './api/pipeline.ts';
import { keyOf, methodsOf } from './api/schemas.ts';
import { ASSETS_PREFIX, loadAssets, MISSING_PAGE, SERVICE_WORKER_PATH } from './assets.ts';
import type { Asset, Assets } from './assets.ts';
import { EventHub } from './events.ts';
import { close, listen, serverFor } from './listener.ts';
import { checkOptions, DashboardError } from './options.ts';
import type { Dashboard, DashboardLimits, DashboardOptions, Logger } from './options.ts';
import { mayHoldSession } from './security/authorize.ts';
import { Challenges } from './security/challenges.ts';
import { securityHeaders } from './security/headers.ts';
import type { AnswerKind } from './security/headers.ts';
import { AllowedHosts, changesState, isForeign, isFromBrowser } from './security/hosts.ts';
import { addressKey, RateLimiter } from './security/rate-limits.ts';
import { SecurityLog } from './security/security-log.ts';
import { Sessions, tokenOf } from './security/sessions.ts';

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
        const server = serverFor(core.listener(), limits, core.headersOf('data'));
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
      await close(server, options.clock);
      options.logger.info({}, 'dashboard-stopped');
    },
  };
}

/** One request: who sent it, and which route it turned out to be. */
interface Exchange {
  route: string;
  caller: Caller;
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
  readonly #log: SecurityLog;
  readonly #exchanges = new WeakMap<IncomingMessage, Exchange>();
  #requests = 0;
  #hosts: AllowedHosts | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: DashboardOptions, limits: DashboardLimits) {
    const { services, backend, clock, logger } = options;
    this.#options = options;
    this.#limits = limits;
    this.#sessions = new Sessions(backend, clock, limits);
    this.#hub = new EventHub({ services, clock, logger, limits });
    this.#log = new SecurityLog(logger, clock, backend.random(32));
    this.#sessions.onEnd = (id, isClosed) => this.#hub.sessionEnded(id, isClosed);
    this.#sessions.onReplace = (id, next) => this.#hub.sessionReplaced(id, next);
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

  listener(): RequestListener {
    const handle = this.#application().callback();
    return (request, response) => void handle(request, response);
  }

  /** Strict-Transport-Security once the proxy in front is known to speak TLS. */
  headersOf(kind: AnswerKind): Readonly<Record<string, string>> {
    return securityHeaders(kind, { isHttps: this.#options.publicOrigin !== undefined });
  }

  #application(): Koa {
    const app = new Koa();
    // Koa would print what a stream of a client that went away throws.
    app.on('error', (error: unknown) =>
      this.#options.logger.debug(describeFailure(error), 'connection-failed'),
    );
    app.use((ctx, next) => this.#answerErrors(ctx, next));
    app.use(async (ctx, next) => {
      this.#refuseForeign(ctx);
      const caller = this.#callerOf(ctx);
      this.#exchangeOf(ctx.req).caller = caller;
      const account = accountKey(caller.actor);
      if (account === undefined) admit(this.#addresses, caller.address);
      else admit(this.#accounts, account);
      await next();
    });
    app.use(this.#router());
    app.use((ctx) => this.#servePage(ctx));
    return app;
  }

  #router(): Middleware {
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
      log: this.#log,
    };
    const router = new Router({ prefix: API_PREFIX, sensitive: true, strict: true });
    for (const route of ROUTES) {
      const handler = handlers[keyOf(route)] as AnyHandler;
      router.register(route.path, [route.method], async (ctx) => {
        const exchange = this.#exchangeOf(ctx.req);
        exchange.route = keyOf(route);
        await serve(ctx, route, handler, exchange.caller, parts);
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
    ctx.set(this.headersOf('data'));
    const { request } = this.#exchangeOf(ctx.req).caller;
    const startedAtMs = this.#options.clock.now();
    try {
      await next();
    } catch (error) {
      const answer = answerFor(error);
      if (answer.status === 500)
        this.#options.logger.error({ request, ...describeFailure(error) }, 'request-failed');
      const { route, caller } = this.#exchangeOf(ctx.req);
      this.#log.refused({ route, status: answer.status, code: answer.body.error.code }, subjectOf(caller));
      ctx.set(this.headersOf('data'));
      ctx.set(answer.headers);
      // What is still on its way of a refused body is not waited for.
      if (!ctx.req.complete) ctx.set('Connection', 'close');
      ctx.status = answer.status;
      ctx.body = JSON.stringify(answer.body);
      ctx.type = 'application/json; charset=utf-8';
    }
    const durationMs = this.#options.clock.now() - startedAtMs;
    this.#options.logger.debug(
      { request, method: ctx.method, status: ctx.status, durationMs },
      'request-answered',
    );
  }

  /** What is known of a request so far: at first that it came, and from where. */
  #exchangeOf(request: IncomingMessage): Exchange {
    const known = this.#exchanges.get(request);
    if (known !== undefined) return known;
    this.#requests += 1;
    const caller: Caller = {
      request: this.#requests,
      actor: { kind: 'stranger' },
      address: addressKey(this.#addressOf(request)),
      token: undefined,
      session: undefined,
    };
    const exchange = { route: '', caller };
    this.#exchanges.set(request, exchange);
    return exchange;
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
    const presented = tokenOf(ctx.headers);
    const session = presented === undefined ? undefined : 'ended';
    const stranger: Caller = { ...this.#exchangeOf(ctx.req).caller, session, agent: ctx.get('User-Agent') };
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
      ...stranger,
      actor: { kind: 'account', account },
      token,
      session: live === undefined ? undefined : { id: live },
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
      ctx.set(this.headersOf('asset'));
      return sendAsset(ctx, 200, file);
    }
    if (ctx.path.startsWith(ASSETS_PREFIX)) throw new ServiceError('not-found');
    if (ctx.path === SERVICE_WORKER_PATH && assets !== undefined) {
      ctx.set(this.headersOf('service-worker'));
      return sendAsset(ctx, 200, assets.serviceWorker);
    }
    ctx.set(this.headersOf('page'));
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
