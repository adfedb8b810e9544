import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { genesisFile } from '../prepare.ts';
import { verifyOffline } from './offline.ts';
import { claim, claimEqual, claimSame } from './step.ts';
import type { DemoStep } from './step.ts';
import { noted } from './world.ts';

/** How many single-bit forgeries of the export are tried. */
const FORGERIES = 6;

/** Who saw what, when, under which grant; and the proof of it without any node. */
export const auditStep: DemoStep = {
  number: 9,
  title: 'the patient sees who saw what, and the list verifies offline',
  needs: [6, 8],
  async run(world) {
    const [maria, bob, alice] = [world.actor('maria'), world.actor('bob'), world.actor('alice')];
    const grant = noted(world.notes.grant, 'the grant');
    const seen = await maria.call('whoHasSeen', { patient: maria.person });
    const bobs = seen.lines.filter(({ kind, actor }) => kind === 'access.request' && actor === bob.person);
    claimSame(
      bobs.map(({ transaction }) => transaction),
      world.notes.accesses,
      "Bob's accesses, the forced ones included",
    );
    claim(
      bobs.every((line) => line.grant === grant && line.records.length > 0),
      'grant and records in each line',
      'a line without',
    );
    const named = new Set(bobs.flatMap(({ records }) => records));
    claimEqual(
      world.notes.opened.filter((record) => !named.has(record)).length,
      0,
      'opened records that no line names',
    );
    const kinds = (kind: string, actor: string) =>
      seen.lines.filter((line) => line.kind === kind && line.actor === actor).length;
    claimEqual(kinds('grant.create', alice.person), 1, 'grants by Alice');
    claimEqual(kinds('grant.revoke', maria.person), 1, 'revocations by Maria');
    claim(kinds('access.report', alice.person) > 0, "reports of Alice's openings", 0);

    const file = join(world.peopleDir, 'audit.export');
    const { bytes } = await maria.call('exportAudit', { patient: maria.person, file });
    const forged = forgeriesOf(file);
    const answer = await verifyOffline({
      genesis: genesisFile(world.dataDir),
      exports: [file, ...forged],
      probeUrl: world.plan.nodes[0]?.apiUrl ?? '',
    });
    claim(!answer.reachedNetwork, 'a verifier that reaches no network', 'it reached a node');
    const [verified, ...refused] = answer.verdicts;
    claim(
      verified?.ok === true,
      'an export that verifies',
      verified?.ok === false ? verified.reason : 'no verdict',
    );
    claimSame(
      verified.transactions,
      seen.lines.map(({ transaction }) => transaction),
      'verified lines',
    );
    claimEqual(refused.filter(({ ok }) => !ok).length, FORGERIES, 'forged exports refused');
    return `${seen.lines.length} lines up to block ${seen.height}: ${bobs.length} accesses by Bob naming ${named.size} records under one grant, ${kinds('access.report', alice.person)} reports by Alice; export of ${bytes} bytes verifies in a process ${answer.isolation}; ${FORGERIES} forgeries are refused`;
  },
};

/** Copies of the export with one flipped bit each, spread over its length. */
function forgeriesOf(file: string): string[] {
  const original = readFileSync(file);
  return Array.from({ length: FORGERIES }, (_, which) => {
    const forged = Buffer.from(original);
    const at = Math.floor(((which + 0.5) / FORGERIES) * forged.length);
    forged[at] = (forged[at] ?? 0) ^ 1;
    writeFileSync(`${file}.forged-${which}`, forged);
    return `${file}.forged-${which}`;
  });
}
