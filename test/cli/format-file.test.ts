import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFile } from '../../src/cli/format-file.ts';
import { packageRoot } from '../../src/lookups/bundled-file.ts';

const app = join(packageRoot(), 'queries/vpc-flow-logs');
/** The rule is left out: it is the published one, letter for letter. */
const files = readdirSync(app).filter((name) => name.endsWith('.yaml'));

describe('the files of the app are in the standard form', () => {
  test.each(files)('%s', (name) => {
    const text = readFileSync(join(app, name), 'utf8');
    expect(formatFile(name, text)).toEqual({ text, problem: null });
  });
});
