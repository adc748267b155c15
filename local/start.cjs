'use strict';

// The entry of `npm start`. An old Node must be able to read this file, so that it can name the version that is needed.
const { version } = process;
const [major, minor] = version.slice(1).split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `tagrelay needs Node 20.19 or newer, and this is ${version}. Install a newer one from https://nodejs.org, then run npm ci.`,
  );
  process.exitCode = 1;
} else {
  // An SDK calls the deprecated `url.parse`. Other warnings are printed.
  process.removeAllListeners('warning');
  process.on('warning', ({ code, name, message }) => {
    if (code !== 'DEP0169') console.error(`${name}: ${message}`);
  });
  import('tsx/esm/api')
    .then((tsx) => {
      tsx.register();
      return import('./start.ts');
    })
    .catch((error) => {
      console.error(describeProblem(error));
      process.exitCode = 1;
    });
}

/** Problems before the first line of TypeScript runs; the error itself if there is no advice. */
function describeProblem(error) {
  const { code, path, message } = error;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return `${message.split('\n')[0]}. Run npm ci in this folder first.`;
  // The compiler keeps its cache there.
  if (path && (code === 'EACCES' || code === 'EPERM' || code === 'EROFS'))
    return `${path} cannot be written (${code}). Set TMPDIR to a folder that can be written.`;
  return error;
}
