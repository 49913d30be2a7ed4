import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

// Whatever the SIMD kernels do, their plain twins must do alike; a process takes one or the other.
const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'weir-kernels-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the specs of what kernels do pass without them', () => {
  const run = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      'test/spec.test.ts',
      '-t',
      '(scope|where|parse|json|count|sum|values|timeslice|top)',
    ],
    { cwd: root, encoding: 'utf8', env: { ...process.env, WEIR_KERNELS: 'plain' } },
  );
  expect(run.status, run.stdout.slice(-4000)).toBe(0);
  const passed = /Tests.*?(\d+) passed/.exec(run.stdout)?.[1];
  expect(Number(passed)).toBeGreaterThan(150);
}, 240_000);

/** Flow records with lines of other kinds among them, by a fixed generator. */
function oddFile(form: 'bare' | 'json', lineEnd: string): string {
  let state = 7;
  const below = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % limit;
  };
  const lines = Array.from({ length: 6000 }, () => {
    const address = below(9) === 0 ? `2001:db8:${below(99)}::${below(9)}` : `10.2.${below(3)}.${below(40)}`;
    const bytes = below(20) === 0 ? '-' : `${below(90000)}`;
    const time = 1_700_000_000 + below(9000);
    const action = below(8) === 0 ? 'REJECT' : 'ACCEPT';
    const record = `2 123 eni-${below(4)} ${address} 10.0.0.${below(9)} ${below(70000)} 443 6 ${below(9)} ${bytes} ${time} ${time + 60} ${action} OK`;
    const text = form === 'bare' ? record : `{"message":"${record}","logStream":"s${below(3)}"}`;
    switch (below(60)) {
      case 0:
        return 'java.lang.Error: é at 10.2.1.4';
      case 1:
        return form === 'json' ? `{"message":"a \\"quoted\\" ${record}"}` : `${record} and more`;
      case 2:
        return '';
      case 3:
        return `${text.replace(' ', '\t')} ${'long '.repeat(below(900))}`;
      default:
        return text;
    }
  });
  return lines.join(lineEnd) + (below(2) === 0 ? lineEnd : '');
}

const FIELDS = 'v, account, eni, src, dst, sport, dport, proto, packets, bytes, start, end, action, status';
const PARSE = `"${FIELDS.split(', ')
  .map(() => '*')
  .join(' ')}" as ${FIELDS}`;
const QUERIES = [
  `* | parse ${PARSE} | count, sum(bytes), count_distinct(dst) by src, action | sort by src, action`,
  `* | json "message" as m nodrop | if (isNull(m), _raw, m) as m | parse field=m ${PARSE} nodrop | timeslice 15m | count by _timeslice, action | sort by _timeslice, action`,
  `* | json "message", "logStream" as m, s nodrop | parse field=m ${PARSE} nodrop | max(bytes) by s, dport | sort by s`,
  '10.2.1.4 | count by _size | sort by _size',
  '(reject or "OK and") and !"10.2.2.7" | parse "eni-* " as e | top 3 e',
  'rej* or *1:db8* | count',
];

test.each([
  ['bare', '\n'],
  ['bare', '\r\n'],
  ['json', '\n'],
] as const)(
  'files of %s records with line end %j give the same either way',
  (form, lineEnd) => {
    const path = join(folder, `${form}-${lineEnd.length}.log`);
    writeFileSync(path, oddFile(form, lineEnd));
    for (const query of QUERIES) {
      const [fast, plain] = ['simd', 'plain'].map((kernels) =>
        spawnSync(
          process.execPath,
          [join(root, 'src/cli/main.ts'), 'query', query, '--input', path, '-o', 'json'],
          {
            encoding: 'utf8',
            env: { ...process.env, WEIR_KERNELS: kernels },
          },
        ),
      );
      expect(fast?.status, fast?.stderr).toBe(0);
      expect(fast?.stdout.length).toBeGreaterThan(10);
      expect(fast?.stdout, query).toBe(plain?.stdout);
      expect(fast?.stderr).toBe(plain?.stderr);
    }
  },
  120_000,
);
