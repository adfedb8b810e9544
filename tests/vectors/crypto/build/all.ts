import type { VectorCase } from '../operations/run.ts';
import { accountCases } from './accounts.ts';
import { conversionCases, grantCases } from './grants.ts';
import { compartmentCases, keyCases, keystoreCases, searchCases } from './identities.ts';
import { identityCases } from './oprf.ts';
import { boxCases, encodingCases, groupCases, signatureCases } from './primitives.ts';
import { bodyCases, headerCases, openCases, sealCases } from './records.ts';
import { resharingCases } from './resharings.ts';
import { sharingCases } from './sharings.ts';

/** Every case, by the name of its file in `cases/`. */
export async function buildCases(): Promise<ReadonlyMap<string, readonly VectorCase[]>> {
  const lists = {
    encoding: encodingCases(),
    group: groupCases(),
    signature: signatureCases(),
    keys: keyCases(),
    box: boxCases(),
    compartment: compartmentCases(),
    search: searchCases(),
    keystore: keystoreCases(),
    account: accountCases(),
    record: sealCases(),
    header: await headerCases(),
    open: await openCases(),
    body: await bodyCases(),
    grant: grantCases(),
    conversion: conversionCases(),
    sharing: sharingCases(),
    resharing: resharingCases(),
    identity: identityCases(),
  };
  const built = new Map<string, readonly VectorCase[]>();
  for (const [name, list] of Object.entries(lists)) built.set(name, await list.freeze());
  return built;
}
