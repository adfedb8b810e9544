import { equalBytes, toHex } from '#crypto';
import type { Resharing } from '#consensus/ledger';

/**
 * Which deals a member names (SCHEME 7): as many as the threshold, of those that are good here, the ones that fewest
 * other members left out, in the ledger's order. So members agree where one dealer gave something false to some of
 * them, and a member that objects to everybody changes nothing for the others. Undefined while there are too few.
 */
export function choiceOf(
  resharing: Resharing,
  init: { readonly self: Uint8Array; readonly threshold: number; readonly good: ReadonlySet<string> },
): Uint8Array[] | undefined {
  const { self, threshold, good } = init;
  const others = resharing.confirmations.filter(({ node }) => !equalBytes(node, self));
  const candidates = resharing.deals
    .map((id, place) => ({
      id,
      place,
      objections: others.filter(({ deals }) => leavesOut(resharing, deals, place)).length,
    }))
    .filter(({ id }) => good.has(toHex(id)))
    .toSorted((a, b) => a.objections - b.objections || a.place - b.place)
    .slice(0, threshold);
  if (candidates.length < threshold) return undefined;
  return candidates.toSorted((a, b) => a.place - b.place).map(({ id }) => id);
}

/** A member that names a later deal instead of this one has something against it. */
function leavesOut({ deals }: Resharing, named: readonly Uint8Array[], place: number): boolean {
  const places = named.map((id) => deals.findIndex((deal) => equalBytes(deal, id)));
  return !places.includes(place) && place < Math.max(...places);
}
