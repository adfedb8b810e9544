/** A fetch that tells the session token of every request it sends. */
export function recordingFetch(onToken: (token: string) => void): typeof fetch {
  return (input, init) => {
    const authorization = new Headers(init?.headers).get('authorization');
    if (authorization?.startsWith('Bearer ') === true) onToken(authorization.slice('Bearer '.length));
    return fetch(input, init);
  };
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
