import type { Backend } from '../backend/backend.ts';
import { uint32 } from '../bytes.ts';
import { DOMAIN } from '../domain-tags.ts';
import { frame, hash, type Hash } from '../hash.ts';
import type { NodeKeys } from '../keys/node.ts';
import type { PersonKeys } from '../keys/person.ts';
import type { Rekey } from './delegation.ts';
import { openShareBox, sealShareBox, type ShareHolder } from './share-box.ts';

function sharesContext(grantId: Hash, node: Uint8Array, index: number, rekeys: readonly Rekey[]): Hash {
  const publicParts = rekeys.map(({ X, commitments }) => frame(X, ...commitments));
  return hash(DOMAIN.grantShares, grantId, node, uint32(index), frame(...publicParts));
}

/** All shares of one node in one box, bound to the grant, the node, its index and every commitment. */
export function sealShares(
  backend: Backend,
  issuer: PersonKeys,
  node: ShareHolder,
  grant: {
    readonly grantId: Hash;
    readonly rekeys: readonly Rekey[];
    readonly shares: readonly Uint8Array[];
  },
): Uint8Array {
  return sealShareBox(backend, {
    sender: { id: issuer.id, secretKey: issuer.sign.secretKey },
    recipientSeal: node.seal,
    context: sharesContext(grant.grantId, node.id, node.index, grant.rekeys),
    part: { shares: grant.shares, lock: new Uint8Array(0) },
  });
}

export interface OpenSharesInit {
  readonly node: NodeKeys;
  readonly issuer: { readonly id: Uint8Array; readonly signPublicKey: Uint8Array };
  readonly grantId: Hash;
  readonly index: number;
  readonly rekeys: readonly Rekey[];
  readonly box: Uint8Array;
}

/**
 * A node's shares of a grant, one a rekey, 32 bytes each, every one checked against its commitments
 * (f(i)*G = sum of i^k * C_k; SCHEME 5). Throws CryptoError('share-invalid').
 */
export function openShares(backend: Backend, init: OpenSharesInit): Uint8Array[] {
  const { node, issuer, grantId, index, rekeys, box } = init;
  const { shares } = openShareBox(backend, {
    sender: issuer,
    recipient: node.seal,
    context: sharesContext(grantId, node.id, index, rekeys),
    index,
    count: rekeys.length,
    commitments: rekeys.map(({ commitments }) => commitments),
    box,
  });
  return [...shares];
}
