import { useState } from 'preact/hooks';
import {
  Button,
  DateField,
  ErrorSummary,
  Failure,
  Link,
  Notice,
  Panel,
  Progress,
  TextField,
} from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { CallError } from '../../worker/call-error.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';

type Detail = Pick<OutputOf<'administrator.move'>, 'id' | 'profile'>;
type Found = OutputOf<'administrator.look-for'>;

const FIELDS = ['family', 'given', 'birthDate'] as const;
type Said = Record<(typeof FIELDS)[number], string>;
const LABELS = { family: 'family', given: 'given', birthDate: 'born' } as const;

/**
 * Asks all institutions, blinded, whether the identity of a document is registered under another number. `onKnown` gets
 * the tags of the identity: none of them when nobody could be asked, and the administrator receives a patient without.
 * An approval is possible before anybody was asked, so for one nothing has to be chosen.
 */
export function OtherRegistrations({
  detail: { id, profile },
  before,
  onKnown,
}: {
  detail: Detail;
  before: 'approval' | 'move';
  onKnown: (identifiers: Uint8Array[] | undefined) => void;
}) {
  const look = useAction('administrator.look-for');
  const [said, setSaid] = useState<Said>({
    family: profile?.family ?? '',
    given: profile?.given ?? '',
    birthDate: profile?.birthDate ?? '',
  });
  const [found, setFound] = useState<Found>();
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const change = (part: Partial<Said>): void => {
    setSaid({ ...said, ...part });
    setFound(undefined);
    onKnown(undefined);
  };
  const ask = async (): Promise<void> => {
    const next = await look.run({ id, ...said });
    setFound(next);
    onKnown(next?.identifiers);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const missing = FIELDS.filter((field) => said[field].trim() === '');
    setProblems(missing.map((field) => ({ field, text: t('administrator.move.missing') })));
    if (missing.length === 0) void ask();
  };
  return (
    <Panel title={t('administrator.move.document')}>
      <div class="stack">
        <p class="soft">{t('administrator.move.document.text')}</p>
        <form noValidate onSubmit={submit}>
          <ErrorSummary problems={problems} />
          <Fields said={said} onChange={change} problems={problems} />
          {look.isRunning ? <Progress step={look.step} label={t('administrator.move.looking')} /> : null}
          <div class="actions">
            <Button type="submit" kind="secondary" isBusy={look.isRunning}>
              {t('administrator.move.look')}
            </Button>
          </div>
        </form>
        {found === undefined ? null : <Answer found={found} before={before} />}
        {look.error === undefined ? null : (
          <Blind error={look.error} before={before} onChosen={() => onKnown([])} />
        )}
      </div>
    </Panel>
  );
}

function Answer({ found: { matches, unchecked }, before }: { found: Found; before: 'approval' | 'move' }) {
  return (
    <div role="status">
      {matches.length === 0 ? (
        <Notice tone={unchecked.length === 0 ? 'good' : 'wait'} title={t('administrator.move.clear')} />
      ) : (
        <Notice tone="halt" title={t('administrator.move.matches', { count: matches.length })}>
          <ul>
            {matches.map(({ id, institution }) => (
              <li key={id}>
                <Link to={`/administrator/people/${id}`}>
                  <PersonName name="" id={id} />
                </Link>{' '}
                {t('administrator.move.matches.at', { institution })}
              </li>
            ))}
          </ul>
          <p>{t(before === 'move' ? 'administrator.move.matches.text' : 'administrator.decide.matches')}</p>
        </Notice>
      )}
      {unchecked.length === 0 ? null : (
        <p>{t('administrator.move.unchecked', { names: unchecked.join(', ') })}</p>
      )}
    </div>
  );
}

function Fields(props: {
  said: Said;
  onChange: (part: Partial<Said>) => void;
  problems: readonly Problem[];
}) {
  return (
    <>
      {FIELDS.map((field) => {
        const Field = field === 'birthDate' ? DateField : TextField;
        return (
          <Field
            key={field}
            name={field}
            label={t(`administrator.profile.${LABELS[field]}`)}
            value={props.said[field]}
            onInput={(text) => props.onChange({ [field]: text })}
            problems={props.problems}
          />
        );
      })}
    </>
  );
}

/** Nobody could be asked: going on without is the administrator's own decision. */
function Blind(props: { error: CallError; before: 'approval' | 'move'; onChosen: () => void }) {
  return (
    <>
      <Failure error={props.error} />
      {props.before === 'approval' ? (
        <p>{t('administrator.decide.blind')}</p>
      ) : (
        <>
          <p>{t('administrator.move.blind.text')}</p>
          <Button kind="quiet" onClick={props.onChosen}>
            {t('administrator.move.blind')}
          </Button>
        </>
      )}
    </>
  );
}
