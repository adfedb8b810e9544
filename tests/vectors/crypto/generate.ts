import { writeFile } from 'node:fs/promises';
import { nobleBackend } from '#crypto';
import { artefactsOf } from './artefacts.ts';

/** Writes the frozen vectors anew. A change in them is a change of the format: a new suite, not a refresh. */
for (const [name, artefact] of Object.entries(await artefactsOf(nobleBackend))) {
  await writeFile(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(artefact, null, 2)}\n`);
}
