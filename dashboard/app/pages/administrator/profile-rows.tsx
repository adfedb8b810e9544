import { CopyCode, Data, Time } from '../../design/index.ts';
import type { SummaryRow } from '../../design/index.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { dateText } from '../../words/dates.ts';
import { t } from '../../words/translate.ts';
import { roleText, StateTag } from './states.tsx';

type Detail = OutputOf<'administrator.queue'>['people'][number];

/** What a person says of herself, and what the ledger says of her. What is not known is said so. */
export function profileRows({
  id,
  role,
  state,
  home,
  profile,
  registeredAtMs,
  registeredHeight,
}: Detail): SummaryRow[] {
  const said = (text: string | undefined) =>
    text === undefined || text === '' ? t('design.unknown') : <Data>{text}</Data>;
  const born =
    profile?.birthDate === undefined || profile.birthDate === '' ? undefined : Date.parse(profile.birthDate);
  const sex = profile?.sex === undefined || profile.sex === '' ? undefined : profile.sex;
  return [
    { label: t('administrator.profile.family'), value: said(profile?.family) },
    { label: t('administrator.profile.given'), value: said(profile?.given) },
    ...(role === 'patient'
      ? [
          {
            label: t('administrator.profile.born'),
            value: born === undefined ? t('design.unknown') : <Data>{dateText(born, 'UTC')}</Data>,
          },
          {
            label: t('administrator.profile.sex'),
            value: sex === undefined ? t('design.unknown') : t(`administrator.sex.${sex}`),
          },
        ]
      : [{ label: t('administrator.profile.speciality'), value: said(profile?.speciality) }]),
    { label: t('administrator.profile.number'), value: said(profile?.number) },
    { label: t('administrator.profile.contact'), value: said(profile?.contact) },
    {
      label: t('administrator.profile.message'),
      value: (profile?.message ?? '') === '' ? t('design.none') : said(profile?.message),
    },
    { label: t('administrator.column.role'), value: roleText(role) },
    { label: t('administrator.column.state'), value: <StateTag state={state} /> },
    { label: t('administrator.column.institution'), value: <Data>{home}</Data> },
    {
      label: t('administrator.column.applied'),
      value: (
        <>
          <Time atMs={registeredAtMs} /> · {t('administrator.in-block', { height: registeredHeight })}
        </>
      ),
    },
    {
      label: t('administrator.profile.id'),
      value: <CopyCode code={id} label={t('administrator.profile.id')} />,
    },
  ];
}
