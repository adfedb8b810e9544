/** What a person recognises her own device by. */
export interface AgentWords {
  readonly browser: (typeof BROWSERS)[number][0] | 'program' | 'other';
  readonly system: (typeof SYSTEMS)[number][0] | 'other';
}

/** First match counts: most browsers also claim to be the older ones. */
const BROWSERS = [
  ['edge', /\bEdg(e|A|iOS)?\//],
  ['opera', /\bOPR\//],
  ['firefox', /\b(Firefox|FxiOS)\//],
  ['chrome', /\b(Chrome|CriOS|Chromium|HeadlessChrome)\//],
  ['safari', /\bSafari\//],
] as const;

const SYSTEMS = [
  ['android', /\bAndroid\b/],
  ['ios', /\b(iPhone|iPad|iPod)\b/],
  ['windows', /\bWindows\b/],
  ['macos', /\bMac OS X\b/],
  ['linux', /\bLinux\b/],
] as const;

/** Browser and system of a User-Agent, as words of a fixed list: the text itself is somebody's word and is not kept. */
export function agentWords(userAgent: string | undefined): AgentWords {
  const text = (userAgent ?? '').slice(0, 512);
  const system = SYSTEMS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other';
  const browser = BROWSERS.find(([, pattern]) => pattern.test(text))?.[0];
  return { browser: browser ?? (text.startsWith('Mozilla/') ? 'other' : 'program'), system };
}
