import { runCli } from '#node/cli';
import type { StartNode } from '#node/cli';

const noNode: StartNode = () => Promise.reject(new Error('no node in this test'));
/** Runs one command line and collects what it says. */
export async function phr(
  words: string[],
  options: { cwd?: string; startNode?: StartNode; signal?: AbortSignal } = {},
) {
  let out = '';
  let err = '';
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    cwd: options.cwd ?? '/',
    signal: options.signal ?? new AbortController().signal,
  };
  const code = await runCli(words, io, options.startNode ?? noNode);
  return { code, out, err };
}
