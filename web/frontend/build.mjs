// Builds web/static/vendor from the locked packages; with --check compares instead of writing (builds are reproducible).
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(here, '../static/vendor');
const modules = join(here, 'node_modules');

// Copied as their makers minified them; the pointer to a source map that we do not ship is cut off.
const COPIES = {
  'htmx.min.js': 'htmx.org/dist/htmx.min.js',
  'tabler.min.css': '@tabler/core/dist/css/tabler.min.css',
  'tabler.min.js': '@tabler/core/dist/js/tabler.min.js',
};

function packageOf(input) {
  const path = input.split('node_modules/').at(-1).split('/');
  return path[0].startsWith('@') ? path.slice(0, 2).join('/') : path[0];
}

function described(name) {
  const { version, license } = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
  return { name, version, license };
}

function licenceText(name) {
  const file = readdirSync(join(modules, name)).find((entry) => /^licen[cs]e/i.test(entry));
  const fallback = `Licensed under ${described(name).license} as its package.json says; the package ships no licence file.\n`;
  return file ? readFileSync(join(modules, name, file), 'utf8').replaceAll('\r\n', '\n') : fallback;
}

async function bundled() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: { charts: 'src/charts.js', signature: 'src/signature.js', viewer: 'src/viewer.js' },
    outdir: target,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    write: false,
  });
  const used = Object.keys(result.metafile.inputs).filter((input) => input.includes('node_modules/')).map(packageOf);
  const files = result.outputFiles.map((file) => [file.path.slice(target.length + 1), Buffer.from(file.contents)]);
  return { files, used };
}

function copied() {
  return Object.entries(COPIES).map(([name, source]) => {
    const text = readFileSync(join(modules, source), 'utf8').replace(/\n?\/[/*]# sourceMappingURL=[^\n]*\n?$/, '\n');
    return [name, Buffer.from(text)];
  });
}

async function product() {
  const { files, used } = await bundled();
  const assets = new Map([...files, ...copied()].sort(([a], [b]) => (a < b ? -1 : 1)));
  // @popperjs/core is inside tabler.min.js, which we do not bundle ourselves.
  const names = [...new Set([...used, ...Object.values(COPIES).map((path) => packageOf(path)), '@popperjs/core'])].sort();
  const sha256 = (data) => createHash('sha256').update(data).digest('hex');
  const manifest = {
    packages: names.map(described),
    files: Object.fromEntries([...assets].map(([name, data]) => [name, sha256(data)])),
  };
  const licences = names.map((name) => `==== ${name} ${described(name).version} ====\n\n${licenceText(name).trim()}\n`);
  assets.set('THIRD_PARTY_LICENSES.txt', Buffer.from(licences.join('\n')));
  assets.set('MANIFEST.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return assets;
}

const assets = await product();
if (process.argv.includes('--check')) {
  const stored = existsSync(target) ? readdirSync(target) : [];
  const differing = [...assets].filter(([name, data]) => !stored.includes(name) || !readFileSync(join(target, name)).equals(data));
  const wrong = [...differing.map(([name]) => name), ...stored.filter((name) => !assets.has(name))];
  console.log(wrong.length ? `differs from the sources: ${wrong.join(', ')}` : `${assets.size} files as built`);
  process.exitCode = wrong.length ? 1 : 0;
} else {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const [name, data] of assets) {
    writeFileSync(join(target, name), data);
  }
  console.log(`${assets.size} files written`);
}
