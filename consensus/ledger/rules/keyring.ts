import { equalBytes, toHex } from '#crypto';
import type { KeyringBody } from '../body.ts';
import { ENTRY } from '../entry.ts';
import { readKitSerial, readPerson } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import type { KeyringPlace } from '../state-keys.ts';
import {
  allDistinct,
  isPatientOrCustodian,
  require,
  requirePatient,
  requirePatientOrCustodian,
} from './rule.ts';
import type { Rule, Run } from './rule.ts';

/**
 * Sealed keys (SCHEME 7) for the patient, custodians and devices. Whom they go to is checked here; what is in them
 * only the recipients see. An entry replaces the one in its place, and places go by who seals: nobody writes over what a
 * recipient sealed to himself, and no custodian over what the patient sealed.
 */
export const updateKeyring: Rule<'keyring.update'> = (run, { body }) => {
  const { state, sender, context } = run;
  requirePatient(run, body.patient);
  requirePatientOrCustodian(run, body.patient);
  const recipients = body.entries.map(({ recipient }) => recipient);
  require(allDistinct(recipients), 'duplicate', { field: 'recipient' });
  for (const recipient of recipients) {
    require(mayHoldKeys(run, body.patient, recipient), 'recipient-not-allowed', {
      recipient: toHex(recipient),
    });
  }
  renewKits(run, body);
  for (const { recipient, box } of body.entries) {
    const place = placeOf(sender.id, body.patient, recipient);
    state.put(
      stateKeys.keyring(body.patient, recipient, place),
      ENTRY.keyring.encode({ box, by: sender.id, kitSerial: body.kitSerial ?? null, height: context.height }),
    );
  }
  return { patient: body.patient, persons: recipients, audit: {} };
};

function placeOf(sender: Uint8Array, patient: Uint8Array, recipient: Uint8Array): KeyringPlace {
  if (equalBytes(sender, recipient)) return 'own';
  return equalBytes(sender, patient) ? 'patient' : 'custodian';
}

/** The serial stays, or goes up by one: nobody can use the numbers up. */
function renewKits({ state, context }: Run, { patient, kitSerial }: KeyringBody): void {
  if (kitSerial === undefined) return;
  const current = readKitSerial(state.get, patient);
  require(kitSerial === current || kitSerial === current + 1, 'kit-serial-wrong', {
    current,
    given: kitSerial,
  });
  if (kitSerial === current) return;
  state.put(stateKeys.kits(patient), ENTRY.kits.encode({ serial: kitSerial }));
  state.put(stateKeys.kitSince(patient, kitSerial), ENTRY.height.encode({ height: context.height }));
}

function mayHoldKeys(run: Run, patient: Uint8Array, recipient: Uint8Array): boolean {
  const holder = readPerson(run.state.get, recipient);
  if (holder?.status !== 'active') return false;
  if (holder.role !== 'device') return isPatientOrCustodian(run, patient, recipient);
  return holder.owner !== null && equalBytes(holder.owner, patient);
}
