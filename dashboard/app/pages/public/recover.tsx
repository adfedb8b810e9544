import { Page as Frame } from '../../design/index.ts';
import { t } from '../../words/translate.ts';
import { Doors } from './doors.tsx';

/** The two ways back: the code on paper, or the institution. */
export function Page() {
  return (
    <Frame title={t('public.recover.title')} lead={t('public.recover.lead')}>
      <Doors
        doors={(['code', 'clinic'] as const).map((way) => ({
          to: `/recover/${way}`,
          label: t(`public.recover.${way}`),
          about: t(`public.recover.${way}.about`),
        }))}
      />
    </Frame>
  );
}
