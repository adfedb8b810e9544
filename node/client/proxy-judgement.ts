import { CryptoError, equalBytes, toHex, verifyConversion } from '#crypto';
import type { Backend, ConversionContext } from '#crypto';
import { nodesOf, readInstitution } from '#consensus/ledger';
import type { AccessItem, Genesis, Get, Grant } from '#consensus/ledger';
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
  /** Who holds shares of the grant, with the keys that sign their answers. */
  readonly holders: readonly Holder[];
}

/** An institution as far as its answers are judged. */
export interface Holder {
  readonly id: Uint8Array;
  readonly name: string;
  /** Share index. */
  readonly index: number;
  readonly validatorKey: Uint8Array;
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
  access: ConvertedAccess,
  bytes: Uint8Array,
): SignedAnswer | undefined {
  try {
    const answer = decodeProxyAnswer(bytes);
    const node = access.holders.find(({ id }) => equalBytes(id, answer.node));
    const isFor = equalBytes(answer.access, access.id) && answer.height === access.height;
    if (!node || node.index !== answer.index || !isFor) return undefined;
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

/** Name of an institution, of the genesis or of the holders given; its id when it is neither. */
export function institutionName(
  genesis: Genesis,
  node: Uint8Array,
  holders: readonly Pick<Holder, 'id' | 'name'>[] = [],
): string {
  return [...genesis.institutions, ...holders].find(({ id }) => equalBytes(id, node))?.name ?? toHex(node);
}

/** A grant or deposit, as far as it names holders. */
interface SharesOf {
  readonly shares: readonly { readonly node: Uint8Array }[];
}

/** Holders of a grant's shares that the genesis does not name, in the order of the shares. */
export function joinedHolders(genesis: Genesis, grant: SharesOf): Uint8Array[] {
  return grant.shares
    .map(({ node }) => node)
    .filter((node) => !genesis.institutions.some(({ id }) => equalBytes(id, node)));
}

/** Every holder of a grant's shares; `get` shows those who joined. Whoever is unknown to both is left out. */
export function holdersOf(genesis: Genesis, grant: SharesOf, get: Get): Holder[] {
  const first = nodesOf(genesis);
  return grant.shares.flatMap(
    ({ node }) => first.find(({ id }) => equalBytes(id, node)) ?? readInstitution(get, node) ?? [],
  );
}
