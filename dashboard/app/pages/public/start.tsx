import { Link, Page as Frame } from '../../design/index.ts';
import { t } from '../../words/translate.ts';

/** The door of the node. */
export function Page() {
  return (
    <Frame title={t('public.start.title')} lead={t('public.start.lead')}>
      <p>
        <Link to="/network">{t('public.start.network')}</Link>
      </p>
    </Frame>
  );
}
