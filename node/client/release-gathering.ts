import { CryptoError, equalBytes, fromBase64Url, openRelease, toHex } from '#crypto';
import type { Release, ReleaseCapsule, ReleaseContext } from '#crypto';
import type { EmergencySharing } from '#consensus/ledger';
import { conversionsSchema } from './api.ts';
import { ClientError } from './client-error.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import type { Holder } from './proxy-judgement.ts';
import { answersRequest, decodeReleaseAnswer, verifyReleaseAnswer } from './release-answer.ts';
import type { ReleaseRequest, UnverifiedRelease } from './release-answer.ts';

/** How often the node is asked: once, and again while an institution that is late or behind may still answer. */
const ROUNDS_MAX = 4;
/** Reasons that pass by themselves. */
const PASSING = new Set(['stale-view', 'emergency-unknown', 'not-countersigned', 'unavailable', 'timeout']);

/** A node that put its name to a release which is none: its box holds a false share, or nothing of use. */
export interface FalseRelease {
  readonly node: Uint8Array;
  /** The answer as the node signed it; what is wrong inside shows to the requester alone. */
  readonly answer: Uint8Array;
}

export interface Releases {
  /** Exactly as many as the deposit demands, in the order of their share indices. */
  readonly honest: readonly { readonly release: Release; readonly answer: UnverifiedRelease }[];
  readonly liars: readonly FalseRelease[];
  readonly refusals: readonly { readonly node: string; readonly code: string }[];
}

export interface ReleaseInit {
  readonly request: ReleaseRequest;
  readonly sharing: EmergencySharing;
  /** The institutions of its shares, with the keys that sign their answers. */
  readonly holders: readonly Holder[];
  /** The height at which the ledger opened it. */
  readonly height: number;
  readonly accessId: Uint8Array;
  /** What the items of the request stand for, in their order. */
  readonly capsules: readonly ReleaseCapsule[];
}

/**
 * Asks the institutions for their parts until as many as the deposit demands have released honestly. Every share is
 * checked against the commitments on the ledger, every partial decryption by its proof.
 * @throws ClientError `not-enough-conversions`; also when the holders shared it again meanwhile: read it again
 */
export async function gatherReleases(
  connection: Connection,
  init: ReleaseInit,
  options: CallOptions,
): Promise<Releases> {
  const { sharing, request } = init;
  const honest = new Map<string, Releases['honest'][number]>();
  const liars = new Map<string, FalseRelease>();
  const refusals = new Map<string, string>();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    checkAborted(options);
    const without = [...honest.keys(), ...liars.keys()];
    const { answers, refusals: refused } = await askOnce(connection, request, without, options);
    for (const { node, code } of refused) refusals.set(node, code);
    for (const text of answers) {
      if (honest.size >= sharing.threshold) break;
      const bytes = fromBase64Url(text);
      const answer = signedRelease(connection, init, bytes);
      const name = answer === undefined ? '' : toHex(answer.node);
      if (answer === undefined || honest.has(name) || liars.has(name)) continue;
      const release = opened(connection, init, answer);
      refusals.delete(name);
      if (release === undefined) liars.set(name, { node: answer.node, answer: bytes });
      else honest.set(name, { release, answer });
    }
    const mayStill = sharing.shares.some(({ node }) => {
      const name = toHex(node);
      const code = refusals.get(name);
      return !honest.has(name) && !liars.has(name) && (code === undefined || PASSING.has(code));
    });
    if (honest.size >= sharing.threshold || !mayStill) break;
  }
  if (honest.size < sharing.threshold) {
    const codes = [...new Set(refusals.values())].toSorted().join(' ');
    const facts = { threshold: sharing.threshold, honest: honest.size, liars: liars.size, codes };
    throw new ClientError('not-enough-conversions', facts);
  }
  return {
    honest: [...honest.values()].toSorted((a, b) => a.release.index - b.release.index),
    liars: [...liars.values()],
    refusals: [...refusals].map(([node, code]) => ({ node, code })),
  };
}

async function askOnce(
  { api }: Connection,
  { ground, id, items }: ReleaseRequest,
  without: readonly string[],
  options: CallOptions,
): Promise<{ answers: string[]; refusals: { node: string; code: string }[] }> {
  const json = {
    ground,
    id: toHex(id),
    items: items.map(({ record, slot }) => ({ record: toHex(record), slot })),
    ...(without.length > 0 ? { without } : {}),
  };
  return await api.json({ method: 'POST', path: '/releases', json }, conversionsSchema, options);
}

/** The answer if its node, index, request and signature are right; anything else proves nothing against anybody. */
function signedRelease(
  { backend }: Connection,
  { request, holders, height, sharing }: ReleaseInit,
  bytes: Uint8Array,
): ReturnType<typeof decodeReleaseAnswer> | undefined {
  try {
    const answer = decodeReleaseAnswer(bytes);
    const node = holders.find(({ id }) => equalBytes(id, answer.node));
    const isFor =
      answersRequest(answer, request) &&
      answer.height === height &&
      answer.sharesHeight === sharing.sharesHeight;
    if (!node || node.index !== answer.index || !isFor) return undefined;
    return verifyReleaseAnswer(backend, answer, node.validatorKey) ? answer : undefined;
  } catch (error) {
    // A node that relays rubbish: the same as one that did not answer.
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}

function opened(
  { backend, chainId, keys }: Connection,
  { sharing, holders, accessId, height, capsules }: ReleaseInit,
  answer: ReturnType<typeof decodeReleaseAnswer>,
): Release | undefined {
  const { node, index, box } = answer;
  const signPublicKey = holders.find(({ id }) => equalBytes(id, node))?.validatorKey;
  if (signPublicKey === undefined) return undefined;
  const context: ReleaseContext = { chainId, sharingId: sharing.id, requester: keys.id, accessId, height };
  try {
    return openRelease(backend, {
      requester: keys,
      holder: { id: node, index, signPublicKey },
      context,
      sharing,
      capsules,
      box,
    });
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}
