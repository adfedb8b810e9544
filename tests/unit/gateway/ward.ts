import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '#crypto';
import { encodeEnrolmentCode, inviteDevice, readAnswer } from '#node/client';
import type { PhrClient } from '#node/client';
import { enrolGateway, Gateway, openGatewayHome, SourceSecrets } from '#node/gateway';
import type { EnrolmentEvent, GatewayInit } from '#node/gateway';
import { decodeSamples, type encodeSamples } from '#node/records';
import type { GatewayHome } from '#node/gateway';
import { admit, openClinic } from '../client/clinic.ts';
import { urlOf } from '../client/fake-wire.ts';
import type { FakeNetwork } from '../client/fake-node.ts';

export const PASSPHRASE = 'a gateway in the hall';
export const NOW_MS = Date.UTC(2026, 10, 22, 9);
export const MONTHS = ['2026-10', '2026-11', '2026-12'];

/** Maria, her doctor, and a gateway that her client has admitted. Time stands still until a test moves it. */
export class Ward {
  readonly network: FakeNetwork;
  readonly maria: PhrClient;
  readonly alice: PhrClient;
  readonly directory: string;
  readonly home: GatewayHome;
  /** Patients beside Maria, by the name of their enrolment. */
  readonly others = new Map<string, { client: PhrClient; home: GatewayHome; secrets: SourceSecrets }>();
  readonly secrets: SourceSecrets;
  readonly time = { wallMs: NOW_MS, monotonicMs: 0 };
  /** What is done to the gateway's requests on their way. */
  wire: (path: string, send: () => Promise<Response>) => Promise<Response> = (_path, send) => send();
  #gateways: Gateway[] = [];

  private constructor(clinic: Awaited<ReturnType<typeof openClinic>>, directory: string, home: GatewayHome) {
    this.network = clinic.network;
    this.maria = clinic.maria;
    this.alice = clinic.alice;
    this.directory = directory;
    this.home = home;
    this.secrets = new SourceSecrets(home.keys.root);
  }

  static async open(months: readonly string[] = MONTHS): Promise<Ward> {
    const clinic = await openClinic();
    const { network, maria } = clinic;
    network.timeMs = NOW_MS;
    const directory = mkdtempSync(join(tmpdir(), 'phr-gateway-'));
    const home = await enrol(network, { client: maria, directory, months });
    return new Ward(clinic, directory, home);
  }

  /** Another patient at the same gateway. */
  async enrol(name: string, person = name): Promise<void> {
    const client = await admit(this.network, person, 'patient');
    const home = await enrol(this.network, { client, directory: this.directory, months: MONTHS, name });
    this.others.set(name, { client, home, secrets: new SourceSecrets(home.keys.root) });
  }

  /** What the gateways say of their enrolments. */
  readonly events: EnrolmentEvent[] = [];

  async gateway(init: Partial<GatewayInit> = {}): Promise<{ gateway: Gateway; url: string }> {
    const send = this.network.fetchOf();
    const { backend } = this.network;
    const gateway = new Gateway({
      homes: [this.home, ...[...this.others.values()].map(({ home }) => home)],
      open: (name) => openGatewayHome({ backend, directory: this.directory, passphrase: PASSPHRASE, name }),
      onEnrolment: (event) => this.events.push(event),
      ...init,
      backend,
      port: 0,
      segmentMs: 3_600_000,
      graceMs: 60_000,
      clock: { wall: () => this.time.wallMs, monotonic: () => this.time.monotonicMs },
      fetch: (input, options) => this.wire(new URL(urlOf(input)).pathname, () => send(input, options)),
    });
    const url = `http://127.0.0.1:${await gateway.start()}`;
    this.#gateways.push(gateway);
    return { gateway, url };
  }

  /** Everybody's clock goes on. */
  pass(ms: number): void {
    this.time.wallMs += ms;
    this.time.monotonicMs += ms;
    this.network.timeMs += ms;
  }

  async stop(gateway: Gateway): Promise<void> {
    this.#gateways = this.#gateways.filter((one) => one !== gateway);
    await gateway.stop();
  }

