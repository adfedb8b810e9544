/** Every reason for which the network refuses or fails. */
export const NETWORK_ERROR_CODES = [
  'aborted',
  'block-unavailable',
  'busy',
  'frame-too-large',
  'listen-failed',
  'malformed',
  'not-connected',
  'not-enough-holders',
  'not-started',
  'protocol-taken',
  'receipt-refused',
  'refused',
  'remote-failed',
  'stream-closed',
  'timeout',
  'topic-unknown',
  'unknown-peer',
] as const;

export type NetworkErrorCode = (typeof NETWORK_ERROR_CODES)[number];

const TEXT: Record<NetworkErrorCode, string> = {
  aborted: 'the caller gave up',
  'block-unavailable': 'no holder served the block',
  busy: 'the peer is at its limit of concurrent requests',
  'frame-too-large': 'the frame is larger than the limit',
  'listen-failed': 'no address to listen on',
  malformed: 'the message does not have the expected shape',
  'not-connected': 'the peer could not be reached',
  'not-enough-holders': 'too few institutions confirmed that they hold the record',
  'not-started': 'the network is not started',
  'protocol-taken': 'the protocol already has a handler',
  'receipt-refused': 'a block of the record is missing at the holder',
  refused: 'the peer refused the request',
  'remote-failed': 'the peer failed to answer the request',
  'stream-closed': 'the stream was closed by the other side',
  timeout: 'the peer did not answer in time',
  'topic-unknown': 'the topic is not among those of this network',
  'unknown-peer': 'the node is not a member of this network',
};

export type NetworkFacts = Readonly<Record<string, string | number>>;

/**
 * The one error class of #node/network. `code` is stable. `remoteCode` is the code that the answering peer gave;
 * it is a claim of that peer, already cut to lower-case letters, digits and dashes.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;
  readonly facts: NetworkFacts;
  readonly remoteCode: string | undefined;

  constructor(
    code: NetworkErrorCode,
    options: { facts?: NetworkFacts; cause?: unknown; remoteCode?: string | undefined } = {},
  ) {
    super(TEXT[code], options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
    this.remoteCode = options.remoteCode;
  }
}
