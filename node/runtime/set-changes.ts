import { decodeBlock, encodeHeader } from '#consensus';
import { readEpoch, readSchedule, validatorsOfEpoch } from '#consensus/ledger';
import type { Get, SetChange } from '#consensus/ledger';
import type { LedgerStore } from '#storage';

/**
 * Every change of the validators that the head has passed or stands before: the last block of each old set, with its
 * certificate, and the new set. What is settled but not yet promised by a header is left out.
 */
export function setChanges(store: Pick<LedgerStore, 'blockAt'>, get: Get, height: number): SetChange[] {
  const { last } = readSchedule(get);
  const changes: SetChange[] = [];
  for (let number = 1; number <= last.number; number++) {
    const epoch = number === last.number ? last : readEpoch(get, number);
    if (epoch === undefined || epoch.fromHeight - 1 > height) continue;
    const held = store.blockAt(epoch.fromHeight - 1);
    if (held === undefined) continue;
    changes.push({
      header: encodeHeader(decodeBlock(held.block).header),
      certificate: held.certificate,
      validators: validatorsOfEpoch(epoch),
    });
  }
  return changes;
}
