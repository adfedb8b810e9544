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
  readonly #isShown: boolean;
  #drawnMs = 0;
  #hasLine = false;

  constructor(write: (text: string) => void, isShown: boolean) {
    this.#write = write;
    this.#isShown = isShown;
  }

  show(line: () => string, nowMs = performance.now()): void {
    if (!this.#isShown || (this.#hasLine && nowMs - this.#drawnMs < REDRAW_MS)) return;
    this.#drawnMs = nowMs;
    this.#hasLine = true;
    this.#write(`\r\u001B[2K${line()}`);
  }

  /** Leaves the terminal on a fresh line. */
  end(): void {
    if (this.#hasLine) this.#write('\r\u001B[2K');
    this.#hasLine = false;
  }
}
