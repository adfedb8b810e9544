import { DOMAIN, signTagged } from '#crypto';
import { ownMessage, signedBytesOf } from '#consensus/pbft';
import type { BlockBody, Draft, Message } from '#consensus/pbft';
import type { ConsensusPorts } from './consensus-ports.ts';

/** The draft as a message of this node. The caller brings it to disk before anybody sees it. */
export function signedMessage(
  { backend, chainId, identity }: ConsensusPorts,
  draft: Draft<BlockBody>,
): Message<BlockBody> {
  const bytes = signedBytesOf(chainId, draft.vote);
  const vote = { ...draft.vote, signature: signTagged(backend, DOMAIN.vote, bytes, identity.secretKey) };
  if (draft.kind === 'pre-prepare') return ownMessage({ ...draft, vote });
  return ownMessage(draft.kind === 'round-change' ? { ...draft, vote } : { ...draft, vote });
}
