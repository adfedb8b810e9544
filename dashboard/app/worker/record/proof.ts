import type { CallOptions, PhrClient } from '#node/client';
import { institutionsOf } from '../institutions.ts';

/** That an answer is whole: the block against which every part of it was proven, and who signed that block. */
export interface ProofView {
  height: number;
  signers: number;
  total: number;
}

const known = new WeakMap<PhrClient, Map<number, number>>();

/** Who signed a block, from its verified certificate. */
export async function proofAt(client: PhrClient, height: number, options: CallOptions): Promise<ProofView> {
  const total = institutionsOf(client).length;
  if (height === 0) return { height, signers: total, total };
  const mine = known.get(client) ?? new Map<number, number>();
  known.set(client, mine);
  const signers = mine.get(height) ?? (await client.chain.block(height, options)).signers.length;
  mine.set(height, signers);
  return { height, signers, total };
}
