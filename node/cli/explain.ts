import { EXIT, flagOption } from './command.ts';
import type { Command } from './command.ts';
import { ERROR_GUIDE, explanationOf } from './error-guide.ts';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'say what a code means, what is safe, and what to do',
  usage: '<code> [--json]',
  help: `
Every refusal and failure has a code. This says what it means, what is safe in spite of it, and what you can do.
Without a network and without a node.

  --json   the explanation as one line of JSON
  list     in place of a code: all codes`,
  options: { json: { type: 'boolean' } },
  positionals: { min: 1, max: 1 },
  run({ values, positionals, io }) {
    const [code = ''] = positionals;
    const json = flagOption(values, 'json');
    if (code === 'list') {
      const codes = Object.keys(ERROR_GUIDE).toSorted();
      io.out(json ? `${JSON.stringify(codes)}\n` : `${codes.join('\n')}\n`);
      return EXIT.ok;
    }
    const explanation = explanationOf(code);
    if (explanation === undefined) {
      io.err(`no code "${code.slice(0, 64)}"; "phr explain list" names all\n`);
      return EXIT.error;
    }
    io.out(
      json
        ? `${JSON.stringify({ code, ...explanation })}\n`
        : `${code}\n  what   ${explanation.meaning}\n  safe   ${explanation.safe}\n  do     ${explanation.action}\n`,
    );
    return EXIT.ok;
  },
};
