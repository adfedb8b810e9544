import { canOpen, combine, CryptoError, equalBytes, slotFor, toHex } from '#crypto';
import type { Conversion, GrantTerms, OpeningKey, RecordHeader } from '#crypto';
import { ACCESS_ITEMS_MAX, readGrant, stateKeys } from '#consensus/ledger';
import type { AccessRequestBody, Grant } from '#consensus/ledger';
import { ClientError, isLedgerRefusal } from './client-error.ts';
import { mapConcurrently } from './concurrency.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import { openContent, verifiedHeaders } from './opening.ts';
import type { OpenedRecord } from './opening.ts';
import { collectProxyAnswers } from './proxy-answers.ts';
import type { ProxyAnswers } from './proxy-answers.ts';
import { holdersOf, joinedHolders } from './proxy-judgement.ts';
import type { ConvertedAccess, SignedAnswer } from './proxy-judgement.ts';
import { encodeFalseConversion } from './receipt-evidence.ts';
import { gatherAccessProof } from './receipt-gathering.ts';
import { encodeReceipt } from './receipt.ts';
import { purposeCommitment } from './sealed-note.ts';
import type { Hit } from './search.ts';
import type { Submitted } from './submission.ts';

/** A node that signed a conversion which its own proof does not support. */
export interface Liar {
  readonly node: Uint8Array;
  readonly access: Uint8Array;
  /** Index into the items of the access request: the first that is false. */
  readonly item: number;
  /** The evidence file: shows the lie to anybody who has the genesis, see `verifyFalseConversion`. */
  readonly evidence: Uint8Array;
}

export interface SharedOpening {
  readonly records: readonly OpenedRecord[];
  /** Transactions of the access requests: the audit entries that the patient sees. */
  readonly accesses: readonly Uint8Array[];
  /** The receipt file of each access, see `verifyReceipt`. */
  readonly receipts: readonly Uint8Array[];
  readonly liars: readonly Liar[];
  /** Nodes that did not convert, and the code that they gave. */
  readonly refusals: readonly { readonly node: string; readonly code: string }[];
  /** Opens the purpose commitment of the access requests that this call made to whoever is shown it. */
  readonly purposeSalt: Uint8Array;
}

interface SharedInit {
  readonly grant: Grant;
  readonly terms: GrantTerms;
  readonly hits: readonly Hit[];
  readonly purpose: string;
  /** Committed before; else a request is made. */
  readonly access?: Submitted;
}

/** One record of the request, ready to be converted. */
interface Wanted {
  readonly hit: Hit;
  readonly header: RecordHeader;
  readonly slot: number;
  readonly rekey: number;
  readonly compartment: GrantTerms['compartments'][number]['compartment'];
}

/** See `Sharing.openShared`. */
export async function openSharedHits(
  connection: Connection,
  init: SharedInit,
  options: CallOptions,
): Promise<SharedOpening> {
  const salt = connection.backend.random(32);
  const records: OpenedRecord[] = [];
  const batches: Converted[] = [];
  for await (const batch of convertedBatches(connection, init, salt, options)) {
    batches.push(batch.converted);
    const opened = await mapConcurrently(batch.wanted, (one, item) =>
      openConverted(connection, one, batch.keys[item], options),
    );
    records.push(...opened);
    options.onProgress?.({ what: 'opened', done: records.length, total: init.hits.length });
  }
  return {
    records,
    accesses: batches.map(({ access }) => access),
    receipts: batches.map(({ receipt }) => receipt),
    liars: batches.flatMap(({ liars }) => liars),
    refusals: batches.flatMap(({ refusals }) => refusals),
    purposeSalt: salt,
  };
}

/** The same, one record after the other, for records too large to be held together; each access is one audit entry. */
export async function* openSharedEach(
  connection: Connection,
  init: SharedInit,
  options: CallOptions,
): AsyncGenerator<OpenedRecord> {
  const salt = connection.backend.random(32);
  for await (const { wanted, keys } of convertedBatches(connection, init, salt, options)) {
    for (const [item, one] of wanted.entries())
      yield await openConverted(connection, one, keys[item], options);
  }
}

interface ConvertedBatch {
  readonly wanted: readonly Wanted[];
  readonly converted: Converted;
  readonly keys: readonly OpeningKey[];
}

/** Access request after access request, each of as many hits as one takes. */
async function* convertedBatches(
  connection: Connection,
  init: SharedInit,
  salt: Uint8Array,
  options: CallOptions,
): AsyncGenerator<ConvertedBatch> {
  const purpose = purposeCommitment(salt, init.purpose);
  for (let i = 0; i < init.hits.length; i += ACCESS_ITEMS_MAX) {
    const wanted = await prepare(connection, init, init.hits.slice(i, i + ACCESS_ITEMS_MAX), options);
    const items = wanted.map(({ hit, slot, rekey }) => ({ record: hit.recordId, slot, rekey }));
    const body = { grant: init.grant.id, items, purpose };
    const converted = await convertItems(connection, wanted, body, init.access, options);
    const keys = wanted.map((one, item) => keyFor(connection, converted.grant, converted.honest, item, one));
    yield { wanted, converted, keys };
  }
}

async function openConverted(
  connection: Connection,
  { header, hit }: Wanted,
  key: OpeningKey | undefined,
  options: CallOptions,
): Promise<OpenedRecord> {
  checkAborted(options);
  if (!key) throw new ClientError('record-invalid', { what: 'does not open' });
  return { ...(await openContent(connection, header, key, options)), hit };
}

