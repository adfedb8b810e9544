import { fromBase64Url, fromHex, toBase64Url, toHex } from '#crypto';
import type { PublicKeys } from '#crypto';
import { deviceAnswer } from '#node/client';
import type { Handlers } from './handlers.ts';
import type { PublicKeysJson } from './commands.ts';
import { publicKeysJson } from './session.ts';

/** Registration, decisions, assignment, devices. */
export const peopleHandlers: Pick<
  Handlers,
  | 'register'
  | 'answerPatient'
  | 'myself'
  | 'statusOf'
  | 'waiting'
  | 'approve'
  | 'refuse'
  | 'assign'
  | 'acceptAssignment'
  | 'fetchKeys'
  | 'enrolDevice'
> = {
  async register(session, { role, home }) {
    const { person, height } = await session.client().people.register({ role, home: fromHex(home) });
    return { height, status: person.status };
  },
  async answerPatient(session, { patient }) {
    const { backend, chainId } = session.client();
    const { signature } = deviceAnswer(backend, { chainId, patient: fromHex(patient) }, session.keys);
    return await Promise.resolve({ keys: publicKeysJson(session.keys), signature: toBase64Url(signature) });
  },
  async myself(session) {
    return { status: (await session.client().people.myself())?.status ?? 'unknown' };
  },
  async statusOf(session, { person }) {
    return { status: (await session.client().people.find(fromHex(person)))?.status ?? 'unknown' };
  },
  async waiting(session, { home }) {
    const people = await session.client().people.waiting(fromHex(home));
    return { people: people.map(({ id }) => toHex(id)) };
  },
  async approve(session, { person }) {
    const { height, remaining } = await session.client().people.approve(fromHex(person));
    return { height, remaining };
  },
  async refuse(session, { person, reason }) {
    const { height } = await session.client().people.refuse(fromHex(person), reason);
    return { height };
  },
  async assign(session, { patient, doctor }) {
    const { height } = await session.client().care.assign(fromHex(patient), fromHex(doctor));
    return { height };
  },
  async acceptAssignment(session, { doctor }) {
    const { height } = await session.client().care.acceptAssignment(fromHex(doctor));
    return { height };
  },
  async fetchKeys(session, { patient }) {
    const { categories, kits } = await session.client().care.fetchKeys(fromHex(patient));
    return { categories: categories.length, kits };
  },
  async enrolDevice(session, { keys, signature, categories, months }) {
    const { device, height } = await session.client().care.enrolDevice({
      keys: publicKeysOf(keys),
      signature: fromBase64Url(signature),
      categories,
      months,
    });
    return { device: toHex(device), height };
  },
};

export function publicKeysOf(json: PublicKeysJson): PublicKeys {
  return {
    sign: fromBase64Url(json.sign),
    seal: fromBase64Url(json.seal),
    delegate: fromBase64Url(json.delegate),
    possession: fromBase64Url(json.possession),
  };
}
