import {
  canOpen,
  combine,
  CryptoError,
  equalBytes,
  fromBase64Url,
  slotFor,
  toHex,
  verifyConversion,
} from '#crypto';
import type { Conversion, ConversionContext, GrantTerms, OpeningKey, RecordHeader } from '#crypto';
import { ACCESS_ITEMS_MAX, nodesOf } from '#consensus/ledger';
import type { Grant } from '#consensus/ledger';
import { conversionsSchema } from './api.ts';
import { ClientError } from './client-error.ts';
import { mapConcurrently } from './concurrency.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import { openContent, verifiedHeaders } from './opening.ts';
import type { OpenedRecord } from './opening.ts';
import { decodeProxyAnswer, verifyProxyAnswer } from './proxy-answer.ts';
import type { ProxyAnswer } from './proxy-answer.ts';
import { purposeCommitment } from './sealed-note.ts';
import type { Hit } from './search.ts';

/** A node whose signed answer holds a conversion that its own proof does not support. */
export interface Liar {
  readonly node: Uint8Array;
  readonly access: Uint8Array;
  /** Index into the items of the access request. */
  readonly item: number;
  /** The signed answer: shows the lie to anybody who has the ledger. */
  readonly evidence: Uint8Array;
}

export interface SharedOpening {
  readonly records: readonly OpenedRecord[];
  /** Transactions of the access requests: the audit entries that the patient sees. */
  readonly accesses: readonly Uint8Array[];
  readonly liars: readonly Liar[];
  /** Nodes that did not convert, and the code that they gave. */
  readonly refusals: readonly { readonly node: string; readonly code: string }[];
  /** Opens the purpose commitment of the access requests to whoever is shown it. */
  readonly purposeSalt: Uint8Array;
}

interface SharedInit {
  readonly grant: Grant;
  readonly terms: GrantTerms;
  readonly hits: readonly Hit[];
  readonly purpose: string;
}

/** One record of the request, ready to be converted. */
interface Wanted {
  readonly hit: Hit;
  readonly header: RecordHeader;
  readonly slot: number;
  readonly rekey: number;
  readonly compartment: GrantTerms['compartments'][number]['compartment'];
}

interface SignedAnswer extends ProxyAnswer {
  readonly bytes: Uint8Array;
}

/** See `Sharing.openShared`. */
export async function openSharedHits(
  connection: Connection,
  init: SharedInit,
  options: CallOptions,
): Promise<SharedOpening> {
  const salt = connection.backend.random(32);
  const purpose = purposeCommitment(salt, init.purpose);
  const records: OpenedRecord[] = [];
  const accesses: Uint8Array[] = [];
  const liars: Liar[] = [];
  const refusals: { node: string; code: string }[] = [];
  for (let i = 0; i < init.hits.length; i += ACCESS_ITEMS_MAX) {
    const wanted = await prepare(connection, init, init.hits.slice(i, i + ACCESS_ITEMS_MAX), options);
    const items = wanted.map(({ hit, slot, rekey }) => ({ record: hit.recordId, slot, rekey }));
    const body = { grant: init.grant.id, items, purpose };
    const access = await connection.submission.submit('access.request', body, options);
    accesses.push(access.hash);
    const answered = await conversionsOf(connection, init.grant, access, options);
    refusals.push(...answered.refusals);
    const keys = wanted.map((one, item) =>
      keyFor(connection, init.grant, access, answered.answers, item, one, liars),
    );
    const opened = await mapConcurrently(wanted, async ({ header, hit }, item) => {
      checkAborted(options);
      const key = keys[item];
      if (!key) throw new ClientError('record-invalid', { what: 'does not open' });
      return { ...(await openContent(connection, header, key, options)), hit };
    });
    records.push(...opened);
    options.onProgress?.({ what: 'opened', done: records.length, total: init.hits.length });
  }
  return { records, accesses, liars, refusals, purposeSalt: salt };
}

/** Header, slot and rekey of each hit. @throws ClientError `no-access` when the grant does not cover one. */
async function prepare(
  connection: Connection,
  init: SharedInit,
  hits: readonly Hit[],
  options: CallOptions,
): Promise<Wanted[]> {
  const granted = hits.map((hit) => grantedFor(init, hit));
  const headers = await verifiedHeaders(connection, hits, options);
  return hits.map((hit, i) => {
    const [header, found] = [headers[i], granted[i]];
    const slot = header && found ? slotFor(header, found.compartment) : -1;
    if (!header || !found || slot < 0) {
      throw new ClientError('no-access', { what: 'the record has no slot of this compartment' });
    }
    return { hit, header, slot, rekey: found.rekey, compartment: found.compartment };
  });
}

