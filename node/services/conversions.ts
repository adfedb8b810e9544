import { equalBytes } from '#crypto';
import { readAccess, readEmergency, readGrant, readRecoverySharing, readSharing } from '#consensus/ledger';
import type { EmergencySharing, LedgerState } from '#consensus/ledger';
import type { ReleaseRequest } from '#node/client';
import { decodeProxyReply, Proxy, PROXY_PROTOCOL, PROXY_RESPONSE_BYTES_MAX } from '#node/proxy';
import { ServiceError } from './services.ts';
import type { Conversions } from './services.ts';

/** Once a threshold has answered, the others have this long to add theirs, so that a liar can be replaced. */
const STRAGGLERS_MS = 250;
const PROXY_TIMEOUT_MS = 10_000;
/** Nobody waits for what the node looks at for itself. */
const AFTERWARDS_MS = 100;

export interface ConversionsInit {
  nodeId: Uint8Array;
  proxy: Proxy;
  state(): LedgerState;
  request(
    node: Uint8Array,
    protocol: `/phr/${string}`,
    bytes: Uint8Array,
    options: { signal: AbortSignal; bytesMax: number; timeoutMs: number },
  ): Promise<Uint8Array>;
  setTimeout(fn: () => void, ms: number): () => void;
  /** Told of the signed answers that passed through, once the client has them. */
  converted?(answers: readonly Uint8Array[]): void;
}

/**
 * Asks every proxy of a grant for its conversions, this node included, all at once. Ends when all have spoken, or
 * shortly after a threshold has, together with those that answered before (`without`); the client judges and combines.
 *
 * @throws ServiceError `not-found` unless the access is committed and belongs to the requester
 */
export async function collectConversions(
  init: ConversionsInit,
  args: { access: Uint8Array; requester: Uint8Array; without: readonly Uint8Array[] },
  signal: AbortSignal,
): Promise<Conversions> {
  const get = (key: Uint8Array): Uint8Array | undefined => init.state().get(key);
  const access = readAccess(get, args.access);
  if (access === undefined || !equalBytes(access.delegate, args.requester))
    throw new ServiceError('not-found');
  const grant = readGrant(get, access.grant);
  if (grant === undefined) throw new ServiceError('not-found');
  const { shares, threshold } = grant;
  const { without } = args;
  return await askHolders(init, Proxy.request(args.access), { shares, threshold, without }, signal);
}

/**
 * Asks every holder of a part of a shared key for its release, this node included; else as `collectConversions`. What
 * comes back is sealed to the one whom the ledger names, so that asking for somebody else gains nothing.
 *
 * @throws ServiceError `not-found` unless the emergency or recovery is the requester's own
 */
export async function collectReleases(
  init: ConversionsInit,
  args: { request: ReleaseRequest; requester: Uint8Array; without: readonly Uint8Array[] },
  signal: AbortSignal,
): Promise<Conversions> {
  const get = (key: Uint8Array): Uint8Array | undefined => init.state().get(key);
  const { request, requester, without } = args;
  const sharing = sharingFor(get, request, requester);
  if (sharing === undefined) throw new ServiceError('not-found');
  const { shares, threshold } = sharing;
  return await askHolders(init, Proxy.releaseRequest(request), { shares, threshold, without }, signal);
}

/** The deposit that a request is about, if it is the requester's own request. */
function sharingFor(
  get: (key: Uint8Array) => Uint8Array | undefined,
  { ground, id }: ReleaseRequest,
  requester: Uint8Array,
): EmergencySharing | undefined {
  if (ground === 'recovery') return equalBytes(id, requester) ? readRecoverySharing(get, id) : undefined;
  const emergency = readEmergency(get, id);
  if (emergency === undefined || !equalBytes(emergency.doctor, requester)) return undefined;
  return readSharing(get, emergency.patient);
}

async function askHolders(
  init: ConversionsInit,
  request: Uint8Array,
  holders: {
    shares: readonly { node: Uint8Array }[];
    threshold: number;
    without: readonly Uint8Array[];
  },
  signal: AbortSignal,
): Promise<Conversions> {
  const { shares, threshold, without } = holders;
  const result: Conversions = { answers: [], refusals: [] };
  const ask = async (node: Uint8Array): Promise<void> => {
    try {
      const reply = equalBytes(node, init.nodeId)
        ? await init.proxy.answer(request, signal)
        : await init.request(node, PROXY_PROTOCOL, request, {
            signal,
            bytesMax: PROXY_RESPONSE_BYTES_MAX,
            timeoutMs: PROXY_TIMEOUT_MS,
          });
      const decoded = decodeProxyReply(reply);
      if ('answer' in decoded) result.answers.push(decoded.answer);
      else result.refusals.push({ node, code: decoded.refused });
    } catch (error) {
      result.refusals.push({ node, code: reasonOf(error) });
    }
  };
  const isLeftOut = (node: Uint8Array): boolean => without.some((other) => equalBytes(other, node));
  const asked = shares.map(({ node }) => node).filter((node) => !isLeftOut(node));
  await settled(
    asked.map((node) => ask(node)),
    () => result.answers.length + without.length >= threshold,
    init.setTimeout,
  );
  const { answers, refusals } = { answers: [...result.answers], refusals: [...result.refusals] };
  init.setTimeout(() => init.converted?.(answers), AFTERWARDS_MS);
  return { answers, refusals };
}

/** Resolves when all settled, or STRAGGLERS_MS after `enough` first held. */
async function settled(
  asked: Promise<void>[],
  enough: () => boolean,
  setTimeout: ConversionsInit['setTimeout'],
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let cancel: (() => void) | undefined;
  for (const one of asked) {
    void one.then(() => {
      if (enough()) cancel ??= setTimeout(resolve, STRAGGLERS_MS);
    });
  }
  void Promise.all(asked).then(() => resolve());
  await promise;
  cancel?.();
}

function reasonOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unavailable';
}
