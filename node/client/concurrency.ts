/** Requests that one long work keeps under way at a time: enough to hide the round trip, few enough to be polite. */
export const REQUESTS_CONCURRENT = 6;

/** Maps in order with at most REQUESTS_CONCURRENT calls under way; the first failure ends it. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  map: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  let hasFailed = false;
  const work = async (): Promise<void> => {
    for (const [index, item] of entries) {
      if (hasFailed) return;
      try {
        results[index] = await map(item, index);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(REQUESTS_CONCURRENT, items.length) }, work));
  return results;
}
