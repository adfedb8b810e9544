import { equalBytes, personIdOf, toHex } from '#crypto';
import { ENTRY } from '../entry.ts';
import { readPerson } from '../readers.ts';
import { stateKeys } from '../state-keys.ts';
import { putPerson } from './person.ts';
import { append, refuse, require } from './rule.ts';
import type { Rule } from './rule.ts';

/** A patient's device is a sender of its own: it may anchor for that patient and nothing else. Its nonces start at 0. */
export const enrolDevice: Rule<'device.enrol'> = ({ state, sender, context }, { body }) => {
  const id = personIdOf(body.keys);
  require(readPerson(state.get, id) === undefined, 'already-registered');
  putPerson(state, {
    id,
    role: 'device',
    home: sender.home,
    keys: body.keys,
    profile: null,
    owner: sender.id,
    status: 'active',
    approvals: [],
    registeredHeight: context.height,
    decidedHeight: context.height,
    reason: null,
    pendingPosition: null,
  });
  state.put(stateKeys.nonce(id), ENTRY.count.encode({ count: 0 }));
  append(state, 'devices-of', sender.id, id);
  return { patient: sender.id, persons: [id], audit: { subject: id } };
};

/** For good: a device that is found again is enrolled with new keys. */
export const revokeDevice: Rule<'device.revoke'> = ({ state, sender, context }, { body }) => {
  const device = readPerson(state.get, body.device);
  if (device === undefined || device.role !== 'device')
    refuse('device-unknown', { device: toHex(body.device) });
  require(device.owner !== null && equalBytes(device.owner, sender.id), 'other-patient');
  require(device.status === 'active', 'wrong-status', { status: device.status });
  putPerson(state, { ...device, status: 'revoked', decidedHeight: context.height });
  return { patient: sender.id, persons: [device.id], audit: { subject: device.id } };
};
