import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { diagnose, knownTables } from '../src/cli/diagnose.ts';
import { memoryDocuments } from '../src/lookups/document-store.ts';
import { createLookups } from '../src/lookups/lookups.ts';
import { fenceText, readCases } from './spec-case.ts';
import { END, inputSource, outcomeOf } from './spec-run.ts';

const root = join(import.meta.dirname, '..');
const tables = await knownTables({ store: 'no-such-store' });

/** The pages that people wrote; the reference is made from examples that run elsewhere. */
const guides = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', ...markdownIn('docs/guide')];
const pages = [...guides, ...markdownIn('docs')].filter((page, at, all) => all.indexOf(page) === at);

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();
}

interface Block {
  readonly kind: string;
  readonly info: string;
  readonly text: string;
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^(```+)(\S*)[ \t]*(.*)\n([\s\S]*?)^\1[ \t]*$/gm)].map(
    ([, , kind = '', info = '', text = '']) => ({ kind, info, text: text.replace(/\n$/, '') }),
  );
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** An empty working directory with `weir` on its path. */
function workplace(): { readonly folder: string; run(command: string): string } {
  const folder = mkdtempSync(join(tmpdir(), 'weir-docs-'));
  folders.push(folder);
  const bin = join(folder, '.bin');
  mkdirSync(bin);
  const weir = join(bin, 'weir');
  const node = join(root, 'node_modules/.bin/node');
  writeFileSync(weir, `#!/bin/sh\nexec '${node}' '${join(root, 'src/cli/main.ts')}' "$@"\n`);
  chmodSync(weir, 0o755);
  const { WEIR_STORE: _, ...rest } = process.env;
  const env = { ...rest, PATH: `${bin}:${rest.PATH ?? ''}` };
  return {
    folder,
    run: (command) =>
      execFileSync('sh', ['-ec', command], {
        cwd: folder,
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
  };
}

for (const page of guides) {
  const markdown = readFileSync(join(root, page), 'utf8');
  const blocks = blocksOf(markdown);
  const tested = blocks.some(({ kind, info }) => kind === 'sumo' || kind === 'query' || info === 'run');
  describe.runIf(tested)(page, () => {
    for (const [at, { kind, text }] of blocks.entries()) {
      if (kind !== 'sumo') continue;
      test(`query ${at + 1} has no errors`, () => {
        const errors = diagnose(text, tables).filter(({ severity }) => severity === 'error');
        expect(errors.map(({ message }) => message)).toEqual([]);
      });
    }
    for (const spec of readCases(markdown)) {
      test(`example: ${spec.title}`, async () => {
        const source = inputSource(fenceText(spec, 'input') ?? '');
        const lookups = createLookups(memoryDocuments(), () => END);
        const query = fenceText(spec, 'query') ?? '';
        const outcome = await outcomeOf(query, source, { now: () => END, lookups });
        const wanted = fenceText(spec, 'expect') ?? fenceText(spec, 'error');
        expect(wanted, 'an example must state its outcome').not.toBeNull();
        expect(fenceText(spec, 'expect') === null ? outcome.error : outcome.csv).toBe(wanted);
      });
    }
    if (blocks.some(({ kind, info }) => kind === 'sh' && info === 'run')) {
      test('commands give what the page says', () => {
        const { folder, run } = workplace();
        let printed = '';
        for (const { kind, info, text } of blocks) {
          const file = /^file=(\S+)$/.exec(info)?.[1];
          if (file !== undefined) {
            mkdirSync(dirname(join(folder, file)), { recursive: true });
            writeFileSync(join(folder, file), `${text}\n`);
          } else if (kind === 'sh' && info === 'run') printed = run(text);
          else if (kind === 'output') expect(printed.trimEnd()).toBe(text.trimEnd());
        }
      }, 120_000);
    }
  });
}

describe('links', () => {
  test.each(pages)('%s', (page) => {
    const markdown = readFileSync(join(root, page), 'utf8').replace(/^(```+)[\s\S]*?^\1/gm, '');
    const links = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      if (/^(?:https?:|#|mailto:)/.test(link)) return false;
      return !existsSync(resolve(root, dirname(page), link.replace(/#.*$/, '')));
    });
    expect(broken.map((link) => relative(root, resolve(root, dirname(page), link)))).toEqual([]);
  });
});
