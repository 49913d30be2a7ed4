import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { scratch } from './run-weir.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/weir', import.meta.url));
const cwd = scratch();

/** A copy of the launcher in a checkout of its own, whose program prints its arguments and ends with 7. */
function checkout(name: string, { bundle = true, node = true } = {}): string {
  const root = join(cwd, name);
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(LAUNCHER, join(root, 'bin/weir'));
  writeFileSync(join(root, 'bin/package.json'), '{"type":"commonjs"}');
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  if (bundle) {
    mkdirSync(join(root, 'dist'));
    writeFileSync(
      join(root, 'dist/weir.js'),
      'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;\n',
    );
  }
  if (node) {
    mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
    symlinkSync(process.execPath, join(root, 'node_modules/node/bin/node'));
  }
  return join(root, 'bin/weir');
}

function run(file: string, args: readonly string[], path = process.env.PATH ?? '') {
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(file, args, { cwd, env: { ...process.env, PATH: path } }, (failure, out, err) =>
      resolve({ code: failure === null ? 0 : Number(failure.code), out, err }),
    );
  });
}

/** A folder with the tools of the shell and no node. */
function toolsOnly(): string {
  const folder = join(cwd, 'tools');
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  for (const tool of ['dirname', 'readlink'])
    symlinkSync(
      execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(),
      join(folder, tool),
    );
  return folder;
}

describe.concurrent('bin/weir', () => {
  test('hands over arguments and the exit code, from another folder, with blanks in paths', async () => {
    const launcher = checkout('a place with blanks');
    expect(await run(launcher, ['query', '* | count', ''])).toEqual({
      code: 7,
      out: '["query","* | count",""]\n',
      err: '',
    });
  });

  test('works through links to links', async () => {
    const launcher = checkout('linked');
    mkdirSync(join(cwd, 'links'));
    symlinkSync(launcher, join(cwd, 'links/absolute'));
    symlinkSync('absolute', join(cwd, 'links/relative'));
    expect(await run(join(cwd, 'links/relative'), ['x'])).toMatchObject({ code: 7, out: '["x"]\n' });
  });

  test('starts queries from a heap that is newer than node, and nothing from another one', async () => {
    const launcher = checkout('with-heap');
    const root = join(dirname(launcher), '..');
    const heap = join(root, 'dist/query.blob');
    writeFileSync(
      join(root, 'heap.cjs'),
      `require('node:v8').startupSnapshot.setDeserializeMainFunction(() => {
        console.log('heap', JSON.stringify(process.argv.slice(2)));
      });`,
    );
    execFileSync(process.execPath, ['--snapshot-blob', heap, '--build-snapshot', join(root, 'heap.cjs')]);
    expect(await run(launcher, ['query', 'a b'])).toMatchObject({ code: 0, out: 'heap ["query","a b"]\n' });
    expect(await run(launcher, ['run', 'x'])).toMatchObject({ code: 7, out: '["run","x"]\n' });
    utimesSync(heap, 0, 0);
    expect(await run(launcher, ['query', 'a b'])).toMatchObject({ code: 7, out: '["query","a b"]\n' });
  });

  test('is a script for node as well, as npm starts it on some systems', async () => {
    const launcher = checkout('as-script');
    expect(await run(process.execPath, [launcher, 'x'])).toMatchObject({ code: 7, out: '["x"]\n' });
  });

  test('takes the node of the system when the checkout has none', async () => {
    const launcher = checkout('system-node', { node: false });
    const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
    expect(await run(launcher, ['x'], path)).toMatchObject({ code: 7, out: '["x"]\n' });
  });

  test('says in one line what is missing', async () => {
    const [noNode, notBuilt] = await Promise.all([
      run(checkout('no-node', { node: false }), ['x'], toolsOnly()),
      run(
        checkout('not-built', { bundle: false }),
        ['x'],
        `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      ),
    ]);
    expect(noNode).toEqual({
      code: 1,
      out: '',
      err: 'weir needs Node 24 or newer, and there is no node here (npm install brings one)\n',
    });
    expect(notBuilt.code).toBe(1);
    expect(notBuilt.err).toMatch(/^weir is not built: run npm install in .*not-built\n$/);
  });
});
