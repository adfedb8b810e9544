import { stateKeys } from '#consensus/ledger';

/** State keys that a segment proves, in the order in which they were asked. */
export function segmentKeys(patient: Uint8Array, first: number, count: number): Uint8Array[] {
  const lines = Array.from({ length: count }, (_, i) => stateKeys.audit(patient, first + i));
  return first === 0 ? [stateKeys.auditCount(patient), ...lines] : lines;
}
