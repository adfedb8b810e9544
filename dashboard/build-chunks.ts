import { relative } from 'node:path';
import type { Plugin } from 'vite';

/** One script of the built app: what it was made of and what it brings along. Names as under `dist/`. */
export interface Chunk {
  /** Sources in it, relative to the repository, packages as `node_modules/...`. */
  modules: string[];
  /** The source that it is loaded for, when it is the door to one. */
  entry: string | null;
  /** Scripts that a browser fetches before the first line of this one runs. */
  imports: string[];
  /** Scripts that it may fetch later. */
  dynamicImports: string[];
  styles: string[];
}

/** By name of the script. The page and the worker are bundled apart; both are in here. */
export type Chunks = Record<string, Chunk>;

const PACKAGES = '/node_modules/';

function nameOf(root: string, id: string): string {
  const at = id.lastIndexOf(PACKAGES);
  return at < 0 ? relative(root, id) : id.slice(at + 1);
}

/** Notes for every script what is in it: the budget of what a browser loads is counted by this. */
export function noteChunks(root: string, chunks: Chunks): Plugin {
  return {
    name: 'phr-note-chunks',
    // After the bundler has taken out the scripts that held nothing but a style.
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const [name, output] of Object.entries(bundle)) {
        if (output.type !== 'chunk') continue;
        const modules = Object.keys(output.modules).map((id) => nameOf(root, id));
        chunks[name] = {
          modules: modules.filter((id) => !id.startsWith('\0') && !id.includes('\0')).toSorted(),
          entry: output.facadeModuleId === null ? null : nameOf(root, output.facadeModuleId),
          imports: output.imports.toSorted(),
          dynamicImports: output.dynamicImports.toSorted(),
          styles: [...(output.viteMetadata?.importedCss ?? [])].toSorted(),
        };
      }
    },
  };
}
