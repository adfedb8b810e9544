import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../node/cli/command.ts';
import type { CliIo, Command } from '../../../node/cli/command.ts';
import { runCommandLine } from '../../../node/cli/command-line.ts';
import { phrCommandLine } from '../../../node/cli/phr.ts';
import { displayOf, progressLine } from '../../../node/cli/progress-line.ts';
import { foldHelp, foldLine, foldUsage, usageWords } from '../../../node/cli/terminal-text.ts';
import { phr } from './run-phr.ts';

const { commands } = phrCommandLine(() => Promise.reject(new Error('no node in this test')));
const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

describe('help on a terminal of 80 columns', () => {
  it.each(commands)('of $name fits, and loses and tears no word', async (command: Command) => {
    const { out } = await phr([command.name, '--help']);
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(wordsOf(out)).toEqual([
      ...wordsOf(`usage: phr ${command.name} ${command.usage}`),
      ...wordsOf(command.help),
    ]);
  });

  it('joins the lines of a paragraph, hangs what an option is, and keeps the items of a list apart', () => {
    const help = [
      'Reads the file, seals every record on this machine, stores',
      'it, and says what it left out.',
      '',
      '  --format <format>   bundle (default): a collection of everything',
      '                      that there is',
      '                      ndjson: one a line',
    ].join('\n');
    expect(foldHelp(help, 48)).toBe(
      [
        'Reads the file, seals every record on this',
        'machine, stores it, and says what it left out.',
        '',
        '  --format <format>   bundle (default): a',
        '                      collection of everything',
        '                      that there is',
        '                      ndjson: one a line',
      ].join('\n'),
    );
  });

  it('tears no option from its value and nothing in brackets', () => {
    const usage = '--node <url> (--keystore <file> | --vault <file>) [--label <study>] [--json] <file> ...';
    expect(usageWords(usage)).toEqual([
      '--node <url>',
      '(--keystore <file> | --vault <file>)',
      '[--label <study>]',
      '[--json]',
      '<file>',
      '...',
    ]);
    expect(foldUsage('phr upload', usage, 44)).toBe(
      [
        'usage: phr upload --node <url>',
        '         (--keystore <file> | --vault <file>)',
        '         [--label <study>] [--json] <file>',
        '         ...',
      ].join('\n'),
    );
    expect(foldLine('  The node cannot be reached.', 20)).toBe('  The node cannot be\n  reached.');
  });
});

describe('a progress line', () => {
  it('never fills the width of the terminal, or it could not be drawn over', () => {
    for (const columns of [1, 20, 80]) {
      let drawn = '';
      const io = { err: (text: string) => void (drawn += text), columns } as CliIo;
      const display = displayOf(io, false);
      display.show(() =>
        progressLine(99e9, 100e9, `${'9'.repeat(40)} records, 123456 known, 123456 left out`),
      );
      expect(drawn.replace('\r\u001B[2K', '').length).toBe(columns - 1);
      display.end();
      expect(drawn.endsWith('\r\u001B[2K')).toBe(true);
    }
  });
});

describe('a command that ends before its time', () => {
  const run = async (work: (signal: AbortSignal) => Promise<never>, columns?: number) => {
    const control = new AbortController();
    let err = '';
    const io = {
      out: () => undefined,
      err: (text: string) => void (err += text),
      cwd: '/',
      signal: control.signal,
      columns,
    };
    const command: Command = {
      name: 'work',
      summary: '',
      usage: '',
      help: '',
      options: {},
      positionals: { min: 0, max: 0 },
      run: () => {
        control.abort();
        return work(control.signal);
      },
    };
    const line = {
      program: 'x',
      about: '',
      commands: [command],
      describeError: () => 'a failure '.repeat(12),
    };
    return { code: await runCommandLine(line, ['work'], io), err };
  };

  it('says that it was stopped, exit code 130, and hides no other failure behind that', async () => {
    const stopped = await run((signal) => Promise.reject(signal.reason as Error));
    expect(stopped).toEqual({ code: EXIT.interrupted, err: 'x work: stopped, as you asked\n' });
    const failed = await run(() => Promise.reject(new Error('disk failed')));
    expect(failed.code).toBe(EXIT.error);
    expect(failed.err).toBe(`x work: ${'a failure '.repeat(12)}\n`);
  });

  it('folds what it says on a terminal alone', async () => {
    const { err } = await run(() => Promise.reject(new Error('disk failed')), 80);
    for (const line of err.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(wordsOf(err)).toHaveLength(26);
  });

  it('names the word that is missing', async () => {
    expect(await phr(['import'])).toMatchObject({
      code: EXIT.usage,
      err: expect.stringContaining('phr import: <file> is missing\n') as string,
    });
  });
});
