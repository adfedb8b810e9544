import type { Context } from 'koa';
import { toHex } from '#crypto';
import { ServiceError } from '#node/services';
import type { NodeServices } from '#node/services';
import type { EventHub } from '../events.ts';
import type { Clock, DashboardLimits } from '../options.ts';
import { authorize } from '../security/authorize.ts';
import type { Action, Actor } from '../security/authorize.ts';
import { isFromBrowser } from '../security/hosts.ts';
import type { RateLimiter } from '../security/rate-limits.ts';
import type { SecurityLog } from '../security/security-log.ts';
import type { BodyReader } from './body.ts';
import { bytesOf } from './call.ts';
import type { Answer, Call } from './call.ts';
import { bodyKindOf, requestSchemaOf, responseSchemaOf } from './schemas.ts';
import type { Route } from './schemas.ts';

/** Who sent a request, found out once for every request, before any route. */
export interface Caller {
  /** Counts up with the requests of this process: joins the lines that a log has of one. */
  request: number;
  actor: Actor;
  /** The key under which limits count the address. */
  address: string;
  token: string | undefined;
  /** The live session that it came with; `ended` when it came with one that is no more. */
  session: { id: string } | 'ended' | undefined;
  agent?: string | undefined;
}

export interface PipelineParts {
  services: NodeServices;
  clock: Clock;
  limits: DashboardLimits;
  bodies: BodyReader;
  hub: EventHub;
  signIns: RateLimiter;
  registrations: RateLimiter;
  log: SecurityLog;
}

/** A handler of one route, whichever its body. */
export type AnyHandler = (call: Call<never>) => Answer | Promise<Answer>;

/**
 * The way of every request of the API: access, body under its limit, shape, handler under a deadline, shape of the
 * answer. Routes differ in their row of ROUTES and their handler only.
 */
export async function serve(
  ctx: Context,
  route: Route,
  handler: AnyHandler,
  caller: Caller,
  parts: PipelineParts,
): Promise<void> {
  if (route.path === '/session' && route.method === 'POST') admit(parts.signIns, caller.address);
  if (route.path === '/session/challenge' || route.path === '/unlock') admit(parts.signIns, caller.address);
  if (route.access !== 'register-or-session') enforce(caller.actor, { access: route.access });
  const received = await parts.bodies.receive(ctx.req, bodyKindOf(route));
  try {
    const body = checked(route, received.value);
    if (route.access === 'register-or-session') enforceTransaction(body, caller, parts);
    const parameters: unknown = ctx['params'];
    const answer = await withDeadline(ctx, route, parts, (signal) => {
      const call: Call<unknown> = {
        actor: caller.actor,
        body,
        parameters: parameters as Record<string, string>,
        token: caller.token,
        session: typeof caller.session === 'object' ? caller.session.id : undefined,
        agent: caller.agent,
        fromBrowser: isFromBrowser(ctx.headers),
        signal,
      };
      return (handler as (call: Call<unknown>) => Answer | Promise<Answer>)(call);
    });
    if ('event' in answer && answer.event !== undefined) parts.log.note(answer.event, subjectOf(caller));
    send(ctx, route, answer, caller, parts.hub);
  } finally {
    received.release();
  }
}

/** @throws ServiceError `rate-limited` */
export function admit(limiter: RateLimiter, key: string): void {
  const admission = limiter.take(key);
  if (!admission.admitted) throw new ServiceError('rate-limited', { retryAfterMs: admission.retryAfterMs });
}

function enforce(actor: Actor, action: Action): void {
  const decision = authorize(actor, action);
  if (!decision.allowed) throw new ServiceError(decision.code, decision.facts);
}

function enforceTransaction(body: unknown, caller: Caller, parts: PipelineParts): void {
  const { transaction } = body as { transaction: string };
  const described = parts.services.describe(bytesOf(transaction, 'transaction'));
  enforce(caller.actor, { access: 'register-or-session', transaction: described });
  if (caller.actor.kind === 'stranger') admit(parts.registrations, caller.address);
}

function checked(route: Route, value: unknown): unknown {
  const schema = requestSchemaOf(route);
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, problem } = result.fault;
  throw new ServiceError('malformed', { field: path.join('.'), problem });
}

/** Runs the handler until it answers, the client goes away, or its time is over. */
async function withDeadline(
  ctx: Context,
  route: Route,
  { clock, limits }: PipelineParts,
  run: (signal: AbortSignal) => Answer | Promise<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  const late = new ServiceError(route.path === '/transactions' ? 'not-committed-in-time' : 'unavailable', {
    waitedMs: limits.serviceTimeoutMs,
  });
  const onClose = (): void => controller.abort(new ServiceError('unavailable', { why: 'client-gone' }));
  ctx.res.once('close', onClose);
  const cancel = clock.setTimeout(() => controller.abort(late), limits.serviceTimeoutMs);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  controller.signal.addEventListener('abort', () => reject(controller.signal.reason as ServiceError), {
    once: true,
  });
  try {
    return await Promise.race([run(controller.signal), aborted]);
  } catch (error) {
    // A service that gave up because we told it to has no better reason than ours.
    throw controller.signal.aborted && !(error instanceof ServiceError) ? controller.signal.reason : error;
  } finally {
    cancel();
    ctx.res.removeListener('close', onClose);
  }
}

function send(ctx: Context, route: Route, answer: Answer, caller: Caller, hub: EventHub): void {
  switch (answer.kind) {
    case 'json': {
      const schema = responseSchemaOf(route);
      ctx.set(answer.headers ?? {});
      ctx.body = JSON.stringify(schema === undefined ? answer.value : schema.parse(answer.value));
      ctx.type = 'application/json; charset=utf-8';
      return;
    }
    case 'bytes':
      ctx.body = Buffer.from(answer.bytes);
      ctx.type = 'application/octet-stream';
      // Whoever is led to open it gets a file with a name of ours, and no browser tries to show it.
      ctx.set('Content-Disposition', 'attachment; filename="sealed-block.bin"');
      return;
    case 'none':
      ctx.set(answer.headers ?? {});
      ctx.status = 204;
      return;
    case 'events':
      hub.attach(ctx.res, {
        address: caller.address,
        afterHeight: Number(ctx.get('Last-Event-ID')) || 0,
        session: caller.session,
      });
      // From here on the hub writes to the response.
      ctx.respond = false;
      return;
  }
}

/** The key under which limits count an account. */
export function accountKey(actor: Actor): string | undefined {
  return actor.kind === 'account' ? toHex(actor.account.id) : undefined;
}

/** Whom a line of the log is about, as far as it is known. */
export function subjectOf({ request, address, actor }: Caller): {
  request: number;
  address: string;
  account: Uint8Array | undefined;
} {
  return { request, address, account: actor.kind === 'account' ? actor.account.id : undefined };
}
