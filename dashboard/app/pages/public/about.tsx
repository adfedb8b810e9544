import {
  CopyCode,
  Data,
  Failure,
  Heading,
  Link,
  Loading,
  Page as Frame,
  Summary,
} from '../../design/index.ts';
import { useCall } from '../../state/use-call.ts';
import { t } from '../../words/translate.ts';

const PROMISES = ['keys', 'stores', 'reads', 'code', 'habit'] as const;

/** What this node is, what it can do with what it holds, and what it can not be trusted with. */
export function Page() {
  const place = useCall('account.place', undefined);
  const agreed = useCall('account.agreed', undefined);
  return (
    <Frame title={t('public.about.title')} lead={t('public.about.lead')}>
      {PROMISES.map((each) => (
        <section key={each}>
          <Heading>{t(`public.about.${each}`)}</Heading>
          <p>{t(`public.about.${each}.text`)}</p>
        </section>
      ))}
      <Heading>{t('public.about.facts')}</Heading>
      {place.kind === 'loading' || agreed.kind === 'loading' ? <Loading /> : null}
      {place.kind === 'failed' ? <Failure error={place.error} onRetry={place.reload} /> : null}
      {agreed.kind === 'failed' ? <Failure error={agreed.error} onRetry={agreed.reload} /> : null}
      {place.kind === 'ready' && agreed.kind === 'ready' ? (
        <Summary
          rows={[
            { label: t('public.about.institution'), value: <Data>{place.value.name}</Data> },
            {
              label: t('public.about.members'),
              value: <Data>{place.value.institutions.map(({ name }) => name).join(', ')}</Data>,
            },
            {
              label: t('public.about.quorum'),
              value: t('public.about.of', {
                quorum: place.value.quorum,
                total: place.value.institutions.length,
              }),
            },
            {
              label: t('public.about.proxies'),
              value: t('public.about.of', {
                quorum: agreed.value.grantThresholdMin,
                total: place.value.institutions.length,
              }),
            },
            { label: t('public.about.version'), value: <Data>{place.value.version}</Data> },
            {
              label: t('public.about.chain'),
              value: <CopyCode code={place.value.chainId} label={t('public.about.chain')} />,
            },
          ]}
        />
      ) : null}
      <p>
        <Link to="/network">{t('public.start.network')}</Link>
      </p>
    </Frame>
  );
}
