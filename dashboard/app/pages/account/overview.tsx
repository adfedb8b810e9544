import { CopyCode, Data, Failure, Loading, Page as Frame, Panel, Summary, Tag } from '../../design/index.ts';
import { session } from '../../state/session.ts';
import { LanguageChoice } from '../../shell/language-choice.tsx';
import { t } from '../../words/translate.ts';
import { Doors } from '../public/doors.tsx';
import { useWraps } from './account-name.ts';

const PLACES = [
  ['/account/passkeys', 'passkeys'],
  ['/account/passphrase', 'passphrase'],
  ['/account/recovery', 'recovery'],
  ['/account/sessions', 'sessions'],
  ['/account/institution', 'institution'],
] as const;

/** Who I am here, and every way into this account. */
export function Page() {
  const now = session.value;
  const { wraps, name } = useWraps();
  if (now.kind !== 'signed-in') return null;
  const { person } = now;
  const list = wraps.kind === 'ready' ? wraps.value : [];
  const count = (kind: string): number => list.filter((wrap) => wrap.kind === kind).length;
  return (
    <Frame title={t('account.title')} lead={t('account.lead')}>
      <Summary
        rows={[
          { label: t('account.person'), value: <Data>{person.name}</Data> },
          { label: t('account.role'), value: t(`shell.role.${person.role}`) },
          { label: t('account.state'), value: <StateTag state={person.state} /> },
          { label: t('account.name.label'), value: name === '' ? t('design.unknown') : <Data>{name}</Data> },
          {
            label: t('account.number'),
            value: <CopyCode code={person.id} label={t('account.number')} />,
          },
          { label: t('shell.language'), value: <LanguageChoice /> },
        ]}
      />
      <Panel title={t('account.ways')}>
        {wraps.kind === 'loading' ? <Loading /> : null}
        {wraps.kind === 'failed' ? <Failure error={wraps.error} onRetry={wraps.reload} /> : null}
        {wraps.kind === 'ready' ? (
          <ul class="numbered">
            <li>{t('account.ways.passphrase', { count: count('passphrase') })}</li>
            <li>
              {count('passkey') === 0
                ? t('account.ways.passkeys.none')
                : t('account.ways.passkeys', { count: count('passkey') })}
            </li>
            <li>{t('account.ways.code')}</li>
          </ul>
        ) : null}
      </Panel>
      <Doors
        doors={PLACES.map(([to, place]) => ({
          to,
          label: t(`account.${place}.title`),
          about: t(`account.${place}.about`),
        }))}
      />
    </Frame>
  );
}

export function StateTag({ state }: { state: string }) {
  const known = (['pending', 'active', 'refused', 'suspended'] as const).find((each) => each === state);
  return (
    <Tag tone={known === 'active' ? 'good' : known === 'pending' ? 'wait' : 'halt'}>
      {known === undefined ? t('design.unknown') : t(`account.state.${known}`)}
    </Tag>
  );
}
