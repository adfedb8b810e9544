import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * What should come out, found without any code of ours: plain JSON.parse and plain conditions, and hashes of the
 * stretches of the file itself.
 */
interface BundleEntry {
  resource: Record<string, unknown> & { resourceType: string };
}

/** SHA-256 of every entry's resource as it stands in the file. */
export function digestsOfBundle(file: string): string[] {
  return entriesWithBytes(file).map(({ digest }) => digest);
}

/** Digests of Observations with a LOINC code. */
export function digestsOfLoinc(file: string, code: string): string[] {
  return entriesWithBytes(file)
    .filter(
      ({ resource }) =>
        resource.resourceType === 'Observation' &&
        JSON.stringify(resource['code']).includes(`"code":"${code}"`),
    )
    .map(({ digest }) => digest);
}

/** Splits the text at the two-space indentation that Synthea's exporter writes, and checks it against JSON.parse. */
function entriesWithBytes(file: string): { digest: string; resource: BundleEntry['resource'] }[] {
  const text = readFileSync(file, 'utf8');
  const entries = (JSON.parse(text) as { entry: BundleEntry[] }).entry;
  let from = text.indexOf('"entry"');
  return entries.map(({ resource }) => {
    const start = text.indexOf('{', text.indexOf('"resource"', from) + '"resource"'.length);
    const end = endOfObject(text, start);
    from = end;
    const slice = text.slice(start, end);
    if (JSON.stringify(JSON.parse(slice)) !== JSON.stringify(resource))
      throw new Error(`${file}: an entry was not found in the text`);
    return { digest: createHash('sha256').update(slice, 'utf8').digest('hex'), resource };
  });
}

/** Index after the bracket that closes the object which opens at `start`. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  throw new Error('an object does not end');
}
