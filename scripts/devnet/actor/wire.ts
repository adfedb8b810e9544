/** A fetch that tells the session token of every request it sends. */
export function recordingFetch(onToken: (token: string) => void): typeof fetch {
  return (input, init) => {
    const authorization = new Headers(init?.headers).get('authorization');
    if (authorization?.startsWith('Bearer ') === true) onToken(authorization.slice('Bearer '.length));
    return steadyFetch(input, init);
  };
}

/** A node closes idle connections; a busy process may not have noticed, and sends into a closed one. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
const RETRIES_MAX = 3;

/** `fetch` that takes a new connection when a kept one turned out to be closed. */
async function steadyFetch(...args: Parameters<typeof fetch>): Promise<Response> {
  for (let retry = 0; ; retry += 1) {
    try {
      return await fetch(...args);
    } catch (error) {
      const cause: unknown = error instanceof Error ? error.cause : undefined;
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
      if (retry >= RETRIES_MAX || !CLOSED.has(code)) throw error;
    }
  }
}

/** A fetch that flips one bit in the proof of every proven answer, as a lying node or a broken wire would. */
export function tamperingFetch(): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!requestPath(input).endsWith('/state') || !response.ok) return response;
    const answer = (await response.json()) as { proof: string };
    const proof = Buffer.from(answer.proof, 'base64url');
    const at = Math.floor(proof.length / 2);
    proof[at] = (proof[at] ?? 0) ^ 1;
    const text = JSON.stringify({ ...answer, proof: proof.toString('base64url') });
    return new Response(text, { status: response.status, headers: { 'content-type': 'application/json' } });
  };
}

function requestPath(input: Parameters<typeof fetch>[0]): string {
  if (typeof input === 'string') return new URL(input).pathname;
  return input instanceof URL ? input.pathname : new URL(input.url).pathname;
}
