/**
 * What the page needs and nothing more: its own script, worker, style, picture and API. No inline anything. A record
 * that the page itself opened is shown from `blob:`, as a picture or in a frame; such a frame inherits this policy.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  'frame-src blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types phr',
].join('; ');

/** A script is also the worker that holds the keys, which obeys the policy of its own answer. */
const ASSET_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The service worker fetches what this node serves and nothing else. */
const SERVICE_WORKER_POLICY = [
  "default-src 'none'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** An answer that is no page shows nothing and runs nothing, even when a browser is made to open it. */
const DATA_POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  'sandbox',
].join('; ');

const DENIED_FEATURES = [
  'accelerometer',
  'autoplay',
  'camera',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'gamepad',
  'geolocation',
  'gyroscope',
  'hid',
  'idle-detection',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
];

const BASELINE: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Origin-Agent-Cluster': '?1',
  'Permissions-Policy': DENIED_FEATURES.map((feature) => `${feature}=()`).join(', '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-DNS-Prefetch-Control': 'off',
};

/** What kind of thing an answer is, as far as a browser treats it differently. */
export type AnswerKind = 'page' | 'asset' | 'service-worker' | 'data';

const POLICIES: Readonly<Record<AnswerKind, string>> = {
  page: PAGE_POLICY,
  asset: ASSET_POLICY,
  'service-worker': SERVICE_WORKER_POLICY,
  data: DATA_POLICY,
};
/** The name of an asset changes with its content. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** A year, and for all names below it: browsers ask this host over TLS alone. Over plain HTTP they ignore it. */
const STRICT_TRANSPORT = { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' };

/**
 * The headers of every answer, refusals included.
 *
 * @param init.isHttps a proxy with TLS is in front, under a name of its own
 */
export function securityHeaders(
  kind: AnswerKind,
  init: { isHttps: boolean },
): Readonly<Record<string, string>> {
  return {
    ...BASELINE,
    ...(init.isHttps ? STRICT_TRANSPORT : {}),
    ...(kind === 'asset' ? { 'Cache-Control': IMMUTABLE } : {}),
    'Content-Security-Policy': POLICIES[kind],
  };
}
