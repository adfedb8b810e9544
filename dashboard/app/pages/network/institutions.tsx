import type { NodeStatus } from '#node/client';
import { Data, Tag } from '../../design/index.ts';
import { t } from '../../words/translate.ts';
import { standingOf } from './condition.ts';

export function Institutions({ status }: { status: NodeStatus | undefined }) {
  const validators = status?.validators ?? [];
  return (
    <section class="panel" aria-labelledby="institutions-title">
      <h2 id="institutions-title">{t('network.institutions')}</h2>
      <ul id="institutions" class="institutions">
        {validators.map((each) => {
          const isIn = each.self || each.connected;
          return (
            <li key={each.id} class={isIn ? 'is-in' : 'is-out'}>
              <span class="dot" aria-hidden="true" />
              <span class="institution-name">
                <Data>{each.name}</Data> {each.self ? <Tag>{t('network.self')}</Tag> : null}
              </span>
              <span class="reach">{t(isIn ? 'network.reach.in' : 'network.reach.out')}</span>
              <span class="standing">{standingOf(each, status?.height ?? 0)}</span>
            </li>
          );
        })}
      </ul>
      {validators.length === 0 ? (
        <p id="institutions-empty" class="empty">
          {t('network.institutions.empty')}
        </p>
      ) : null}
    </section>
  );
}