  async stopAll(): Promise<void> {
    for (const gateway of this.#gateways.splice(0)) await gateway.stop();
  }

  async close(): Promise<void> {
    await this.stopAll();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async post(url: string, source: string, readings: unknown, secret = this.secrets.secretOf(source)) {
    const response = await fetch(`${url}/v1/readings`, {
      method: 'POST',
      headers: { 'phr-source': source, authorization: `Bearer ${secret}` },
      body: typeof readings === 'string' ? readings : JSON.stringify({ readings }),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  }
}

/** The three steps between a patient's client and a gateway. */
async function enrol(
  network: FakeNetwork,
  init: { client: PhrClient; directory: string; months: readonly string[]; name?: string },
): Promise<GatewayHome> {
  const { client, directory, months } = init;
  const { backend } = network;
  const code = inviteDevice(backend, {
    patient: client.keys.id,
    chainId: client.chainId,
    nodeId: network.nodes[0]!.id,
    nodeUrl: 'https://node.test',
    nowMs: NOW_MS,
  });
  const place = {
    backend,
    directory,
    passphrase: PASSPHRASE,
    ...(init.name === undefined ? {} : { name: init.name }),
  };
  const answer = await enrolGateway({
    ...place,
    code: encodeEnrolmentCode(code),
    nowMs: NOW_MS,
    fetch: network.fetchOf(),
  });
  const device = readAnswer(backend, { code, answer, nowMs: NOW_MS });
  await client.care.enrolDevice({ ...device, categories: ['vital-signs'], months });
  return await openGatewayHome(place);
}

export interface Answer {
  accepted?: number;
  flagged?: number;
  next?: number;
  error?: { code: string; facts?: Record<string, string | number> };
}

/** A heart rate reading a second. */
export const pulse = (count: number, firstN = 1, startMs = NOW_MS - 60_000) =>
  Array.from({ length: count }, (_, i) => ({
    n: firstN + i,
    timeMs: startMs + i * 1000,
    code: '8867-4',
    value: 60 + ((firstN + i) % 30),
  }));

interface Authored {
  id: string;
  meta: { tag: { code: string }[] };
  status: string;
  code: { coding: { code: string }[] };
  effectivePeriod: { start: string; end: string };
  device: { identifier: { value: string } };
  extension?: { valueString: string }[];
  derivedFrom?: { identifier: { value: string } }[];
  valueSampledData?: ReturnType<typeof encodeSamples>;
  component?: { valueSampledData: ReturnType<typeof encodeSamples> }[];
}

export interface ReadBack {
  /** `source code time values [flags]` of every reading, in order. */
  readonly readings: string[];
  readonly objects: readonly { id: string; tags: string[]; amended: boolean; resource: Authored }[];
}

/** What a person sees who opens everything and shows a day object in the stead of what it covers. */
export async function readBack(
  client: PhrClient,
  patient: Uint8Array,
  keywords = '*',
  months: readonly string[] = MONTHS,
): Promise<ReadBack> {
  const selection = { patient, categories: ['vital-signs'], months, keywords };
  const { hits } = await client.records.search(selection);
  const opened = await client.records.openAll(hits);
  const objects = opened.map(({ hit, resource }) => {
    const parsed = JSON.parse(new TextDecoder().decode(resource)) as Authored;
    const tags = parsed.meta.tag.map(({ code }) => code);
    return { id: toHex(hit.recordId), tags, amended: hit.amendedBy !== null, resource: parsed };
  });
  const newest = objects.filter(({ amended }) => !amended);
  const covered = new Set(
    newest.flatMap(({ resource }) => (resource.derivedFrom ?? []).map(({ identifier }) => identifier.value)),
  );
  const shown = newest.filter(({ id }) => !covered.has(id));
  return { readings: shown.flatMap(({ resource }) => linesOf(resource)).toSorted(), objects };
}

function linesOf(resource: Authored): string[] {
  const startMs = Date.parse(resource.effectivePeriod.start);
  const sampled = resource.component?.map((one) => one.valueSampledData) ?? [resource.valueSampledData!];
  const columns = sampled.map((one) => decodeSamples(startMs, one));
  const flags = resource.meta.tag
    .map(({ code }) => code)
    .filter((code) => !['segment', 'day'].includes(code));
  return columns[0]!.map(({ timeMs }, i) => {
    const values = columns.map((column) => column[i]!.value).join('/');
    const code = resource.code.coding[0]!.code;
    return [resource.device.identifier.value, code, timeMs, values, ...flags].join(' ');
  });
}

export const linesOfPulse = (source: string, readings: ReturnType<typeof pulse>): string[] =>
  readings.map(({ code, timeMs, value }) => [source, code, timeMs, value].join(' ')).toSorted();
