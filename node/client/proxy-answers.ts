import { fromBase64Url, toHex } from '#crypto';
import { conversionsSchema } from './api.ts';
import type { Connection } from './connection.ts';
import { checkAborted } from './deadline.ts';
import type { CallOptions } from './deadline.ts';
import { judge, signedAnswer } from './proxy-judgement.ts';
import type { ConvertedAccess, SignedAnswer } from './proxy-judgement.ts';

/** How often the node is asked: once, and again while a proxy that is late or behind may still replace a bad one. */
const ROUNDS_MAX = 4;
/** Reasons that pass by themselves. */
const PASSING = new Set(['stale-view', 'access-unknown', 'unavailable', 'timeout']);

export interface ProxyAnswers {
  /** As many as the grant demands, if they could be had, in the order of their share indices. */
  readonly honest: readonly SignedAnswer[];
  /** Answers that are lies, one a node. */
  readonly lies: readonly (SignedAnswer & { readonly lie: number })[];
  /** Nodes that did not convert and the last reason that they gave. */
  readonly refusals: readonly { readonly node: string; readonly code: string }[];
}

/**
 * Asks the proxies of a grant, all at once, until as many as it demands have converted honestly: every proof is
 * checked, a liar is left out from then on, and whoever was late or behind is asked again in its place.
 */
export async function collectProxyAnswers(
  connection: Connection,
  access: ConvertedAccess,
  options: CallOptions,
): Promise<ProxyAnswers> {
  const { api, backend } = connection;
  const { grant } = access;
  const judged = new Map<string, { answer: SignedAnswer; lie: number | undefined }>();
  const refusals = new Map<string, string>();
  const honest = (): SignedAnswer[] =>
    [...judged.values()].flatMap(({ answer, lie }) => (lie === undefined ? [answer] : []));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    checkAborted(options);
    const without = [...judged.keys()];
    const json = { access: toHex(access.id), ...(without.length > 0 ? { without } : {}) };
    const answer = await api.json({ method: 'POST', path: '/conversions', json }, conversionsSchema, options);
    for (const { node, code } of answer.refusals) refusals.set(node, code);
    for (const text of answer.answers) {
      if (honest().length >= grant.threshold) break;
      const signed = signedAnswer(backend, access, fromBase64Url(text));
      if (signed === undefined || judged.has(toHex(signed.node))) continue;
      const verdict = judge(backend, access, signed);
      if (verdict.kind === 'incomplete') continue;
      judged.set(toHex(signed.node), {
        answer: signed,
        lie: verdict.kind === 'false' ? verdict.item : undefined,
      });
      refusals.delete(toHex(signed.node));
    }
    const mayStill = grant.shares.some(({ node }) => {
      const name = toHex(node);
      const code = refusals.get(name);
      // Neither answered nor refused: the node did not wait for it.
      return !judged.has(name) && (code === undefined || PASSING.has(code));
    });
    if (honest().length >= grant.threshold || !mayStill) break;
  }
  return {
    honest: honest().toSorted((a, b) => a.index - b.index),
    lies: [...judged.values()].flatMap(({ answer, lie }) => (lie === undefined ? [] : [{ ...answer, lie }])),
    refusals: [...refusals].map(([node, code]) => ({ node, code })),
  };
}
