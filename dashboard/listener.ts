import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, DashboardLimits } from './options.ts';

const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 64;
/** Longer than a client is busy sealing a large batch: it must not come back to a connection that was just closed. */
const KEEP_ALIVE_MS = 20_000;
const STOP_GRACE_MS = 2_000;

/**
 * A server that bounds connections and headers, and refuses what is no request.
 *
 * @param headers of every answer, those included that no handler makes
 */
export function serverFor(
  handle: RequestListener,
  limits: DashboardLimits,
  headers: Readonly<Record<string, string>>,
): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5_000),
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    handle,
  );
  server.maxHeadersCount = HEADERS_MAX;
  server.maxConnections = limits.connectionsMax;
  const lines = Object.entries({ Connection: 'close', 'Content-Length': '0', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (socket.writable) socket.end(`HTTP/1.1 ${statusFor(error)}\r\n${lines}\r\n`);
    else socket.destroy();
  });
  // Nobody is served who wants a body acknowledged first, another protocol, or a tunnel.
  server.on('checkExpectation', (_request, response) => void response.writeHead(417, headers).end());
  server.on('connect', (_request, socket) => void socket.destroy());
  return server;
}

/** What is no HTTP, too large or too slow: one line, and the connection ends. */
function statusFor({ code }: NodeJS.ErrnoException): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
}

export function listen(server: Server, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen({ host, port }, () => {
    server.removeListener('error', reject);
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : port);
  });
  return promise;
}

/** Lets running requests finish for 2 s. */
export async function close(server: Server, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const cancel = clock.setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
  await promise;
  cancel();
}
