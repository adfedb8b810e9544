import { useState } from 'preact/hooks';
import { Agreed, Button, Data, Failure, Table, Time } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';
import { PersonName } from '../parts/person-name.tsx';

type Line = OutputOf<'administrator.recoveries'>[number];

/** Recoveries that run at the institution. */
export function Recoveries({ lines, onDone }: { lines: readonly Line[]; onDone: () => void }) {
  const act = useAction('administrator.recovery-act');
  const [height, setHeight] = useState<number>();
  const said = <Agreed height={height} />;
  if (lines.length === 0) {
    return (
      <>
        {said}
        <p class="soft">{t('administrator.recovery.none')}</p>
      </>
    );
  }
  const run = (what: 'finish' | 'veto', person: string): void =>
    void act.run({ act: what, person }).then((done) => {
      if (done === undefined) return;
      setHeight(done.height);
      onDone();
    });
  return (
    <>
      {said}
      <Table
        caption={t('administrator.recovery.open')}
        isCaptionHidden
        rows={lines}
        keyOf={({ person }) => person}
        columns={[
          {
            id: 'name',
            label: t('administrator.column.name'),
            isHead: true,
            cell: ({ person, name }) => <PersonName name={name} id={person} />,
          },
          {
            id: 'fingerprint',
            label: t('administrator.recovery.fingerprint'),
            cell: ({ fingerprint }) => <Data isCode>{fingerprint}</Data>,
          },
          {
            id: 'from',
            label: t('administrator.recovery.from'),
            cell: ({ finishFromMs }) => <Time atMs={finishFromMs} />,
          },
          {
            id: 'act',
            label: t('administrator.column.action'),
            cell: ({ person, finishFromMs, isStartedByMe }) => (
              <>
                {!isStartedByMe && Date.now() >= finishFromMs ? (
                  <Button kind="secondary" isBusy={act.isRunning} onClick={() => run('finish', person)}>
                    {t('administrator.recovery.finish')}
                  </Button>
                ) : null}
                <Button kind="quiet" isBusy={act.isRunning} onClick={() => run('veto', person)}>
                  {t('administrator.recovery.veto')}
                </Button>
              </>
            ),
          },
        ]}
      />
      {act.error === undefined ? null : <Failure error={act.error} />}
    </>
  );
}
