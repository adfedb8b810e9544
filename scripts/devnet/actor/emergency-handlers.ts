import { fromHex, toBase64Url, toHex } from '#crypto';
import type { Handlers } from './handlers.ts';
import { openedJson } from './record-handlers.ts';

const LIFETIME_MS = 3_600_000;

/** Break the glass: opting in, asking, vouching, opening, being told. */
export const emergencyHandlers: Pick<
  Handlers,
  | 'shareForEmergency'
  | 'requestEmergency'
  | 'countersignEmergency'
  | 'openEmergency'
  | 'endEmergency'
  | 'emergencyNotices'
  | 'renewEmergency'
> = {
  async shareForEmergency(session, { patient }) {
    const { height } = await session.client().emergencies.optIn({ patient: fromHex(patient) });
    return { height };
  },
  async requestEmergency(session, { patient, text }) {
    const init = { patient: fromHex(patient), reason: 'ETREAT', text, lifetimeMs: LIFETIME_MS } as const;
    const { emergency, height } = await session.client().emergencies.request(init);
    return { emergency: toHex(emergency), height };
  },
  async countersignEmergency(session, { emergency }) {
    const { height } = await session.client().emergencies.countersign(fromHex(emergency));
    return { height };
  },
  async openEmergency(session, { emergency }) {
    const begun = performance.now();
    const { records, receipts } = await session.client().emergencies.open(fromHex(emergency));
    return {
      opened: records.map(openedJson),
      receipts: receipts.map((receipt) => toBase64Url(receipt)),
      ms: performance.now() - begun,
    };
  },
  async endEmergency(session, { emergency }) {
    const { height } = await session.client().emergencies.end(fromHex(emergency));
    return { height };
  },
  async emergencyNotices(session) {
    const notices = await session.client().emergencies.notices();
    return {
      notices: notices.map(({ duty, emergency: { id, phase, doctor } }) => ({
        emergency: toHex(id),
        phase,
        duty,
        doctor: toHex(doctor),
      })),
    };
  },
  async renewEmergency(session, { patient }) {
    const { moved } = await session.client().emergencies.renew({ patient: fromHex(patient) });
    return { moved };
  },
};
