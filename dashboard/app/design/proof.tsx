import { t } from '../words/translate.ts';
import { Notice } from './notice.tsx';

/** That an answer is whole, and who vouches for it. */
export function ProofLine({ height, signers, total }: { height: number; signers: number; total: number }) {
  return (
    <p class="proof-line">
      <span class="tick" aria-hidden="true" />
      {t('design.proof', { height, signers, total })}
    </p>
  );
}

/** How far a change has come, without pretending more. */
export function CommitLine({
  isSaved,
  height,
  stored,
  total,
}: {
  isSaved?: boolean;
  height?: number | undefined;
  /** Null: it was there before, and nobody has counted now. */
  stored?: number | null | undefined;
  total?: number;
}) {
  return (
    <ol class="commit-line">
      {isSaved === false ? null : <li class="is-done">{t('design.commit.saved')}</li>}
      <li class={height === undefined ? undefined : 'is-done'}>
        {height === undefined ? t('design.commit.waiting') : t('design.commit.agreed', { height })}
      </li>
      {stored == null || total === undefined ? null : (
        <li class="is-done">{t('design.commit.stored', { stored, total })}</li>
      )}
    </ol>
  );
}

/** That something was agreed, and in which block; nothing as long as it was not. Said aloud when it comes. */
export function Agreed({ height }: { height: number | undefined }) {
  return (
    <div role="status">
      {height === undefined ? null : (
        <Notice tone="good">
          <CommitLine isSaved={false} height={height} />
        </Notice>
      )}
    </div>
  );
}
