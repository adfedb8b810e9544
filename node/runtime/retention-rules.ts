import { grantIdOf, recordIdOf, sharingIdOf } from '#crypto';
import type { CID } from '#crypto';
import {
  isGrant,
  readCount,
  readDeal,
  readEmergency,
  readGrant,
  readHeld,
  readItem,
  readRequest,
} from '#consensus/ledger';
import type { Held, LedgerState, Transaction } from '#consensus/ledger';
import { attachmentsOf } from './attachments.ts';

/** What a committed transaction does to the blocks that nodes keep. Ids are 32 bytes. */
export type Retention =
  /** `owner` keeps these blocks, on behalf of `person`. */
  | { readonly kind: 'keep'; readonly owner: Uint8Array; readonly person: Uint8Array; readonly cids: CID[] }
  /** A record's header is kept; its body is what the header says, once it is here. */
  | { readonly kind: 'record'; readonly owner: Uint8Array; readonly person: Uint8Array; readonly header: CID }
  /** The newest of a `slot` (a person's deposit) takes the place of the one before and its deals; null: there is none. */
  | {
      readonly kind: 'newest';
      readonly slot: string;
      readonly person: Uint8Array;
      readonly owner: Uint8Array | null;
    }
  /** What only `owner` kept goes. */
  | { readonly kind: 'release'; readonly owner: Uint8Array; readonly person: Uint8Array }
  /** All that is kept for a person goes. */
  | { readonly kind: 'forget'; readonly person: Uint8Array };

/** The effects of one transaction; `hash` is its id. `state` is that of its block or any later one. */
export function retentionsOf(transaction: Transaction, hash: Uint8Array, state: LedgerState): Retention[] {
  const { sender } = transaction;
  switch (transaction.kind) {
    case 'record.anchor': {
      const { patient, records } = transaction.body;
      return records.map(({ nonce, header }) => ({
        kind: 'record',
        owner: recordIdOf(patient, sender, nonce),
        person: patient,
        header,
      }));
    }
    case 'record.erase': {
      const { patient, records } = transaction.body;
      return records.map((owner) => ({ kind: 'release', owner, person: patient }));
    }
    case 'person.erase':
      return [{ kind: 'forget', person: transaction.body.patient }];
    case 'grant.create': {
      const { patient, nonce, shares, terms } = transaction.body;
      const owner = grantIdOf(sender, patient, nonce);
      return [
        { kind: 'keep', owner, person: patient, cids: shares.map(({ box }) => box) },
        { kind: 'keep', owner: hash, person: patient, cids: [terms] },
      ];
    }
    case 'reshare.deal': {
      const { owner: id, boxes } = transaction.body;
      const held = readHeld((key) => state.get(key), id);
      if (held === undefined || isObsolete(held, hash, state)) return [];
      return [{ kind: 'keep', owner: hash, person: held.patient, cids: boxes.map(({ box }) => box) }];
    }
    case 'reshare.confirm': {
      const held = readHeld((key) => state.get(key), transaction.body.owner);
      return held === undefined ? [] : obsoleteOf(held, state);
    }
    case 'grant.revoke': {
      const { grant: owner } = transaction.body;
      const grant = readGrant((key) => state.get(key), owner);
      if (grant === undefined) return [];
      const owners = [owner, ...dealsOf(owner, state)];
      return owners.map((one) => ({ kind: 'release', owner: one, person: grant.patient }));
    }
    case 'emergency.share':
    case 'recovery.share': {
      const { patient: person, nonce, shares, sealed } = transaction.body;
      const owner = sharingIdOf(sender, person, nonce);
      return [
        { kind: 'keep', owner, person, cids: shares.map(({ box }) => box) },
        // What r opens stays when the boxes change hands.
        { kind: 'keep', owner: hash, person, cids: [sealed] },
        ...newestOf(transaction.kind, person, { boxes: owner, sealed: hash }),
      ];
    }
    case 'emergency.unshare':
      return newestOf('emergency.share', transaction.body.patient, { boxes: null, sealed: null });
    case 'recovery.unshare':
      return newestOf('recovery.share', sender, { boxes: null, sealed: null });
    default: {
      const cids = attachmentsOf(transaction);
      const person = personConcerned(transaction, state);
      return cids.length === 0 ? [] : [{ kind: 'keep', owner: hash, person, cids }];
    }
  }
}

function newestOf(
  kind: 'emergency.share' | 'recovery.share',
  person: Uint8Array,
  owners: { readonly boxes: Uint8Array | null; readonly sealed: Uint8Array | null },
): Retention[] {
  return [
    { kind: 'newest', slot: kind, person, owner: owners.boxes },
    { kind: 'newest', slot: `${kind}/sealed`, person, owner: owners.sealed },
  ];
}

/** What the present holders do not need any more: the shares before theirs, and deals that were not used. */
function obsoleteOf(held: Held, state: LedgerState): Retention[] {
  const { id, patient: person } = held;
  if (held.dealers.length === 0) return [];
  const old = dealsOf(id, state).filter((deal) => isObsolete(held, deal, state));
  return [id, ...old].map((owner) => ({ kind: 'release', owner, person }));
}

function isObsolete(held: Held, deal: Uint8Array, state: LedgerState): boolean {
  if ((isGrant(held) ? held.revokedHeight : held.endedHeight) !== null) return true;
  const found = readDeal((key) => state.get(key), deal);
  // A deal that was used keeps its boxes; one that waits is of a later epoch than the holders.
  return (
    found === undefined ||
    (found.boxes.length === 0 && found.commitments.length === 0) ||
    found.epoch < held.epoch
  );
}

/** Every deal that was ever made for a grant or deposit, by the hashes of their transactions. */
export function dealsOf(owner: Uint8Array, state: LedgerState): Uint8Array[] {
  const get = (key: Uint8Array): Uint8Array | undefined => state.get(key);
  return Array.from({ length: readCount(get, 'deals-of', owner) }, (_, i) =>
    readItem(get, 'deals-of', owner, i),
  ).filter((deal) => deal !== undefined);
}

/** Whose erasure takes the attachments of a transaction along: the person that it is about, else its sender. */
function personConcerned(transaction: Transaction, state: LedgerState): Uint8Array {
  const get = (key: Uint8Array): Uint8Array | undefined => state.get(key);
  switch (transaction.kind) {
    case 'person.approve':
    case 'person.refuse':
    case 'person.suspend':
    case 'person.reinstate':
      return transaction.body.person;
    case 'person.move':
    case 'keyring.update':
    case 'grant.request':
    case 'guardianship.create':
    case 'emergency.request':
      return transaction.body.patient;
    case 'grant.refuse':
      return readRequest(get, transaction.body.request)?.patient ?? transaction.sender;
    case 'emergency.review':
      return readEmergency(get, transaction.body.emergency)?.patient ?? transaction.sender;
    default:
      return transaction.sender;
  }
}
