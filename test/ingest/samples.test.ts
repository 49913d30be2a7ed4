import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFiles } from '../../src/ingest/files.ts';
import { ingest } from '../../src/ingest/ingest.ts';
import { addsUp, settingsOf } from './collected.ts';

const samples = process.env.WEIR_SAMPLES ?? join(import.meta.dirname, '../../../shared/samples');

test.skipIf(!existsSync(samples))('every sample file ingests with a receipt that adds up', async () => {
  const { files } = await findFiles([samples]);
  expect(files.length).toBeGreaterThan(20);
  for (const { path } of files) {
    const tally = await ingest({ ...settingsOf(), paths: [path], rules: null, sink: async () => {} });
    expect(tally.files, path).toMatchObject([{ error: null }]);
    expect(addsUp(tally), path).toBe(true);
    expect(tally.stored, path).toBeGreaterThan(0);
    // All the flow log samples with a header are recognised, whatever their fields.
    if (path.includes('vpcflow/') && !path.includes('noheader')) {
      expect(tally.files[0]?.format, path).toBe('flow log');
      expect(tally.skipped.get('header'), path).toBe(1);
    }
  }
});
