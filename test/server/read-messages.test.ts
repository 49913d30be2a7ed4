import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acquireKernels, releaseKernels } from '../../src/engine/kernels/wasm/memory.ts';
import { EVENTS_AS_THEY_ARE } from '../../src/ingest/cloudwatch.ts';
import { compileRules } from '../../src/rules/compile-rules.ts';
import { parseRuleFile } from '../../src/rules/rule.ts';
import { Content } from '../../src/server/receiver/content.ts';
import { type ReadMessages, readMessages } from '../../src/server/receiver/read-messages.ts';
import { rowsOf, settingsOf } from '../ingest/collected.ts';

const RULE = `
name: flows
scope: "*"
parse: |
  json "message" as msg nodrop
  | if (_raw matches "{*", msg, _raw) as msg
  | parse field=msg "* * * * * * * * * * * * * *" as v,account,eni,src,dst,sp,dp,proto,packets,bytes,start,end,action,status nodrop
`;

const FLOW = '2 123456789010 eni-1 10.0.0.5 10.0.1.9 443 50123 6 12 3400 1418530010 1418530070 ACCEPT OK';
const NODATA = '2 123456789010 eni-1 - - - - - - - 1431280876 1431280934 - NODATA';

function rules() {
  const file = parseRuleFile(RULE);
  if (!file.ok) throw new Error(file.problems.join());
  return compileRules([file.rule]);
}

/** Everything that a reading says, in a form that can be compared. */
function outcome({ batches, tally }: ReadMessages) {
  const rows = batches.flatMap((batch) => rowsOf(batch).map((row) => Object.fromEntries(row)));
  // A field that no message of a batch has may be missing or null.
  const values = rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)),
  );
  const { read, stored, skipped, flagged, extracted } = tally;
  return { values, read, stored, skipped, flagged, extracted };
}

const origin = { category: 'c', name: null, host: 'h', fields: new Map([['env', 'x']]) };

/** As it may come from a connection. */
function inPieces(body: Buffer): Content {
  const pieces: Buffer[] = [];
  for (let at = 0, length = 0; at < body.length; at += length, length = (length * 3 + 1) % 50) {
    pieces.push(body.subarray(at, at + length));
  }
  return new Content(pieces);
}

async function both(body: Buffer): Promise<[unknown, unknown]> {
  const { source } = settingsOf();
  const http = { name: 's', source, cloudwatch: EVENTS_AS_THEY_ARE };
  const kernels = acquireKernels();
  try {
    const now = () => 1_700_000_000_000;
    const general = outcome(await readMessages(new Content([body]), origin, http, rules(), now, null));
    const fast = outcome(await readMessages(inPieces(body), origin, http, rules(), now, kernels));
    return [fast, general];
  } finally {
    releaseKernels(kernels);
  }
}

test.each([
  [''],
  ['\n'],
  ['\n\n\r\n'],
  ['one'],
  ['one\r\ntwo\r\n\r\nthree'],
  [`${FLOW}\n${NODATA}\n${FLOW}`],
  [`version account-id interface-id srcaddr\n2 1 eni-1 10.0.0.1\n${FLOW}\n`],
  [`${FLOW}\nversion account-id interface-id srcaddr\n2 1 eni-1 10.0.0.1\n`],
  [JSON.stringify({ message: FLOW })],
  [`${JSON.stringify({ message: FLOW })}\n${FLOW}\nplain text\n{"message":5}`],
  ['\ufeffwith a mark\nline'],
  ['ä ö ü\n日本語\n'],
])('a body is read by the kernels as it is read without them (%#)', async (text) => {
  const [fast, general] = await both(Buffer.from(text));
  expect(fast).toEqual(general);
});

test('so are lines that are no UTF-8, and lines over 1 MB', async () => {
  for (const body of [
    Buffer.from([0x61, 0xff, 0x0a, 0x62, 0xc3, 0x0a, 0x63]),
    Buffer.concat([Buffer.from('first\n'), Buffer.alloc((1 << 20) + 5, 'x'), Buffer.from('\nlast')]),
  ]) {
    const [fast, general] = await both(body);
    expect(fast).toEqual(general);
  }
});

test('so is any text', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      FLOW,
      NODATA,
      JSON.stringify({ message: NODATA }),
      '\n',
      '\r\n',
      '\n\n',
      ' ',
      '{',
      '"',
      '\t',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const [fast, general] = await both(Buffer.from(pieces.join('')));
      expect(fast).toEqual(general);
    }),
    { numRuns: 60 },
  );
}, 60_000);
