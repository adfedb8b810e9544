import {
  decodeRecordHeader,
  derivePersonKeys,
  DOMAIN,
  sha256,
  signTagged,
  toBase64Url,
  toHex,
} from '#crypto';
import type { Backend, CID, NodeKeys, PersonKeys } from '#crypto';
import { storedHashOf } from '#consensus/ledger';
import type { LedgerState, Receipt, SetChange, StoredRecord } from '#consensus/ledger';
import type { FakeNetwork } from './fake-node.ts';
import type { NodeStatus, Vault } from '#node/client';

/** Keys that a name gives, the same in every run. */
export const personal = (backend: Backend, name: string): PersonKeys =>
  derivePersonKeys(backend, sha256(new TextEncoder().encode(name)));

/** Of nodes that sign what they are given. */
export const receiptsOver = (backend: Backend, stored: Uint8Array, nodes: readonly NodeKeys[]): Receipt[] =>
  nodes.map(({ id: node, validator }) => ({
    node,
    signature: signTagged(backend, DOMAIN.receipt, stored, validator.secretKey),
  }));

/** Receipts of honest holders: they read in the headers that they keep which records these are. */
export function receiptsAnswer(
  { backend, chainId, blocks }: Pick<FakeNetwork, 'backend' | 'chainId' | 'blocks'>,
  patient: Uint8Array,
  headers: readonly CID[],
  holders: readonly NodeKeys[],
): Response {
  if (headers.some((cid) => !blocks.has(cid.toString()))) return refusal(503, 'not-enough-holders');
  const named = headers.map((header): StoredRecord => {
    const bytes = blocks.get(header.toString()) ?? new Uint8Array();
    return { recordId: decodeRecordHeader(bytes).recordId, header };
  });
  const receipts = receiptsOver(backend, storedHashOf(chainId, patient, named), holders);
  return answer({
    receipts: receipts.map(({ node, signature }) => ({
      node: toHex(node),
      signature: toBase64Url(signature),
    })),
  });
}

export interface FakeClientOptions {
  vault?: Vault;
  members?: string;
  now?: () => number;
}

export interface StateAnswer {
  header: Uint8Array;
  certificate: Uint8Array;
  proof: Uint8Array;
}

interface Lists {
  institutions: Uint8Array[];
  admissions: Uint8Array[];
}

/** A ledger up to some block. */
export interface View {
  state: LedgerState;
  height: number;
  timeMs: number;
  hash: Uint8Array;
}

/** What a dishonest node does to its answers; absent: honest. */
export interface Tampering {
  state?(answer: StateAnswer, keys: Uint8Array[]): StateAnswer;
  block?(bytes: Uint8Array, cid: string): Uint8Array;
  submitted?(answer: { hash: string; height: number }): { hash: string; height: number };
  /** Too few validators are in reach. */
  isStopped?: boolean;
  /** Takes the transaction and says that it is committed. */
  swallows?: boolean;
  /** Another head than the newest. */
  head?(): { header: Uint8Array; certificate: Uint8Array };
  /** Other changes of the members than those that were. */
  changes?(): object[];
  /** Other institutions, or other proposals that admitted them, than there are. */
  institutions?(found: Lists): Lists;
  stored?(cids: string[]): string[];
  answer?(bytes: Uint8Array, node: NodeKeys): Uint8Array;
  /** The newest block as the proxies have it, while the node that is asked is further. */
  behind?: View;
  /** A proxy that the node does not wait for, in the first round of asking or in later ones. */
  isLate?(node: NodeKeys, round: number): boolean;
  ledger?(found: { block: Uint8Array; certificate: Uint8Array }): {
    block: Uint8Array;
    certificate: Uint8Array;
  };
}

/** What a JSON body of any route may hold. */
export interface Body {
  keys?: string[];
  transaction?: string;
  profile?: string;
  access?: string;
  id?: string;
  ground?: string;
  items?: { record: string; slot: number }[];
  without?: string[];
  person?: string;
  signature?: string;
  headers?: string[];
  patient?: string;
  applicant?: string;
  blinded?: string[];
}

/** The client passes its URLs as text. */
export const urlOf = (input: string | URL | Request): string =>
  input instanceof Request ? input.url : input.toString();

export const answer = (value: unknown): Response => Response.json(value);

export const refusal = (status: number, code: string, facts: Record<string, string> = {}): Response =>
  Response.json({ error: { code, message: code, safe: 'x', action: 'x', facts } }, { status });

/** The status of a node that is well, but for an alarm. */
export function statusOf(
  network: {
    readonly chainId: Uint8Array;
    readonly height: number;
    readonly timeMs: number;
    readonly state: { readonly root: Uint8Array };
    readonly alarm: NodeStatus['fork'];
  },
  node: string,
): NodeStatus {
  return {
    node,
    name: 'fake',
    version: '0',
    chainId: toHex(network.chainId),
    network: 'test',
    devnet: true,
    height: network.height,
    hash: toHex(network.state.root),
    stateRoot: toHex(network.state.root),
    timeMs: network.timeMs,
    round: 0,
    phase: 'idle',
    condition: 'working',
    quorum: 3,
    reachable: 4,
    validators: [],
    mempool: 0,
    startedAtMs: 0,
    ...(network.alarm ? { fork: network.alarm } : {}),
  };
}

/** Changes of the members as the API gives them. */
export function changesAnswer(changes: readonly SetChange[]): object[] {
  return changes.map(({ validators, ...head }) => ({
    ...headAnswer(head),
    validators: validators.map(({ id, publicKey }) => ({ id: toHex(id), publicKey: toHex(publicKey) })),
  }));
}

export function headAnswer(head: { header: Uint8Array; certificate: Uint8Array }): {
  header: string;
  certificate: string;
} {
  return { header: toBase64Url(head.header), certificate: toBase64Url(head.certificate) };
}
