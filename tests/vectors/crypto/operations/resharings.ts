import { dealSubShares, isSubDealingOf, joinCommitments, joinDealtShares, openSubShares, toHex } from '#crypto';
import { deriveSealKeys } from '../../../../crypto/keys/person.ts';
import { hexAll, withDraws, type Fields, type Operation } from './fields.ts';

export const listsIn = (input: Fields, name: string): Uint8Array[][] =>
  input.list(name).map((_, i) => input.fields(name).bytesList(String(i)));

const subsIn = (input: Fields) =>
  input.fieldsList('subs').map((sub) => ({
    from: sub.number('from'),
    commitments: listsIn(sub, 'commitments'),
  }));

/** Re-sharing over nodes: SCHEME 7. */
export const RESHARINGS: Readonly<Record<string, Operation>> = {
  'sub-shares-deal': (backend, input) => {
    const dealer = input.fields('dealer');
    const { commitments, boxes } = dealSubShares(withDraws(backend, input), {
      owner: input.bytes('owner'),
      epoch: input.number('epoch'),
      dealer: {
        id: dealer.bytes('id'),
        index: dealer.number('index'),
        secretKey: dealer.bytes('signSecret'),
      },
      shares: input.bytesList('shares'),
      ...(input.has('z') ? { lock: input.bytes('z') } : {}),
      threshold: input.number('threshold'),
      holders: input.fieldsList('holders').map((one) => ({
        id: one.bytes('id'),
        index: one.number('index'),
        seal: one.bytes('seal'),
      })),
    });
    return { commitments: commitments.map(hexAll), boxes: boxes.map(({ box }) => toHex(box)) };
  },
  'sub-dealing-verify': (backend, input) =>
    isSubDealingOf(backend, listsIn(input, 'old'), {
      from: input.number('from'),
      threshold: input.number('threshold'),
      commitments: listsIn(input, 'commitments'),
    }),
  'sub-shares-open': (backend, input) => {
    const [dealer, holder] = [input.fields('dealer'), input.fields('holder')];
    const { shares, lock } = openSubShares(backend, {
        owner: input.bytes('owner'),
        epoch: input.number('epoch'),
        dealer: {
          id: dealer.bytes('id'),
          index: dealer.number('index'),
          signPublicKey: dealer.bytes('sign'),
        },
        holder: {
          id: holder.bytes('id'),
          index: holder.number('index'),
          seal: deriveSealKeys(holder.bytes('sealSeed')),
        },
        count: input.number('count'),
        commitments: listsIn(input, 'commitments'),
        ...(input.has('lock') ? { lock: input.bytes('lock') } : {}),
        box: input.bytes('box'),
      });
    return [...hexAll(shares), ...(lock.length === 0 ? [] : [toHex(lock)])];
  },
  'commitments-join': (backend, input) => joinCommitments(backend, subsIn(input)).map(hexAll),
  'dealt-shares-join': (backend, input) =>
    hexAll(
      joinDealtShares(backend, {
        index: input.number('index'),
        commitments: joinCommitments(backend, subsIn(input)),
        dealt: input.fieldsList('dealt').map((one) => ({
          from: one.number('from'),
          shares: one.bytesList('shares'),
        })),
      }),
    ),
};
