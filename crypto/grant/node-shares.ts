import type { Backend } from '../backend/backend.ts';
import { openBox, sealBox } from '../box.ts';
import { concatBytes, equalBytes, uint32 } from '../bytes.ts';
import { CryptoError } from '../crypto-error.ts';
import { DOMAIN } from '../domain-tags.ts';
import { frame, hash, type Hash } from '../hash.ts';
import type { NodeKeys } from '../keys/node.ts';
import type { PersonKeys } from '../keys/person.ts';
import type { Rekey } from './delegation.ts';
import { sharePublic } from './polynomial.ts';

/** A node that holds shares: its id, its index in 1..255 and its X-Wing key. */
export interface ShareHolder {
  readonly id: Uint8Array;
  readonly index: number;
  readonly seal: Uint8Array;
}

function sharesContext(grantId: Hash, node: Uint8Array, index: number, rekeys: readonly Rekey[]): Uint8Array {
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
  return sealBox(backend, {
    sender: { id: issuer.id, secretKey: issuer.sign.secretKey },
    recipientSeal: node.seal,
    context: sharesContext(grant.grantId, node.id, node.index, grant.rekeys),
    plaintext: concatBytes(...grant.shares),
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
  try {
    const bytes = openBox(backend, {
      senderPublicKey: issuer.signPublicKey,
      senderId: issuer.id,
      recipient: node.seal,
      context: sharesContext(grantId, node.id, index, rekeys),
      box,
    });
    if (bytes.length !== 32 * rekeys.length) throw new CryptoError('share-invalid');
    return rekeys.map(({ commitments }, j) => {
      const share = bytes.slice(32 * j, 32 * (j + 1));
      const image = backend.group.multiplyBase(share);
      if (!equalBytes(image, sharePublic(backend, commitments, index)))
        throw new CryptoError('share-invalid');
      return share;
    });
  } catch {
    throw new CryptoError('share-invalid');
  }
}
