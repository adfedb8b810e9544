import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { DashboardError } from './options.ts';

export const ASSETS_PREFIX = '/assets/';

export interface Asset {
  type: string;
  bytes: Uint8Array;
}

/** What the node serves to a browser besides the API. */
export interface Assets {
  /** By path, hash in the name: `/assets/main.0123456789abcdef.js`. */
  files: ReadonlyMap<string, Asset>;
  page: Asset;
  notFoundPage: Asset;
}

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/**
 * Reads the app once, at start: TypeScript becomes JavaScript by leaving the types out, imports are pointed at the
 * hashed names, and every file is named by its content (SHA-256, 16 hex digits).
 *
 * @param directory file URL of the app, with a slash at the end
 * @throws DashboardError `assets-invalid` when the app imports anything outside itself
 */
export function loadAssets(directory: URL = new URL('./app/', import.meta.url)): Assets {
  const read = (file: string): string => readFileSync(new URL(file, directory), 'utf8');
  const files = new Map<string, Asset>();
  const add = (file: string, type: string, text: string): string => {
    const bytes = Buffer.from(text);
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const path = `${ASSETS_PREFIX}${file.replace(/(\.[a-z]+)$/, `.${digest}$1`)}`;
    files.set(path, { type, bytes });
    return path;
  };
  const script = addModules('main.ts', read, (file, text) => add(file.replace(/\.ts$/, '.js'), SCRIPT, text));
  const style = add('style.css', 'text/css; charset=utf-8', read('style.css'));
  const icon = add('icon.svg', 'image/svg+xml', read('icon.svg'));
  const page = (file: string): Asset => ({
    type: HTML,
    bytes: Buffer.from(fill(read(file), { script, style, icon })),
  });
  return { files, page: page('index.html'), notFoundPage: page('not-found.html') };
}

/** Adds a module after all that it imports, so that its text, and with it its hash, is final. */
function addModules(
  entry: string,
  read: (file: string) => string,
  add: (file: string, text: string) => string,
): string {
  const added = new Map<string, string>();
  const visit = (file: string, importers: readonly string[]): string => {
    const known = added.get(file);
    if (known !== undefined) return known;
    if (importers.includes(file))
      throw new DashboardError('assets-invalid', `The app imports ${file} in a circle.`);
    const text = withoutTypes(read(file)).replaceAll(
      /^((?:import|export)\b[^'"();]*\bfrom\s*|import\s*)'([^']+)';/gm,
      (_, head: string, target: string) => {
        if (!/^\.\/[a-z-]+\.ts$/.test(target)) {
          throw new DashboardError(
            'assets-invalid',
            `The app may import its own modules only, not ${target}.`,
          );
        }
        return `${head}'${visit(target.slice(2), [...importers, file])}';`;
      },
    );
    const path = add(file, text);
    added.set(file, path);
    return path;
  };
  return visit(entry, []);
}

function fill(template: string, values: Record<string, string>): string {
  return template.replaceAll(/\{\{([a-z]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new DashboardError('assets-invalid', `A page asks for ${name}.`);
    return value;
  });
}

/**
 * JavaScript of TypeScript. Node calls the function experimental and says so once per process, on a terminal where
 * a person reads it: that one warning is kept back, every other goes through.
 */
function withoutTypes(source: string): string {
  const emitWarning = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]): void => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (text.startsWith('stripTypeScriptTypes is an experimental feature')) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
