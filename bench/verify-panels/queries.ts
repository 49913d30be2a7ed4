import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const APP = 'Amazon VPC Flow - Cloud Security Monitoring and Analytics';

export interface Query {
  readonly id: string;
  readonly name: string;
  readonly query: string;
}

/**
 * The queries of the VPC app whose ids begin with one of `chosen` (all without any). They are not part of
 * this project: `CORPUS` names the folder of `open.jsonl.gz`. Null, with a word about it, when it is not there.
 */
export function readQueries(chosen: readonly string[] = []): readonly Query[] | null {
  const file = join(process.env.CORPUS ?? '', 'open.jsonl.gz');
  if (!existsSync(file)) {
    console.log('skipped: set CORPUS to the folder of open.jsonl.gz, which holds the queries of the app');
    return null;
  }
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Query & { readonly app?: string })
    .filter(
      ({ app, id }) => app === APP && (chosen.length === 0 || chosen.some((start) => id.startsWith(start))),
    );
}
