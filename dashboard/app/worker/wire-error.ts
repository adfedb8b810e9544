import type { Facts, WireError } from './messages.ts';

type Api = WireError['api'];

/**
 * What of an error may leave the worker: code and facts. A message of an unforeseen error stays here, because
 * nobody has looked what is in it.
 */
export function wireErrorOf(error: unknown): WireError {
  if (!(error instanceof Error)) return { code: 'unforeseen', facts: {} };
  const { code, facts, api } = error as Error & { code?: unknown; facts?: Facts; api?: Api };
  if (typeof code !== 'string') {
    return { code: error.name === 'AbortError' ? 'aborted' : 'unforeseen', facts: { error: error.name } };
  }
  const wire: WireError = { code: api?.code ?? code, facts: { ...facts, ...factsOf(api) } };
  if (api !== undefined) {
    wire.api = { code: api.code, message: api.message, safe: api.safe, action: api.action };
  }
  return wire;
}

function factsOf(api: unknown): Facts {
  return (api as { facts?: Facts } | undefined)?.facts ?? {};
}
