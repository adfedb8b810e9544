import { rootFromRecoveryCode, toHex } from '#crypto';
import type { Resealed } from '#node/client';
import { institutionName, namesOf } from '../directory.ts';
import type { WorkerContext } from '../context.ts';
import { forgetBanner, selfOf } from './self.ts';
import type { Self } from './self.ts';

/** Whether a patient can open her own record, and who or what helps when she can not. Ids are hex. */
export interface SealedView {
  isSealed: boolean;
  /** When the recovery could be finished that gave the account its keys; null when there was none. */
  recoveredMs: number | null;
  /** Doctors in charge, guardians and cover who have her keys. */
  helpers: { id: string; name: string; home: string }[];
  /** Parts of the former root lie with the institutions. */
  hasDeposit: boolean;
  /** Shares that run: those who have them read on, whatever becomes of the keys. */
  shares: number;
}

export async function sealed(context: WorkerContext): Promise<SealedView> {
  const { client, patient, options } = selfOf(context);
  const [[isSealed], recovery, helpers, hasDeposit, grants, head] = await Promise.all([
    client.recoveries.outdated([{ patient, holder: patient }], options),
    client.recoveries.find(patient, options),
    client.recoveries.helpers(patient, options),
    client.recoveries.isDeposited(patient, options),
    client.sharing.grantsOf(patient, options),
    client.head(options),
  ]);
  const names = await namesOf(client, helpers.map(toHex), options);
  const people = await Promise.all(helpers.map((id) => client.people.find(id, options)));
  return {
    isSealed: isSealed === true,
    recoveredMs: recovery?.status === 'finished' ? recovery.finishFromMs : null,
    helpers: people.flatMap((person) =>
      person === undefined
        ? []
        : [
            {
              id: toHex(person.id),
              name: names.get(toHex(person.id)) ?? '',
              home: institutionName(client, person.home),
            },
          ],
    ),
    hasDeposit,
    shares: grants.filter(
      ({ revokedHeight, expiresAtMs }) => revokedHeight === null && head.time < expiresAtMs,
    ).length,
  };
}

/** What is open again, and the block in which it was sealed to the new keys: null when there was nothing to seal. */
export interface Opened {
  categories: number;
  height: number | null;
}

/** With the recovery code from before. @throws CryptoError, ClientError `record-invalid` */
export async function unsealWithCode(context: WorkerContext, { code }: { code: string }): Promise<Opened> {
  const self = selfOf(context);
  const root = rootFromRecoveryCode(code);
  try {
    return opened(self, await self.client.recoveries.regainWith(root, self.options));
  } finally {
    root.fill(0);
  }
}

/** With what was laid down at the institutions; an empty passphrase is none. */
export async function unsealWithDeposit(
  context: WorkerContext,
  { passphrase }: { passphrase: string },
): Promise<Opened> {
  const self = selfOf(context);
  const regained = await self.client.recoveries.regain(passphrase === '' ? null : passphrase, self.options);
  regained.former.root.fill(0);
  return opened(self, regained);
}

/** An empty record in the place of one that nobody can open any more. @throws ClientError `contended` */
export async function startAnew(context: WorkerContext): Promise<{ height: number }> {
  const self = selfOf(context);
  const { height } = await self.client.recoveries.startAnew(self.options);
  forgetBanner(self);
  return { height };
}

function opened(self: Self, { categories, height }: Resealed): Opened {
  forgetBanner(self);
  return { categories: categories.length, height };
}
