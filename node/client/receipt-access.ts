import {
  decodeRecordHeader,
  DOMAIN,
  equalBytes,
  expectInteger,
  expectList,
  expectMap,
  matchesLink,
  RECORD_HEADER_BYTES_MAX,
  toHex,
  verifyTagged,
} from '#crypto';
import type { Backend } from '#crypto';
import { BLOCK_TRANSACTIONS_MAX } from '#consensus';
import type { Header } from '#consensus';
import {
  ACCESS_ITEMS_MAX,
  chainIdOf,
  decodeTransaction,
  provenReader,
  readAccess,
  readGrant,
  readPerson,
  readRecord,
  stateKeys,
  ValidatorHistory,
  verifyProof,
  verifyTransactionInclusion,
} from '#consensus/ledger';
import type {
  AccessRequestBody,
  Genesis,
  Get,
  Grant,
  RecordEntry,
  SetChange,
  TransactionProof,
} from '#consensus/ledger';
import { holdersOf, joinedHolders } from './proxy-judgement.ts';
import type { ConvertedAccess } from './proxy-judgement.ts';
import type { StateEvidence } from './proven-state.ts';
import { bytesOf, demand } from './receipt-file.ts';
import { changesField, changesFrom, changesNames } from './set-changes.ts';

/** Everything that shows, without a network, that an access request was committed, by whom, for what. */
export interface AccessProof {
  /** The access request as it was sent. */
  readonly transaction: Uint8Array;
  /** Head of the block that holds it, and its place there. */
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly place: TransactionProof;
  /** Grant, access, delegate and records out of the state of this block or a later one. */
  readonly state: StateEvidence;
  /** The sealed header of every record asked for, once each, in the order of the items: they hold the capsules. */
  readonly recordHeaders: readonly Uint8Array[];
  /** Changes of the validators from the genesis to the heads here; none while the set is that of the genesis. */
  readonly changes: readonly SetChange[];
}

export interface VerifiedAccess {
  readonly access: ConvertedAccess;
  /** The block that holds the request. */
  readonly block: Header;
  /** The grant was not revoked at this height or below. */
  readonly provenAtHeight: number;
}

/** Ids of the records of a request, each once, in the order of the items. */
export function recordsOf(body: Pick<AccessRequestBody, 'items'>): Uint8Array[] {
  return [...new Map(body.items.map(({ record }) => [toHex(record), record])).values()];
}

/** What has to be proven from the state, in the order in which it is asked; `joined` hold shares and came later. */
export function accessStateKeys(
  accessId: Uint8Array,
  sender: Uint8Array,
  body: Pick<AccessRequestBody, 'grant' | 'items'>,
  joined: readonly Uint8Array[] = [],
): Uint8Array[] {
  return [
    stateKeys.access(accessId),
    stateKeys.grant(body.grant),
    stateKeys.person(sender),
    ...recordsOf(body).map((id) => stateKeys.record(id)),
    ...joined.map((id) => stateKeys.institution(id)),
  ];
}

/** For canonical DAG-CBOR. */
export function accessProofValue(proof: AccessProof): object {
  const { transaction, header, certificate, place, state, recordHeaders, changes } = proof;
  return {
    transaction,
    header,
    certificate,
    index: place.index,
    count: place.count,
    path: [...place.path],
    state: { header: state.header, certificate: state.certificate, proof: state.proof },
    recordHeaders: [...recordHeaders],
    ...changesField(changes),
  };
}

/** Shape only. @throws CryptoError `encoding`, ClientError `proof-invalid` */
export function accessProofFrom(value: unknown): AccessProof {
  const fields = ['transaction', 'header', 'certificate', 'index', 'count', 'path', 'state', 'recordHeaders'];
  const map = expectMap(value, [...fields, ...changesNames(value)], 'access');
  const state = expectMap(map['state'], ['header', 'certificate', 'proof'], 'state');
  return {
    transaction: bytesOf(map['transaction']),
    header: bytesOf(map['header']),
    certificate: bytesOf(map['certificate']),
    place: {
      index: expectInteger(map['index'], 0, BLOCK_TRANSACTIONS_MAX - 1, 'index'),
      count: expectInteger(map['count'], 1, BLOCK_TRANSACTIONS_MAX, 'count'),
      path: expectList(map['path'], 0, 32, 'path').map(bytesOf),
    },
    state: {
      header: bytesOf(state['header']),
      certificate: bytesOf(state['certificate']),
      proof: bytesOf(state['proof']),
    },
    recordHeaders: expectList(map['recordHeaders'], 1, ACCESS_ITEMS_MAX, 'recordHeaders').map(bytesOf),
    changes: changesFrom(value),
  };
}

