import { toHex } from '#crypto';
import { validatorsOf } from '#consensus/ledger';
import { ChainReplay } from '#node/client';
import type { CallOptions, PhrClient, ReplayReport } from '#node/client';

/** What a verified chain says of itself, for the page. */
export interface ChainReport {
  blocks: number;
  transactions: number;
  height: number;
  hash: string;
  stateRoot: string;
  timeMs: number;
  signersMin: number;
  signersMax: number;
  validators: number;
  quorum: number;
  laterRounds: number;
  nodes: NodeReport[];
  /** How long this browser worked on it. */
  tookMs: number;
}

/** One institution as the certificates show it. */
export interface NodeReport {
  id: string;
  name: string;
  /** Blocks that carry its signature. */
  signed: number;
  proposed: number;
  /** The newest block with its signature; 0 when there is none. */
  lastSigned: number;
  /** Its newest signed word on how far it is, as the reader's node heard it; null when it heard none. */
  heard: number | null;
  isConnected: boolean;
  isSelf: boolean;
}

const replays = new WeakMap<PhrClient, ChainReplay>();

/** The replay of this client, brought to the newest block. @throws ClientError `proof-invalid` */
export async function replayOf(
  client: PhrClient,
  options: CallOptions,
): Promise<{ replay: ChainReplay; report: ReplayReport }> {
  const replay = replays.get(client) ?? new ChainReplay(client);
  replays.set(client, replay);
  try {
    return { replay, report: await replay.catchUp(options) };
  } catch (error) {
    // What did not follow the rules is looked at from the beginning the next time.
    if (options.signal?.aborted !== true) replays.delete(client);
    throw error;
  }
}

/** Executes the ledger anew and says what came out, and what each institution signed. */
export async function verifyChain(client: PhrClient, options: CallOptions): Promise<ChainReport> {
  const begun = performance.now();
  // From the genesis, whatever was checked before: that is what somebody asks for who presses this button.
  replays.delete(client);
  const [{ report }, status] = await Promise.all([replayOf(client, options), client.status(options)]);
  const validators = validatorsOf(client.genesis);
  const nodes = validators.map(({ id }, index): NodeReport => {
    const text = toHex(id);
    const said = status.validators.find((one) => one.id === text);
    const { count = 0, last = 0 } = report.signed.get(text) ?? {};
    return {
      id: text,
      name: said?.name ?? text.slice(0, 8),
      signed: count,
      proposed: report.proposers.get(index) ?? 0,
      lastSigned: last,
      heard: said?.height ?? null,
      isConnected: said?.connected ?? false,
      isSelf: said?.self ?? false,
    };
  });
  return {
    blocks: report.blocks,
    transactions: report.transactions,
    height: report.height,
    hash: toHex(report.hash),
    stateRoot: toHex(report.stateRoot),
    timeMs: report.timeMs,
    signersMin: report.signersMin,
    signersMax: report.signersMax,
    validators: validators.length,
    quorum: status.quorum,
    laterRounds: report.laterRounds,
    nodes,
    tookMs: Math.round(performance.now() - begun),
  };
}
