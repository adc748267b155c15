#!/usr/bin/env node
'use strict';

const { existsSync } = require('node:fs');
const path = require('node:path');

// The command of a checkout: `npm run build` writes the bundle that it loads.
const bundle = path.join(__dirname, '..', 'dist', 'cli.js');
if (existsSync(bundle)) require(bundle);
else {
  console.error('tagrelay is not built yet. Run `npm ci && npm run build` in this folder, then run the command again.');
  process.exitCode = 2;
}
