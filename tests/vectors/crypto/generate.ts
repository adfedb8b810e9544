import { mkdir, writeFile } from 'node:fs/promises';
import { nobleBackend } from '#crypto';
import { artefactsOf } from './artefacts.ts';
import { AREAS, buildCases } from './build/all.ts';

/**
 * Writes the frozen vectors anew, the same bytes every time. A change in a case that was there is a change of the
 * format: a new suite, not a refresh.
 */
const write = (path: string, text: string) => writeFile(new URL(path, import.meta.url), `${text}\n`);
for (const [name, artefact] of Object.entries(await artefactsOf(nobleBackend))) {
  await write(`${name}.json`, JSON.stringify(artefact, null, 2));
}
await mkdir(new URL('cases/', import.meta.url), { recursive: true });
let count = 0;
for (const name of AREAS) {
  const cases = await buildCases(name);
  count += cases.length;
  // One case a line: a reader finds a case with grep, and a change shows which one it was.
  const lines = cases.map((one) => JSON.stringify(one));
  await write(`cases/${name}.json`, `[\n${lines.join(',\n')}\n]`);
}
process.stdout.write(`${count} cases\n`);
