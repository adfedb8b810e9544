import { resolve } from 'node:path';
import { EXIT, numberOption, requiredOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { admit, invite } from './gateway-patient.ts';
import { readPassphrase } from './passphrase.ts';

const PORT_DEFAULT = 7_480;
const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

interface Place {
  readonly directory: string;
  readonly passphrase: string;
}

function placeOf({ values, io }: CommandArgs): Place {
  const directory = resolve(io.cwd, requiredOption(values, 'data'));
  return {
    directory,
    passphrase: readPassphrase(resolve(io.cwd, requiredOption(values, 'passphrase-file'))),
  };
}

/** Loaded when it is used: no other command pays for an MQTT client. */
const load = async () => await Promise.all([import('#node/gateway'), import('#crypto/native')]);

/** The name of an enrolment; undefined when none was given. */
function enrolmentOption({ values }: CommandArgs): string | undefined {
  const name = textOption(values, 'enrolment');
  if (name !== undefined && !NAME.test(name))
    throw new UsageError('--enrolment takes lowercase letters, digits and -');
  return name;
}

async function enrol(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const [[{ enrolGateway, FIRST_ENROLMENT }, { createNativeBackend }], { readText, writeNew }] =
    await Promise.all([load(), import('./small-file.ts')]);
  const name = enrolmentOption(args);
  const answer = await enrolGateway({
    ...placeOf(args),
    ...(name === undefined ? {} : { name }),
    backend: await createNativeBackend(),
    code: readText(resolve(io.cwd, requiredOption(values, 'code'))),
    nowMs: Date.now(),
  });
  writeNew(resolve(io.cwd, requiredOption(values, 'answer')), `${answer}\n`);
  io.out(
    `enrolled here as ${name ?? FIRST_ENROLMENT}; give the answer to the patient’s client\na gateway that runs takes the enrolment up by itself\n`,
  );
  return EXIT.ok;
}

async function list({ values, io }: CommandArgs): Promise<ExitCode> {
  const [{ listEnrolments }] = await load();
  const enrolments = listEnrolments(resolve(io.cwd, requiredOption(values, 'data')));
  if (enrolments.length === 0) io.out('nobody is enrolled here\n');
  const width = Math.max(0, ...enrolments.map(({ name }) => name.length));
  for (const { name, patient, nodeUrl, isWithdrawn } of enrolments) {
    const facts = patient === null ? 'damaged' : `patient ${patient.slice(0, 16)}  ${nodeUrl}`;
    io.out(`${name.padEnd(width)}  ${facts}${isWithdrawn ? '  withdrawn, not all is sent yet' : ''}\n`);
  }
  return enrolments.some(({ patient }) => patient === null) ? EXIT.degraded : EXIT.ok;
}

async function run(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const [{ Gateway, openEnrolments, openGatewayHome }, { createNativeBackend }] = await load();
  const segmentSeconds = numberOption(values, 'segment-seconds', { min: 1, max: 3_600 });
  const mqttUrl = textOption(values, 'mqtt');
  const port = numberOption(values, 'port', { min: 0, max: 65_535 }) ?? PORT_DEFAULT;
  const place = placeOf(args);
  const backend = await createNativeBackend();
  const { homes, leftOut } = await openEnrolments({ ...place, backend });
  const say = (event: string, facts: object): void => io.err(`${JSON.stringify({ event, ...facts })}\n`);
  for (const { name, error } of leftOut) say('left-out', { enrolment: name, ...failureOf(error) });
  const gateway = new Gateway({
    homes,
    leftOut: leftOut.map(({ name }) => name),
    backend,
    port,
    ...(mqttUrl === undefined ? {} : { mqttUrl }),
    ...(segmentSeconds === undefined ? {} : { segmentMs: segmentSeconds * 1000 }),
    open: (name) => openGatewayHome({ ...place, backend, name }),
    onEnrolment: ({ kind, ...facts }) =>
      say(kind, 'error' in facts ? { enrolment: facts.enrolment, ...failureOf(facts.error) } : facts),
    onFailure: (error, enrolment) => say('failure', { enrolment, ...failureOf(error) }),
  });
  const opened = await gateway.start();
  const enrolments = homes.map(({ name }) => name);
  io.out(`${JSON.stringify({ event: 'started', port: opened, enrolments })}\n`);
  try {
    if (!io.signal.aborted)
      await new Promise<void>((done) => io.signal.addEventListener('abort', () => done(), { once: true }));
    return gateway.leftOut.length === 0 ? EXIT.ok : EXIT.degraded;
  } finally {
    await gateway.stop();
  }
}

/** Code and facts of a failure of ours; of any other its message, which comes from this machine. */
function failureOf(error: unknown): { code: string; message: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
  return { code, message: error instanceof Error ? error.message : '' };
}

/** The secrets of an enrolment's sources, as often as they were withdrawn. */
async function openSecrets(args: CommandArgs) {
  const [{ addressOf, openGatewayHome, SourceEpochs, SourceSecrets }, { createNativeBackend }] = await load();
  const name = enrolmentOption(args);
  const home = await openGatewayHome({
    ...placeOf(args),
    ...(name === undefined ? {} : { name }),
    backend: await createNativeBackend(),
  });
  const epochs = new SourceEpochs(home.directory, home.keys.root);
  const secrets = new SourceSecrets(home.keys.root, (source) => epochs.epochOf(source));
  return { epochs, secrets, address: (source: string) => addressOf(home.name, source) };
}

function sourceName({ values }: CommandArgs): string {
  const name = requiredOption(values, 'name');
  if (!NAME.test(name)) throw new UsageError('--name takes lowercase letters, digits and -');
  return name;
}

async function source(args: CommandArgs): Promise<ExitCode> {
  const name = sourceName(args);
  const [{ readingsTopic }] = await load();
  const { secrets, address } = await openSecrets(args);
  const line = { source: address(name), secret: secrets.secretOf(name), topic: readingsTopic(address(name)) };
  args.io.out(`${JSON.stringify(line)}\n`);
  return EXIT.ok;
}

/** With --name the secret of a source; without, a whole enrolment. */
async function withdraw(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const enrolment = enrolmentOption(args);
  if (textOption(values, 'name') === undefined) {
    if (enrolment === undefined)
      throw new UsageError('--name <source> or --enrolment <name> says what to withdraw');
    return await withdrawWhole(args, enrolment);
  }
  const name = sourceName(args);
  const { epochs, address } = await openSecrets(args);
  epochs.withdraw(name);
  io.out(
    `the secret of ${address(name)} is worth nothing from now on; "phr gateway source" prints its new one\n`,
  );
  return EXIT.ok;
}

async function withdrawWhole({ values, io }: CommandArgs, enrolment: string): Promise<ExitCode> {
  const [{ withdrawEnrolment }] = await load();
  const isGivenUp = values['give-up'] === true;
  const directory = resolve(io.cwd, requiredOption(values, 'data'));
  const result = withdrawEnrolment(directory, enrolment, isGivenUp ? 'give-up' : 'send-first');
  io.out(`${enrolment} is withdrawn: from now on nothing is taken for it\n`);
  if (result.kind === 'running')
    io.out(
      isGivenUp
        ? 'the gateway that runs destroys its keys, and says in its log how many readings were lost by that\n'
        : 'the gateway that runs sends what it has, then destroys the keys and says so in its log\n',
    );
  else if (result.kind === 'waits')
    io.out(
      `${countOf(result.readings)} not sent yet: start the gateway; it sends them, then destroys the keys\nwith --give-up they are lost, and the keys are destroyed now\n`,
    );
  else if (result.givenUp === 0) io.out('everything was sent; its keys are destroyed\n');
  else io.out(`its keys are destroyed; ${countOf(result.givenUp)} not sent and are lost\n`);
  return EXIT.ok;
}

const countOf = (readings: number): string =>
  readings === 1 ? '1 reading was' : `${readings} readings were`;

async function simulate(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const { runLoad } = await import('#node/gateway');
  const { secrets, address } = await openSecrets(args);
  const port = numberOption(values, 'port', { min: 1, max: 65_535 }) ?? PORT_DEFAULT;
  const report = await runLoad({
    url: `http://127.0.0.1:${port}`,
    secretOf: (name) => secrets.secretOf(name),
    addressOf: address,
    wearables: numberOption(values, 'wearables', { min: 1, max: 1_000 }) ?? 1,
    hz: numberOption(values, 'hz', { min: 1, max: 100 }) ?? 1,
    seconds: numberOption(values, 'seconds', { min: 1, max: 86_400 }) ?? 60,
    seed: numberOption(values, 'seed', { min: 0, max: 999_999_999 }) ?? 1,
    startMs: Date.now(),
    signal: io.signal,
  });
  io.out(`${JSON.stringify(report)}\n`);
  return report.accepted === report.sent ? EXIT.ok : EXIT.degraded;
}

const VERBS: Readonly<Record<string, (args: CommandArgs) => Promise<ExitCode>>> = {
  invite,
  enrol,
  admit,
  list,
  run,
  source,
  withdraw,
  simulate,
};

export const gatewayCommand: Command = {
  name: 'gateway',
  summary: 'run a device gateway for one patient or a ward: readings in, sealed records out',
  usage: '<step> [options]',
  help: `
A gateway takes readings of wearables, seals them in segments of a few minutes and writes them into its own lanes. It
holds writer kits alone: it can open and search nothing. Enrolment takes three steps and two texts:

  invite    at the patient: --keystore <file> --passphrase-file <file> --node <url> --genesis <file> --code <new file>
  enrol     at the gateway: --data <directory> --passphrase-file <file> --code <file> --answer <new file>
            [--enrolment <name>]: a name such as bed-12 for each patient of a gateway that serves several
  admit     at the patient: as invite, with --code <file> --answer <file> [--months <n>]; the code is used up

  run       --data <directory> --passphrase-file <file> [--port <n>] [--mqtt <url>] [--segment-seconds <n>]
            http: POST /v1/readings on 127.0.0.1:${PORT_DEFAULT}, with phr-source and authorization: Bearer <secret>
            mqtt: (mqtts, or a broker on this machine) QoS 1 on phr/<source>/readings
  list      --data <directory>: who is enrolled here
  source    --data <directory> --passphrase-file <file> [--enrolment <name>] --name <source>: its address, secret and
            topic, as one line of JSON; in an enrolment with a name the address is <name>/<source>
  withdraw  as source: its secret, lost with a device, is refused from the next message on
  withdraw  --data <directory> --enrolment <name> [--give-up]: a whole enrolment (the one without a name is called
            default). What was taken is sent first, then its keys are destroyed; with --give-up they are destroyed at
            once, and readings that were not sent are lost, and counted
  simulate  as run, with [--enrolment <name>] [--wearables <n>] [--hz <n>] [--seconds <n>] [--seed <n>]: seeded
            wearables in real time

A gateway that runs takes up a new enrolment, and ends a withdrawn one, within seconds: see the lines of JSON that it
writes. Over MQTT the answer of the gateway is on phr/<source>/answers: a device keeps its readings until it is there.`,
  options: {
    'give-up': { type: 'boolean' },
    ...Object.fromEntries(
      [
        'keystore',
        'passphrase-file',
        'node',
        'genesis',
        'code',
        'answer',
        'months',
        'data',
        'port',
        'mqtt',
        'segment-seconds',
        'name',
        'enrolment',
        'wearables',
        'hz',
        'seconds',
        'seed',
      ].map((name) => [name, { type: 'string' as const }]),
    ),
  },
  positionals: { min: 1, max: 1 },
  async run(args) {
    const [verb = ''] = args.positionals;
    const step = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (step === undefined) throw new UsageError(`no step "${verb.slice(0, 32)}"`);
    return await step(args);
  },
};
