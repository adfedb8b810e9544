'use strict';
// Preloaded by every npm script (`node -r ./scripts/runtime.cjs x.ts`), so that it speaks before an old Node stumbles
// over TypeScript. Plain CommonJS in old syntax on purpose: it must run on whatever Node a machine happens to have.
var childProcess = require('child_process');
var fs = require('fs');
var path = require('path');

var MAJOR_MIN = 24;
var bundled = path.join(
  __dirname,
  '..',
  'node_modules',
  '.bin',
  process.platform === 'win32' ? 'node.cmd' : 'node',
);

if (Number(process.versions.node.split('.')[0]) < MAJOR_MIN) {
  var run = { error: new Error('no bundled runtime') };
  if (fs.existsSync(bundled) && !process.env.PHR_RUNTIME_TRIED) {
    // Ctrl-C reaches the child as well (same terminal); this process only waits for its answer.
    run = childProcess.spawnSync(bundled, process.argv.slice(1), {
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: Object.assign({}, process.env, { PHR_RUNTIME_TRIED: '1' }),
    });
  }
  if (run.error) {
    process.stderr.write(
      'PHR Mesh needs Node ' +
        MAJOR_MIN +
        ' or newer and this is ' +
        process.version +
        ': run `npm ci` without --omit=optional, which brings it on Linux (x64, arm64) and Windows (x64), or install Node ' +
        MAJOR_MIN +
        ' yourself.\n',
    );
    process.exit(1);
  }
  process.exit(run.status === null ? 1 : run.status);
}
