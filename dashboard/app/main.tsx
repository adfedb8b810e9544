import './design/tokens.css';
import './design/base.css';
import './design/forms.css';
import './design/parts.css';
import './shell/shell.css';
import { render } from 'preact';
import { keepApp } from './offline/register.ts';
import { followLinks } from './router/location.ts';
import { Shell } from './shell/shell.tsx';
import { chooseLanguage, startLanguage } from './words/translate.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the app');
followLinks(document.documentElement);
await chooseLanguage(startLanguage());
root.replaceChildren();
render(<Shell />, root);
keepApp();
