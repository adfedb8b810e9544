import type { Translation } from '../../../words/words.ts';
import type { words as en } from './en.ts';

export const words: Translation<typeof en> = {
  'public.start.title': 'سجلات صحية تبقى لك',
  'public.start.lead': 'تُختم السجلات في متصفحك وتحفظها عدة مؤسسات معا. لا تستطيع أي منها قراءتها.',
  'public.start.network': 'شاهد الشبكة وهي تعمل',
};