function grantedFor({ grant, terms }: SharedInit, hit: Hit): GrantTerms['compartments'][number] {
  if (!equalBytes(hit.patient, grant.patient))
    throw new ClientError('no-access', { what: 'another patient' });
  const { category, generation, period } = hit.compartment;
  const found = terms.compartments.find(
    ({ compartment: { name } }) =>
      name.category === category && name.generation === generation && name.period === period,
  );
  if (!found) throw new ClientError('no-access', { what: 'outside the grant' });
  return found;
}

/** Answers whose node, index and signature are those of the genesis; one a node. What is wrong counts as a refusal. */
async function conversionsOf(
  connection: Connection,
  grant: Grant,
  access: { hash: Uint8Array; height: number },
  options: CallOptions,
): Promise<{ answers: SignedAnswer[]; refusals: { node: string; code: string }[] }> {
  const { api, backend, genesis } = connection;
  const request = { method: 'POST', path: '/conversions', json: { access: toHex(access.hash) } } as const;
  const answer = await api.json(request, conversionsSchema, options);
  const nodes = new Map(nodesOf(genesis).map((node) => [toHex(node.id), node]));
  const answers = new Map<string, SignedAnswer>();
  for (const text of answer.answers) {
    try {
      const bytes = fromBase64Url(text);
      const decoded = decodeProxyAnswer(bytes);
      const name = toHex(decoded.node);
      const node = nodes.get(name);
      const holdsShare = grant.shares.some((share) => equalBytes(share.node, decoded.node));
      const isFor = equalBytes(decoded.access, access.hash) && decoded.height === access.height;
      if (!node || !holdsShare || node.index !== decoded.index || !isFor) continue;
      if (verifyProxyAnswer(backend, decoded, node.validatorKey)) answers.set(name, { ...decoded, bytes });
    } catch (error) {
      // A node that relays rubbish: the same as one that did not answer.
      if (!(error instanceof CryptoError)) throw error;
    }
  }
  return { answers: [...answers.values()], refusals: answer.refusals };
}

/**
 * Optimistic (SCHEME 5): combine the first t, and only if that does not open the record, check every proof, name
 * who lied and combine honest ones.
 */
function keyFor(
  connection: Connection,
  grant: Grant,
  access: { hash: Uint8Array; height: number },
  answers: readonly SignedAnswer[],
  item: number,
  wanted: Wanted,
  liars: Liar[],
): OpeningKey {
  const { backend, chainId } = connection;
  const E = wanted.header.slots[wanted.slot]?.E;
  const rekey = grant.rekeys[wanted.rekey];
  if (!E || !rekey)
    throw new ClientError('no-access', { what: 'the record has no slot of this compartment' });
  const isKnownLiar = (node: Uint8Array): boolean => liars.some((liar) => equalBytes(liar.node, node));
  let candidates = answers.flatMap((answer) => {
    const found = answer.items.find((one) => one.item === item);
    if (!found || !equalBytes(found.E, E) || isKnownLiar(answer.node)) return [];
    return [{ answer, conversion: { index: answer.index, point: found.point, proof: found.proof } }];
  });
  const attempt = (): OpeningKey | undefined => {
    const conversions = candidates.slice(0, grant.threshold).map(({ conversion }) => conversion);
    if (conversions.length < grant.threshold) return undefined;
    return combined(connection, grant, wanted, conversions);
  };
  const optimistic = attempt();
  if (optimistic) return optimistic;
  const context: ConversionContext = {
    chainId,
    grantId: grant.id,
    rekey: wanted.rekey,
    recordId: wanted.hit.recordId,
    slot: wanted.slot,
    delegate: grant.delegate,
    accessId: access.hash,
    height: access.height,
  };
  candidates = candidates.filter(({ answer, conversion }) => {
    if (verifyConversion(backend, { rekey, E, conversion, context })) return true;
    liars.push({ node: answer.node, access: access.hash, item, evidence: answer.bytes });
    return false;
  });
  const honest = attempt();
  if (honest) return honest;
  if (candidates.length >= grant.threshold)
    throw new ClientError('record-invalid', { what: 'does not open' });
  const facts = { threshold: grant.threshold, honest: candidates.length, liars: liars.length };
  throw new ClientError('not-enough-conversions', facts);
}

function combined(
  connection: Connection,
  grant: Grant,
  wanted: Wanted,
  conversions: readonly Conversion[],
): OpeningKey | undefined {
  const { backend, keys } = connection;
  const rekey = grant.rekeys[wanted.rekey];
  if (!rekey) return undefined;
  try {
    const Y = combine(backend, {
      delegate: keys,
      grantId: grant.id,
      rekeyIndex: wanted.rekey,
      rekey,
      conversions,
    });
    const key: OpeningKey = { kind: 'converted', compartment: wanted.compartment, Y };
    return canOpen(backend, wanted.header, key) ? key : undefined;
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}
