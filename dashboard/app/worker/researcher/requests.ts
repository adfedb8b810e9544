import { toHex } from '#crypto';
import { ClientError } from '#node/client';
import type { CallOptions, PhrClient } from '#node/client';
import { isProtocol, studyPurpose } from '#node/records';
import { idOf, namesOf } from '../directory.ts';

/** A request that this researcher sent. */
export interface SentLine {
  id: string;
  patient: string;
  /** Who was asked: the patient, or the doctor in charge. */
  to: string;
  toName: string;
  isPatient: boolean;
  state: string;
  sentAtMs: number;
  height: number;
  /** Why it was refused, when the person said so. */
  refusal: string;
}

export interface AskInput {
  patient: string;
  /** Empty: the patient. */
  to: string;
  protocol: string;
  title: string;
  message: string;
}

export async function sentRequests(client: PhrClient, options: CallOptions): Promise<SentLine[]> {
  const requests = await client.sharing.sent(options);
  const names = await namesOf(
    client,
    requests.map(({ to }) => toHex(to)),
    options,
  );
  const lines = await Promise.all(
    requests.map(async (request): Promise<SentLine> => {
      const [patient, to] = [toHex(request.patient), toHex(request.to)];
      return {
        id: toHex(request.id),
        patient,
        to,
        toName: names.get(to) ?? '',
        isPatient: patient === to,
        state: request.status,
        sentAtMs: request.timeMs,
        height: request.height,
        refusal: (await client.sharing.refusal(request, options)) ?? '',
      };
    }),
  );
  return lines.toSorted((a, b) => b.height - a.height);
}

/** The message begins with the study, so that whoever answers can name it in the grant. */
export async function ask(
  client: PhrClient,
  input: AskInput,
  options: CallOptions,
): Promise<{ height: number }> {
  const { protocol, title } = input;
  if (!isProtocol(protocol)) throw new ClientError('input-invalid', { what: 'protocol' });
  const patient = idOf(input.patient);
  const to = input.to === '' ? patient : idOf(input.to);
  const message = `${studyPurpose({ protocol, title })}: ${input.message.trim()}`;
  const { height } = await client.sharing.requestAccess({ patient, to, message }, options);
  return { height };
}
