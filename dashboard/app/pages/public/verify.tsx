import { useState } from 'preact/hooks';
import {
  Data,
  Failure,
  FileField,
  Loading,
  Notice,
  Page as Frame,
  Summary,
  Time,
} from '../../design/index.ts';
import type { SummaryRow } from '../../design/index.ts';
import { useAction } from '../../state/use-action.ts';
import type { OutputOf } from '../../worker/calls.ts';
import { t } from '../../words/translate.ts';

type Proven = OutputOf<'account.verify-proof'>;

/** Checks a receipt, an audit or evidence in this browser; the file goes nowhere. */
export function Page() {
  const [proven, setProven] = useState<{ name: string; proven: Proven }>();
  const verify = useAction('account.verify-proof');
  const choose = async ([file]: File[]): Promise<void> => {
    setProven(undefined);
    if (file === undefined) return;
    const found = await verify.run({ file });
    if (found !== undefined) setProven({ name: file.name, proven: found });
  };
  return (
    <Frame title={t('public.verify.title')} lead={t('public.verify.lead')}>
      <FileField
        name="proof"
        label={t('public.verify.file')}
        hint={t('public.verify.file.hint')}
        onChoose={(files) => void choose(files)}
      />
      {verify.isRunning ? <Loading what={t('public.verify.working')} /> : null}
      {verify.error === undefined ? null : (
        <>
          <Notice tone="halt" title={t('public.verify.not')} />
          <Failure error={verify.error} />
        </>
      )}
      {proven === undefined ? null : (
        <Notice tone="good" title={t('public.verify.holds', { name: proven.name })}>
          <p>{t(`public.verify.${proven.proven.kind}`)}</p>
          <Summary rows={rowsOf(proven.proven)} />
        </Notice>
      )}
      <p class="soft">{t('public.verify.trust')}</p>
    </Frame>
  );
}

function rowsOf(proven: Proven): SummaryRow[] {
  const code = (text: string) => <Data isCode>{text}</Data>;
  const block = { label: t('public.verify.block'), value: proven.height };
  switch (proven.kind) {
    case 'receipt':
    case 'emergency':
      return [
        block,
        { label: t('public.verify.time'), value: <Time atMs={proven.timeMs} withSeconds /> },
        { label: t('public.verify.delegate'), value: code(proven.delegate) },
        { label: t('public.verify.patient'), value: code(proven.patient) },
        { label: t('public.verify.records'), value: proven.records.length },
        { label: t('public.verify.nodes'), value: <Data>{proven.nodes.join(', ')}</Data> },
        { label: t('public.verify.access'), value: code(proven.access) },
      ];
    case 'audit':
      return [
        block,
        { label: t('public.verify.time'), value: <Time atMs={proven.timeMs} withSeconds /> },
        { label: t('public.verify.patient'), value: code(proven.patient) },
        { label: t('public.verify.lines'), value: proven.lines },
      ];
    case 'false-conversion':
      return [
        block,
        { label: t('public.verify.node'), value: <Data>{proven.node}</Data> },
        { label: t('public.verify.access'), value: code(proven.access) },
      ];
    case 'two-certificates':
      return [
        block,
        { label: t('public.verify.nodes'), value: <Data>{proven.nodes.join(', ')}</Data> },
        { label: t('public.verify.blocks'), value: code(proven.blocks.join(' ')) },
      ];
  }
}
