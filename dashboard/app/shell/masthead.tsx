import icon from '../icon.svg';
import { Data, Tag } from '../design/index.ts';
import { status } from '../state/network.ts';
import { session } from '../state/session.ts';
import { t } from '../words/translate.ts';
import { LanguageChoice } from './language-choice.tsx';
import { SignOut } from './sign-out.tsx';

/** Who serves this page, who is signed in, and the way out. */
export function Masthead() {
  const node = status.value;
  const now = session.value;
  return (
    <header class="masthead">
      <a class="brand" href="/">
        <img class="mark" src={icon} alt="" width="36" height="36" />
        <span>
          <span class="brand-name">{t('shell.name')}</span>
          {node === undefined ? null : (
            <span class="brand-node">
              <Data>{node.name}</Data>
            </span>
          )}
        </span>
      </a>
      {node?.devnet === true ? <Tag tone="halt">{t('shell.devnet')}</Tag> : null}
      <div class="masthead-end">
        {now.kind === 'signed-in' ? (
          <p class="signed-in">
            <span class="hidden">{t('shell.signed-in-as')} </span>
            <Data>{now.person.name}</Data> <Tag>{t(`shell.role.${now.person.role}`)}</Tag>
          </p>
        ) : null}
        <LanguageChoice />
        {now.kind === 'signed-in' ? <SignOut /> : null}
      </div>
    </header>
  );
}
