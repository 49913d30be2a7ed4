import { expect, test } from 'vitest';
import { explainFailure, runFailed, systemFailure, wrongRequest } from '../../src/cli/failure.ts';
import { QueryFailure } from '../../src/engine/define.ts';
import { LookupError } from '../../src/lookups/lookup-error.ts';
import { StoreError } from '../../src/store/failure.ts';

test('failures say what is wrong, a hint, and the exit code', () => {
  expect(explainFailure(wrongRequest('no `x`', 'say x'))).toEqual({
    text: 'error: no `x`\n  = help: say x',
    code: 2,
  });
  expect(explainFailure(runFailed('it broke')).code).toBe(1);
  expect(explainFailure(new LookupError('bad file', 'fix it'))).toEqual({
    text: 'error: bad file\n  = help: fix it',
    code: 2,
  });
  expect(explainFailure(new StoreError('in-use', 'locked', null)).code).toBe(1);
  expect(explainFailure(new QueryFailure('memory', 'too much')).code).toBe(1);
  expect(explainFailure(new QueryFailure('cancelled', 'stopped')).code).toBe(130);
});

test('errors of the operating system are told in words', () => {
  const failure = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    path: '/x',
  });
  expect(systemFailure(failure)).toBe('`/x`: no space left on the disk');
  expect(explainFailure(failure)).toEqual({ text: 'error: `/x`: no space left on the disk', code: 1 });
  expect(systemFailure(new Error('other'))).toBeNull();
});

test('a bug of ours says that it is one, without a stack trace', () => {
  const { text, code } = explainFailure(new TypeError('x is not a function'));
  expect(code).toBe(1);
  expect(text).toMatch(/^error: x is not a function\n {2}= note: this is a bug in weir/);
  expect(text).not.toContain('at ');
});
