// Preloaded by the npm scripts (`node --import`), and so JavaScript: an older Node reads no TypeScript.
const REQUIRED = 26;

const [major] = process.versions.node.split('.');
if (Number(major) < REQUIRED) {
  console.error(
    `Sallyport's scripts need Node ${REQUIRED} or newer, and this is ${process.versions.node}.\n` +
      'Start them through npm ("npm start", "npm run deploy"): npm brings its own Node.\n' +
      'If it still is an old one, "npm ci" was run without optional dependencies, or there is\n' +
      'none for this platform: install Node 26.',
  );
  process.exit(1);
}
