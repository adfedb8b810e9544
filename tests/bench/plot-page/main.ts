import '../../../dashboard/app/design/tokens.css';
import '../../../dashboard/app/design/base.css';
import '../../../dashboard/app/design/parts.css';
import { h, render } from 'preact';
import { Plot } from '../../../dashboard/app/design/index.ts';
import { chooseLanguage } from '../../../dashboard/app/words/translate.ts';

const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));

/** A week of a wearable: one value each 5 s, some stretches without any, and now and then one typed in. */
function weekOf(points: number) {
  const timesMs = new Float64Array(points);
  const values = new Float64Array(points);
  const isEntered = new Uint8Array(points);
  for (let i = 0; i < points; i++) {
    const lost = Math.floor(i / 10_000) * 3_600_000;
    timesMs[i] = Date.UTC(2026, 10, 1) + i * 5_000 + lost;
    values[i] = 70 + 20 * Math.sin(i / 900) + 8 * Math.sin(i / 7) + (i % 13);
    isEntered[i] = i % 5_000 === 0 ? 1 : 0;
  }
  return { timesMs, values, isEntered };
}

/** Milliseconds from asking for the plot until the frame after it is on the screen. */
async function draw(points: number): Promise<number> {
  const root = document.getElementById('app');
  if (root === null) throw new Error('no place');
  render(null, root);
  const data = weekOf(points);
  await frame();
  const sinceMs = performance.now();
  const series = { ...data, unit: '/min', label: 'Heart rate', reference: { low: 60, high: 100 } };
  render(h(Plot, { series }), root);
  while (root.querySelector('canvas') === null) await frame();
  await frame();
  await frame();
  return performance.now() - sinceMs;
}

/** Milliseconds until the same is a table. */
async function table(): Promise<number> {
  const sinceMs = performance.now();
  document.querySelector<HTMLButtonElement>('figure > button')?.click();
  while (document.querySelector('tbody tr') === null) await frame();
  await frame();
  return performance.now() - sinceMs;
}

await chooseLanguage('en');
Object.assign(globalThis, { bench: { draw, table } });
