import type { VectorCase } from '../operations/run.ts';
import { accountCases } from './accounts.ts';
import type { CaseList } from './case-list.ts';
import { addConversionEdges, addGrantEdges } from './grant-edges.ts';
import { conversionCases, grantCases } from './grants.ts';
import { compartmentCases, keyCases, keystoreCases, searchCases } from './identities.ts';
import { identityCases } from './oprf.ts';
import { boxCases, encodingCases, groupCases, signatureCases } from './primitives.ts';
import { addBodyEdges, addHeaderEdges, addOpenEdges, addSealEdges } from './record-edges.ts';
import { bodyCases, headerCases, openCases, sealCases } from './records.ts';
import { addResharingEdges } from './resharing-edges.ts';
import { resharingCases } from './resharings.ts';
import { addReleaseEdges } from './release-edges.ts';
import { addSharingEdges } from './sharing-edges.ts';
import { sharingCases } from './sharings.ts';

async function withEdges(list: CaseList, add: (list: CaseList) => void | Promise<void>): Promise<CaseList> {
  await add(list);
  return list;
}

function addEmergencyEdges(list: CaseList): void {
  addSharingEdges(list);
  addReleaseEdges(list);
}

const LISTS: Readonly<Record<string, () => CaseList | Promise<CaseList>>> = {
  encoding: encodingCases,
  group: groupCases,
  signature: signatureCases,
  keys: keyCases,
  box: boxCases,
  compartment: compartmentCases,
  search: searchCases,
  keystore: keystoreCases,
  account: accountCases,
  record: () => withEdges(sealCases(), addSealEdges),
  header: async () => withEdges(await headerCases(), addHeaderEdges),
  open: async () => withEdges(await openCases(), addOpenEdges),
  body: () => withEdges(bodyCases(), addBodyEdges),
  grant: () => withEdges(grantCases(), addGrantEdges),
  conversion: () => conversionCases(addConversionEdges),
  sharing: () => withEdges(sharingCases(), addEmergencyEdges),
  resharing: () => withEdges(resharingCases(), addResharingEdges),
  identity: identityCases,
};

/** The names of the files in `cases/`. */
export const AREAS: readonly string[] = Object.keys(LISTS);

/** Every case of one file. */
export async function buildCases(area: string): Promise<readonly VectorCase[]> {
  const list = await LISTS[area]?.();
  if (list === undefined) throw new TypeError(`no area ${area}`);
  return await list.freeze();
}
