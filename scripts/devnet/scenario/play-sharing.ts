import { toHex } from '#crypto';
import { ClientError } from '#node/client';
import { consentRecord } from '#node/records';
import { sharingHandlers } from '../actor/sharing-handlers.ts';
import type { Stage } from './play-clinic.ts';
import type { PlannedGrant } from './clinic-plan.ts';

const DAY_MS = 24 * 3_600_000;

/** Grants under conditions, answers to requests among them; delegates open some of it, and one grant is taken back. */
export async function playGrants(stage: Stage): Promise<void> {
  const { plan, tell } = stage;
  const opened = await Promise.all(plan.grants.map((grant) => playGrant(stage, grant)));
  const accesses = opened.reduce((sum, count) => sum + count, 0);
  const revoked = plan.grants.filter((grant) => grant.revoked).length;
  tell(
    `${plan.grants.length} grants under conditions, ${revoked} taken back; delegates have opened ${accesses} records`,
  );
}

async function playGrant(stage: Stage, planned: PlannedGrant): Promise<number> {
  const { cast, plan, signal } = stage;
  const [patient, delegate] = [cast.id(planned.patient), cast.id(planned.delegate)];
  const issuer = cast.client(planned.issuer);
  let answering = {};
  if (planned.message !== null) {
    const asked = { patient, to: cast.id(planned.issuer), message: planned.message };
    const { request, height } = await cast.client(planned.delegate).sharing.requestAccess(asked, { signal });
    await cast.reaches(planned.issuer, height, signal);
    answering = { request };
  }
  const { categories, months, purpose, days, opens } = planned;
  // Counted from the day of the plan, so that two people who look see the same date.
  const expiresAtMs = plan.endMs + days * DAY_MS;
  const terms = { patient, delegate, categories, months, purpose, expiresAtMs, ...answering };
  const { grant, height } = await issuer.sharing.grant(terms, { signal });
  // As the page does, so that the lists of shares have the words of it.
  const ids = { grant: toHex(grant), patient: toHex(patient), delegate: toHex(delegate) };
  const facts = { ...ids, categories, months, purpose, createdMs: plan.endMs, expiresAtMs, isRevoked: false };
  await issuer.records.upload({ patient, records: [consentRecord(facts, plan.endMs)] }, { signal });
  await cast.reaches(planned.delegate, height, signal);
  if (opens > 0) {
    const reader = cast.client(planned.delegate);
    const { hits } = await reader.sharing.search({ grant, keywords: '*', limit: opens }, { signal });
    await reader.sharing.openShared({ grant, hits: hits.slice(0, opens) }, { signal });
  }
  if (planned.revoked) await tryTooLate(stage, planned, grant);
  return opens;
}

/**
 * Takes a grant back while the delegate has asked and not yet been answered: from that block on every proxy refuses, and
 * tells the auditor so.
 */
async function tryTooLate({ cast, signal }: Stage, planned: PlannedGrant, grant: Uint8Array): Promise<void> {
  const delegate = cast.session(planned.delegate);
  const name = toHex(grant);
  const found = await sharingHandlers.searchShared(delegate, { grant: name, keywords: '*' }, () => undefined);
  const records = found.hits.slice(0, 1).map(({ record }) => record);
  const asked = await sharingHandlers.bankAccess(delegate, { grant: name, records }, () => undefined);
  await cast.reaches(planned.issuer, asked.height, signal);
  const { height } = await cast.client(planned.issuer).sharing.revoke(grant, { signal });
  await cast.reaches(planned.delegate, height, signal);
  await sharingHandlers
    .convert(delegate, { access: asked.access }, () => undefined)
    .catch((error: unknown) => {
      // That too few proxies answered is what is to be seen.
      if (!(error instanceof ClientError)) throw error;
    });
}

/** Requests that wait, and one that was refused. */
export async function playRequests({ cast, plan, tell, signal }: Stage): Promise<void> {
  // One after the other for each asker: she has one open request a patient.
  const byAsker = Map.groupBy(plan.requests, ({ from }) => from);
  await Promise.all(
    [...byAsker].map(async ([from, requests]) => {
      for (const { patient, to, message, refusal } of requests) {
        const asked = { patient: cast.id(patient), to: cast.id(to), message };
        const { request, height } = await cast.client(from).sharing.requestAccess(asked, { signal });
        if (refusal === null) continue;
        await cast.reaches(to, height, signal);
        const asker = cast.client(to);
        const found = (await asker.sharing.requests({ signal })).find(
          ({ id }) => id.join() === request.join(),
        );
        if (found !== undefined) await asker.sharing.refuseRequest(found, refusal, { signal });
      }
    }),
  );
  const waiting = plan.requests.filter(({ refusal }) => refusal === null).length;
  tell(`${waiting} access requests wait, ${plan.requests.length - waiting} refused`);
}
