export type DevnetErrorCode =
  | 'actor-failed'
  | 'already-running'
  | 'data-foreign'
  | 'node-ended'
  | 'node-unknown'
  | 'not-ready'
  | 'not-running'
  | 'ports-taken'
  | 'scenario-failed'
  | 'state-malformed'
  | 'wrong-plan';

/** A devnet that cannot do what was asked; `lines` are sentences for the person at the terminal. */
export class DevnetError extends Error {
  override readonly name = 'DevnetError';
  readonly code: DevnetErrorCode;
  readonly lines: readonly string[];
  constructor(code: DevnetErrorCode, lines: readonly string[], options?: ErrorOptions) {
    super(lines.join('\n  '), options);
    this.code = code;
    this.lines = lines;
  }
}
