import type { CID } from '#crypto';
import type { Transaction } from '#consensus/ledger';

/**
 * Sealed blocks that a transaction links, headers of records aside (those are held where the receipts say): profiles,
 * reasons, keyring boxes, share boxes, terms. They are small, and every node holds them.
 */
export function attachmentsOf(transaction: Transaction): CID[] {
  const links: (CID | null)[] = [];
  switch (transaction.kind) {
    case 'person.register':
    case 'person.move':
      links.push(transaction.body.profile);
      break;
    case 'person.approve':
    case 'person.refuse':
    case 'person.suspend':
    case 'person.reinstate':
    case 'grant.refuse':
    case 'guardianship.create':
      links.push(transaction.body.reason);
      break;
    case 'keyring.update':
      links.push(...transaction.body.entries.map(({ box }) => box));
      break;
    case 'grant.request':
      links.push(transaction.body.message);
      break;
    case 'grant.create':
      links.push(transaction.body.terms, ...transaction.body.shares.map(({ box }) => box));
      break;
    case 'emergency.share':
    case 'recovery.share':
      links.push(transaction.body.sealed, ...transaction.body.shares.map(({ box }) => box));
      break;
    case 'reshare.deal':
      links.push(...transaction.body.boxes.map(({ box }) => box));
      break;
    case 'emergency.request':
    case 'emergency.review':
      links.push(transaction.body.text);
      break;
    default:
      break;
  }
  return links.filter((link) => link !== null);
}
