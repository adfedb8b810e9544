import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
];

/** Quiet ones: nothing that a browser does for itself may look like traffic of the page. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  '--disable-domain-reliability',
];

/**
 * The Chromium of this machine, or the one that CHROMIUM_PATH names.
 *
 * @throws Error one plain sentence when there is none
 */
export function findChromium(
  candidates: readonly string[] = CANDIDATES,
  named: string | null = process.env['CHROMIUM_PATH'] ?? null,
): string {
  const path = named ?? candidates.find((each) => existsSync(each));
  if (path === undefined || !existsSync(path)) {
    throw new Error(
      'The browser tests need Chromium and found none: install it (Debian: apt-get install -y chromium) or let CHROMIUM_PATH name it.',
    );
  }
  return path;
}

/**
 * A headless browser.
 *
 * @param init.proxyServer where everything goes that is not this machine; loopback never goes there
 * @param init.resolve a rule of `--host-resolver-rules`
 */
export async function launchChromium(
  init: { proxyServer?: string; resolve?: string } = {},
): Promise<Browser> {
  const more = [
    ...(init.proxyServer === undefined ? [] : [`--proxy-server=${init.proxyServer}`]),
    ...(init.resolve === undefined ? [] : [`--host-resolver-rules=${init.resolve}`]),
  ];
  return chromium.launch({ executablePath: findChromium(), args: [...FLAGS, ...more] });
}
