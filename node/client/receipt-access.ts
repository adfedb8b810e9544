import {
  decodeRecordHeader,
  equalBytes,
  expectList,
  expectMap,
  matchesLink,
  RECORD_HEADER_BYTES_MAX,
  toHex,
} from '#crypto';
import type { Backend } from '#crypto';
import type { Header } from '#consensus';
import {
  ACCESS_ITEMS_MAX,
  provenReader,
  readAccess,
  readGrant,
  readPerson,
  readRecord,
  readSignKeysAt,
  stateKeys,
  verifyProof,
} from '#consensus/ledger';
import type { AccessRequestBody, Genesis, Get, Grant, RecordEntry, SetChange } from '#consensus/ledger';
import { COMMITTED_FIELDS, committedFields, committedOf, isSignedBy, verifyCommitted } from './committed.ts';
import type { CommittedTransaction } from './committed.ts';
import { holdersOf, joinedHolders } from './proxy-judgement.ts';
import type { ConvertedAccess } from './proxy-judgement.ts';
import type { StateEvidence } from './proven-state.ts';
import { bytesOf, demand } from './receipt-file.ts';
import { changesField, changesFrom, changesNames, historyAlong } from './set-changes.ts';

/** Everything that shows, without a network, that an access request was committed, by whom, for what. */
export interface AccessProof extends CommittedTransaction {
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
    stateKeys.keyHistory(sender),
    ...recordsOf(body).map((id) => stateKeys.record(id)),
    ...joined.map((id) => stateKeys.institution(id)),
  ];
}

/** For canonical DAG-CBOR. */
export function accessProofValue(proof: AccessProof): object {
  const { state, recordHeaders, changes } = proof;
  return {
    ...committedFields(proof),
    state: { header: state.header, certificate: state.certificate, proof: state.proof },
    recordHeaders: [...recordHeaders],
    ...changesField(changes),
  };
}

/** Shape only. @throws CryptoError `encoding`, ClientError `proof-invalid` */
export function accessProofFrom(value: unknown): AccessProof {
  const fields = [...COMMITTED_FIELDS, 'state', 'recordHeaders'];
  const map: Readonly<Record<string, unknown>> = expectMap(
    value,
    [...fields, ...changesNames(value)],
    'access',
  );
  const state = expectMap(map['state'], ['header', 'certificate', 'proof'], 'state');
  return {
    ...committedOf(map),
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
  const history = historyAlong(backend, genesis, proof.changes);
  const { block, decoded } = verifyCommitted(history, proof);
  const { transaction, hash } = decoded;
  demand(transaction.kind === 'access.request', 'not an access request');
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
  // He may have other keys by the time of the state: what counts is the key of the block.
  const isSigned = readSignKeysAt(get, sender, block.height).some((key) => isSignedBy(backend, decoded, key));
  demand(isSigned, 'the delegate’s signature');
  demand(grant.revokedHeight === null || grant.revokedHeight > block.height, 'a grant that was revoked');
  demand(grant.expiresAtMs > block.time, 'a grant that was over');
  demand(grant.sharesHeight <= block.height, 'shares that others held');
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
