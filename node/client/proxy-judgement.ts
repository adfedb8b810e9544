import { CryptoError, equalBytes, toHex, verifyConversion } from '#crypto';
import type { Backend, ConversionContext } from '#crypto';
import { nodesOf } from '#consensus/ledger';
import type { AccessItem, Genesis, Grant } from '#consensus/ledger';
import { decodeProxyAnswer, verifyProxyAnswer } from './proxy-answer.ts';
import type { UnverifiedProxyAnswer } from './proxy-answer.ts';

/** A committed access request with the capsules that it names: what a proxy's answer is judged by. */
export interface ConvertedAccess {
  readonly chainId: Uint8Array;
  readonly grant: Grant;
  /** Hash of the request's transaction. */
  readonly id: Uint8Array;
  /** The block that holds it. */
  readonly height: number;
  readonly items: readonly (AccessItem & { readonly E: Uint8Array })[];
}

/** An answer, signed by a node that holds a share of the grant, to this very request. */
export interface SignedAnswer extends UnverifiedProxyAnswer {
  readonly bytes: Uint8Array;
}

export type Judgement =
  /** Every item is converted, and the proof of each holds. */
  | { readonly kind: 'honest' }
  /** The node put its name to a conversion that is none; `item` is the first. */
  | { readonly kind: 'false'; readonly item: number }
  /** Nothing false, but not everything that was asked for. */
  | { readonly kind: 'incomplete' };

/** The answer if its node, share index, request and signature are right; anything else proves nothing. */
export function signedAnswer(
  backend: Backend,
  genesis: Genesis,
  access: ConvertedAccess,
  bytes: Uint8Array,
): SignedAnswer | undefined {
  try {
    const answer = decodeProxyAnswer(bytes);
    const node = nodesOf(genesis).find(({ id }) => equalBytes(id, answer.node));
    const holdsShare = access.grant.shares.some((share) => equalBytes(share.node, answer.node));
    const isFor = equalBytes(answer.access, access.id) && answer.height === access.height;
    if (!node || !holdsShare || node.index !== answer.index || !isFor) return undefined;
    return verifyProxyAnswer(backend, answer, node.validatorKey) ? { ...answer, bytes } : undefined;
  } catch (error) {
    // A node that relays rubbish: the same as one that did not answer.
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}

/** Checks the proof of every item (SCHEME 5): a capsule that is not the record's is as false as a wrong point. */
export function judge(backend: Backend, access: ConvertedAccess, answer: SignedAnswer): Judgement {
  const { grant } = access;
  for (const { item, E, point, proof } of answer.items) {
    const wanted = access.items[item];
    const rekey = wanted === undefined ? undefined : grant.rekeys[wanted.rekey];
    if (wanted === undefined || rekey === undefined) continue;
    const context: ConversionContext = {
      chainId: access.chainId,
      grantId: grant.id,
      rekey: wanted.rekey,
      recordId: wanted.record,
      slot: wanted.slot,
      delegate: grant.delegate,
      accessId: access.id,
      height: access.height,
    };
    const conversion = { index: answer.index, point, proof };
    const holds = equalBytes(E, wanted.E) && verifyConversion(backend, { rekey, E, conversion, context });
    if (!holds) return { kind: 'false', item };
  }
  const converted = new Set(answer.items.map(({ item }) => item));
  const isComplete =
    converted.size === access.items.length && access.items.every((_, item) => converted.has(item));
  return isComplete ? { kind: 'honest' } : { kind: 'incomplete' };
}

/** Name of an institution in the genesis. */
export function institutionName(genesis: Genesis, node: Uint8Array): string {
  return genesis.institutions.find(({ id }) => equalBytes(id, node))?.name ?? toHex(node);
}
