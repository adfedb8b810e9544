import { DOMAIN, encode, equalBytes, hash, verifyConversion, verifyTagged } from '#crypto';
import type { Backend } from '#crypto';
import { VOTE_KINDS, voteBytes } from '../block.ts';
import type { ValidatorSet, VoteKind } from '../block.ts';
import {
  ACCESS_ITEMS_MAX,
  EVIDENCE_BYTES_MAX,
  HEIGHT_MAX,
  INSTITUTIONS_MAX,
  PROXY_PAYLOAD_BYTES_MAX,
  SEATS_MAX,
  SIGNATURE_BYTES,
} from './bounds.ts';
import { LedgerError } from './ledger-error.ts';
import type { Get } from './readers.ts';
import { readAccess, readGrant, readInstitution } from './readers.ts';
import type { ProxyEvidenceBody } from './evidence-body.ts';
import {
  bytesShape,
  decodeShape,
  idShape,
  integerShape,
  listShape,
  objectShape,
  orNull,
  ShapeError,
} from './shape.ts';

/** A node and 32 bytes that name the occasion, so that one fault is recorded once. */
export interface Fault {
  readonly node: Uint8Array;
  readonly slot: Uint8Array;
}

interface EvidenceVote {
  readonly kind: VoteKind;
  readonly height: number;
  readonly round: number;
  readonly hash: Uint8Array | null;
  readonly preparedRound: number | null;
  readonly validator: number;
  readonly signature: Uint8Array;
}

const ROUND_MAX = 2 ** 32 - 1;
const fieldsShape = listShape((value: unknown) => value, 7, 7);
const roundShape = integerShape(0, ROUND_MAX);
const kindShape = integerShape(0, VOTE_KINDS.length - 1);

/** [kind, height, round, hash | null, prepared round | null, validator, signature], as validators send votes. */
function voteFrom(value: unknown): EvidenceVote {
  const fields = fieldsShape(value, 'vote');
  const kind = VOTE_KINDS[kindShape(fields[0], 'kind')];
  if (kind === undefined) throw new ShapeError('kind');
  return {
    kind,
    height: integerShape(1, HEIGHT_MAX)(fields[1], 'height'),
    round: roundShape(fields[2], 'round'),
    hash: orNull(idShape)(fields[3], 'hash'),
    preparedRound: orNull(roundShape)(fields[4], 'preparedRound'),
    validator: integerShape(0, INSTITUTIONS_MAX - 1)(fields[5], 'validator'),
    signature: bytesShape(SIGNATURE_BYTES)(fields[6], 'signature'),
  };
}

/**
 * Two different votes of one validator for one (kind, height, round), both signed by it on this chain: an honest
 * validator writes its vote down before it sends it and never signs another. The set is that of the votes' height. Undefined when they do not show that.
 */
export function equivocationOf(
  backend: Backend,
  chainId: Uint8Array,
  setAt: (height: number) => ValidatorSet,
  votes: Uint8Array,
): Fault | undefined {
  const pair = decoded(() =>
    decodeShape('transaction-malformed', votes, EVIDENCE_BYTES_MAX, (value) =>
      listShape(voteFrom, 2, 2)(value, 'votes'),
    ),
  );
  const [first, second] = pair ?? [];
  if (first === undefined || second === undefined) return undefined;
  const validator = setAt(first.height)[first.validator];
  if (validator === undefined || !excludeEachOther(first, second)) return undefined;
  const areSigned = [first, second].every(
    ({ kind, height, round, hash: block, preparedRound, signature }) => {
      const message = voteBytes(chainId, kind, height, round, block, preparedRound);
      return verifyTagged(backend, DOMAIN.vote, message, signature, validator.publicKey);
    },
  );
  if (!areSigned) return undefined;
  const { kind, height, round } = first;
  return { node: validator.id, slot: hash(DOMAIN.evidence, encode([kind, height, round])) };
}

function excludeEachOther(first: EvidenceVote, second: EvidenceVote): boolean {
  const isOneSlot =
    first.validator === second.validator &&
    first.kind === second.kind &&
    first.height === second.height &&
    first.round === second.round;
  const isOneBlock =
    first.hash === null || second.hash === null
      ? first.hash === second.hash
      : equalBytes(first.hash, second.hash);
  return isOneSlot && (!isOneBlock || first.preparedRound !== second.preparedRound);
}

const payloadShape = objectShape<{
  access: Uint8Array;
  node: Uint8Array;
  index: number;
  height: number;
  items: { item: number; E: Uint8Array; point: Uint8Array; proof: Uint8Array }[];
}>({
  access: idShape,
  node: idShape,
  index: integerShape(1, SEATS_MAX),
  height: integerShape(1, HEIGHT_MAX),
  items: listShape(
    objectShape({
      item: integerShape(0, ACCESS_ITEMS_MAX - 1),
      E: idShape,
      point: idShape,
      proof: bytesShape(64),
    }),
    0,
    ACCESS_ITEMS_MAX,
  ),
});

/**
 * An answer that a node signed, whose conversion does not fit the grant's commitments: an honest node proves what it
 * converts with the share that it checked against them. Everything but the answer comes from the state, and an answer
 * that names another request, height or index than the state does is no evidence. Undefined when it shows nothing.
 */
export function falseConversionOf(
  backend: Backend,
  get: Get,
  chainId: Uint8Array,
  { payload, signature, item }: ProxyEvidenceBody,
): Fault | undefined {
  const answer = decoded(() =>
    decodeShape('transaction-malformed', payload, PROXY_PAYLOAD_BYTES_MAX, (value) =>
      payloadShape(value, 'payload'),
    ),
  );
  if (answer === undefined) return undefined;
  const node = readInstitution(get, answer.node);
  const access = readAccess(get, answer.access);
  const grant = access === undefined ? undefined : readGrant(get, access.grant);
  const asked = access?.items[item];
  const rekey = asked === undefined ? undefined : grant?.rekeys[asked.rekey];
  const given = answer.items.filter((one) => one.item === item);
  const [conversion] = given;
  if (!node || !access || !grant || !asked || !rekey || !conversion || given.length !== 1) return undefined;
  if (node.index !== answer.index || access.height !== answer.height) return undefined;
  // Under shares that were held before: the commitments of today say nothing about it.
  if (access.height < grant.sharesHeight) return undefined;
  if (!verifyTagged(backend, DOMAIN.proxyResponse, payload, signature, node.validatorKey)) return undefined;
  const context = {
    chainId,
    grantId: grant.id,
    rekey: asked.rekey,
    recordId: asked.record,
    slot: asked.slot,
    delegate: access.delegate,
    accessId: access.id,
    height: access.height,
  };
  const { E, point, proof } = conversion;
  const isTrue = verifyConversion(backend, {
    rekey,
    E,
    conversion: { index: node.index, point, proof },
    context,
  });
  return isTrue ? undefined : { node: node.id, slot: hash(DOMAIN.evidence, access.id, encode(item)) };
}

/** The value, or undefined for bytes that are not of the shape. */
function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}
