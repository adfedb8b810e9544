import { t } from '../../words/translate.ts';

const STATUSES = ['open', 'refused', 'granted'] as const;

export function statusText(status: string): string {
  const known = STATUSES.find((each) => each === status);
  return known === undefined ? status : t(`patient.requests.status.${known}`);
}
