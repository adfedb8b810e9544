import { profileOf } from './clinic-people.ts';
import type { Stage } from './play-clinic.ts';

/** Institutions say with which keys they tell people apart, and patients ask to move, one after the other. */
export async function playMoves({ cast, plan, tell, signal }: Stage): Promise<void> {
  const firsts = Map.groupBy(plan.administrators, ({ home }) => home);
  await Promise.all(
    [...firsts.values()].map(async ([first]) => {
      if (first !== undefined) await cast.client(first.account).identities.publishKey({ signal });
    }),
  );
  for (const { patient, to } of plan.moves) {
    const person = plan.people.find(({ account }) => account === patient);
    if (person === undefined) continue;
    const profile = { ...profileOf(person), number: '', message: 'I live nearer to you now.' };
    await cast.client(patient).people.move({ home: cast.nodeId(to), profile }, { signal });
  }
  tell(`${plan.moves.length} patients ask another institution to be their home`);
}
