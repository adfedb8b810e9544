import { z } from 'zod';

const Lock = z.object({
  lockfileVersion: z.literal(3),
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      license: z.string().optional(),
      resolved: z.string().optional(),
      link: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
      /** Comes inside the tarball of the package above it, whose integrity covers it. */
      inBundle: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
  overrides: z.record(z.string(), z.string()),
});

const EXACT = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
/** MPL-2.0 is copyleft by file and asks nothing of the files beside it; GPL, AGPL and LGPL are out. */
const LICENSES = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MPL 2.0',
  'MPL-2.0',
  'Unlicense',
  'WTFPL',
]);

/** Whether an SPDX expression can be satisfied by allowed licences alone: OR is a choice, AND is not. */
export function licenseAllowed(expression: string): boolean {
  const flat = expression.replaceAll(/[()]/g, ' ');
  return flat
    .split(/\sOR\s/)
    .some((side) => side.split(/\sAND\s/).every((name) => LICENSES.has(name.trim())));
}

/** What is wrong with a package-lock.json; empty when nothing is. */
export function lockFaults(lock: unknown): string[] {
  const faults: string[] = [];
  const { packages } = Lock.parse(lock);
  const locked = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
  for (const [path, entry] of Object.entries(packages)) {
    // npm ci refuses a lock that lacks a package some entry names, platforms of other machines included.
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      if (!locked.has(name)) faults.push(`${path}: names ${name}, which is not locked`);
    }
    if (path === '') continue;
    if (entry.link === true || entry.version === undefined) faults.push(`${path}: not a published version`);
    if (entry.inBundle !== true && entry.integrity?.startsWith('sha512-') !== true)
      faults.push(`${path}: no sha512 integrity`);
    if (entry.hasInstallScript === true) faults.push(`${path}: runs a script at installation`);
    if (entry.resolved !== undefined) faults.push(`${path}: names a host`);
    if (!licenseAllowed(entry.license ?? '')) faults.push(`${path}: licence ${entry.license ?? 'unknown'}`);
  }
  return faults;
}

/** Dependencies of a package.json that are not pinned to one version. */
export function unpinned(manifest: unknown): string[] {
  const groups = Object.values(Manifest.parse(manifest));
  return groups.flatMap((group) =>
    Object.entries(group).flatMap(([name, range]) => (EXACT.test(range) ? [] : [`${name}@${range}`])),
  );
}
