// Writes sample VPC flow logs: node scripts/generate-flow-logs.ts DIRECTORY [--records N] [--days N] [--end TIME] [--seed N] [--minutes-per-file N] [--plain]
import { parseArgs } from 'node:util';
import { writeFlows } from '../src/cli/demo/write.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string', default: '300000' },
    days: { type: 'string', default: '4' },
    end: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    'minutes-per-file': { type: 'string', default: '60' },
    plain: { type: 'boolean', default: false },
  },
});

const [directory] = positionals;
const end = values.end === '' ? Date.now() : Date.parse(values.end);
const numbers = [values.records, values.days, values.seed, values['minutes-per-file']].map(Number);
if (directory === undefined || Number.isNaN(end) || numbers.some((number) => !(number > 0))) {
  process.stderr.write(
    'usage: generate-flow-logs DIRECTORY [--records N] [--days N] [--end ISO-TIME] [--seed N] [--minutes-per-file N] [--plain]\n',
  );
  process.exit(2);
}
const written = await writeFlows(directory, {
  seed: Number(values.seed),
  end: Math.floor(end / 60_000) * 60_000,
  days: Number(values.days),
  records: Number(values.records),
  minutesPerFile: Number(values['minutes-per-file']),
  gzip: !values.plain,
});
process.stderr.write(`${written.lines} lines in ${written.files} files, ${written.bytes} bytes\n`);
