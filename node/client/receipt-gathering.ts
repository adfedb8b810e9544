import { encodeRecordHeader, equalBytes, fromBase64Url, toHex } from '#crypto';
import type { RecordHeader } from '#crypto';
import { bodyMatchesHeader, decodeBlock, encodeHeader, hashHeader } from '#consensus';
import type { Block } from '#consensus';
import { hashTransaction, transactionProof } from '#consensus/ledger';
import type { AccessRequestBody } from '#consensus/ledger';
import { ledgerBlockSchema } from './api.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import type { CallOptions } from './deadline.ts';
import { accessStateKeys, leastCount } from './receipt-access.ts';
import type { AccessProof } from './receipt-access.ts';

/**
 * Fetches what proves a committed access request to others: its block (of which only head and path are kept) and the
 * state's entries. Two small requests to the node, while the proxies are at work.
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
): Promise<AccessProof> {
  const { api, keys, state } = connection;
  const path = `/ledger/${init.access.height}`;
  const answer = await api.json({ method: 'GET', path }, ledgerBlockSchema, options);
  const certificate = fromBase64Url(answer.certificate);
  const block = blockOf(fromBase64Url(answer.block));
  const header = encodeHeader(block.header);
  const certified = await state.verifiedHead(header, certificate, options);
  const isIt =
    certified.height === init.access.height &&
    equalBytes(hashHeader(certified), hashHeader(block.header)) &&
    bodyMatchesHeader(block);
  const index = block.transactions.findIndex((wire) => equalBytes(hashTransaction(wire), init.access.hash));
  const transaction = block.transactions[index];
  if (!isIt || transaction === undefined)
    throw new ClientError('proof-invalid', { what: 'the block of the access', id: toHex(init.access.hash) });
  const { count, path: siblings } = transactionProof(block.transactions, index);
  const wanted = accessStateKeys(init.access.hash, keys.id, init.body, init.joined);
  const { evidence } = await state.readWithEvidence(wanted, options);
  return {
    transaction,
    header,
    certificate,
    place: { index, count: leastCount(index, count), path: siblings },
    state: evidence,
    recordHeaders: init.headers.map(encodeRecordHeader),
    changes: state.changes,
  };
}

function blockOf(bytes: Uint8Array): Block {
  try {
    return decodeBlock(bytes);
  } catch (cause) {
    throw new ClientError('proof-invalid', { what: 'block' }, { cause });
  }
}
