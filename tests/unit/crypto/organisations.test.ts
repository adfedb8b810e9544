import { describe, expect, it } from 'vitest';
import { canOpen, combine, convert, delegateCompartment, utf8 } from '#crypto';
import { delegateScalar } from '../../../crypto/grant/delegation.ts';
import { invertScalar, scalarFromBytes, scalarToBytes } from '../../../crypto/scalar.ts';
import { bob, compartmentOf, contextOf, eve, grantTo, headerOf, nativeBackend, sealFor } from './cast.ts';

/** One compartment, granted to two organisations; one of them loses every key that it has. */
const laboratory = compartmentOf();
const compartment = delegateCompartment(laboratory);
const toBob = grantTo([laboratory]);
const toEve = grantTo([laboratory], { delegate: eve });
const [j, k] = [toBob.rekeyOf[0]!, toEve.rekeyOf[0]!];
const dOf = (delegate: typeof bob, grant: typeof toBob, rekeyIndex: number) =>
  delegateScalar(nativeBackend, {
    delegate,
    grantId: grant.grantId,
    rekeyIndex,
    rekey: grant.rekeys[rekeyIndex]!,
  });
const { group } = nativeBackend;

describe('the disclosed key of one organisation', () => {
  it('is another than that of any other organisation, for the same document', () => {
    expect(dOf(bob, toBob, j)).not.toEqual(dOf(eve, toEve, k));
    expect(toBob.rekeys[j]!.commitments[0]).not.toEqual(toEve.rekeys[k]!.commitments[0]);
    // A second grant to the same organisation has another key as well.
    const again = grantTo([laboratory]);
    expect(dOf(bob, again, again.rekeyOf[0]!)).not.toEqual(dOf(bob, toBob, j));
  });

  it('opens nothing by itself: not with kappa, not with everything that is public', async () => {
    const header = headerOf(await sealFor([laboratory], utf8('a record')));
    const E = header.slots[0]!.E;
    const [d, b] = [dOf(bob, toBob, j), bob.delegate.secret];
    const inverse = (bytes: Uint8Array) => scalarToBytes(invertScalar(scalarFromBytes(bytes)));
    const points = [E, laboratory.A, ...toBob.rekeys[j]!.commitments, toBob.rekeys[j]!.X];
    const tries = points.flatMap((point) =>
      [d, b, inverse(d), inverse(b)].map((scalar) => group.multiply(scalar, point)),
    );
    for (const Y of [...points, ...tries]) {
      expect(canOpen(nativeBackend, header, { kind: 'converted', compartment, Y })).toBe(false);
    }
    for (const a of [d, b, inverse(d), inverse(b)]) {
      const claimed = { ...laboratory, a };
      expect(canOpen(nativeBackend, header, { kind: 'owner', compartment: claimed })).toBe(false);
    }
    const Y = group.multiply(laboratory.a, E);
    expect(canOpen(nativeBackend, header, { kind: 'converted', compartment, Y })).toBe(true);
  });

  it('does not turn conversions that were made for another organisation', async () => {
    const header = headerOf(await sealFor([laboratory], utf8('a record')));
    const E = header.slots[0]!.E;
    const context = contextOf(toEve, k, header.recordId);
    const conversions = [0, 1, 2].map((i) =>
      convert(nativeBackend, { share: toEve.shares[i]![k]!, E, index: i + 1, context }),
    );
    const through = (grant: typeof toBob, rekeyIndex: number, delegate: typeof bob) => {
      const rekey = grant.rekeys[rekeyIndex]!;
      const init = { delegate, grantId: grant.grantId, rekeyIndex, rekey, conversions };
      const Y = combine(nativeBackend, init);
      return canOpen(nativeBackend, header, { kind: 'converted', compartment, Y });
    };
    expect(through(toBob, j, bob)).toBe(false);
    expect(through(toEve, k, bob)).toBe(false);
    expect(through(toEve, k, eve)).toBe(true);
  });
});
