import { toHex } from '#crypto';
import { idOf, namesOf } from '../directory.ts';
import type { WorkerContext } from '../context.ts';
import { stateOf, termsOnRecord } from '../patient/sharing.ts';
import type { BannerView } from '../record/banner.ts';
import { grantOnRecord } from '../record/consent.ts';
import type { ShareInput } from '../record/consent.ts';
import { assignmentsOf, requireInCharge, wardOf } from './ward.ts';
import { bannerOrNothing } from './patients.ts';

/** A grant that this doctor gave for one of her patients. */
export interface Delegation {
  id: string;
  patient: string;
  patientName: string;
  delegate: string;
  delegateName: string;
  createdMs: number;
  expiresAtMs: number;
  state: 'running' | 'over' | 'revoked';
  revokedHeight: number | null;
  height: number;
  threshold: number;
  /** Empty when the patient's record has no copy of the terms. */
  categories: string[];
  months: string[];
  purpose: string;
}

export async function delegations(context: WorkerContext): Promise<Delegation[]> {
  const { client } = context.signedIn();
  const own = toHex(client.keys.id);
  const assignments = (await assignmentsOf(context)).filter(({ status }) => status === 'active');
  const perPatient = await Promise.all(
    assignments.map(async ({ patient, hasKeys }): Promise<Delegation[]> => {
      const self = wardOf(context, toHex(patient));
      const grants = (await client.sharing.grantsOf(patient, self.options)).filter(
        ({ issuer }) => toHex(issuer) === own,
      );
      if (grants.length === 0) return [];
      const [banner, terms, names] = await Promise.all([
        hasKeys ? bannerOrNothing(self) : ({} as BannerView),
        hasKeys ? termsOnRecord(self) : new Map<string, never>(),
        namesOf(
          client,
          grants.map(({ delegate }) => toHex(delegate)),
          self.options,
        ),
      ]);
      return grants.map((grant) => {
        const known = terms.get(toHex(grant.id));
        return {
          id: toHex(grant.id),
          patient: toHex(patient),
          patientName: [banner.family?.toUpperCase(), banner.given]
            .filter((part) => part !== undefined)
            .join(', '),
          delegate: toHex(grant.delegate),
          delegateName: names.get(toHex(grant.delegate)) ?? '',
          createdMs: grant.timeMs,
          expiresAtMs: grant.expiresAtMs,
          state: stateOf(grant),
          revokedHeight: grant.revokedHeight,
          height: grant.height,
          threshold: grant.threshold,
          categories: known?.categories ?? [],
          months: known?.months ?? [],
          purpose: known?.purpose ?? '',
        };
      });
    }),
  );
  return perPatient.flat().toSorted((a, b) => b.createdMs - a.createdMs);
}

export interface DelegateInput extends ShareInput {
  patient: string;
}

/** Signs a grant for a patient of the doctor, and puts a copy of its terms into the patient's record. */
export async function delegate(
  context: WorkerContext,
  input: DelegateInput,
): Promise<{ grant: string; height: number; isOnRecord: boolean }> {
  return grantOnRecord(await requireInCharge(context, input.patient), input);
}

export async function revoke(context: WorkerContext, input: { grant: string }): Promise<{ height: number }> {
  const { client } = context.signedIn();
  const { height } = await client.sharing.revoke(idOf(input.grant), { signal: context.signal });
  return { height };
}
