/** Every reason for which a node refuses to start, or to go on, on what lies on its disk. */
export const START_REFUSED_CODES = [
  'certified-block-does-not-apply',
  'key-of-another',
  'not-a-member',
  'store-head-missing',
  'store-head-uncertified',
  'store-of-another-chain',
  'store-state-damaged',
] as const;

export type StartRefusedCode = (typeof START_REFUSED_CODES)[number];

export class StartRefused extends Error {
  override readonly name = 'StartRefused';
  readonly code: StartRefusedCode;
  constructor(code: StartRefusedCode) {
    super(code);
    this.code = code;
  }
}