interface Converted extends Pick<ProxyAnswers, 'honest' | 'refusals'> {
  readonly access: Uint8Array;
  readonly receipt: Uint8Array;
  readonly liars: readonly Liar[];
  /** As its shares were held for these conversions. */
  readonly grant: Grant;
}

/** A grant whose shares moved to other holders after the access: convertible under a new access alone. */
const ACCESSES_MAX = 3;

/**
 * One access request: committed, converted, and its receipt made before anything is opened. The grant is read again
 * with it: a re-sharing changes threshold, commitments and holders, and an access from before it is void, also when what
 * proves it to others was read after that.
 * @throws ClientError `not-enough-conversions`; evidence against liars is kept by the connection then as well.
 */
async function convertItems(
  connection: Connection,
  wanted: readonly Wanted[],
  body: AccessRequestBody,
  made: Submitted | undefined,
  options: CallOptions,
): Promise<Converted> {
  for (let tries = 1; ; tries += 1) {
    const known = tries === 1 ? made : undefined;
    const access = known ?? (await connection.submission.submit('access.request', body, options));
    const grant = await presentGrant(connection, body.grant, options);
    const isLast = tries >= ACCESSES_MAX;
    const isOvertaken = grant.sharesHeight > access.height;
    try {
      const converted = isOvertaken
        ? undefined
        : await convertOnce(connection, grant, wanted, body, access, options);
      if (converted !== undefined) return converted;
    } catch (error) {
      const isShort = error instanceof ClientError && error.code === 'not-enough-conversions';
      if (!isShort || isLast) throw error;
      // The holders may have changed while they were asked.
      const after = await presentGrant(connection, body.grant, options);
      if (after.sharesHeight <= access.height) throw error;
    }
    if (isLast) throw new ClientError('not-enough-conversions', { threshold: grant.threshold, honest: 0 });
  }
}

/** @throws ClientError `not-found` */
async function presentGrant({ state }: Connection, id: Uint8Array, options: CallOptions): Promise<Grant> {
  const { get } = await state.read([stateKeys.grant(id)], options);
  const grant = readGrant(get, id);
  if (grant === undefined) throw new ClientError('not-found', { what: 'grant' });
  return grant;
}

/** Undefined when the holders changed before the proof was read: what was converted fits it no more. */
async function convertOnce(
  connection: Connection,
  grant: Grant,
  wanted: readonly Wanted[],
  body: AccessRequestBody,
  access: Submitted,
  options: CallOptions,
): Promise<Converted | undefined> {
  const { backend, chainId, genesis } = connection;
  const items = wanted.map(({ header, slot, rekey, hit }) => ({
    record: hit.recordId,
    slot,
    rekey,
    E: header.slots[slot]?.E ?? new Uint8Array(),
  }));
  const joined = joinedHolders(genesis, grant);
  const shown = await connection.state.read(joined.map(stateKeys.institution), options);
  const holders = holdersOf(genesis, grant, shown.get);
  const asked: ConvertedAccess = { chainId, grant, id: access.hash, height: access.height, items, holders };
  const headers = [...new Map(wanted.map(({ hit, header }) => [toHex(hit.recordId), header])).values()];
  const [{ proof, sharesHeight }, { honest, lies, refusals }] = await Promise.all([
    gatherAccessProof(connection, { access, body, headers, joined }, options),
    collectProxyAnswers(connection, asked, options),
  ]);
  if (sharesHeight > access.height) return undefined;
  const liars = lies.map(({ node, lie: item, bytes }) => {
    const evidence = encodeFalseConversion(backend, genesis, proof, bytes);
    connection.evidence.keep(evidence);
    return { node, access: access.hash, item, evidence };
  });
  await reportLies(connection, lies, options);
  if (honest.length < grant.threshold) {
    const facts = { threshold: grant.threshold, honest: honest.length, liars: liars.length };
    throw new ClientError('not-enough-conversions', facts);
  }
  const answers = honest.map(({ bytes }) => bytes);
  const receipt = encodeReceipt(backend, genesis, proof, answers);
  return { access: access.hash, receipt, grant, honest, liars, refusals };
}

/**
 * Puts a node's first lie on the ledger. That it is there already, or that the ledger cannot see it (a capsule which is
 * not the record's is shown by the file alone), is no reason to stop.
 */
async function reportLies(
  { evidence, submission }: Connection,
  lies: ProxyAnswers['lies'],
  options: CallOptions,
): Promise<void> {
  for (const { node, payload, signature, lie } of lies) {
    if (!evidence.isNew(node)) continue;
    try {
      await submission.submit('evidence.proxy', { payload, signature, item: lie }, options);
    } catch (error) {
      if (!isLedgerRefusal(error, 'evidence-known', 'evidence-invalid')) throw error;
    }
  }
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

/** The key out of conversions whose proofs hold: that it does not open is the record's fault, not a proxy's. */
function keyFor(
  connection: Connection,
  grant: Grant,
  honest: readonly SignedAnswer[],
  item: number,
  wanted: Wanted,
): OpeningKey {
  const conversions = honest.flatMap((answer) => {
    const found = answer.items.find((one) => one.item === item);
    return found ? [{ index: answer.index, point: found.point, proof: found.proof }] : [];
  });
  const key = combined(connection, grant, wanted, conversions.slice(0, grant.threshold));
  if (!key) throw new ClientError('record-invalid', { what: 'does not open' });
  return key;
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
