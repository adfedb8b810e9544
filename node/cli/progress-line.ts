import type { CliIo } from './command.ts';

const WIDTH = 24;
const REDRAW_MS = 100;

/** One line such as `[#####-------------------]  21 %  12.5 MB  340 records`. */
export function progressLine(done: number, total: number | undefined, counts: string): string {
  const megabytes = `${(done / 1e6).toFixed(1)} MB`;
  if (total === undefined || total === 0) return `${megabytes}  ${counts}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * WIDTH);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}]`;
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${megabytes}  ${counts}`;
}

/** Draws over itself on a terminal, and says nothing anywhere else. */
export class ProgressDisplay {
  readonly #write: (text: string) => void;
  readonly #columns: () => number | undefined;
  #drawnMs = 0;
  #hasLine = false;

  /** @param columns of the terminal, asked for at every drawing; undefined where there is none */
  constructor(write: (text: string) => void, columns: () => number | undefined) {
    this.#write = write;
    this.#columns = columns;
  }

  show(line: () => string, nowMs = performance.now()): void {
    const columns = this.#columns();
    if (columns === undefined || (this.#hasLine && nowMs - this.#drawnMs < REDRAW_MS)) return;
    this.#drawnMs = nowMs;
    this.#hasLine = true;
    // A line that wraps could not be drawn over, and the last column is where some terminals wrap already.
    this.#write(`\r\u001B[2K${line().slice(0, Math.max(0, columns - 1))}`);
  }

  /** Leaves the terminal on a fresh line. */
  end(): void {
    if (this.#hasLine) this.#write('\r\u001B[2K');
    this.#hasLine = false;
  }
}

/** Of a command; with `--json` there is none. */
export const displayOf = (io: CliIo, isJson: boolean): ProgressDisplay =>
  new ProgressDisplay(
    (text) => io.err(text),
    () => (isJson ? undefined : io.columns),
  );
