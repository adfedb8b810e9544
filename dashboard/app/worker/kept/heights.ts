import { ask } from './database.ts';
import type { KeptHeight } from './database.ts';

/** The newest height of a network that this browser has verified; 0 when it knows none, or keeps nothing. */
export async function keptHeight(chain: string): Promise<number> {
  try {
    const kept = await ask('heights', 'readonly', (heights) => heights.get(chain) as IDBRequest<unknown>);
    const height = (kept as Partial<KeptHeight> | undefined)?.height;
    return typeof height === 'number' && Number.isSafeInteger(height) && height > 0 ? height : 0;
  } catch {
    return 0;
  }
}

/** Never lowers it: several windows may write at once. */
export async function keepHeight(chain: string, height: number): Promise<void> {
  try {
    if (height <= (await keptHeight(chain))) return;
    await ask('heights', 'readwrite', (heights) => heights.put({ chain, height } satisfies KeptHeight));
  } catch {
    // A browser that keeps nothing still verifies everything within this visit.
  }
}
