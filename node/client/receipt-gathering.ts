import { encodeRecordHeader, equalBytes } from '#crypto';
import type { RecordHeader } from '#crypto';
import { provenReader, readGrant } from '#consensus/ledger';
import type { AccessRequestBody } from '#consensus/ledger';
import { gatherCommitted } from './committed.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { accessStateKeys } from './receipt-access.ts';
import type { AccessProof } from './receipt-access.ts';

/**
 * Fetches what proves a committed access request to others: its block (of which only head and path are kept) and the
 * state's entries. Two small requests to the node, while the proxies are at work. `sharesHeight` is the grant's in that
 * state: above the access, the holders changed meanwhile, and the proof is none.
 * @throws ClientError `proof-invalid` when the node shows a block without the transaction.
 */
export async function gatherAccessProof(
  connection: Connection,
  init: {
    access: { hash: Uint8Array; height: number };
    body: AccessRequestBody;
    /** Of the records of the body, in the order of its items, each once. */
    headers: readonly RecordHeader[];
    /** Holders of shares that the genesis does not name: the state shows their keys. */
    joined: readonly Uint8Array[];
  },
  options: CallOptions,
): Promise<{ proof: AccessProof; sharesHeight: number }> {
  const { keys, state } = connection;
  const { hash, height } = init.access;
  const committed = await gatherCommitted(connection, height, (one) => equalBytes(one.hash, hash), options);
  const wanted = accessStateKeys(hash, keys.id, init.body, init.joined);
  const { evidence, values } = await state.readWithEvidence(wanted, options);
  const recordHeaders = init.headers.map(encodeRecordHeader);
  const proof = { ...committed, state: evidence, recordHeaders, changes: state.changes };
  return { proof, sharesHeight: readGrant(provenReader(values), init.body.grant)?.sharesHeight ?? 0 };
}
