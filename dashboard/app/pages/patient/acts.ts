import type { AccessLine } from '../../worker/patient/audit.ts';
import { hasWord, t } from '../../words/translate.ts';
import type { words } from './words/en-home.ts';

type ActKey = Extract<keyof typeof words, `patient.act.${string}`>;

/** Acts by which somebody has seen something of the content, or tried to find it. */
const SEEING = new Set(['access.request', 'access.search', 'access.report', 'emergency.countersign']);

export const hasSeen = ({ kind }: AccessLine): boolean => SEEING.has(kind);

/** Somebody by name, or by the first digits of the account when the name is not known here. */
export function whoText(name: string, id: string, isOwn: boolean): string {
  if (isOwn) return t('patient.accesses.you');
  return name === '' ? t('patient.accesses.unnamed', { id: id.slice(0, 8) }) : name;
}

/** Who did it; somebody without a name by role and institution. */
export function actorText({ actorName, actorRole, actorHome, actor, isOwn }: AccessLine): string {
  if (isOwn || actorName !== '') return whoText(actorName, actor, isOwn);
  if (actorRole === 'device') return t('patient.accesses.device', { id: actor.slice(0, 8) });
  if (actorRole === 'administrator') return t('patient.accesses.administrator', { home: actorHome });
  return whoText('', actor, false);
}

/** A line as a sentence. */
export function actText(line: AccessLine): string {
  const name = actorText(line);
  const subject = line.subject === '' ? '' : whoText(line.subjectName, line.subject, false);
  const key = `patient.act.${line.kind}${line.action === '' ? '' : `.${line.action}`}`;
  const facts = { name, subject, kind: line.kind, count: line.records.length };
  return t(hasWord(key) ? (key as string as ActKey) : 'patient.act.other', facts);
}
