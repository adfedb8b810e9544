import { readFileSync } from 'node:fs';
import { fromBase64Url, nobleBackend, toHex } from '#crypto';
import { verifyEmergencyReceipt } from '#node/client';
import { genesisFile } from '../prepare.ts';
import { claim, claimEqual, claimSame } from './step.ts';
import { claimRefused, noted } from './world.ts';
import type { World } from './world.ts';

/** What Maria's emergency card says; the words are her own and go through no node in the clear. */
const CARD = ['allergic to penicillin: anaphylaxis', 'blood group 0 negative', 'has a pacemaker'];

/** Maria has a card for emergencies and lets institutions, three of them together, open it. */
export async function prepareCard(world: World): Promise<void> {
  const maria = world.actor('maria');
  const patient = maria.person;
  await maria.call('shareForEmergency', { patient });
  for (const text of CARD) {
    const note = { patient, category: 'emergency', month: 'all', text, keywords: ['card'] };
    const { records } = await maria.call('uploadNote', note);
    world.notes.marias.push(...records);
  }
}

/**
 * At night, with one institution away: Bob, who has no grant for it, needs Maria's card. Nothing opens on his word alone;
 * it does when somebody of his institution vouches; Maria sees it, and when it is over Bob opens nothing any more.
 */
export async function playNight(world: World, awake: readonly string[]): Promise<string> {
  const [maria, bob] = [world.actor('maria'), world.actor('bob')];
  const patient = maria.person;
  const asked = await bob.call('requestEmergency', { patient, text: 'found unconscious in the street' });
  const { emergency } = asked;
  await claimRefused(bob, 'openEmergency', { emergency }, ['no-access'], 'an emergency on one word alone');
  await claimRefused(
    world.actor('north-admin-1'),
    'countersignEmergency',
    { emergency },
    ['other-institution'],
    'a countersignature from elsewhere',
  );
  await world.actor('east-admin-1').call('countersignEmergency', { emergency });
  const opening = await bob.call('openEmergency', { emergency }, { timeoutMs: 60_000 });
  const card = world.notes.marias.filter(({ category }) => category === 'emergency');
  claimSame(
    opening.opened.map(({ digest }) => digest),
    card.map(({ digest }) => digest),
    'the emergency card that Bob opens, byte for byte',
  );
  const genesis = new Uint8Array(readFileSync(genesisFile(world.dataDir)));
  const [, receipt] = opening.receipts;
  const shown = verifyEmergencyReceipt(nobleBackend, genesis, fromBase64Url(noted(receipt, 'a receipt')));
  claimEqual(toHex(shown.emergency), emergency, 'the emergency of the receipt');
  claimSame(
    shown.nodes.map(
      (node) => world.genesis.institutions.find(({ id }) => toHex(id) === toHex(node))?.name ?? '',
    ),
    awake,
    'institutions that released, by the receipt',
  );
  const [notice] = (await maria.call('emergencyNotices', {})).notices;
  claimEqual(`${notice?.phase} by ${notice?.doctor}`, `open by ${bob.person}`, 'what Maria is told');
  await bob.call('endEmergency', { emergency });
  await claimRefused(bob, 'openEmergency', { emergency }, ['not-enough-conversions'], 'a try after the end');
  const [review] = (await world.actor('north-admin-1').call('emergencyNotices', {})).notices;
  claim(
    review?.duty === 'review',
    'a review due at the institution of the patient',
    review?.duty ?? 'nothing',
  );
  const { moved } = await maria.call('renewEmergency', { patient });
  claimEqual(moved, card.length, 'records of the card in a new generation');
  return `at night ${awake.join(', ')} open ${opening.opened.length} records of the emergency card for Bob in ${opening.ms.toFixed(0)} ms, after a second person vouched; Maria is told, the receipt verifies offline, and afterwards nothing opens`;
}