/**
 * A quorum certified the block; the block holds the request; the delegate signed it; the grant was his and alive; the
 * records are the patient's and these are their headers. @throws ClientError `proof-invalid`, LedgerError, CryptoError
 */
export function verifyAccessProof(backend: Backend, genesis: Genesis, proof: AccessProof): VerifiedAccess {
  const history = new ValidatorHistory(backend, genesis);
  for (const change of proof.changes) history.follow(change);
  const block = history.verifyHead(proof.header, proof.certificate);
  verifyTransactionInclusion(block, proof.transaction, proof.place);
  // Neighbouring counts give the same path: the least of them is the one that a file may name.
  demand(proof.place.count === leastCount(proof.place.index, proof.place.count), 'place in the block');
  const { transaction, hash, signedBytes, signature } = decodeTransaction(proof.transaction);
  demand(transaction.kind === 'access.request', 'not an access request');
  demand(equalBytes(transaction.chainId, chainIdOf(genesis)), 'another chain');
  const { body, sender } = transaction;
  const head = history.verifyHead(proof.state.header, proof.state.certificate);
  demand(head.height >= block.height, 'a state before the access');
  const provenState = (joined: readonly Uint8Array[]): Get =>
    provenReader(verifyProof(head.stateRoot, proof.state.proof, accessStateKeys(hash, sender, body, joined)));
  const get = provenState([]);
  const [access, grant, person] = [
    readAccess(get, hash),
    readGrant(get, body.grant),
    readPerson(get, sender),
  ];
  demand(access !== undefined && grant !== undefined && person !== undefined, 'absent from the state');
  demand(access.height === block.height && access.timeMs === block.time, 'the block of the access');
  demand(equalBytes(access.delegate, sender) && equalBytes(grant.delegate, sender), 'the delegate');
  demand(equalBytes(access.patient, grant.patient) && equalBytes(access.grant, grant.id), 'the grant');
  demand(
    verifyTagged(backend, DOMAIN.transactionSignature, signedBytes, signature, person.keys.sign),
    'the delegate’s signature',
  );
  demand(grant.revokedHeight === null || grant.revokedHeight > block.height, 'a grant that was revoked');
  demand(grant.expiresAtMs > block.time, 'a grant that was over');
  const capsules = capsulesOf(proof, body, grant, (id) => readRecord(get, id));
  const items = body.items.map((item, i) => ({ ...item, E: capsules[i] ?? new Uint8Array() }));
  const joined = joinedHolders(genesis, grant);
  const holders = holdersOf(genesis, grant, joined.length === 0 ? get : provenState(joined));
  const converted = { chainId: transaction.chainId, grant, id: hash, height: block.height, items, holders };
  return { access: converted, block, provenAtHeight: head.height };
}

function capsulesOf(
  proof: AccessProof,
  body: AccessRequestBody,
  grant: Grant,
  recordOf: (id: Uint8Array) => RecordEntry | undefined,
): Uint8Array[] {
  const ids = recordsOf(body);
  demand(ids.length === proof.recordHeaders.length, 'number of headers');
  const headers = new Map(
    ids.map((id, i) => {
      const [entry, bytes] = [recordOf(id), proof.recordHeaders[i] ?? new Uint8Array()];
      demand(entry !== undefined && bytes.length <= RECORD_HEADER_BYTES_MAX, 'a record');
      demand(matchesLink(entry.header, bytes), 'not the anchored header');
      demand(equalBytes(entry.patient, grant.patient), 'another patient');
      return [toHex(id), decodeRecordHeader(bytes)];
    }),
  );
  return body.items.map(({ record, slot }) => {
    const E = headers.get(toHex(record))?.slots[slot]?.E;
    demand(E !== undefined, 'a slot that the record has not');
    return E;
  });
}

/** The smallest number of transactions for which `index` has the same path as for `count`. */
export function leastCount(index: number, count: number): number {
  let base = 0;
  let width = count;
  // Going right fixes the width of what lies left; going left leaves only "more than that" of what lies right.
  for (;;) {
    if (width === 1) return base + 1;
    let split = 1;
    while (split * 2 < width) split *= 2;
    if (index - base < split) return base + split + 1;
    base += split;
    width -= split;
  }
}
