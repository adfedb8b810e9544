import { beforeAll, describe, expect, it } from 'vitest';
import { decode, encode, toHex } from '#crypto';
import { readCount } from '#consensus/ledger';
import { ClientError, verifyAudit } from '#node/client';
import { NOVEMBER, openClinic } from './clinic.ts';
import type { Clinic } from './clinic.ts';

const TIMEOUT_MS = 300_000;

describe('an exported audit', () => {
  let clinic: Clinic;
  let file: Uint8Array;
  const verify = (bytes: Uint8Array) =>
    verifyAudit(clinic.network.backend, clinic.network.genesisBytes, bytes);

  beforeAll(async () => {
    clinic = await openClinic();
    const { network, maria, alice, bob } = clinic;
    const terms = {
      patient: maria.keys.id,
      categories: ['vital-signs'],
      months: [NOVEMBER],
      purpose: 'TREAT',
    };
    const expiresAtMs = network.timeMs + 86_400_000;
    const { grant } = await alice.sharing.grant({ ...terms, delegate: bob.keys.id, expiresAtMs });
    await maria.sharing.grant({ ...terms, delegate: alice.keys.id, expiresAtMs });
    await maria.sharing.revoke(grant);
    file = await maria.audit.export(maria.keys.id);
  });

  it('proves every grant with it, revoked ones too', () => {
    const { grants, lines, height, grantsHeight } = verify(file);
    expect(grants.map(({ revokedHeight }) => revokedHeight !== null)).toEqual([true, false]);
    const created = lines
      .filter(({ kind }) => kind === 'grant.create')
      .map(({ grant }) => grant && toHex(grant));
    expect(grants.map(({ id }) => toHex(id))).toEqual(created);
    expect(grantsHeight).toBeGreaterThanOrEqual(height);
  });

  it(
    'is refused with any one bit changed, in every byte',
    () => {
      for (let i = 0; i < file.length; i += 1) {
        const changed = file.slice();
        changed[i]! ^= 1 << (i % 8);
        expect(() => verify(changed), `byte ${i}`).toThrow(ClientError);
      }
    },
    TIMEOUT_MS,
  );

  it('cannot leave a grant out, swap two, or show those of another patient', async () => {
    const { network, bob } = clinic;
    const parts = decode(file, 1 << 24) as { grants: { ids: Uint8Array[] }[] };
    const [segment] = parts.grants;
    const withGrants = (...grants: object[]): Uint8Array => encode({ ...parts, grants });
    expect(verify(withGrants(segment!)).grants).toHaveLength(2);
    const other = decode(await bob.audit.export(bob.keys.id), 1 << 24) as { grants: object[] };
    expect(readCount((key) => network.state.get(key), 'grants-of', bob.keys.id)).toBe(0);
    for (const wrong of [
      [{ ...segment, ids: segment!.ids.slice(0, 1) }],
      [{ ...segment, ids: segment!.ids.toReversed() }],
      [{ ...segment, ids: [] }],
      [{ ...segment, first: 1 }],
      [segment!, segment!],
      other.grants,
      [],
    ]) {
      expect(() => verify(withGrants(...wrong))).toThrow(ClientError);
    }
  });
});
