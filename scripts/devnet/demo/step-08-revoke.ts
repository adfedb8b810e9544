import { claim, claimEqual, claimSame } from './step.ts';
import type { DemoStep } from './step.ts';
import { GRANTED_CATEGORY, GRANTED_MONTH, THRESHOLD } from './step-05-grant.ts';
import { claimRefused, noted } from './world.ts';

/** From the block of the revocation on every single proxy refuses, even what was requested before. */
export const revokeStep: DemoStep = {
  number: 8,
  title: 'after revocation every proxy refuses, and new records are in a new generation',
  needs: [6],
  async run(world) {
    const [maria, bob, gateway] = [world.actor('maria'), world.actor('bob'), world.actor('gateway')];
    const grant = noted(world.notes.grant, 'the grant');
    const [record] = world.notes.opened;
    const records = [noted(record, 'a record that Bob opened')];
    // Two requests are committed before: one shows that they do work, the other is kept for afterwards.
    const used = await bob.call('bankAccess', { grant, records });
    const banked = await bob.call('bankAccess', { grant, records });
    world.notes.accesses.push(used.access, banked.access);
    const works = await bob.call('convert', { access: used.access });
    claim(
      works.answers.length >= THRESHOLD,
      'proxies that convert before the revocation',
      works.answers.length,
    );

    const { height } = await maria.call('revoke', { grant });
    world.notes.revokedHeight = height;
    const after = await bob.call('convert', { access: banked.access });
    claimEqual(after.answers.length, 0, 'proxies that convert a banked request after the revocation');
    claimSame(
      after.refusals.map(({ node }) => node),
      world.nodeNames,
      'proxies that refuse',
    );
    for (const { node, code } of after.refusals) claimEqual(code, 'grant-revoked', `reason of ${node}`);
    await claimRefused(bob, 'bankAccess', { grant, records }, ['grant-revoked'], 'a new access request');

    const kept = await bob.call('searchShared', { grant, keywords: '*' });
    const newer = await gateway.call('uploadNote', {
      patient: maria.person,
      category: GRANTED_CATEGORY,
      month: GRANTED_MONTH,
      text: 'after the revocation',
      keywords: ['*', 'later'],
    });
    world.notes.marias.push(...newer.records);
    const seen = await bob.call('searchShared', { grant, keywords: '*' });
    claimSame(
      seen.hits.map((hit) => hit.record),
      kept.hits.map((hit) => hit.record),
      'what Bob can list',
    );
    const own = await maria.call('search', {
      patient: maria.person,
      categories: [GRANTED_CATEGORY],
      months: [GRANTED_MONTH],
      keywords: 'later',
    });
    claimSame(
      own.hits.map((hit) => hit.record),
      newer.records.map((one) => one.record),
      'what Maria finds',
    );
    const generation = own.hits[0]?.generation ?? 0;
    claim(generation >= 1, 'a new generation', generation);
    return `revoked in block ${height}; a request committed before it is refused by ${after.refusals
      .map((one) => one.node)
      .toSorted()
      .join(
        ', ',
      )}, a new one by the ledger; what was written since is in generation ${generation}, which Bob cannot even list`;
  },
};
