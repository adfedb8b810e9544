import { DOMAIN, encode, hash } from '#crypto';
import type { Backend } from '#crypto';
import {
  ACCESS_ITEMS_MAX,
  BLOCK_EVIDENCE_BYTES_MAX,
  EVIDENCE_BYTES_MAX,
  PROXY_PAYLOAD_BYTES_MAX,
  SIGNATURE_BYTES,
} from './bounds.ts';
import { ENTRY } from './entry.ts';
import type { EvidenceEntry } from './entry.ts';
import type { ProxyEvidenceBody } from './evidence-body.ts';
import { equivocationOf, falseConversionOf } from './evidence.ts';
import type { Fault } from './evidence.ts';
import { LedgerError } from './ledger-error.ts';
import type { RefusalCode } from './ledger-error.ts';
import { validatorsAt } from './membership.ts';
import type { Overlay } from './overlay.ts';
import { readEvidence } from './readers.ts';
import type { Get } from './readers.ts';
import type { BlockContext } from './rules/rule.ts';
import { append } from './rules/rule.ts';
import { bytesShape, decodeShape, integerShape, listShape, oneOf, ShapeError } from './shape.ts';
import { stateKeys } from './state-keys.ts';

/** What nodes put into blocks themselves, without a person: the same proofs as the bodies of `evidence.*`. */
export type NodeEvidence =
  | { readonly kind: 'equivocation'; readonly votes: Uint8Array }
  | ({ readonly kind: 'proxy' } & ProxyEvidenceBody);

/** Evidence of a block and the node that proposes it. */
export interface EvidenceOfBlock {
  readonly reporter: Uint8Array;
  readonly items: readonly Uint8Array[];
}

export const NO_EVIDENCE: EvidenceOfBlock = { reporter: new Uint8Array(32), items: [] };

const KINDS = ['equivocation', 'proxy'] as const;

/** Canonical bytes, as blocks and gossip carry them. */
export function encodeNodeEvidence(evidence: NodeEvidence): Uint8Array {
  return evidence.kind === 'equivocation'
    ? encode([evidence.kind, evidence.votes])
    : encode([evidence.kind, evidence.payload, evidence.signature, evidence.item]);
}

/** Undefined for bytes that are no evidence of any kind. */
export function decodeNodeEvidence(bytes: Uint8Array): NodeEvidence | undefined {
  try {
    return decodeShape('transaction-malformed', bytes, BLOCK_EVIDENCE_BYTES_MAX, (value) => {
      const fields = listShape((field: unknown) => field, 2, 4)(value, 'evidence');
      const kind = oneOf(KINDS)(fields[0], 'kind');
      if (fields.length !== (kind === 'equivocation' ? 2 : 4)) throw new ShapeError('evidence');
      if (kind === 'equivocation')
        return { kind, votes: bytesShape(1, EVIDENCE_BYTES_MAX)(fields[1], 'votes') };
      return {
        kind,
        payload: bytesShape(1, PROXY_PAYLOAD_BYTES_MAX)(fields[1], 'payload'),
        signature: bytesShape(SIGNATURE_BYTES)(fields[2], 'signature'),
        item: integerShape(0, ACCESS_ITEMS_MAX - 1)(fields[3], 'item'),
      };
    });
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

/** What evidence shows under a state; undefined when that is nothing (yet: the access request may be to come). */
export function faultOf(
  backend: Backend,
  get: Get,
  { chainId }: Pick<BlockContext, 'chainId'>,
  bytes: Uint8Array,
): (Fault & { readonly kind: EvidenceEntry['kind'] }) | undefined {
  const evidence = decodeNodeEvidence(bytes);
  if (evidence === undefined) return undefined;
  const fault =
    evidence.kind === 'equivocation'
      ? equivocationOf(backend, chainId, (height) => validatorsAt(get, height), evidence.votes)
      : falseConversionOf(backend, get, chainId, evidence);
  return fault && { ...fault, kind: evidence.kind };
}

/** Would this be new on the ledger? */
export function checkEvidence(
  backend: Backend,
  get: Get,
  context: Pick<BlockContext, 'chainId'>,
  bytes: Uint8Array,
): { readonly ok: true; readonly fault: Fault } | { readonly ok: false; readonly code: RefusalCode } {
  const fault = faultOf(backend, get, context, bytes);
  if (fault === undefined) return { ok: false, code: 'evidence-invalid' };
  const isKnown = readEvidence(get, fault.node, fault.slot) !== undefined;
  return isKnown ? { ok: false, code: 'evidence-known' } : { ok: true, fault };
}

/** Records the evidence of a block, before its transactions. Gives the code of the first that does not belong there. */
export function recordEvidence(
  backend: Backend,
  state: Overlay,
  context: BlockContext,
  { reporter, items }: EvidenceOfBlock,
): RefusalCode | undefined {
  for (const bytes of items) {
    const fault = faultOf(backend, state.get, context, bytes);
    if (fault === undefined) return 'evidence-invalid';
    const { node, slot, kind } = fault;
    if (readEvidence(state.get, node, slot) !== undefined) return 'evidence-known';
    const transaction = hash(DOMAIN.evidence, bytes);
    const entry = { node, kind, reporter, transaction, height: context.height };
    state.put(stateKeys.evidence(node, slot), ENTRY.evidence.encode(entry));
    append(state, 'evidence-of', node, transaction);
  }
  return undefined;
}
