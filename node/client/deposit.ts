import { compareBytes, createSharing, linkOf } from '#crypto';
import type { SharedSecret } from '#crypto';
import { DEPOSIT_THRESHOLD_LEAST, grantThresholdLeast } from '#consensus/ledger';
import type { EmergencyShareBody } from '#consensus/ledger';
import type { Connection } from './connection.ts';
import { Consortium } from './consortium.ts';
import type { CallOptions } from './deadline.ts';

/**
 * Shares a secret among all members, of which `threshold` together (default: the least that the consortium allows) can
 * give it out from then on, and stores what was sealed (SCHEME 7). Gives the body of the transaction that deposits it;
 * when members change, the holders share it again by themselves.
 */
export async function storeDeposit(
  connection: Connection,
  init: { readonly patient: Uint8Array; readonly secret: SharedSecret; readonly threshold?: number },
  options: CallOptions,
): Promise<EmergencyShareBody> {
  const { backend, genesis, keys, blocks } = connection;
  const { patient, secret } = init;
  const members = await new Consortium(connection).members(options);
  const least = Math.max(DEPOSIT_THRESHOLD_LEAST, grantThresholdLeast(genesis, members.length));
  const threshold = init.threshold ?? least;
  const { nonce, commitments, lock, sealed, boxes } = createSharing(backend, {
    issuer: keys,
    patient,
    secret,
    threshold,
    holders: members.map(({ id, index, sealKey }) => ({ id, index, seal: sealKey })),
  });
  const sorted = boxes.toSorted((a, b) => compareBytes(a.id, b.id));
  const stored = [sealed, ...sorted.map(({ box }) => box)];
  await blocks.put(
    stored.map((bytes) => ({ codec: 'raw', bytes })),
    options,
  );
  return {
    patient,
    nonce,
    threshold,
    commitments,
    lock,
    sealed: linkOf('raw', sealed),
    shares: sorted.map(({ id, box }) => ({ node: id, box: linkOf('raw', box) })),
  };
}
