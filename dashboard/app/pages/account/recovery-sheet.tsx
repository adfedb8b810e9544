import { useState } from 'preact/hooks';
import { Button, CheckboxesField, CopyCode, Heading, Notice, QrCode } from '../../design/index.ts';
import type { Problem } from '../../design/index.ts';
import { t } from '../../words/translate.ts';
import './recovery-sheet.css';

/** The recovery code, shown once, to be printed or written down. The words are those of `public`. */
export function RecoverySheet(props: {
  code: string;
  /** The number of the account, hex. */
  person: string;
  onDone: () => void;
  doneLabel?: string;
}) {
  const [ticked, setTicked] = useState<readonly 'kept'[]>([]);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const go = (): void => {
    if (ticked.includes('kept')) props.onDone();
    else setProblems([{ field: 'kept', text: t('public.sheet.tick') }]);
  };
  return (
    <>
      <section class="recovery-sheet" aria-labelledby="sheet-title">
        <Heading id="sheet-title">{t('public.sheet.title')}</Heading>
        <p>{t('public.sheet.text')}</p>
        <div class="recovery-columns">
          <div>
            <p id="recovery-code" class="recovery-code" translate={false} dir="ltr">
              {props.code.split('-').map((group, i) => (
                <span key={i}>{group}</span>
              ))}
            </p>
            <p class="soft">{t('public.sheet.number')}</p>
            <p class="recovery-number" translate={false} dir="ltr">
              {props.person.match(/.{8}/g)?.map((group) => (
                <span key={group}>{group}</span>
              ))}
            </p>
          </div>
          <QrCode text={props.code} />
        </div>
      </section>
      <Notice tone="wait">
        <p>{t('public.sheet.warning')}</p>
      </Notice>
      <div class="actions no-print">
        <Button kind="secondary" onClick={() => window.print()}>
          {t('design.print')}
        </Button>
        <CopyCode code={props.code} label={t('public.sheet.title')} />
      </div>
      <div class="no-print">
        <CheckboxesField
          name="kept"
          label={t('public.sheet.sure')}
          values={ticked}
          onChange={setTicked}
          choices={[{ value: 'kept', label: t('public.sheet.kept') }]}
          problems={problems}
        />
        <Button onClick={go}>{props.doneLabel ?? t('design.continue')}</Button>
      </div>
    </>
  );
}
