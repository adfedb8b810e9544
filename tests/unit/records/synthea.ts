import { readFileSync } from 'node:fs';
import { parseBundle } from '#node/records';
import type { BundleEntry } from '#node/records';

const folder = new URL('../../fixtures/fhir/', import.meta.url);

/** The two synthetic patients, see tests/fixtures/fhir/NOTICE. */
export const BUNDLES = [
  {
    name: 'Luna',
    entries: 223,
    url: new URL('Luna60_McCullough561_6662f0ca-b617-4e02-8f55-7275e9f49aa0.json', folder),
  },
  {
    name: 'Johnnie',
    entries: 237,
    url: new URL('Johnnie679_Hermiston71_2cd30bd6-3a87-4191-af90-6daa70f58f55.json', folder),
  },
] as const;

export const entriesOf = (url: URL): BundleEntry[] => parseBundle(readFileSync(url)).entries;
