// The npm scripts preload this file (`node --import`). It is JavaScript, because an older Node cannot
// run TypeScript.
const REQUIRED = 26;

const [major] = process.versions.node.split('.');
if (Number(major) < REQUIRED) {
  console.error(
    `Sallyport's scripts need Node ${REQUIRED} or newer, and this is ${process.versions.node}.\n` +
      'Start them through npm ("npm start", "npm run deploy"), which uses the Node of this folder.\n' +
      'If it is still too old, run "npm ci" with optional dependencies, or install Node 26 where\n' +
      'there is no such package for the platform.',
  );
  process.exit(1);
}
