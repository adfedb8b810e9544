import { ACCESS_ITEMS_MAX, EVIDENCE_BYTES_MAX, PROXY_PAYLOAD_BYTES_MAX, SIGNATURE_BYTES } from './bounds.ts';
import { bytesShape, integerShape, objectShape } from './shape.ts';
import type { Shape } from './shape.ts';

/** A proxy's signed answer as it came (`payload` and `signature`), and which of its items is false. */
export interface ProxyEvidenceBody {
  payload: Uint8Array;
  signature: Uint8Array;
  item: number;
}

/** Bodies that prove what a node did wrong. `votes`: canonical `[vote, vote]` as validators exchange them. */
export interface EvidenceBodies {
  'evidence.equivocation': { votes: Uint8Array };
  'evidence.proxy': ProxyEvidenceBody;
}

export const EVIDENCE_BODY_SHAPES: { readonly [K in keyof EvidenceBodies]: Shape<EvidenceBodies[K]> } = {
  'evidence.equivocation': objectShape({ votes: bytesShape(1, EVIDENCE_BYTES_MAX) }),
  'evidence.proxy': objectShape<ProxyEvidenceBody>({
    payload: bytesShape(1, PROXY_PAYLOAD_BYTES_MAX),
    signature: bytesShape(SIGNATURE_BYTES),
    item: integerShape(0, ACCESS_ITEMS_MAX - 1),
  }),
};
