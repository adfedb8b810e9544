import {
  canOpen,
  combine,
  decodeRecordHeader,
  DOMAIN,
  fromBase64Url,
  fromHex,
  laneIndexKey,
  prf,
  toHex,
} from '#crypto';
import type { DelegateCompartment, RecordHeader } from '#crypto';
import { readRecord, stateKeys } from '#consensus/ledger';
import {
  API_PREFIX,
  ClientError,
  conversionsSchema,
  decodeProxyAnswer,
  errorSchema,
  purposeCommitment,
} from '#node/client';
import type { Handlers } from './handlers.ts';
import { foundJson, hitsOf, openedJson } from './record-handlers.ts';
import type { PersonSession } from './session.ts';

/** Requests, grants, revocations, and reading what was shared; honestly, and as somebody who tries for more. */
export const sharingHandlers: Pick<
  Handlers,
  | 'requestAccess'
  | 'grant'
  | 'revoke'
  | 'readGrant'
  | 'searchShared'
  | 'openShared'
  | 'bankAccess'
  | 'convert'
  | 'forceOpen'
> = {
  async requestAccess(session, { patient, to, message }) {
    const init = { patient: fromHex(patient), to: fromHex(to), message };
    const { request, height } = await session.client().sharing.requestAccess(init);
    return { request: toHex(request), height };
  },
  async grant(session, { patient, delegate, request, ...rest }) {
    const init = { ...rest, patient: fromHex(patient), delegate: fromHex(delegate) };
    const answering = request === null ? {} : { request: fromHex(request) };
    const { grant, height } = await session.client().sharing.grant({ ...init, ...answering });
    return { grant: toHex(grant), height, threshold: rest.threshold };
  },
  async revoke(session, { grant }) {
    const { height } = await session.client().sharing.revoke(fromHex(grant));
    return { height };
  },
  async readGrant(session, { grant }) {
    const { terms } = await session.client().sharing.open(fromHex(grant));
    const names = terms.compartments.map(({ compartment: { name } }) => name);
    return {
      categories: [...new Set(names.map(({ category }) => category))],
      months: [...new Set(names.map(({ period }) => period))],
      purpose: terms.purpose,
      expiresAtMs: terms.expiresAtMs,
    };
  },
  async searchShared(session, { grant, keywords, ...via }) {
    const begun = performance.now();
    return foundJson(
      session,
      await session.client(via).sharing.search({ grant: fromHex(grant), keywords }),
      begun,
    );
  },
  async openShared(session, { grant, records, ...via }, onProgress) {
    const begun = performance.now();
    const init = { grant: fromHex(grant), hits: hitsOf(session, records) };
    const {
      records: opened,
      accesses,
      refusals,
    } = await session.client(via).sharing.openShared(init, { onProgress });
    return {
      opened: opened.map(openedJson),
      accesses: accesses.map(toHex),
      refusals: refusals.map(({ node, code }) => ({ node: session.nodeName(node), code })),
      ms: performance.now() - begun,
    };
  },
  async bankAccess(session, { grant: grantText, records }) {
    const client = session.client();
    const grant = fromHex(grantText);
    const { terms } = await client.sharing.open(grant);
    const items = hitsOf(session, records).map((hit) => {
      const granted = terms.compartments.find(
        ({ compartment: { name } }) =>
          name.category === hit.compartment.category && name.period === hit.compartment.period,
      );
      if (granted === undefined) throw new ClientError('no-access', { what: 'outside the grant' });
      return { record: hit.recordId, slot: 0, rekey: granted.rekey };
    });
    const purpose = purposeCommitment(client.backend.random(32), 'TREAT');
    const { hash, height } = await client.submit('access.request', { grant, items, purpose });
    return { access: toHex(hash), height };
  },
  async convert(session, { access, ...via }) {
    const { answers, refusals } = await askProxies(session, access, via);
    return {
      answers: answers.map((answer) =>
        session.nodeName(toHex(decodeProxyAnswer(fromBase64Url(answer)).node)),
      ),
      refusals: refusals.map(({ node, code }) => ({ node: session.nodeName(node), code })),
    };
  },
  async forceOpen(session, { grant: grantText, record, ...via }) {
    const client = session.client(via);
    const grantId = fromHex(grantText);
    const { grant, terms } = await client.sharing.open(grantId);
    const proven = await client.read([stateKeys.record(fromHex(record))]);
    const entry = readRecord(proven.get, fromHex(record));
    if (entry === undefined) throw new ClientError('not-found', { what: 'record' });
    const header = decodeRecordHeader(await client.get(entry.header));
    const items = terms.compartments.map(({ rekey }) => ({ record: entry.id, slot: 0, rekey }));
    const purpose = purposeCommitment(client.backend.random(32), 'TREAT');
    const { hash } = await client.submit('access.request', { grant: grantId, items, purpose });
    const { answers } = await askProxies(session, toHex(hash), via);
    const decoded = answers.map((answer) => decodeProxyAnswer(fromBase64Url(answer)));
    const opened = terms.compartments.some(({ rekey: rekeyIndex, compartment }, item) => {
      const conversions = decoded.slice(0, grant.threshold).flatMap(({ index, items: converted }) => {
        const found = converted.find((one) => one.item === item);
        return found === undefined ? [] : [{ index, point: found.point, proof: found.proof }];
      });
      const rekey = grant.rekeys[rekeyIndex];
      if (rekey === undefined || conversions.length < grant.threshold) return false;
      const Y = combine(session.backend, { delegate: session.keys, grantId, rekeyIndex, rekey, conversions });
      return canOpen(session.backend, withHintsOf(header, compartment), {
        kind: 'converted',
        compartment,
        Y,
      });
    });
    return { access: toHex(hash), conversions: decoded.length, opened, tried: terms.compartments.length };
  },
};

/**
 * A copy of a header whose slots claim to be of this compartment: an attacker does not stop at a hint that says the
 * slot is not for him, and a try that did would show nothing.
 */
function withHintsOf(header: RecordHeader, compartment: DelegateCompartment): RecordHeader {
  const lane = laneIndexKey(compartment.ix, header.writer);
  const slots = header.slots.map((slot) => ({
    ...slot,
    hint: prf(DOMAIN.slotHint, lane, slot.E).slice(0, slot.hint.length),
  }));
  return { ...header, slots };
}

/** The node's route itself, so that refusals of single proxies are seen as well. @throws ClientError `refused` */
async function askProxies(session: PersonSession, access: string, via: { via?: string }) {
  const { url, token } = await session.raw(via);
  const response = await fetch(`${url}${API_PREFIX}/conversions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ access }),
    signal: AbortSignal.timeout(30_000),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new ClientError('refused', {}, { api: errorSchema.parse(answer).error });
  return conversionsSchema.parse(answer);
}
