import type { ComponentType } from 'preact';
import type { PersonRole } from '#consensus/ledger';
import type { Section, WordKey } from '../words/loaders.ts';

export interface PageProps {
  /** What stands for `:name` in the path, decoded. */
  parameters: Record<string, string>;
}

export interface Route {
  /** `/patient/records/:id`; a part with a colon takes anything but a slash. */
  path: string;
  /** Who may open it. `signed-in` is any role. */
  role: PersonRole | 'public' | 'signed-in';
  /** Its section (the part before the first dot) is loaded before the page is shown, unless `section` names a smaller one. */
  title: WordKey;
  section?: Section;
  page: () => Promise<{ Page: ComponentType<PageProps> }>;
  /** Further sections whose words the page uses. */
  words?: readonly Section[];
  /** In the menu of the role, by `order`. */
  navigation?: { label: WordKey; order: number };
}
