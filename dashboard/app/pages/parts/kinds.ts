import { t } from '../../words/translate.ts';

/** Every kind of transaction (LEDGER.md, Kinds). */
const KINDS = [
  'person.register',
  'person.approve',
  'person.refuse',
  'person.suspend',
  'person.reinstate',
  'person.rotate-keys',
  'person.move',
  'person.receive',
  'device.enrol',
  'device.revoke',
  'assignment.create',
  'assignment.accept',
  'assignment.end',
  'keyring.update',
  'record.anchor',
  'record.erase',
  'grant.request',
  'grant.refuse',
  'grant.create',
  'grant.revoke',
  'access.request',
  'access.search',
  'access.report',
  'recovery.start',
  'recovery.veto',
  'recovery.finish',
  'cover.create',
  'cover.end',
  'guardianship.create',
  'guardianship.confirm',
  'guardianship.end',
  'emergency.share',
  'emergency.unshare',
  'emergency.request',
  'emergency.countersign',
  'emergency.end',
  'emergency.review',
  'evidence.equivocation',
  'evidence.proxy',
] as const;

/** What a transaction did, in words; a kind that came later stands for itself. Words: section `administrator`. */
export function kindText(kind: string): string {
  const known = KINDS.find((each) => each === kind);
  return known === undefined ? kind : t(`administrator.kind.${known}`);
}
