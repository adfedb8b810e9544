import type { ApiErrorBody } from './api.ts';

/** Every code with which the client fails; docs/ERRORS.md has a line for each. */
export const CLIENT_ERROR_CODES = [
  /** The node could not be reached, or the connection broke. */
  'unreachable',
  /** The caller's signal or the call's own limit ended it. */
  'timed-out',
  'aborted',
  /** The node answered with an error; `api` has its code and words. */
  'refused',
  /** The answer has not the shape of the API, or is larger than was asked for. */
  'answer-malformed',
  /** The answer does not verify: certificate, proof, block hash, signature or inclusion. Do not trust this node. */
  'proof-invalid',
  /** The node shows an older state than this client has already seen. */
  'stale-head',
  /** A quorum certified two blocks of one height; the evidence is in `client.evidence`. Nothing goes on. */
  'ledger-forked',
  /** The members changed while this client was away for long: a person compares `facts.fingerprint` first. */
  'members-unconfirmed',
  /** The call needs the person's keys, and the client was made without. */
  'no-keys',
  /** No key of this client opens the category, period or record asked for. */
  'no-access',
  /** A record, grant, person or keyring entry does not exist (proven absent). */
  'not-found',
  /** A block or box does not open, or says something else than its anchor. */
  'record-invalid',
  /** Fewer honest conversions than the grant's threshold; `facts.liars` counts proven wrong answers. */
  'not-enough-conversions',
  /** What was asked for is outside the bounds; nothing was sent. */
  'input-invalid',
  /** Another writer was faster several times in a row; nothing was lost, try again. */
  'contended',
  /** A file is not the one that was read before: it was changed, or another one was chosen. */
  'file-changed',
] as const;
export type ClientErrorCode = (typeof CLIENT_ERROR_CODES)[number];

export type ClientFacts = Readonly<Record<string, string | number | boolean | null>>;

/** The one error class of `node/client/`. Never carries plaintext, keys, keywords or names. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  readonly facts: ClientFacts;
  /** The node's own words when `code` is `refused`. */
  readonly api: ApiErrorBody | undefined;

  constructor(
    code: ClientErrorCode,
    facts: ClientFacts = {},
    options: { cause?: unknown; api?: ApiErrorBody } = {},
  ) {
    const detail = options.api?.code ?? (typeof facts['what'] === 'string' ? facts['what'] : undefined);
    super(
      detail === undefined ? code : `${code}: ${detail}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.facts = facts;
    this.api = options.api;
  }
}

/** The ledger's own code (REFUSAL_CODES of #consensus/ledger) behind a refused transaction, if it was that. */
export function ledgerRefusalOf(error: unknown): string | undefined {
  if (!(error instanceof ClientError) || error.api?.code !== 'refused-by-ledger') return undefined;
  const code = error.api.facts?.['refusal'];
  return typeof code === 'string' ? code : undefined;
}

/** True for a refusal of the ledger with one of these codes. */
export function isLedgerRefusal(error: unknown, ...codes: string[]): boolean {
  const code = ledgerRefusalOf(error);
  return code !== undefined && codes.includes(code);
}
