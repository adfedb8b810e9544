interface Policy {
  createScriptURL(url: string): unknown;
}

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

const OWN_SCRIPT = /^\/(assets\/[\w.-]+|service-worker)\.js$/;
const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;

/** The one policy of the page (Trusted Types): it lets our own hashed scripts through and nothing else. */
const policy = factory?.createPolicy('phr', { createScriptURL: ownScript });

function ownScript(url: string): string {
  const { origin, pathname } = new URL(url, location.href);
  if (origin !== location.origin || !OWN_SCRIPT.test(pathname)) {
    throw new TypeError('not a script of this page');
  }
  return url;
}

/** @throws TypeError for anything but a script of this node */
export function scriptUrl(url: string): unknown {
  return policy === undefined ? ownScript(url) : policy.createScriptURL(url);
}
