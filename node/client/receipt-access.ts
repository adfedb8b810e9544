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
  verifyHead,
  verifyProof,
} from '#consensus/ledger';
import type { AccessRequestBody, Genesis, Grant, RecordEntry } from '#consensus/ledger';
import { COMMITTED_FIELDS, committedFields, committedOf, isSignedBy, verifyCommitted } from './committed.ts';
import type { CommittedTransaction } from './committed.ts';
import type { ConvertedAccess } from './proxy-judgement.ts';
import type { StateEvidence } from './proven-state.ts';
import { bytesOf, demand } from './receipt-file.ts';

/** Everything that shows, without a network, that an access request was committed, by whom, for what. */
export interface AccessProof extends CommittedTransaction {
  /** Grant, access, delegate and records out of the state of this block or a later one. */
  readonly state: StateEvidence;
  /** The sealed header of every record asked for, once each, in the order of the items: they hold the capsules. */
  readonly recordHeaders: readonly Uint8Array[];
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

/** What has to be proven from the state, in the order in which it is asked. */
export function accessStateKeys(
  accessId: Uint8Array,
  sender: Uint8Array,
  body: Pick<AccessRequestBody, 'grant' | 'items'>,
): Uint8Array[] {
  return [
    stateKeys.access(accessId),
    stateKeys.grant(body.grant),
    stateKeys.person(sender),
    stateKeys.keyHistory(sender),
    ...recordsOf(body).map((id) => stateKeys.record(id)),
  ];
}

/** For canonical DAG-CBOR. */
export function accessProofValue(proof: AccessProof): object {
  const { state, recordHeaders } = proof;
  return {
    ...committedFields(proof),
    state: { header: state.header, certificate: state.certificate, proof: state.proof },
    recordHeaders: [...recordHeaders],
  };
}

/** Shape only. @throws CryptoError `encoding`, ClientError `proof-invalid` */
export function accessProofFrom(value: unknown): AccessProof {
  const map: Readonly<Record<string, unknown>> = expectMap(
    value,
    [...COMMITTED_FIELDS, 'state', 'recordHeaders'],
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
  };
}

/**
 * A quorum certified the block; the block holds the request; the delegate signed it; the grant was his and alive; the
 * records are the patient's and these are their headers. @throws ClientError `proof-invalid`, LedgerError, CryptoError
 */
export function verifyAccessProof(backend: Backend, genesis: Genesis, proof: AccessProof): VerifiedAccess {
  const { block, decoded } = verifyCommitted(backend, genesis, proof);
  const { transaction, hash } = decoded;
  demand(transaction.kind === 'access.request', 'not an access request');
  const { body, sender } = transaction;
  const head = verifyHead(backend, genesis, proof.state.header, proof.state.certificate);
  demand(head.height >= block.height, 'a state before the access');
  const get = provenReader(
    verifyProof(head.stateRoot, proof.state.proof, accessStateKeys(hash, sender, body)),
  );
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
  const capsules = capsulesOf(proof, body, grant, (id) => readRecord(get, id));
  const items = body.items.map((item, i) => ({ ...item, E: capsules[i] ?? new Uint8Array() }));
  const converted = { chainId: transaction.chainId, grant, id: hash, height: block.height, items };
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
