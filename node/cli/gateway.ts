import { resolve } from 'node:path';
import { EXIT, numberOption, requiredOption, textOption, UsageError } from './command.ts';
import type { Command, CommandArgs, ExitCode } from './command.ts';
import { admit, invite } from './gateway-patient.ts';
import { readPassphrase } from './passphrase.ts';

const PORT_DEFAULT = 7_480;

/** Loaded when it is used: no other command pays for an MQTT client. */
async function openHome({ values, io }: CommandArgs) {
  const [{ openGatewayHome }, { createNativeBackend }] = await Promise.all([
    import('#node/gateway'),
    import('#crypto/native'),
  ]);
  const backend = await createNativeBackend();
  const directory = resolve(io.cwd, requiredOption(values, 'data'));
  const passphrase = readPassphrase(resolve(io.cwd, requiredOption(values, 'passphrase-file')));
  return { backend, home: await openGatewayHome({ backend, directory, passphrase }) };
}

async function enrol({ values, io }: CommandArgs): Promise<ExitCode> {
  const [{ enrolGateway }, { createNativeBackend }, { readText, writeNew }] = await Promise.all([
    import('#node/gateway'),
    import('#crypto/native'),
    import('./small-file.ts'),
  ]);
  const answer = await enrolGateway({
    backend: await createNativeBackend(),
    directory: resolve(io.cwd, requiredOption(values, 'data')),
    passphrase: readPassphrase(resolve(io.cwd, requiredOption(values, 'passphrase-file'))),
    code: readText(resolve(io.cwd, requiredOption(values, 'code'))),
    nowMs: Date.now(),
  });
  writeNew(resolve(io.cwd, requiredOption(values, 'answer')), `${answer}\n`);
  io.out('enrolled here; give the answer to the patient’s client, then start the gateway\n');
  return EXIT.ok;
}

async function run(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const { Gateway } = await import('#node/gateway');
  const segmentSeconds = numberOption(values, 'segment-seconds', { min: 1, max: 3_600 });
  const mqttUrl = textOption(values, 'mqtt');
  const gateway = new Gateway({
    ...(await openHome(args)),
    port: numberOption(values, 'port', { min: 0, max: 65_535 }) ?? PORT_DEFAULT,
    ...(mqttUrl === undefined ? {} : { mqttUrl }),
    ...(segmentSeconds === undefined ? {} : { segmentMs: segmentSeconds * 1000 }),
    onFailure: (error) => io.err(`${JSON.stringify({ event: 'failure', ...failureOf(error) })}\n`),
  });
  const port = await gateway.start();
  io.out(`${JSON.stringify({ event: 'started', port })}\n`);
  try {
    if (!io.signal.aborted)
      await new Promise<void>((done) => io.signal.addEventListener('abort', () => done(), { once: true }));
    return EXIT.ok;
  } finally {
    await gateway.stop();
  }
}

/** Code and facts of a failure of ours; of any other its message, which comes from this machine. */
function failureOf(error: unknown): { code: string; message: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
  return { code, message: error instanceof Error ? error.message : '' };
}

/** The secrets of the gateway's sources, as often as they were withdrawn. */
async function openSecrets(args: CommandArgs) {
  const { SourceEpochs, SourceSecrets } = await import('#node/gateway');
  const { home } = await openHome(args);
  const epochs = new SourceEpochs(home.directory, home.keys.root);
  return { epochs, secrets: new SourceSecrets(home.keys.root, (name) => epochs.epochOf(name)) };
}

function sourceName({ values }: CommandArgs): string {
  const name = requiredOption(values, 'name');
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
    throw new UsageError('--name takes lowercase letters, digits and -');
  return name;
}

async function source(args: CommandArgs): Promise<ExitCode> {
  const name = sourceName(args);
  const { readingsTopic } = await import('#node/gateway');
  const { secrets } = await openSecrets(args);
  args.io.out(
    `${JSON.stringify({ source: name, secret: secrets.secretOf(name), topic: readingsTopic(name) })}\n`,
  );
  return EXIT.ok;
}

async function withdraw(args: CommandArgs): Promise<ExitCode> {
  const name = sourceName(args);
  const { epochs } = await openSecrets(args);
  epochs.withdraw(name);
  args.io.out(
    `the secret of ${name} is worth nothing from now on; "phr gateway source" prints its new one\n`,
  );
  return EXIT.ok;
}

async function simulate(args: CommandArgs): Promise<ExitCode> {
  const { values, io } = args;
  const { runLoad } = await import('#node/gateway');
  const { secrets } = await openSecrets(args);
  const port = numberOption(values, 'port', { min: 1, max: 65_535 }) ?? PORT_DEFAULT;
  const report = await runLoad({
    url: `http://127.0.0.1:${port}`,
    secretOf: (name) => secrets.secretOf(name),
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
  run,
  source,
  withdraw,
  simulate,
};

export const gatewayCommand: Command = {
  name: 'gateway',
  summary: 'run a patient’s device gateway: readings in, sealed records out',
  usage: `<${Object.keys(VERBS).join(' | ')}> [options]`,
  help: `
A gateway takes readings of wearables, seals them in segments of a few minutes and writes them into its own lane. It
holds writer kits alone: it can open and search nothing. Enrolment takes three steps and two texts:

  invite    at the patient: --keystore <file> --passphrase-file <file> --node <url> --genesis <file> --code <new file>
  enrol     at the gateway: --data <directory> --passphrase-file <file> --code <file> --answer <new file>
  admit     at the patient: as invite, with --code <file> --answer <file> [--months <n>]; the code is used up

  run       --data <directory> --passphrase-file <file> [--port <n>] [--mqtt <url>] [--segment-seconds <n>]
            HTTP on 127.0.0.1:${PORT_DEFAULT}: POST /v1/readings, headers phr-source and authorization: Bearer <secret>;
            MQTT (mqtts, or a broker on this machine): QoS 1 on phr/<source>/readings
  source    --data <directory> --passphrase-file <file> --name <source>: its secret, as one line of JSON
  withdraw  as source: its secret, lost with a device, is refused from the next message on
  simulate  as run, with [--wearables <n>] [--hz <n>] [--seconds <n>] [--seed <n>]: seeded wearables in real time`,
  options: Object.fromEntries(
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
      'wearables',
      'hz',
      'seconds',
      'seed',
    ].map((name) => [name, { type: 'string' as const }]),
  ),
  positionals: { min: 1, max: 1 },
  async run(args) {
    const [verb = ''] = args.positionals;
    const step = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (step === undefined) throw new UsageError(`no step "${verb.slice(0, 32)}"`);
    return await step(args);
  },
};
