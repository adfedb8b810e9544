/** Bounds of one host; every one may be set for a test or a larger net. */
export interface NetworkLimits {
  readonly gossipBytesMax: number;
  readonly directFrameBytesMax: number;
  /** Frames and bytes that wait for one peer before the oldest are dropped. */
  readonly directQueueFramesMax: number;
  readonly directQueueBytesMax: number;
  /** A peer that takes nothing for this long loses its stream. */
  readonly directStallMs: number;
  readonly responseBytesMax: number;
  readonly requestTimeoutMs: number;
  /** Time one holder has to serve one block before the next is asked. */
  readonly blockTimeoutMs: number;
  /** Blocks served at the same time, all peers together. */
  readonly blocksServedMax: number;
  readonly dialTimeoutMs: number;
  /** How often missing members are looked for. */
  readonly keepIntervalMs: number;
  readonly keepBackoffMsMax: number;
  /** How often each member is pinged; after `heartbeatMissesMax` unanswered pings the connection is given up. */
  readonly heartbeatMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly heartbeatMissesMax: number;
  readonly connectionsMax: number;
}

export const NETWORK_LIMITS: NetworkLimits = Object.freeze({
  gossipBytesMax: 1 << 20,
  directFrameBytesMax: 8 << 20,
  directQueueFramesMax: 1024,
  directQueueBytesMax: 16 << 20,
  directStallMs: 30_000,
  responseBytesMax: 8 << 20,
  requestTimeoutMs: 20_000,
  blockTimeoutMs: 5_000,
  blocksServedMax: 64,
  dialTimeoutMs: 5_000,
  keepIntervalMs: 500,
  keepBackoffMsMax: 10_000,
  heartbeatMs: 5_000,
  heartbeatTimeoutMs: 10_000,
  heartbeatMissesMax: 3,
  connectionsMax: 256,
});
